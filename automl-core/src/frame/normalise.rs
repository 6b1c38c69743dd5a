//! Bringing any polars types into the few that frames have.

use polars::prelude::{Column, DataFrame, DataType, Int64Chunked, IntoColumn, IntoSeries, NamedFrom, Series, TimeUnit};

use super::Frame;
use crate::error::Result;
use crate::schema::{Finding, Status};

impl Frame {
    /// A frame from a `DataFrame` of any types.
    ///
    /// Integers become `Int64` (`UInt64` beyond its range: `Float64`), floats `Float64` with null for NaN,
    /// truth values, categories and enums text, dates and times of day-and-date `Datetime` in microseconds
    /// without a zone (UTC, where there was one). Columns of other types (lists, structs, bytes, durations,
    /// times of day) are dropped with a finding.
    ///
    /// # Errors
    /// Polars cannot convert a column.
    pub fn from_data(data: DataFrame) -> Result<(Frame, Vec<Finding>)> {
        let rows = data.height();
        let mut columns = Vec::with_capacity(data.width());
        let mut dropped = Vec::new();
        for column in data.into_columns() {
            match normalise(&column)? {
                Some(column) => columns.push(column),
                None => dropped.push((column.name().to_string(), column.dtype().to_string())),
            }
        }
        let findings = unsupported(&dropped).into_iter().collect();
        Ok((Frame::new(DataFrame::new(rows, columns)?), findings))
    }

    /// A frame of text columns.
    ///
    /// # Errors
    /// The columns have different lengths or equal names.
    pub fn from_texts(columns: Vec<(String, Vec<Option<String>>)>) -> Result<Frame> {
        let columns = columns.into_iter().map(|(name, values)| Series::new(name.into(), values).into_column()).collect();
        Ok(Frame::new(DataFrame::new_infer_height(columns)?))
    }
}

/// The column in its type for frames; `None` if there is none for it.
fn normalise(column: &Column) -> Result<Option<Column>> {
    Ok(Some(match column.dtype() {
        DataType::Int64 | DataType::String => column.clone(),
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => {
            column.cast(&DataType::Int64)?
        }
        DataType::UInt64 => {
            let fits = column.as_materialized_series().u64()?.iter().flatten().all(|v| i64::try_from(v).is_ok());
            column.cast(if fits { &DataType::Int64 } else { &DataType::Float64 })?
        }
        DataType::Float32 | DataType::Float64 => without_nan(column)?,
        DataType::Boolean | DataType::Categorical(..) | DataType::Enum(..) | DataType::Null => column.cast(&DataType::String)?,
        DataType::Date => in_microseconds(column, |days| days.checked_mul(86_400_000_000))?,
        DataType::Datetime(TimeUnit::Microseconds, _) => in_microseconds(column, Some)?,
        DataType::Datetime(TimeUnit::Milliseconds, _) => in_microseconds(column, |t| t.checked_mul(1000))?,
        DataType::Datetime(TimeUnit::Nanoseconds, _) => in_microseconds(column, |t| Some(t.div_euclid(1000)))?,
        _ => return Ok(None),
    }))
}

/// `Float64` with null for NaN: frames know one kind of missing.
fn without_nan(column: &Column) -> Result<Column> {
    let column = column.cast(&DataType::Float64)?;
    let values = column.as_materialized_series().f64()?;
    if !values.iter().flatten().any(f64::is_nan) {
        return Ok(column);
    }
    let known: polars::prelude::Float64Chunked = values.iter().map(|v| v.filter(|v| !v.is_nan())).collect();
    Ok(known.with_name(column.name().clone()).into_column())
}

/// `Datetime` in microseconds. Moments beyond its range (year 294247) become null.
fn in_microseconds(column: &Column, convert: impl Fn(i64) -> Option<i64>) -> Result<Column> {
    let physical = column.as_materialized_series().to_physical_repr().cast(&DataType::Int64)?;
    let times: Int64Chunked = physical.i64()?.iter().map(|t| t.and_then(&convert)).collect();
    Ok(times.with_name(column.name().clone()).into_datetime(TimeUnit::Microseconds, None).into_series().into_column())
}

/// The finding about columns (name and type) that were left out.
pub(super) fn unsupported(dropped: &[(String, String)]) -> Option<Finding> {
    /// Findings name at most this many columns.
    const NAMES_SHOWN_MAX: usize = 24;
    let (name, dtype) = dropped.first()?;
    let message = match dropped.len() {
        1 => format!("Column `{name}` holds {dtype}, which is neither numbers, text nor moments in time."),
        n => format!("{n} columns hold neither numbers, text nor moments in time; `{name}` holds {dtype}."),
    };
    let names = dropped.iter().take(NAMES_SHOWN_MAX).map(|(name, _)| name.clone());
    let finding = Finding::new("unsupported_type", Status::Alerted, message).columns(names).count(dropped.len());
    Some(finding.action("The columns were left out; convert them to numbers or text to use them."))
}
