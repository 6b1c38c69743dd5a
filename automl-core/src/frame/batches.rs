//! Reading tables some rows at a time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{Column, DataFrame, DataType};
use rayon::ThreadPool;

use super::files::files_of;
use super::open::{Frames, Opened, Opener};
use super::options::{Format, ReadOptions};
use super::read::{no_rows, pool};
use super::source::Source;
use super::{Frame, stack, text};
use crate::error::Result;
use crate::schema::Finding;

/// Reads a table at most `rows_max` rows at a time, in bounded memory. `-` is standard input; the files of a pattern
/// follow one another.
///
/// The types of columns of text files are not guessed: all cells come as text, missing ones as null. Columns of Parquet
/// and Arrow files have the types of [`Frame::from_data`], and one row group or record batch is in memory at a time. A
/// column that begins late in an NDJSON file is in the batches from there on, unless it is [expected](Batches::expecting).
/// All batches but the last have `rows_max`
/// rows, or fewer where the table is so wide that these would be more than four million cells.
///
/// # Errors
/// The first file cannot be opened, or has no header. Errors further on come from the iterator, which then ends.
pub fn batches(path: &Path, options: &ReadOptions, rows_max: usize) -> Result<Batches> {
    batches_blocks(path, options, rows_max, text::BLOCK_BYTES)
}

/// [`batches`] with another size of the blocks that a text file is cut into, so that tests can use tiny ones.
pub(super) fn batches_blocks(path: &Path, options: &ReadOptions, rows_max: usize, block_bytes: usize) -> Result<Batches> {
    let mut files = files_of(path).map_err(|e| e.context(Source::name_of(path)))?;
    files.reverse();
    let mut parts = Parts {
        files,
        options: options.clone(),
        block_bytes,
        pool: Arc::new(pool(options.threads)?),
        opener: Opener::default(),
        current: None,
    };
    let findings = parts.open_next()?;
    Ok(Batches {
        name: Source::name_of(path),
        parts,
        findings,
        pending: DataFrame::empty(),
        expected: Vec::new(),
        rows_max: rows_max.max(1),
        rows: 0,
        ended: false,
    })
}

/// The rows of all files as they come out of them, in frames of any number of rows.
struct Parts {
    /// Those not opened yet, the last one first.
    files: Vec<PathBuf>,
    options: ReadOptions,
    block_bytes: usize,
    pool: Arc<ThreadPool>,
    opener: Opener,
    /// The name and the rows of the file that is being read.
    current: Option<(String, Frames)>,
}

impl Parts {
    /// Opens the next file, if there is one; says what was repaired in it.
    fn open_next(&mut self) -> Result<Vec<Finding>> {
        let Some(file) = self.files.pop() else {
            return Ok(Vec::new());
        };
        let name = Source::name_of(&file);
        let opened = self.opener.open(&file, &self.options, self.block_bytes).map_err(|e| e.context(name.clone()))?;
        let (findings, parts): (_, Frames) = match opened {
            Opened::Text(table) => (table.findings.clone(), Box::new(table.frames(Arc::clone(&self.pool)))),
            Opened::Typed(table) => (table.findings, table.parts),
        };
        self.current = Some((name, parts));
        Ok(findings)
    }

    /// The next rows; `None` at the end of the last file.
    fn next(&mut self) -> Result<Option<DataFrame>> {
        while let Some((name, parts)) = &mut self.current {
            if let Some(part) = parts.next() {
                return part.map(Some).map_err(|e| e.context(name.clone()));
            }
            self.current = None;
            self.open_next()?;
        }
        Ok(None)
    }
}

/// The most cells of a batch: as text about 150 MB.
const CELLS_MAX: usize = 4_000_000;

/// The rows of a table, some at a time; see [`batches()`].
pub struct Batches {
    name: String,
    parts: Parts,
    findings: Vec<Finding>,
    pending: DataFrame,
    expected: Vec<String>,
    rows_max: usize,
    /// Rows that were read.
    rows: usize,
    ended: bool,
}

impl Batches {
    /// What had to be repaired in the header of the first file.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The same batches for who needs these columns: one that no object of an NDJSON table has had so far is missing
    /// throughout. At the end of the table it is known that there is none, and the last batches do without.
    pub fn expecting(self, columns: Vec<String>) -> Batches {
        Batches { expected: columns, ..self }
    }

    /// A batch with the columns that may still begin.
    fn with_expected(&self, mut batch: DataFrame) -> Result<DataFrame> {
        if self.parts.opener.format == Some(Format::Ndjson) && !self.ended {
            for name in &self.expected {
                if batch.get_column_index(name).is_none() {
                    let missing = Column::full_null(name.as_str().into(), batch.height(), &DataType::String);
                    batch.with_column(missing)?;
                }
            }
        }
        Ok(batch)
    }

    /// Takes in parts until there are enough rows for a batch, or no more parts.
    fn fill(&mut self) -> Result<()> {
        while !self.ended && self.pending.height() < self.rows_max {
            match self.parts.next()? {
                Some(part) => {
                    self.rows += part.height();
                    self.rows_max = self.rows_max.min((CELLS_MAX / part.width().max(1)).max(1));
                    stack::append(&mut self.pending, part)?;
                }
                None if self.rows == 0 => return Err(no_rows().context(self.name.clone())),
                None => self.ended = true,
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
            return Some(Err(error));
        }
        if self.pending.height() == 0 {
            return None;
        }
        let batch = self.pending.slice(0, self.rows_max);
        self.pending = self.pending.slice(batch.height() as i64, usize::MAX);
        Some(self.with_expected(batch).map(Frame::new))
    }
}
