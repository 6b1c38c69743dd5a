//! What featurizers see of a frame: some of its rows, one physical type per kind of column.

use polars::prelude::{ChunkedArray, DataType, PolarsNumericType, TimeUnit};

use super::Frame;
use crate::error::{Error, Result};

/// A frame and, maybe, some of its rows.
///
/// The frame is one that [`Schema::conform`](crate::schema::Schema::conform) made: numeric columns are
/// `Float64` or `Int64`, datetime columns are microseconds since 1970, all others are text.
#[derive(Debug, Clone, Copy)]
pub struct FrameView<'a> {
    frame: &'a Frame,
    rows: Option<&'a [u32]>,
}

impl<'a> FrameView<'a> {
    pub(super) fn new(frame: &'a Frame, rows: Option<&'a [u32]>) -> FrameView<'a> {
        FrameView { frame, rows }
    }

    /// Number of rows in view.
    pub fn rows(&self) -> usize {
        self.rows.map_or(self.frame.rows(), <[u32]>::len)
    }

    /// A numeric column, NaN for missing, in the order of the view.
    ///
    /// # Errors
    /// No such column, or it is not numeric.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let column = self.frame.column(name)?;
        let series = column.as_materialized_series();
        if let Ok(values) = series.i64() {
            return Ok(self.collect(values, |v| v.map_or(f64::NAN, |v| v as f64)));
        }
        let values = series.f64().map_err(|_| wrong_type(name, "numbers", column.dtype()))?;
        Ok(self.collect(values, |v| v.unwrap_or(f64::NAN)))
    }

    /// A datetime column, microseconds since 1970, in the order of the view.
    ///
    /// # Errors
    /// No such column, or it holds no times.
    pub fn times(&self, name: &str) -> Result<Vec<Option<i64>>> {
        let column = self.frame.column(name)?;
        let series = column.as_materialized_series();
        if !matches!(column.dtype(), DataType::Datetime(TimeUnit::Microseconds, _)) {
            return Err(wrong_type(name, "times", column.dtype()));
        }
        let physical = series.to_physical_repr().into_owned();
        let values = physical.i64().map_err(|_| wrong_type(name, "times", column.dtype()))?;
        Ok(self.collect(values, |v| v))
    }

    /// The values of a column in the order of the view.
    fn collect<P: PolarsNumericType, T>(&self, values: &ChunkedArray<P>, to: impl Fn(Option<P::Native>) -> T) -> Vec<T> {
        match self.rows {
            None => values.iter().map(to).collect(),
            Some(rows) => rows.iter().map(|&i| to(values.get(i as usize))).collect(),
        }
    }

    /// A text column, read in place.
    ///
    /// # Errors
    /// No such column, or it holds no text.
    pub fn texts(&self, name: &str) -> Result<Texts<'a>> {
        let column = self.frame.column(name)?;
        let values = column.as_materialized_series().str().map_err(|_| wrong_type(name, "text", column.dtype()))?;
        Ok(Texts { values, rows: self.rows })
    }
}

fn wrong_type(name: &str, wanted: &str, dtype: &DataType) -> Error {
    Error::internal(format!("column `{name}` was asked for {wanted} but holds {dtype}"))
}

/// The values of a text column, in the order of a view.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    values: &'a polars::prelude::StringChunked,
    rows: Option<&'a [u32]>,
}

impl<'a> Texts<'a> {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.rows.map_or(self.values.len(), <[u32]>::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value; `None` if it is missing.
    pub fn get(&self, i: usize) -> Option<&'a str> {
        self.values.get(self.rows.map_or(i, |rows| rows[i] as usize))
    }

    /// All values; `None` where one is missing.
    pub fn iter(self) -> impl Iterator<Item = Option<&'a str>> {
        (0..self.len()).map(move |i| self.get(i))
    }
}
