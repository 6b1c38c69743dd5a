//! Reading tables: [`read`] for all of one, [`batches`](super::batches()) for some rows at a time.
//!
//! Errors begin with the file and say where in it: `train.csv: row 3 (line 4, byte 57) has 2 cells,
//! expected 3`. Rows are the data rows and count from 1, lines are what an editor shows, bytes count from
//! 0 in the decompressed file as UTF-8.

use std::path::Path;

use rayon::ThreadPool;

use super::files::files_of;
use super::open::{Opened, Opener};
use super::options::ReadOptions;
use super::source::Source;
use super::{Frame, text, typed};
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

/// Reads a table that lies in memory, like [`read`] does a file without a name: without [`ReadOptions::format`] it is what
/// it begins like, else CSV.
///
/// # Errors
/// As for a file of these bytes.
pub fn read_bytes(bytes: Vec<u8>, options: &ReadOptions) -> Result<(Frame, Vec<Finding>)> {
    let pool = pool(options.threads)?;
    let mut whole = Whole::default();
    whole.add(Opened::of(Source::of_bytes(bytes, options)?, options, text::BLOCK_BYTES)?, &pool)?;
    whole.finish(&pool)
}

/// [`read`] with another size of the blocks that a text file is cut into, so that tests can use tiny ones.
pub(super) fn read_blocks(path: &Path, options: &ReadOptions, block_bytes: usize) -> Result<(Frame, Vec<Finding>)> {
    let name = |path: &Path, error: Error| error.context(Source::name_of(path));
    let pool = pool(options.threads)?;
    let (mut opener, mut whole) = (Opener::default(), Whole::default());
    for file in &files_of(path).map_err(|e| name(path, e))? {
        let opened = opener.open(file, options, block_bytes);
        opened.and_then(|opened| whole.add(opened, &pool)).map_err(|e| name(file, e))?;
    }
    whole.finish(&pool).map_err(|e| name(path, e))
}

/// All rows of one or more files of one format.
#[derive(Default)]
struct Whole {
    text: Option<text::Whole>,
    typed: typed::Whole,
}

impl Whole {
    fn add(&mut self, opened: Opened, pool: &ThreadPool) -> Result<()> {
        match opened {
            Opened::Text(table) => self.text.get_or_insert_default().add(table, pool),
            Opened::Typed(table) => self.typed.add(table),
        }
    }

    fn finish(self, pool: &ThreadPool) -> Result<(Frame, Vec<Finding>)> {
        match self.text {
            Some(text) => text.finish(pool),
            None => self.typed.finish(),
        }
    }
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
