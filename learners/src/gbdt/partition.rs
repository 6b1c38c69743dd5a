//! Which rows lie in which leaf: one list of places, leaf after leaf.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::kernel;
use super::table::Places;
use crate::bins::Bins;
use crate::trees::Rule;

/// Rows below which a second thread is not worth its start.
const PARALLEL: usize = 50_000;

/// The places of the rows that a tree is grown on; each leaf has a stretch of them, in rising order.
#[derive(Default)]
pub(super) struct Partition {
    rows: Vec<u32>,
    scratch: Vec<u32>,
}

impl Partition {
    /// Begins with these places, in a single leaf.
    pub fn start(&mut self, places: Places<'_>) {
        self.rows.clear();
        self.rows.reserve(places.len());
        places.for_each(|place| self.rows.push(place));
        self.scratch.resize(places.len(), 0);
    }

    /// The places from `first` on.
    pub fn rows(&self, first: usize, count: usize) -> &[u32] {
        &self.rows[first..first + count]
    }

    /// Puts the rows of a leaf that go left before those that go right, each in their order; returns how many go
    /// left.
    pub fn split(&mut self, first: usize, count: usize, bins: &Bins, feature: usize, rule: Rule, threads: usize) -> usize {
        let (rows, scratch) = (&mut self.rows[first..first + count], &mut self.scratch[..count]);
        let column = &bins.columns[feature][..];
        match rule {
            Rule::UpTo { bin, missing_left } => {
                let missing = bins.features[feature].missing_bin().filter(|_| missing_left);
                let (last, also_left) = (bin as u8, missing.unwrap_or(bin) as u8);
                split(rows, scratch, column, threads, move |b| (b <= last) | (b == also_left))
            }
            Rule::In(set) => split(rows, scratch, column, threads, move |b| set[usize::from(b >> 6)] >> (b & 63) & 1 == 1),
        }
    }
}

fn split(rows: &mut [u32], scratch: &mut [u32], column: &[u8], threads: usize, goes_left: impl Fn(u8) -> bool + Sync) -> usize {
    let pieces = threads.min(rows.len() / PARALLEL).max(1);
    let piece = rows.len().div_ceil(pieces).max(1);
    if pieces == 1 {
        let left = kernel::partition(rows, scratch, column, &goes_left);
        let right = rows.len() - left;
        rows[left..].copy_from_slice(&scratch[..right]);
        return left;
    }
    let lefts: Vec<usize> = rows
        .par_chunks_mut(piece)
        .zip(scratch.par_chunks_mut(piece))
        .map(|(rows, scratch)| kernel::partition(rows, scratch, column, &goes_left))
        .collect();
    // The rows on the left close ranks, then those on the right follow, piece after piece.
    let mut end = 0;
    for (p, left) in lefts.iter().enumerate() {
        rows.copy_within(p * piece..p * piece + left, end);
        end += left;
    }
    let all_left = end;
    for (p, left) in lefts.iter().enumerate() {
        let right = piece.min(rows.len() - p * piece) - left;
        rows[end..end + right].copy_from_slice(&scratch[p * piece..p * piece + right]);
        end += right;
    }
    all_left
}
