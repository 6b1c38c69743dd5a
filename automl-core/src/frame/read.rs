//! Reading tables: [`read`] for all of one, [`batches`](super::batches()) for some rows at a time.
//!
//! Errors begin with the file and say where in it: `train.csv: row 3 (line 4, byte 57) has 2 cells,
//! expected 3`. Rows are the data rows and count from 1, lines are what an editor shows, bytes count from
//! 0 in the decompressed file as UTF-8.

use std::path::Path;

use rayon::ThreadPool;

use super::files::files_of;
use super::open::{Opened, Opener};
use super::options::{Format, ReadOptions};
use super::source::Source;
use super::{Frame, csv, text, typed};
use crate::error::{Error, Kind, Result};
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
    whole.finish(&pool)
}

/// [`read`] with another size of the blocks that a text file is cut into, so that tests can use tiny ones.
pub(super) fn read_blocks(path: &Path, options: &ReadOptions, block_bytes: usize) -> Result<(Frame, Vec<Finding>)> {
    let name = |path: &Path, error: Error| error.context(Source::name_of(path));
    let pool = pool(options.threads)?;
    let files = files_of(path).map_err(|e| name(path, e))?;
    let (mut opener, mut text, mut typed) = (Opener::default(), text::Whole::default(), typed::Whole::default());
    for file in &files {
        let mut add = || match opener.open(file, options, block_bytes)? {
            Opened::Text(table) => text.add(table, &pool),
            Opened::Typed(table) => typed.add(table),
        };
        add().map_err(|e| name(file, e))?;
    }
    let whole = if opener.format.is_some_and(|format| !format.is_text()) { typed.finish() } else { text.finish(&pool) };
    whole.map_err(|e| name(path, e))
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
