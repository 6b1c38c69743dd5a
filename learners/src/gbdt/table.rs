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
    /// The place of every row of the fit.
    pub places: Vec<u32>,
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

impl Table {
    /// The rows of a view. Where they do not rise, or are few of the matrix, their bins are copied.
    pub fn new(bins: Arc<Bins>, view: View<'_>) -> Table {
        let all = view.matrix.rows();
        let places: Vec<u32> = (0..view.rows()).map(|i| view.row(i) as u32).collect();
        if places.is_sorted_by(|a, b| a < b) && places.len() * 2 >= all {
            let chunks = chunks(&places, all);
            return Table { bins, places, chunks };
        }
        let bins = Arc::new(bins.select(&places));
        let places: Vec<u32> = (0..places.len() as u32).collect();
        let chunks = chunks(&places, places.len());
        Table { bins, places, chunks }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.places.len()
    }

    /// The row at a place.
    pub fn row_at(&self, place: u32) -> Option<usize> {
        self.places.binary_search(&place).ok()
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

fn chunks(places: &[u32], end: usize) -> Vec<Chunk> {
    let count = places.len().div_ceil(CHUNK);
    let begin = |c: usize| if c == 0 { 0 } else { places[c * CHUNK] as usize };
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
            let chunks = chunks(&places, n * 3 + 7);
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
