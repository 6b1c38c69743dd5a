//! The keys of a JSON object with the text of their values.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object, in order; keys may occur more than once.
pub(super) struct Object<'a>(pub Vec<(Cow<'a, str>, &'a str)>);

/// What is wrong with a text that should be an object, and at which of its bytes.
pub(super) struct Wrong {
    pub what: String,
    pub at: usize,
}

impl<'a> Object<'a> {
    /// Reads one object; nothing but spaces may stand around it.
    pub(super) fn parse(text: &'a str) -> Result<Object<'a>, Wrong> {
        serde_json::from_str(text).map_err(|error| {
            let at = error.column().saturating_sub(1).min(text.len());
            Wrong { what: format!("is not a JSON object on one line: {}", reason(&error)), at }
        })
    }
}

/// What the parser has to say, without the place: it counts lines of its own.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason).to_owned()
}

/// A key: a piece of the line, unless it holds escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'de>, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    fields.push((key, value.get()));
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
