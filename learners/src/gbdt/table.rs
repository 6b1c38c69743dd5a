//! The rows of a fit, and their bins.

use std::ops::Range;
use std::sync::Arc;

use automl_core::matrix::View;

use crate::bins::Bins;

/// Rows that one thread handles at a time, where rows are handled in order: their scores and gradients stay in
/// the second-level cache between the steps of an iteration.
const CHUNK: usize = 1 << 15;

/// The rows of a fit by their places in the bins that all folds share.
///
/// Places always rise. What is kept per row lies at its place, so that rows need no numbers of their own.
pub(super) struct Table {
    pub bins: Arc<Bins>,
    /// The place of every row of the fit; `None` where each row lies at the place of its own number.
    places: Option<Vec<u32>>,
    rows: usize,
    chunks: Vec<Chunk>,
}

/// Some neighbouring rows, and the stretch of places that belongs to them alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chunk {
    /// Which rows of the fit.
    pub rows: Range<usize>,
    /// Which places; those between the rows included.
    pub places: Range<usize>,
}

/// The places of some rows, rising.
#[derive(Debug, Clone, Copy)]
pub(super) enum Places<'a> {
    /// All, up to this number.
    UpTo(usize),
    /// These.
    Listed(&'a [u32]),
}

impl Places<'_> {
    /// Number of rows.
    pub fn len(self) -> usize {
        match self {
            Places::UpTo(count) => count,
            Places::Listed(list) => list.len(),
        }
    }

    /// The place of a row.
    pub fn at(self, row: usize) -> usize {
        match self {
            Places::UpTo(_) => row,
            Places::Listed(list) => list[row] as usize,
        }
    }

    /// Calls `each` with every place.
    #[inline(always)]
    pub fn for_each(self, each: impl FnMut(u32)) {
        match self {
            Places::UpTo(count) => (0..count as u32).for_each(each),
            Places::Listed(list) => list.iter().copied().for_each(each),
        }
    }
}

impl Table {
    /// The rows of a view. Where they do not rise, or are few of the matrix, their bins are copied.
    pub fn new(bins: Arc<Bins>, view: View<'_>) -> Table {
        let (all, rows) = (view.matrix.rows(), view.rows());
        if rows == all && (0..all).all(|i| view.row(i) == i) {
            return Table { bins, places: None, rows, chunks: chunks(Places::UpTo(rows), all) };
        }
        let places: Vec<u32> = (0..rows).map(|i| view.row(i) as u32).collect();
        if places.is_sorted_by(|a, b| a < b) && rows * 2 >= all {
            let chunks = chunks(Places::Listed(&places), all);
            return Table { bins, places: Some(places), rows, chunks };
        }
        let bins = Arc::new(bins.select(&places));
        Table { bins, places: None, rows, chunks: chunks(Places::UpTo(rows), rows) }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The places of all rows.
    pub fn places(&self) -> Places<'_> {
        self.places.as_deref().map_or(Places::UpTo(self.rows), Places::Listed)
    }

    /// The places of the rows of a chunk; `None` where it has no others.
    pub fn places_in(&self, chunk: &Chunk) -> Option<&[u32]> {
        self.places.as_ref().filter(|_| chunk.rows.len() < chunk.places.len()).map(|list| &list[chunk.rows.clone()])
    }

    /// The row at a place.
    pub fn row_at(&self, place: u32) -> Option<usize> {
        match &self.places {
            None => Some(place as usize).filter(|row| *row < self.rows),
            Some(list) => list.binary_search(&place).ok(),
        }
    }

    /// Number of places.
    pub fn places_end(&self) -> usize {
        self.chunks.last().map_or(0, |c| c.places.end)
    }

    /// The rows in pieces, which cover all places.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }
}

fn chunks(places: Places<'_>, end: usize) -> Vec<Chunk> {
    let count = places.len().div_ceil(CHUNK);
    let begin = |c: usize| if c == 0 { 0 } else { places.at(c * CHUNK) };
    (0..count)
        .map(|c| {
            let rows = c * CHUNK..((c + 1) * CHUNK).min(places.len());
            let places_end = if c + 1 == count { end } else { begin(c + 1) };
            Chunk { rows, places: begin(c)..places_end }
        })
        .collect()
}

/// Cuts a slice of places into one piece per chunk.
pub(super) fn by_chunk<'a, T>(mut all: &'a mut [T], chunks: &[Chunk]) -> Vec<&'a mut [T]> {
    let mut pieces = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (piece, rest) = all.split_at_mut(chunk.places.len());
        pieces.push(piece);
        all = rest;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_rows_and_places_once() {
        for n in [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5] {
            let places: Vec<u32> = (0..n as u32).map(|i| i * 3 + 2).collect();
            let chunks = chunks(Places::Listed(&places), n * 3 + 7);
            let (mut row, mut place) = (0, 0);
            for chunk in &chunks {
                assert_eq!((chunk.rows.start, chunk.places.start), (row, place));
                assert!(chunk.rows.clone().all(|i| chunk.places.contains(&(places[i] as usize))));
                (row, place) = (chunk.rows.end, chunk.places.end);
            }
            assert!(n == 0 || (row, place) == (n, n * 3 + 7));
        }
    }
}
