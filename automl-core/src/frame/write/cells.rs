//! The values of a column as text.

use std::fmt::Write as _;

use chrono::DateTime;
use polars::prelude::{Column, DataType};

use crate::error::Result;

/// The values of a column, ready to be written.
pub(super) enum Cells<'a> {
    Integers(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<&'a str>>),
    Times(Vec<Option<i64>>),
}

impl Cells<'_> {
    pub(super) fn of(column: &Column) -> Result<Cells<'_>> {
        let series = column.as_materialized_series();
        Ok(match column.dtype() {
            DataType::Int64 => Cells::Integers(series.i64()?.iter().collect()),
            DataType::Float64 => Cells::Numbers(series.f64()?.iter().collect()),
            DataType::Datetime(..) => Cells::Times(series.to_physical_repr().i64()?.iter().collect()),
            _ => Cells::Texts(series.str()?.iter().collect()),
        })
    }

    /// Appends one value as text, nothing if it is missing.
    pub(super) fn push(&self, line: &mut String, row: usize) {
        match self {
            Cells::Integers(values) => push_shown(line, values[row]),
            Cells::Numbers(values) => values[row].into_iter().for_each(|value| push_number(line, value)),
            Cells::Texts(values) => line.push_str(values[row].unwrap_or_default()),
            Cells::Times(values) => {
                // Microseconds that chrono cannot date are beyond the year 262142.
                let time = values[row].and_then(DateTime::from_timestamp_micros);
                push_shown(line, time.map(|t| t.naive_utc().format("%Y-%m-%d %H:%M:%S%.f")));
            }
        }
    }

    /// Whether there is no value, or none that JSON can tell.
    pub(super) fn is_missing(&self, row: usize) -> bool {
        match self {
            Cells::Integers(values) | Cells::Times(values) => values[row].is_none(),
            Cells::Numbers(values) => !values[row].is_some_and(f64::is_finite),
            Cells::Texts(values) => values[row].is_none(),
        }
    }

    /// Whether the values are numbers.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Cells::Integers(_) | Cells::Numbers(_))
    }
}

/// Every value as it is written to CSV, without quotes; `None` where one is missing.
pub(in crate::frame) fn shown(column: &Column) -> Result<Vec<Option<String>>> {
    let cells = Cells::of(column)?;
    let text = |row: usize| {
        let mut text = String::new();
        cells.push(&mut text, row);
        text
    };
    Ok((0..column.len()).map(text).map(|text| (!text.is_empty()).then_some(text)).collect())
}

fn push_shown(line: &mut String, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        // Writing into a String cannot fail.
        let _ = write!(line, "{value}");
    }
}

/// The fewest digits that read back as the same number; with an exponent where it would be long without.
fn push_number(line: &mut String, value: f64) {
    let size = value.abs();
    let _ = if size == 0.0 || (1e-5..1e17).contains(&size) || size.is_infinite() {
        write!(line, "{value}")
    } else if size.is_nan() {
        Ok(())
    } else {
        write!(line, "{value:e}")
    };
}
