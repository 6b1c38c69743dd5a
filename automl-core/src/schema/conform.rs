//! Brings any frame into the form that a schema promises.

use std::borrow::Cow;

use polars::prelude::{
    Column, DataFrame, Float64Chunked, Int64Chunked, IntoColumn, IntoSeries, NewChunkedArray, StringChunked,
    StringChunkedBuilder, TimeUnit,
};

use super::cells::Cells;
use super::datetime::{Format, Formats};
use super::findings::counted_verb;
use super::number::canonical;
use super::truth::parse_bool;
use super::{Field, Kind, NumberReader, Schema};
use crate::error::{Error, Result, nearest};
use crate::frame::Frame;

/// What could not be brought into form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conformed {
    /// Columns with cells that hold something, but nothing of their kind: how many. They count as missing.
    pub unreadable: Vec<(String, usize)>,
}

impl Schema {
    /// The feature columns of a frame, found by name, in the order of the schema and in one type per kind.
    ///
    /// Numeric columns become `Float64`, or stay `Int64` (text is read by a [`NumberReader`], infinities are missing), datetime columns
    /// microseconds since 1970 (text and numbers are read in the field's format), all others trimmed text, with one
    /// spelling for yes and one for no in a bool that has an order; there numbers are written as [`print_number`](super::print_number) does, so that `1.0` in
    /// one file and `1` in another are the same category. Strange values are missing, never an error. Other
    /// columns of the frame are not looked at.
    ///
    /// # Errors
    /// The frame lacks feature columns: the message names all of them, with the nearest that exist.
    pub fn conform(&self, frame: &Frame) -> Result<(Frame, Conformed)> {
        self.check_complete(frame)?;
        let mut conformed = Conformed::default();
        let mut columns = Vec::new();
        for field in self.features() {
            let cells = Cells::read(frame.column(&field.name)?);
            let (column, unreadable) = match field.kind {
                Kind::Numeric => numeric(field, &cells),
                Kind::Datetime => datetime(field, &cells)?,
                Kind::Categorical | Kind::Bool | Kind::Text => (text(field, &cells), 0),
            };
            columns.push(column);
            if unreadable > 0 {
                conformed.unreadable.push((field.name.clone(), unreadable));
            }
        }
        Ok((Frame::new(DataFrame::new(frame.rows(), columns)?), conformed))
    }

    /// Whether a frame has all feature columns.
    ///
    /// # Errors
    /// It lacks some: the message names all of them, with the nearest that exist.
    pub(crate) fn check_complete(&self, frame: &Frame) -> Result<()> {
        let lacking: Vec<&str> = self.features().map(|f| f.name.as_str()).filter(|name| !frame.contains(name)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let known: Vec<&str> = frame.names().collect();
        let told: Vec<String> = lacking
            .iter()
            .map(|name| match nearest(name, &known).first() {
                Some(near) => format!("`{name}` (nearest: `{near}`)"),
                None => format!("`{name}`"),
            })
            .collect();
        let count = counted_verb(lacking.len(), "needed column", "is", "are");
        Err(Error::data(format!("{count} not in the table: {}", told.join(", "))))
    }
}

/// Numbers, and how many cells were none.
fn numeric(field: &Field, cells: &Cells) -> (Column, usize) {
    let name = || field.name.as_str().into();
    match cells {
        Cells::Ints(same) => return (same.clone().with_name(name()).into_column(), 0),
        Cells::Floats(same) if same.iter().flatten().all(f64::is_finite) => {
            return (same.clone().with_name(name()).into_column(), 0);
        }
        _ => {}
    }
    let mut unreadable = 0;
    let mut values = Vec::with_capacity(cells.len());
    cells.for_each_number(&NumberReader::of(field), |_, number| {
        unreadable += usize::from(number.is_err());
        values.push(number.unwrap_or(None));
    });
    let array = Float64Chunked::from_iter_options(name(), values.into_iter());
    (array.into_series().into_column(), unreadable)
}

/// Moments, and how many cells were none.
fn datetime(field: &Field, cells: &Cells) -> Result<(Column, usize)> {
    let mut unreadable = 0;
    let values: Vec<Option<i64>> = if let Cells::Times(times) = cells {
        times.iter().collect()
    } else {
        let read = moment_reader(field)?;
        let mut values = Vec::with_capacity(cells.len());
        cells.for_each_text(|_, text| {
            let moment = text.and_then(&read);
            unreadable += usize::from(text.is_some() && moment.is_none());
            values.push(moment);
        });
        values
    };
    let array = Int64Chunked::from_iter_options(field.name.as_str().into(), values.into_iter());
    Ok((array.into_datetime(TimeUnit::Microseconds, None).into_series().into_column(), unreadable))
}

/// How the cells of a datetime column are read: in the field's format, or in the first that fits if it has none.
pub(crate) fn moment_reader(field: &Field) -> Result<impl Fn(&str) -> Option<i64> + use<>> {
    let format = match &field.datetime_format {
        None => None,
        Some(text) => Some(
            Format::new(text)
                .ok_or_else(|| Error::artifact(format!("column `{}`: `{text}` is not a format of moments", field.name)))?,
        ),
    };
    let formats = if format.is_none() { Some(Formats::default()) } else { None };
    Ok(move |cell: &str| match &format {
        Some(format) => format.parse(cell),
        None => formats.as_ref()?.parse_any(cell),
    })
}

/// Trimmed text, missing where there is none.
fn text(field: &Field, cells: &Cells) -> Column {
    match (field.kind, field.order.as_slice()) {
        (Kind::Bool, [no, yes]) => text_as(field, cells, |text| match parse_bool(text) {
            Some(is_yes) => as_told(text, if is_yes { yes } else { no }),
            None => canonical_bool(text),
        }),
        (Kind::Bool, _) => text_as(field, cells, canonical_bool),
        (Kind::Categorical, _) => text_as(field, cells, canonical),
        _ => text_as(field, cells, |text| Cow::Borrowed(text)),
    }
}

/// Every cell as `write` has it.
fn text_as(field: &Field, cells: &Cells, write: impl for<'a> Fn(&'a str) -> Cow<'a, str>) -> Column {
    if let Cells::Texts(texts) = cells
        && texts.iter().flatten().all(|cell| is_in_form(cell, &write))
    {
        let mut same: StringChunked = texts.clone();
        same.rename(field.name.as_str().into());
        return same.into_series().into_column();
    }
    let mut builder = StringChunkedBuilder::new(field.name.as_str().into(), cells.len());
    cells.for_each_text(|_, cell| match cell {
        Some(cell) => builder.append_value(write(cell)),
        None => builder.append_null(),
    });
    builder.finish().into_series().into_column()
}

/// Whether a cell stays as it is, so that its column need not be copied.
fn is_in_form(cell: &str, write: &impl for<'a> Fn(&'a str) -> Cow<'a, str>) -> bool {
    !cell.is_empty() && cell.trim().len() == cell.len() && matches!(write(cell), Cow::Borrowed(_))
}

/// As [`canonical`], and `True` or `TRUE` of one program are the `true` of another.
fn canonical_bool(text: &str) -> Cow<'_, str> {
    for value in ["true", "false"] {
        if text.eq_ignore_ascii_case(value) {
            return as_told(text, value);
        }
    }
    canonical(text)
}

/// What a text is to be, without a copy if it is that already.
fn as_told<'a>(text: &'a str, told: &str) -> Cow<'a, str> {
    if text == told { Cow::Borrowed(text) } else { Cow::Owned(told.to_owned()) }
}
