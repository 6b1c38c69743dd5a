//! What is wrong at one place of a CSV file, and how that is said.

use super::blocks::{Block, lines};
use super::header::Layout;
use super::tokens::{count_cells, count_records};
use crate::error::Error;

/// Something wrong in a block. It becomes an error once the rows before the block are known.
#[derive(Debug)]
pub(super) struct Fault {
    problem: Problem,
    /// Rows of the block before the one at fault.
    row: usize,
    /// Lines of the file before it.
    line: u64,
    /// Where in the file it begins.
    offset: u64,
}

#[derive(Debug)]
enum Problem {
    /// A row that is longer or shorter than the others.
    Width { found: usize, expected: usize },
    /// A byte that is no UTF-8.
    NotUtf8(u8),
    /// A zero byte.
    Nul,
    /// A quote that the file never closes.
    OpenQuote,
}

impl Fault {
    /// The record that begins at `at`, after any empty lines, has the wrong number of cells.
    pub(super) fn width(block: &Block, row: usize, at: usize, layout: &Layout) -> Fault {
        let rest = &block.bytes()[at..];
        let empty = rest.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        let found = count_cells(&rest[empty..], layout.delimiter);
        let names = layout.names.len();
        // Where all rows before ended with a delimiter, the one without it is the short one.
        let expected = if found == names { layout.cells_per_record() } else { names };
        Fault::at(block, Problem::Width { found, expected }, row, at + empty)
    }

    /// The byte at `at` is no part of UTF-8 text.
    pub(super) fn not_utf8(block: &Block, at: usize, delimiter: u8) -> Fault {
        let problem = Problem::NotUtf8(block.bytes().get(at).copied().unwrap_or(0));
        Fault::at(block, problem, count_records(&block.bytes()[..at], delimiter), at)
    }

    /// The byte at `at` is zero.
    pub(super) fn nul(block: &Block, at: usize, delimiter: u8) -> Fault {
        Fault::at(block, Problem::Nul, count_records(&block.bytes()[..at], delimiter), at)
    }

    /// The quote at `at` is never closed.
    pub(super) fn open_quote(block: &Block, at: usize, delimiter: u8) -> Fault {
        Fault::at(block, Problem::OpenQuote, count_records(&block.bytes()[..at], delimiter), at)
    }

    fn at(block: &Block, problem: Problem, row: usize, at: usize) -> Fault {
        Fault { problem, row, line: block.lines + lines(&block.bytes()[..at]), offset: block.offset + at as u64 }
    }

    /// The error, if it happened in a row; `rows_before` is the number of rows before the block.
    pub(super) fn in_row(self, rows_before: u64) -> Error {
        let row = rows_before + self.row as u64 + 1;
        let place = format!("row {row} (line {}, byte {})", self.line + 1, self.offset);
        self.error(place)
    }

    /// The error, if it happened in the header.
    pub(super) fn in_header(self) -> Error {
        let place = format!("the header (line {}, byte {})", self.line + 1, self.offset);
        self.error(place)
    }

    fn error(self, place: String) -> Error {
        Error::data(match self.problem {
            Problem::Width { found, expected } => {
                format!("{place} has {}, expected {expected}", cells(found))
            }
            Problem::NotUtf8(byte) => format!(
                "{place} is not UTF-8 (byte 0x{byte:02X}); convert the file to UTF-8. Bytes like 0xE9 are usually Latin-1 text"
            ),
            Problem::Nul => format!("{place} has a NUL byte; this is not a text file, or it is UTF-16: convert it to UTF-8"),
            Problem::OpenQuote => format!("{place} opens a quote that is never closed"),
        })
    }
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".into() } else { format!("{count} cells") }
}
