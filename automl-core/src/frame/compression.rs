//! Compressed files.

use std::io::{self, Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// What is around the bytes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// gzip, `.gz`.
    Gzip,
    /// Zstandard, `.zst`.
    Zstd,
}

impl Compression {
    /// Every kind with the endings of its files and the bytes that they begin with.
    const ALL: [(Compression, &[&str], &[u8]); 2] =
        [(Compression::Gzip, &["gz"], &[0x1f, 0x8b]), (Compression::Zstd, &["zst", "zstd"], &[0x28, 0xb5, 0x2f, 0xfd])];

    /// The compression that a lower-case file name tells, and the name without its ending.
    pub(super) fn by_name(name: &str) -> (Option<Compression>, &str) {
        let told = name.rsplit_once('.').and_then(|(rest, ending)| {
            let (compression, ..) = Compression::ALL.iter().find(|(_, endings, _)| endings.contains(&ending))?;
            Some((Some(*compression), rest))
        });
        told.unwrap_or((None, name))
    }

    /// The compression that the first bytes of a file tell.
    pub(super) fn by_content(head: &[u8]) -> Option<Compression> {
        Compression::ALL.iter().find(|(.., magic)| head.starts_with(magic)).map(|(compression, ..)| *compression)
    }

    /// What gives the bytes within.
    pub(super) fn decompress(self, reader: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Compression::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Compression::Zstd => Box::new(zstd::Decoder::new(reader)?),
        })
    }

    /// How messages call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }
}

/// A writer that compresses, or not.
pub(super) enum Compressor<W: Write> {
    Plain(W),
    Gzip(GzEncoder<W>),
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> Compressor<W> {
    pub(super) fn new(output: W, compression: Option<Compression>) -> io::Result<Compressor<W>> {
        Ok(match compression {
            None => Compressor::Plain(output),
            Some(Compression::Gzip) => Compressor::Gzip(GzEncoder::new(output, flate2::Compression::default())),
            Some(Compression::Zstd) => Compressor::Zstd(zstd::Encoder::new(output, zstd::DEFAULT_COMPRESSION_LEVEL)?),
        })
    }

    /// Writes what is left, and gives the output back.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Compressor::Plain(output) => Ok(output),
            Compressor::Gzip(encoder) => encoder.finish(),
            Compressor::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Compressor::Plain(output) => output.write(bytes),
            Compressor::Gzip(encoder) => encoder.write(bytes),
            Compressor::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Compressor::Plain(output) => output.flush(),
            Compressor::Gzip(encoder) => encoder.flush(),
            Compressor::Zstd(encoder) => encoder.flush(),
        }
    }
}
