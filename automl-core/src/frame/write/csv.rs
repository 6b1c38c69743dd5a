//! Rows as lines of CSV.

use std::fmt::Write as _;
use std::io::Write;

use chrono::DateTime;
use polars::prelude::{Column, DataFrame, DataType};

use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::frame::csv::DELIMITERS;

/// Writes rows as lines: header first, cells quoted where they must be, line feeds between.
pub(super) struct CsvLines<W: Write> {
    output: W,
    delimiter: u8,
}

/// How many bytes are gathered before they go out.
const BUFFER_BYTES: usize = 64 << 10;

impl<W: Write> CsvLines<W> {
    /// Writes the header.
    pub(super) fn new(output: W, delimiter: u8, names: &[String]) -> Result<CsvLines<W>> {
        let mut lines = CsvLines { output, delimiter };
        let mut buffer = String::new();
        let header: Vec<Cells> = names.iter().map(|name| Cells::Texts(vec![Some(name)])).collect();
        lines.push_line(&mut buffer, &header, 0);
        lines.send(&mut buffer)?;
        Ok(lines)
    }

    /// Writes the rows of a `DataFrame` whose columns have the types of frames; others are converted.
    pub(super) fn write(&mut self, data: &DataFrame) -> Result<()> {
        let (frame, dropped) = Frame::from_data(data.clone())?;
        if let Some(finding) = dropped.first() {
            return Err(Error::internal(format!("cannot be written as CSV: {}", finding.message)));
        }
        let columns = frame.data().columns().iter().map(Cells::of).collect::<Result<Vec<_>>>()?;
        let mut buffer = String::new();
        for row in 0..frame.rows() {
            self.push_line(&mut buffer, &columns, row);
            if buffer.len() >= BUFFER_BYTES {
                self.send(&mut buffer)?;
            }
        }
        self.send(&mut buffer)
    }

    /// The output, with all lines in it.
    pub(super) fn into_output(self) -> W {
        self.output
    }

    fn send(&mut self, buffer: &mut String) -> Result<()> {
        self.output.write_all(buffer.as_bytes()).map_err(|e| Error::io("writing", &e))?;
        buffer.clear();
        Ok(())
    }

    fn push_line(&self, line: &mut String, columns: &[Cells], row: usize) {
        let start = line.len();
        for (j, cells) in columns.iter().enumerate() {
            if j > 0 {
                line.push(char::from(self.delimiter));
            }
            cells.push(line, row, self.delimiter);
        }
        // An empty line would be no record.
        if line.len() == start {
            line.push_str("\"\"");
        }
        line.push('\n');
    }
}

/// The values of a column, ready to be written.
enum Cells<'a> {
    Integers(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<&'a str>>),
    Times(Vec<Option<i64>>),
}

impl Cells<'_> {
    fn of(column: &Column) -> Result<Cells<'_>> {
        let series = column.as_materialized_series();
        Ok(match column.dtype() {
            DataType::Int64 => Cells::Integers(series.i64()?.iter().collect()),
            DataType::Float64 => Cells::Numbers(series.f64()?.iter().collect()),
            DataType::Datetime(..) => Cells::Times(series.to_physical_repr().i64()?.iter().collect()),
            _ => Cells::Texts(series.str()?.iter().collect()),
        })
    }

    fn push(&self, line: &mut String, row: usize, delimiter: u8) {
        match self {
            Cells::Integers(values) => push_shown(line, values[row]),
            Cells::Numbers(values) => values[row].into_iter().for_each(|value| push_number(line, value)),
            Cells::Texts(values) => values[row].into_iter().for_each(|text| push_text(line, text, delimiter)),
            Cells::Times(values) => {
                // Microseconds that chrono cannot date are beyond the year 262142.
                let time = values[row].and_then(DateTime::from_timestamp_micros);
                push_shown(line, time.map(|t| t.naive_utc().format("%Y-%m-%d %H:%M:%S%.f")));
            }
        }
    }
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

/// A text, in quotes if it would not be read back without.
///
/// All bytes that a reader may take for the delimiter are quoted, so that it need not guess, and a byte order
/// mark, which would be dropped at the beginning of a file.
fn push_text(line: &mut String, text: &str, delimiter: u8) {
    let needs_quotes = |b: u8| matches!(b, b'"' | b'\n' | b'\r') || b == delimiter || DELIMITERS.contains(&b);
    if text.bytes().any(needs_quotes) || text.starts_with('\u{feff}') {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}
