//! A delimiter in a configuration: one character of text, or `tab`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the delimiter as text.
pub(super) fn serialize<S: Serializer>(delimiter: &Option<u8>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = delimiter.map(|byte| match byte {
        b'\t' => "tab".to_owned(),
        byte => char::from(byte).to_string(),
    });
    text.serialize(serializer)
}

/// Reads it from one ASCII character or `tab`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(Some(b'\t')),
        [byte] => Ok(Some(*byte)),
        _ => Err(D::Error::custom(format!("`{text}` is not a delimiter: give one ASCII character or `tab`"))),
    }
}
