//! Opening the files of one table.

use std::path::Path;

use polars::prelude::DataFrame;

use super::options::{Format, ReadOptions};
use super::source::Source;
use super::text::TextTable;
use super::typed::{self, TypedTable};
use super::{csv, ndjson};
use crate::error::{Error, Result, unknown_message};

/// The rows of a file in frames of any number of rows, as they come out of it.
pub(super) type Frames = Box<dyn Iterator<Item = Result<DataFrame>> + Send>;

/// A file whose columns are known, but whose rows are not read.
pub(super) enum Opened {
    Text(TextTable),
    Typed(TypedTable),
}

impl Opened {
    /// Reads as much of a source as its columns need.
    pub(super) fn of(source: Source, options: &ReadOptions, block_bytes: usize) -> Result<Opened> {
        Ok(match source.format {
            Format::Csv => Opened::Text(csv::open(source, options, block_bytes)?),
            Format::Ndjson => Opened::Text(ndjson::open(source, options, block_bytes)?),
            Format::Parquet | Format::Arrow => Opened::Typed(typed::open(source)?),
        })
    }
}

/// Opens the files of one table, and sees to it that they go together.
#[derive(Default)]
pub(super) struct Opener {
    /// The first file.
    first: Option<String>,
    /// Its format and, where they are known before the rows are, its columns.
    pub format: Option<Format>,
    names: Vec<String>,
}

impl Opener {
    /// Opens the next file.
    pub(super) fn open(&mut self, path: &Path, options: &ReadOptions, block_bytes: usize) -> Result<Opened> {
        let source = Source::open(path, options)?;
        let format = source.format;
        let opened = Opened::of(source, options, block_bytes)?;
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
