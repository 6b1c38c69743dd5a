//! Where the bytes of a table come from: a file or standard input, through gzip or not.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::read::Format;
use crate::error::{Error, Result};

/// An opened table, its bytes decompressed.
pub(super) struct Source {
    /// The bytes, from the first on.
    pub reader: Box<dyn Read + Send>,
    /// What they hold.
    pub format: Format,
    /// The file itself, if it is one and not compressed.
    pub file: Option<File>,
    /// Whether the name says that the cells are separated by tabs.
    pub is_tab_named: bool,
    is_gzip: bool,
}

/// First bytes of files that people give in place of a table, and what to do about it.
const NOT_TABLES: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "is a zip archive or a spreadsheet; extract it, or save the sheet as CSV"),
    (b"\xD0\xCF\x11\xE0", "is a spreadsheet; save the sheet as CSV"),
    (b"\xFF\xFE", "is UTF-16 text; convert it to UTF-8"),
    (b"\xFE\xFF", "is UTF-16 text; convert it to UTF-8"),
    (b"\x28\xB5\x2F\xFD", "is compressed with zstd; decompress it, or use gzip"),
    (b"BZh", "is compressed with bzip2; decompress it, or use gzip"),
];

const PARQUET_MAGIC: &[u8] = b"PAR1";
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

impl Source {
    /// How messages call the file.
    pub(super) fn name_of(path: &Path) -> String {
        if is_standard_input(path) { "standard input".into() } else { path.display().to_string() }
    }

    /// Opens a file, or standard input for `-`, and finds out its format and whether gzip is around it.
    pub(super) fn open(path: &Path, format: Option<Format>) -> Result<Source> {
        let file = if is_standard_input(path) { None } else { Some(open_file(path)?) };
        let reader: Box<dyn Read + Send> = match &file {
            None => Box::new(io::stdin()),
            Some(file) => Box::new(file.try_clone().map_err(|e| Error::io("opening", &e))?),
        };
        Source::of(reader, file, by_name(path), format)
    }

    /// A table that lies in memory.
    pub(super) fn of_bytes(bytes: Vec<u8>, format: Option<Format>) -> Result<Source> {
        Source::of(Box::new(Cursor::new(bytes)), None, (None, false), format)
    }

    fn of(
        reader: Box<dyn Read + Send>,
        file: Option<File>,
        (named, is_tab_named): (Option<Format>, bool),
        format: Option<Format>,
    ) -> Result<Source> {
        let (head, mut reader) = peek(reader).map_err(|e| Error::io("reading", &e))?;
        let is_gzip = head.starts_with(GZIP_MAGIC);
        let mut head = head;
        if is_gzip {
            (head, reader) = peek(Box::new(MultiGzDecoder::new(reader))).map_err(|e| read_error(true, &e))?;
        }
        let by_magic = || head.starts_with(PARQUET_MAGIC) && file.is_some();
        let format = format.or(named).unwrap_or(if by_magic() { Format::Parquet } else { Format::Csv });
        if format == Format::Csv
            && let Some((_, trouble)) = NOT_TABLES.iter().find(|(magic, _)| head.starts_with(magic))
        {
            return Err(Error::data(format!("the file {trouble}")));
        }
        Ok(Source { reader, format, file: file.filter(|_| !is_gzip), is_tab_named, is_gzip })
    }

    /// What it means that a read failed.
    pub(super) fn read_error(&self, error: &io::Error) -> Error {
        read_error(self.is_gzip, error)
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read_error(is_gzip: bool, error: &io::Error) -> Error {
    let is_content = matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof);
    if is_gzip && is_content {
        Error::data(format!("the gzip data is damaged or cut short ({error})"))
    } else {
        Error::io("reading", error)
    }
}

fn open_file(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::data("there is no such file"),
        _ => Error::io("opening", &error),
    })?;
    let metadata = file.metadata().map_err(|e| Error::io("opening", &e))?;
    if metadata.is_dir() { Err(Error::data("this is a folder, not a file")) } else { Ok(file) }
}

/// The first eight bytes, which are enough to know a format by, and a reader that still gives them.
fn peek(mut reader: Box<dyn Read + Send>) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = Vec::new();
    reader.by_ref().take(8).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(reader))))
}

/// The format that the name of a file tells, and whether it tells of tabs.
pub(super) fn by_name(path: &Path) -> (Option<Format>, bool) {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    if is_standard_input(path) {
        return (Some(Format::Csv), false);
    }
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv" | "txt") => (Some(Format::Csv), false),
        Some("tsv" | "tab") => (Some(Format::Csv), true),
        Some("parquet" | "pq") => (Some(Format::Parquet), false),
        _ => (None, false),
    }
}
