//! Reading tables: [`read`] for all of one, [`batches`] for some rows at a time.
//!
//! Errors begin with the file and say where in it: `train.csv: row 3 (line 4, byte 57) has 2 cells,
//! expected 3`. Rows are the data rows and count from 1, lines are what an editor shows, bytes count from
//! 0 in the decompressed file.

use std::path::Path;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::source::Source;
use super::{Frame, csv, delimiter_text, parquet};
use crate::error::{Error, Result};
use crate::schema::Finding;

/// How tables are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with a delimiter between the cells, RFC 4180 quotes; gzip around it is seen by itself.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// How to read a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadOptions {
    /// The format. By default the name tells: `.csv`, `.tsv`, `.txt`, `.tab` (each also with `.gz`), `.parquet`,
    /// `.pq`; files with other names are Parquet if they begin like it, standard input is CSV.
    pub format: Option<Format>,
    /// The byte between the cells of a CSV file. By default a tab in `.tsv` and `.tab` files, else whichever of
    /// comma, semicolon, tab and `|` cuts the first records most evenly. Serialised as text: `";"`, `"tab"`.
    #[serde(with = "delimiter_text")]
    pub delimiter: Option<u8>,
    /// Whether the first record of a CSV file holds the names of the columns; if not, they are `column_1`, ….
    pub header: bool,
    /// The texts of a CSV file that stand for a missing value, compared without the spaces around them;
    /// [`NA_VALUES`] by default. The empty cell is always missing.
    pub na_values: Option<Vec<String>>,
    /// Columns of a CSV file to be kept as the text that stands in the file, as targets are. There `-` is not
    /// a missing value unless `na_values` says so. Names that the file does not have are passed over.
    pub text_columns: Vec<String>,
    /// Number of threads; 0 takes one per processor.
    #[serde(skip)]
    pub threads: usize,
}

/// What stands for a missing value in a CSV file unless [`ReadOptions::na_values`] says otherwise.
pub const NA_VALUES: [&str; 9] = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "?", "-"];

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions { format: None, delimiter: None, header: true, na_values: None, text_columns: Vec::new(), threads: 0 }
    }
}

/// Reads a table into memory, and says what had to be repaired. `-` is standard input.
///
/// A CSV column is `Int64` if all its values are integers as a program writes them (`01` and `+1` are not),
/// `Float64` if all are numbers, else `String`; the whole file is looked at. Parquet columns are brought into
/// the types of [`Frame::from_data`].
///
/// # Errors
/// The file is missing, empty, damaged, not UTF-8, has no rows, or rows of different lengths.
pub fn read(path: &Path, options: &ReadOptions) -> Result<(Frame, Vec<Finding>)> {
    read_blocks(path, options, csv::BLOCK_BYTES)
}

/// Reads a CSV table that lies in memory, like [`read`] does a file.
///
/// # Errors
/// As for a file of these bytes.
pub fn read_bytes(bytes: Vec<u8>, options: &ReadOptions) -> Result<(Frame, Vec<Finding>)> {
    let source = Source::of_bytes(bytes, Some(Format::Csv))?;
    csv::Table::open(source, options, csv::BLOCK_BYTES)?.read(&pool(options.threads)?)
}

/// [`read`] with another size of the blocks that a CSV file is cut into, so that tests can use tiny ones.
pub(super) fn read_blocks(path: &Path, options: &ReadOptions, block_bytes: usize) -> Result<(Frame, Vec<Finding>)> {
    let name = Source::name_of(path);
    let read = || {
        let source = Source::open(path, options.format)?;
        match source.format {
            Format::Csv => csv::Table::open(source, options, block_bytes)?.read(&pool(options.threads)?),
            Format::Parquet => parquet::ParquetFile::open(source)?.read(),
        }
    };
    read().map_err(|error: Error| error.context(name))
}

/// Reads a table at most `rows_max` rows at a time, in bounded memory. `-` is standard input.
///
/// The types of CSV columns are not guessed: all cells come as text, missing ones as null. Parquet columns
/// have the types of [`Frame::from_data`], and one row group is in memory at a time. All batches but the last
/// have `rows_max` rows, or fewer where the table is so wide that these would be more than four million cells.
///
/// # Errors
/// The file cannot be opened, or has no header or rows. Errors further on come from the iterator, which then ends.
pub fn batches(path: &Path, options: &ReadOptions, rows_max: usize) -> Result<Batches> {
    batches_blocks(path, options, rows_max, csv::BLOCK_BYTES)
}

/// [`batches`] with another size of the blocks that a CSV file is cut into, so that tests can use tiny ones.
pub(super) fn batches_blocks(path: &Path, options: &ReadOptions, rows_max: usize, block_bytes: usize) -> Result<Batches> {
    let name = Source::name_of(path);
    let open = || {
        let source = Source::open(path, options.format)?;
        let (parts, findings): (Parts, Vec<Finding>) = match source.format {
            Format::Csv => {
                let table = csv::Table::open(source, options, block_bytes)?;
                let findings = table.findings().to_vec();
                (Box::new(table.text_frames(pool(options.threads)?)), findings)
            }
            Format::Parquet => {
                let file = parquet::ParquetFile::open(source)?;
                let findings = file.findings().to_vec();
                (Box::new(file.row_groups()), findings)
            }
        };
        Ok(Batches { name: name.clone(), parts, findings, pending: DataFrame::empty(), rows_max: rows_max.max(1), ended: false })
    };
    open().map_err(|error: Error| error.context(name.clone()))
}

/// The most cells of a batch: as text about 150 MB.
const BATCH_CELLS_MAX: usize = 4_000_000;

/// Frames as they come out of a file, of any number of rows.
type Parts = Box<dyn Iterator<Item = Result<DataFrame>> + Send>;

/// The rows of a table, some at a time; see [`batches`].
pub struct Batches {
    name: String,
    parts: Parts,
    findings: Vec<Finding>,
    pending: DataFrame,
    rows_max: usize,
    ended: bool,
}

impl Batches {
    /// What had to be repaired in the header.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Takes in parts until there are enough rows for a batch, or no more parts.
    fn fill(&mut self) -> Result<()> {
        while !self.ended && self.pending.height() < self.rows_max {
            match self.parts.next() {
                None => self.ended = true,
                Some(part) => {
                    let part = part?;
                    self.rows_max = self.rows_max.min((BATCH_CELLS_MAX / part.width().max(1)).max(1));
                    self.pending.vstack_mut_owned(part)?;
                }
            }
        }
        Ok(())
    }
}

impl Iterator for Batches {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Result<Frame>> {
        if let Err(error) = self.fill() {
            self.ended = true;
            self.pending = DataFrame::empty();
            return Some(Err(error.context(self.name.clone())));
        }
        if self.pending.height() == 0 {
            return None;
        }
        let batch = self.pending.slice(0, self.rows_max);
        self.pending = self.pending.slice(batch.height() as i64, usize::MAX);
        Some(Ok(Frame::new(batch)))
    }
}

/// Threads of our own: the global pool of rayon is not ours to size.
fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::new(crate::error::Kind::Io, format!("could not start {threads} threads: {e}")))
}
