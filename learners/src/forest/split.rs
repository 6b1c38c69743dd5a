//! How a node is cut: sums per bin, and the cut that leaves the least impurity.
//!
//! Reducing the weighted variance, or the Gini impurity, is the same as raising `Σ S² / W` over the two
//! sides, where `S` is the weighted sum of the target (of each class) and `W` the weight. Bins that occur
//! are marked in a mask of 256 bits, and only those are read and cleared: a small node costs what its rows
//! cost, whatever the number of bins.

use automl_core::seed::Rng;
use rand::RngExt;

/// A cut of a node by one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    /// `Σ S² / W` over the two sides; larger is better.
    pub score: f64,
    /// The largest bin that goes left.
    pub bin: u8,
    /// Whether the bin of missing values goes left; `None` if the node has none.
    pub missing_left: Option<bool>,
}

impl Cut {
    /// Whether a bin goes left.
    #[inline]
    pub fn is_left(&self, bin: u8, missing: Option<u8>) -> bool {
        if Some(bin) == missing { self.missing_left == Some(true) } else { bin <= self.bin }
    }
}

/// What is summed up: one number per row, or one of several classes.
pub(super) trait Criterion {
    /// Reads the rows of a node. Says whether their targets are all the same.
    fn enter(&mut self, rows: &[u32]) -> bool;
    /// The best cut of the node by a column, with at least `min_rows` rows on each side.
    fn best(&mut self, rows: &[u32], column: &[u8], missing: Option<u8>, min_rows: usize) -> Option<Cut>;
    /// The score of sending left the rows whose bins pass; `None` with fewer than `min_rows` on a side.
    fn score(&mut self, bins: &[u8], is_left: impl Fn(u8) -> bool, min_rows: usize) -> Option<f64>;
    /// The prediction of the node as a leaf: a number, or a class that is sure, or shares of all classes.
    fn leaf(&self, shares: &mut Vec<f32>) -> (f32, u32);
}

/// A random cut of the node by a column: uniform over the places between the bins that occur. `bins` is
/// scratch.
pub(super) fn random<C: Criterion>(
    criterion: &mut C,
    rows: &[u32],
    column: &[u8],
    missing: Option<u8>,
    min_rows: usize,
    (rng, bins): (&mut Rng, &mut Vec<u8>),
) -> Option<Cut> {
    bins.clear();
    bins.extend(rows.iter().map(|&r| column[r as usize]));
    let known = bins.iter().copied().filter(|b| Some(*b) != missing);
    let (low, high) = known.fold((u8::MAX, 0), |(low, high), b| (low.min(b), high.max(b)));
    let has_missing = missing.is_some_and(|m| bins.contains(&m));
    if low > high || low == high && !has_missing {
        return None;
    }
    // The place after the last value separates the missing ones.
    let last = if has_missing { high } else { high - 1 };
    let bin = rng.random_range(low..=last);
    let missing_left = has_missing.then(|| bin < high && rng.random());
    let cut = Cut { score: 0.0, bin, missing_left };
    let score = criterion.score(bins, |b| cut.is_left(b, missing), min_rows)?;
    Some(Cut { score, ..cut })
}

/// The bins that occur.
#[derive(Default)]
pub(super) struct Mask([u64; 4]);

impl Mask {
    #[inline]
    pub fn set(&mut self, bin: u8) {
        self.0[usize::from(bin >> 6)] |= 1 << (bin & 63);
    }

    /// Removes a bin; says whether it was there.
    pub fn take(&mut self, bin: u8) -> bool {
        let word = &mut self.0[usize::from(bin >> 6)];
        let was = *word & (1 << (bin & 63)) != 0;
        *word &= !(1 << (bin & 63));
        was
    }

    /// The bins in rising order.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().enumerate().flat_map(|(k, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros();
                    left &= left - 1;
                    (k as u32 * 64 + bit) as u8
                })
            })
        })
    }
}

/// The best cut so far and the rules that all share.
pub(super) struct Best {
    /// Rows on each side at least.
    pub min_rows: usize,
    /// Rows of the node.
    pub rows: usize,
    pub cut: Option<Cut>,
}

impl Best {
    /// Takes the cut if it is the best so far and leaves enough rows on both sides.
    pub fn offer(&mut self, rows_left: usize, bin: u8, missing_left: Option<bool>, score: impl FnOnce() -> f64) {
        if rows_left < self.min_rows || self.rows - rows_left < self.min_rows {
            return;
        }
        let score = score();
        if self.cut.is_none_or(|best| score > best.score) {
            self.cut = Some(Cut { score, bin, missing_left });
        }
    }
}

/// The place between two bins that occur: in the middle of those that do not.
pub(super) fn between(low: u8, high: u8) -> u8 {
    low + (high - low) / 2
}
