//! What is wrong at one place of a text file, and how that is said.

use super::blocks::{Block, lines};
use crate::error::Error;

/// Something wrong in a block. It becomes an error once the rows before the block are known.
#[derive(Debug)]
pub(in crate::frame) struct Fault {
    /// The rest of a sentence that begins with the place.
    what: String,
    /// Rows of the block before the one at fault.
    row: usize,
    /// Lines of the file before it.
    line: u64,
    /// Where in the file it begins.
    offset: u64,
}

impl Fault {
    /// At the byte `at` of a block, which stands in its row `row`; `what` continues a sentence that begins with the place.
    pub(in crate::frame) fn at(block: &Block, row: usize, at: usize, what: impl Into<String>) -> Fault {
        Fault { what: what.into(), row, line: block.lines + lines(&block.bytes()[..at]), offset: block.offset + at as u64 }
    }

    /// The byte at `at` is no part of UTF-8 text.
    pub(in crate::frame) fn not_utf8(block: &Block, row: usize, at: usize) -> Fault {
        let byte = block.bytes().get(at).copied().unwrap_or(0);
        let what = format!(
            "is not UTF-8 (byte 0x{byte:02X}); `--encoding latin1` reads Western European text, others are windows-1250, shift_jis, …"
        );
        Fault::at(block, row, at, what)
    }

    /// The error, if it happened in a row; `rows_before` is the number of rows before the block.
    pub(in crate::frame) fn in_row(self, rows_before: u64) -> Error {
        let row = rows_before + self.row as u64 + 1;
        let place = format!("row {row} (line {}, byte {})", self.line + 1, self.offset);
        self.error(&place)
    }

    /// The error, if it happened in the header.
    pub(in crate::frame) fn in_header(self) -> Error {
        let place = format!("the header (line {}, byte {})", self.line + 1, self.offset);
        self.error(&place)
    }

    fn error(self, place: &str) -> Error {
        Error::data(format!("{place} {}", self.what))
    }
}
