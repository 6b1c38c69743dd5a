//! Rows as lines of text: CSV, or JSON objects.

use std::io::Write;

use polars::prelude::DataFrame;

use super::cells::Cells;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::frame::csv::DELIMITERS;

/// What a row becomes.
pub(super) enum Form {
    /// Cells with this byte between, quoted where they must be.
    Csv(u8),
    /// A JSON object with these keys, which are JSON themselves.
    Json(Vec<String>),
}

/// Writes rows as lines, with line feeds between; before those of CSV the header.
pub(super) struct Lines<W: Write> {
    output: W,
    form: Form,
}

/// How many bytes are gathered before they go out.
const BUFFER_BYTES: usize = 64 << 10;

impl<W: Write> Lines<W> {
    /// CSV, with its header.
    pub(super) fn csv(output: W, delimiter: u8, names: &[String]) -> Result<Lines<W>> {
        let mut lines = Lines { output, form: Form::Csv(delimiter) };
        let mut buffer = String::new();
        let header: Vec<Cells> = names.iter().map(|name| Cells::Texts(vec![Some(name)])).collect();
        lines.push_line(&mut buffer, &header, 0);
        lines.send(&mut buffer)?;
        Ok(lines)
    }

    /// JSON objects with the names as keys.
    pub(super) fn json(output: W, names: &[String]) -> Lines<W> {
        Lines { output, form: Form::Json(names.iter().map(|name| json(name)).collect()) }
    }

    /// Writes the rows of a `DataFrame` whose columns have the types of frames; others are converted.
    pub(super) fn write(&mut self, data: &DataFrame) -> Result<()> {
        let (frame, dropped) = Frame::from_data(data.clone())?;
        if let Some(finding) = dropped.first() {
            return Err(Error::internal(format!("cannot be written as text: {}", finding.message)));
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
        match &self.form {
            Form::Csv(delimiter) => push_record(line, columns, row, *delimiter),
            Form::Json(keys) => push_object(line, keys, columns, row),
        }
        line.push('\n');
    }
}

fn push_record(line: &mut String, columns: &[Cells], row: usize, delimiter: u8) {
    let start = line.len();
    for (j, cells) in columns.iter().enumerate() {
        if j > 0 {
            line.push(char::from(delimiter));
        }
        match cells {
            Cells::Texts(values) => values[row].into_iter().for_each(|text| push_text(line, text, delimiter)),
            _ => cells.push(line, row),
        }
    }
    // An empty line would be no record.
    if line.len() == start {
        line.push_str("\"\"");
    }
}

/// An object with all keys; missing values are `null`, as are infinities, which JSON does not know.
fn push_object(line: &mut String, keys: &[String], columns: &[Cells], row: usize) {
    line.push('{');
    for (j, (key, cells)) in keys.iter().zip(columns).enumerate() {
        if j > 0 {
            line.push(',');
        }
        line.push_str(key);
        line.push(':');
        if cells.is_missing(row) {
            line.push_str("null");
        } else if cells.is_number() {
            cells.push(line, row);
        } else {
            let mut text = String::new();
            cells.push(&mut text, row);
            line.push_str(&json(&text));
        }
    }
    line.push('}');
}

/// A text as JSON.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
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
