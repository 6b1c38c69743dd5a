//! Where the bytes of a table come from: a file or standard input, through decompression and decoding.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::path::Path;

use super::compression::Compression;
use super::encoding::{Encoding, Malformed};
use super::options::{Format, ReadOptions};
use crate::error::{Error, Result};

/// An opened table, its bytes decompressed and, if they are text, decoded.
pub(super) struct Source {
    /// The bytes, from the first on.
    pub reader: Box<dyn Read + Send>,
    /// What they hold.
    pub format: Format,
    /// The file itself, if it is one and not compressed.
    pub file: Option<File>,
    /// Whether the name says that the cells are separated by tabs.
    pub is_tab_named: bool,
    compression: Option<Compression>,
}

/// First bytes of files that people give in place of a table, and what to do about it.
const NOT_TABLES: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "is a zip archive or a spreadsheet; extract it, or save the sheet as CSV"),
    (b"\xD0\xCF\x11\xE0", "is a spreadsheet; save the sheet as CSV"),
    (b"\xFF\xFE\0\0", "is UTF-32 text; convert it to UTF-8"),
    (b"\0\0\xFE\xFF", "is UTF-32 text; convert it to UTF-8"),
    (b"BZh", "is compressed with bzip2; decompress it, or use gzip or zstd"),
    (b"\xFD7zXZ", "is compressed with xz; decompress it, or use gzip or zstd"),
];

/// The byte order mark that some programs put before UTF-8.
pub(super) const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Source {
    /// How messages call the file.
    pub(super) fn name_of(path: &Path) -> String {
        if is_standard_input(path) { "standard input".into() } else { path.display().to_string() }
    }

    /// Opens a file, or standard input for `-`, and finds out what is around its bytes and what they hold.
    pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<Source> {
        let file = if is_standard_input(path) { None } else { Some(open_file(path)?) };
        let reader: Box<dyn Read + Send> = match &file {
            None => Box::new(io::stdin()),
            Some(file) => Box::new(file.try_clone().map_err(|e| Error::io("opening", &e))?),
        };
        Source::of(reader, file, by_name(path), options)
    }

    /// A table that lies in memory.
    pub(super) fn of_bytes(bytes: Vec<u8>, options: &ReadOptions) -> Result<Source> {
        Source::of(Box::new(Cursor::new(bytes)), None, Named::default(), options)
    }

    fn of(reader: Box<dyn Read + Send>, file: Option<File>, named: Named, options: &ReadOptions) -> Result<Source> {
        let (mut head, mut reader) = peek(reader).map_err(|e| Error::io("reading", &e))?;
        let compression = Compression::by_content(&head);
        let failed = |e: io::Error| read_error(compression, &e);
        if let Some(compression) = compression {
            (head, reader) = compression.decompress(reader).and_then(peek).map_err(failed)?;
        }
        let mut format = options.format.or(named.format).or_else(|| binary_by_content(&head));
        if format.is_none_or(Format::is_text) {
            check_is_text(&head)?;
            if let Some(encoding) = options.encoding.or_else(|| Encoding::by_mark(&head)) {
                (head, reader) = peek(encoding.decode(reader)).map_err(failed)?;
            }
            let is_object = head.strip_prefix(UTF8_MARK).unwrap_or(&head).trim_ascii_start().starts_with(b"{");
            format = format.or(Some(if is_object { Format::Ndjson } else { Format::Csv }));
        }
        let format = format.unwrap_or(Format::Csv);
        let file = file.filter(|_| compression.is_none());
        Ok(Source { reader, format, file, is_tab_named: named.tabs, compression })
    }

    /// What it means that a read failed.
    pub(super) fn read_error(&self, error: &io::Error) -> Error {
        read_error(self.compression, error)
    }

    /// All of the bytes.
    pub(super) fn read_to_end(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader.read_to_end(&mut bytes).map_err(|e| self.read_error(&e))?;
        Ok(bytes)
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read_error(compression: Option<Compression>, error: &io::Error) -> Error {
    if let Some(malformed) = error.get_ref().and_then(|inner| inner.downcast_ref::<Malformed>()) {
        return Error::data(malformed.to_string());
    }
    match compression {
        // What the operating system did not raise is about the content.
        Some(compression) if error.raw_os_error().is_none() => {
            Error::data(format!("the {} data is damaged or cut short ({error})", compression.name()))
        }
        _ => Error::io("reading", error),
    }
}

fn open_file(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::data("there is no such file"),
        _ => Error::io("opening", &error),
    })?;
    let metadata = file.metadata().map_err(|e| Error::io("opening", &e))?;
    if metadata.is_dir() {
        let pattern = path.join("*.csv");
        return Err(Error::data(format!("this is a folder, not a file; `{}` reads the files in it", pattern.display())));
    }
    Ok(file)
}

/// The first bytes, enough to know a format by, and a reader that still gives them.
fn peek(mut reader: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = Vec::new();
    reader.by_ref().take(16).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(reader))))
}

/// Refuses files that are known to be something else.
fn check_is_text(head: &[u8]) -> Result<()> {
    if let Some((_, trouble)) = NOT_TABLES.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(Error::data(format!("the file {trouble}")));
    }
    match binary_by_content(head) {
        Some(format) => Err(Error::data(format!("the file begins like {format}; `--format {format}` reads it"))),
        None => Ok(()),
    }
}

/// The binary format that the first bytes tell. Text may begin with `PAR1`, but not go on as Parquet does.
fn binary_by_content(head: &[u8]) -> Option<Format> {
    const ARROW: [&[u8]; 2] = [b"ARROW1\0\0", b"\xFF\xFF\xFF\xFF"];
    let is_parquet = head.starts_with(b"PAR1") && head.get(4).is_some_and(|byte| !byte.is_ascii_graphic());
    if is_parquet { Some(Format::Parquet) } else { ARROW.iter().any(|magic| head.starts_with(magic)).then_some(Format::Arrow) }
}

/// What the name of a file tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub format: Option<Format>,
    /// Whether the cells are separated by tabs.
    pub tabs: bool,
    pub compression: Option<Compression>,
}

/// What the name of a file tells.
pub(super) fn by_name(path: &Path) -> Named {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let (compression, name) = Compression::by_name(&name);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let format = match ending {
        Some("csv" | "txt" | "tsv" | "tab") => Some(Format::Csv),
        Some("parquet" | "pq") => Some(Format::Parquet),
        Some("arrow" | "feather" | "ipc" | "arrows") => Some(Format::Arrow),
        Some("ndjson" | "jsonl" | "json") => Some(Format::Ndjson),
        _ => None,
    };
    Named { format, tabs: matches!(ending, Some("tsv" | "tab")), compression }
}
