//! Numbers as one run of bytes, little-endian, in serialised models: half the size of tagged numbers, and
//! read ten times as fast.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

/// A number of four bytes.
pub(super) trait Word: Copy {
    /// Its bytes, the lowest first.
    fn bytes(self) -> [u8; 4];
    /// The number of these bytes.
    fn of(bytes: [u8; 4]) -> Self;
}

impl Word for u32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }

    fn of(bytes: [u8; 4]) -> u32 {
        u32::from_le_bytes(bytes)
    }
}

impl Word for f32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }

    fn of(bytes: [u8; 4]) -> f32 {
        f32::from_le_bytes(bytes)
    }
}

pub(super) fn serialize<W: Word, S: Serializer>(words: &[W], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.bytes()).collect();
    serializer.serialize_bytes(&bytes)
}

pub(super) fn deserialize<'de, W: Word, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<W>, D::Error> {
    let bytes = deserializer.deserialize_byte_buf(Bytes)?;
    let words = bytes.chunks_exact(4);
    if !words.remainder().is_empty() {
        return Err(D::Error::custom(format!("{} bytes are not a number of words", bytes.len())));
    }
    Ok(words.map(|b| W::of([b[0], b[1], b[2], b[3]])).collect())
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}
