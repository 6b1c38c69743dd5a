//! Text in other encodings than UTF-8.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use encoding_rs::{Decoder, DecoderResult};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

/// How the characters of a text file are stored: an encoding of the WHATWG Encoding Standard, by any of its labels.
///
/// `latin1` is read as its superset `windows-1252`, as browsers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

/// Labels that messages suggest.
const COMMON: [&str; 16] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "latin1",
    "latin2",
    "iso-8859-1",
    "iso-8859-15",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "koi8-r",
    "macintosh",
    "shift_jis",
    "gbk",
    "big5",
    "euc-kr",
];

impl FromStr for Encoding {
    type Err = Error;

    fn from_str(label: &str) -> Result<Encoding, Error> {
        let plain = label.replace(['-', '_', ' '], "");
        let named = |label: &str| encoding_rs::Encoding::for_label_no_replacement(label.as_bytes());
        let encoding = named(label).or_else(|| named(&label.replace('_', "-"))).or_else(|| named(&plain));
        encoding.map(Encoding).ok_or_else(|| Error::unknown("encoding", label, COMMON))
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Encoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Encoding, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Encoding {
    /// The encoding that the first bytes of a file mark.
    pub(super) fn by_mark(head: &[u8]) -> Option<Encoding> {
        encoding_rs::Encoding::for_bom(head).map(|(encoding, _)| Encoding(encoding))
    }

    /// What gives the text as UTF-8, without the mark at its beginning. UTF-8 stays as it is, good or bad.
    pub(super) fn decode(self, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        if self.0 == encoding_rs::UTF_8 {
            return reader;
        }
        let decoder = self.0.new_decoder_with_bom_removal();
        let (bytes, text) = (vec![0; BUFFER_BYTES], Vec::new());
        Box::new(Decoded { encoding: self, reader, decoder, bytes, text, given: 0, read: 0, state: State::Reading })
    }
}

/// How much of a file is decoded at a time.
const BUFFER_BYTES: usize = 64 << 10;

/// A reader that decodes another.
struct Decoded {
    encoding: Encoding,
    reader: Box<dyn Read + Send>,
    decoder: Decoder,
    bytes: Vec<u8>,
    text: Vec<u8>,
    /// How much of `text` went out.
    given: usize,
    /// Bytes read before those that are being decoded.
    read: u64,
    state: State,
}

enum State {
    Reading,
    Ended,
    /// At this byte the file is not in the encoding.
    Malformed(u64),
}

/// Bytes that are not in the encoding that they are read in.
#[derive(Debug)]
pub(super) struct Malformed {
    encoding: Encoding,
    at: u64,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} of the file is not {}; `--encoding` reads other encodings", self.at, self.encoding)
    }
}

impl std::error::Error for Malformed {}

impl Decoded {
    /// Decodes the next bytes into `text`, all of which went out.
    fn fill(&mut self) -> io::Result<()> {
        let length = self.reader.read(&mut self.bytes)?;
        let room = self.decoder.max_utf8_buffer_length_without_replacement(length).unwrap_or(4 * BUFFER_BYTES);
        self.text.resize(room, 0);
        let is_last = length == 0;
        let (result, used, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.bytes[..length], &mut self.text, is_last);
        self.text.truncate(written);
        self.given = 0;
        self.read += used as u64;
        match result {
            DecoderResult::InputEmpty if is_last => self.state = State::Ended,
            DecoderResult::InputEmpty => {}
            DecoderResult::Malformed(bad, after) => {
                self.state = State::Malformed(self.read.saturating_sub(u64::from(bad) + u64::from(after)));
            }
            // There was room for all of the input.
            DecoderResult::OutputFull => return Err(io::Error::other("the decoder wants more room than it asked for")),
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            match self.state {
                State::Reading => self.fill()?,
                State::Ended => return Ok(0),
                State::Malformed(at) => return Err(io::Error::other(Malformed { encoding: self.encoding, at })),
            }
        }
        let length = buffer.len().min(self.text.len() - self.given);
        buffer[..length].copy_from_slice(&self.text[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}
