//! What did the file contain?
//!
//! [`Frame`] holds typed columns as they were read, in a polars `DataFrame`. [`read()`] makes one from a
//! file or standard input, [`batches()`] does so for some rows at a time, [`FrameView`] is what featurizers see
//! of it, [`Writer`] writes tables.
//! This module gives no meaning to a column: that is [`schema`](crate::schema)'s work.

mod batches;
mod compression;
mod csv;
mod delimiter_text;
mod encoding;
mod files;
mod ndjson;
mod normalise;
mod open;
mod options;
mod read;
mod rows;
mod source;
mod stack;
#[cfg(test)]
mod tests;
mod text;
mod typed;
mod view;
mod write;

use polars::prelude::{DataFrame, DataType};

use crate::error::{Error, Result};
pub use batches::{Batches, batches};
pub use compression::Compression;
pub use encoding::Encoding;
pub use options::{Format, NA_VALUES, ReadOptions};
pub use read::{read, read_bytes};
pub use view::{FrameView, Texts};
pub use write::{WriteOptions, Writer};

/// Typed columns of equal length: what a file contained.
#[derive(Debug, Clone)]
pub struct Frame {
    data: DataFrame,
}

impl Frame {
    /// A frame over a polars `DataFrame`, its columns put into one piece each.
    pub fn new(mut data: DataFrame) -> Frame {
        data.rechunk_mut();
        Frame { data }
    }

    /// The polars `DataFrame`.
    pub fn data(&self) -> &DataFrame {
        &self.data
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.data.height()
    }

    /// Names of the columns, in file order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.data.columns().iter().map(|c| c.name().as_str())
    }

    /// Whether there is a column of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.data.get_column_index(name).is_some()
    }

    /// The type of a column as it lies in memory.
    ///
    /// # Errors
    /// No such column; the message has the nearest names.
    pub fn dtype(&self, name: &str) -> Result<&DataType> {
        Ok(self.column(name)?.dtype())
    }

    /// A column.
    ///
    /// # Errors
    /// No such column; the message has the nearest names.
    pub fn column(&self, name: &str) -> Result<&polars::prelude::Column> {
        self.data.column(name).map_err(|_| Error::unknown("column", name, self.names()).with_kind(crate::error::Kind::Data))
    }

    /// All rows.
    pub fn view(&self) -> FrameView<'_> {
        FrameView::new(self, None)
    }

    /// The chosen rows, in the order of `rows`.
    pub fn select<'a>(&'a self, rows: &'a [u32]) -> FrameView<'a> {
        FrameView::new(self, Some(rows))
    }
}
