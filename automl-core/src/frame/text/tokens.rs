//! The cells of a block.

use std::ops::Range;
use std::sync::Arc;

use super::infer::Class;

/// The cells of a block: their text, one after the other, and where each ends.
#[derive(Debug)]
pub(in crate::frame) struct Tokens {
    /// Names of the columns, in the order of the cells.
    pub names: Arc<[String]>,
    /// The type of each column, as far as this block tells.
    pub classes: Vec<Class>,
    /// Number of rows.
    pub rows: usize,
    pub text: String,
    /// Row after row. A block is below 4 GB, so 32 bits do.
    pub ends: Vec<u32>,
}

impl Tokens {
    /// One cell, as it stands in the file but for what is around it there.
    pub(super) fn cell(&self, row: usize, place: usize) -> &str {
        let i = row * self.names.len() + place;
        &self.text[self.range(i)]
    }

    fn range(&self, i: usize) -> Range<usize> {
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        start..self.ends[i] as usize
    }
}
