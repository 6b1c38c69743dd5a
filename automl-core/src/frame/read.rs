//! Reading tables: [`read`] for all of one, [`batches`](super::batches()) for some rows at a time.
//!
//! Errors begin with the file and say where in it: `train.csv: row 3 (line 4, byte 57) has 2 cells,
//! expected 3`. Rows are the data rows and count from 1, lines are what an editor shows, bytes count from
//! 0 in the decompressed file as UTF-8.

use std::path::Path;

use polars::prelude::DataFrame;
use rayon::ThreadPool;

use super::columnar::{self, TypedTable};
use super::files::files_of;
use super::options::{Format, ReadOptions};
use super::source::Source;
use super::text::{self, TextTable};
use super::{Frame, csv, ndjson, stack};
use crate::error::{Error, Kind, Result, unknown_message};
use crate::schema::Finding;

/// Reads a table into memory, and says what had to be repaired. `-` is standard input; a pattern such as `part-*.csv`
/// reads all files that match it as one table, sorted by name. They must have the same columns, in any order.
///
/// A column of a CSV file is `Int64` if all its values are integers as a program writes them (`01` and `+1` are not),
/// `Float64` if all are numbers, else `String`; the whole file, and every file, is looked at. So it is with the numbers
/// of NDJSON, whose texts stay text. Columns of Parquet and Arrow files are brought into the types of
/// [`Frame::from_data`].
///
/// # Errors
/// A file is missing, empty, damaged, not in its encoding, or has rows of different lengths; there are no rows; files of
/// one pattern have different columns.
pub fn read(path: &Path, options: &ReadOptions) -> Result<(Frame, Vec<Finding>)> {
    read_blocks(path, options, text::BLOCK_BYTES)
}

/// Reads a CSV table that lies in memory, like [`read`] does a file.
///
/// # Errors
/// As for a file of these bytes.
pub fn read_bytes(bytes: Vec<u8>, options: &ReadOptions) -> Result<(Frame, Vec<Finding>)> {
    let options = ReadOptions { format: Some(Format::Csv), ..options.clone() };
    let source = Source::of_bytes(bytes, &options)?;
    let pool = pool(options.threads)?;
    let mut whole = text::Whole::default();
    whole.add(csv::open(source, &options, text::BLOCK_BYTES)?, &pool)?;
    with_rows(whole.finish(&pool)?)
}

/// [`read`] with another size of the blocks that a text file is cut into, so that tests can use tiny ones.
pub(super) fn read_blocks(path: &Path, options: &ReadOptions, block_bytes: usize) -> Result<(Frame, Vec<Finding>)> {
    let pool = pool(options.threads)?;
    let mut reader = Reader::default();
    let mut text = text::Whole::default();
    let mut typed = (DataFrame::empty(), Vec::new());
    let files = files_of(path).map_err(|e| e.context(Source::name_of(path)))?;
    for file in &files {
        let mut add = || match reader.open(file, options, block_bytes)? {
            Opened::Text(table) => text.add(table, &pool),
            Opened::Typed(table) => add_typed(&mut typed, table),
        };
        add().map_err(|e: Error| e.context(Source::name_of(file)))?;
    }
    let whole = || match reader.format {
        Some(format) if !format.is_text() => Ok((Frame::new(typed.0), typed.1)),
        _ => text.finish(&pool),
    };
    whole().and_then(with_rows).map_err(|e| e.context(Source::name_of(path)))
}

fn add_typed((data, findings): &mut (DataFrame, Vec<Finding>), table: TypedTable) -> Result<()> {
    findings.extend(table.findings.into_iter().filter(|finding| !findings.contains(finding)).collect::<Vec<_>>());
    for part in table.parts {
        stack::append(data, part?)?;
    }
    Ok(())
}

fn with_rows((frame, findings): (Frame, Vec<Finding>)) -> Result<(Frame, Vec<Finding>)> {
    check_rows(frame.rows())?;
    Ok((frame, findings))
}

/// Refuses tables without rows, and those with more than can be used.
pub(super) fn check_rows(rows: usize) -> Result<()> {
    // Views and splits index rows with 32 bits.
    match u32::try_from(rows) {
        Ok(0) => Err(no_rows()),
        Ok(_) => Ok(()),
        Err(_) => Err(Error::data(format!("there are {rows} rows; at most {} can be used", u32::MAX))),
    }
}

/// That a table has no rows.
pub(super) fn no_rows() -> Error {
    Error::data("there are columns but no rows")
}

/// A file whose columns are known, but whose rows are not read.
pub(super) enum Opened {
    Text(TextTable),
    Typed(TypedTable),
}

/// Opens the files of one table, and sees to it that they go together.
#[derive(Default)]
pub(super) struct Reader {
    /// The first file.
    first: Option<String>,
    /// Its format and, where they are known before the rows are, its columns.
    pub format: Option<Format>,
    names: Vec<String>,
}

impl Reader {
    /// Opens the next file.
    pub(super) fn open(&mut self, path: &Path, options: &ReadOptions, block_bytes: usize) -> Result<Opened> {
        let source = Source::open(path, options)?;
        let format = source.format;
        let opened = match format {
            Format::Csv => Opened::Text(csv::open(source, options, block_bytes)?),
            Format::Ndjson => Opened::Text(ndjson::open(source, options, block_bytes)?),
            Format::Parquet | Format::Arrow => Opened::Typed(columnar::open(source)?),
        };
        let names = match &opened {
            Opened::Text(table) => &table.names,
            Opened::Typed(table) => &table.names,
        };
        match &self.first {
            None => (self.first, self.format, self.names) = (Some(Source::name_of(path)), Some(format), names.clone()),
            Some(first) => self.check(first, format, names)?,
        }
        Ok(opened)
    }

    /// Refuses a file that does not go with the first.
    fn check(&self, first: &str, format: Format, names: &[String]) -> Result<()> {
        let lacks = |names: &[String], name: &str| unknown_message("column", name, names.iter().map(String::as_str));
        if let Some(other) = self.format.filter(|&other| other != format) {
            return Err(Error::data(format!("files read as one have one format; this is {format}, and {first} is {other}")));
        }
        if self.names == names {
            return Ok(());
        }
        if let Some(name) = self.names.iter().find(|name| !names.contains(name)) {
            return Err(Error::data(format!(
                "{}; files read as one have the same columns, and {first} has it",
                lacks(names, name)
            )));
        }
        if let Some(name) = names.iter().find(|name| !self.names.contains(name)) {
            let lack = lacks(&self.names, name);
            return Err(Error::data(format!("files read as one have the same columns, and {first} has {lack}")));
        }
        Ok(())
    }
}

/// Threads of our own: the global pool of rayon is not ours to size.
pub(super) fn pool(threads: usize) -> Result<ThreadPool> {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::new(Kind::Io, format!("could not start {threads} threads: {e}")))
}
