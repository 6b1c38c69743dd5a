//! What can be wrong with a CSV file.

use super::cut::{count_cells, count_records};
use super::header::Layout;
use crate::frame::text::{Block, Fault};

/// The record that begins at `at`, after any empty lines, has the wrong number of cells.
pub(super) fn width(block: &Block, row: usize, at: usize, layout: &Layout) -> Fault {
    let rest = &block.bytes()[at..];
    let empty = rest.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
    let found = count_cells(&rest[empty..], layout.delimiter);
    let names = layout.names.len();
    // Where all rows before ended with a delimiter, the one without it is the short one.
    let expected = if found == names { layout.cells_per_record() } else { names };
    let cells = if found == 1 { "cell" } else { "cells" };
    Fault::at(block, row, at + empty, format!("has {found} {cells}, expected {expected}"))
}

/// The byte at `at` is no part of UTF-8 text.
pub(super) fn not_utf8(block: &Block, at: usize, delimiter: u8) -> Fault {
    Fault::not_utf8(block, row_of(block, at, delimiter), at)
}

/// The byte at `at` is zero.
pub(super) fn nul(block: &Block, at: usize, delimiter: u8) -> Fault {
    let what = "has a NUL byte; this is not a text file, or it is UTF-16, which `--encoding utf-16le` reads";
    Fault::at(block, row_of(block, at, delimiter), at, what)
}

/// The quote at `at` is never closed.
pub(super) fn open_quote(block: &Block, at: usize, delimiter: u8) -> Fault {
    Fault::at(block, row_of(block, at, delimiter), at, "opens a quote that is never closed")
}

fn row_of(block: &Block, at: usize, delimiter: u8) -> usize {
    count_records(&block.bytes()[..at], delimiter)
}
