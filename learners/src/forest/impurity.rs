//! How much purer do the sides of a split become?
//!
//! An [`Impurity`] keeps the sums of one node. [`SquaredError`](super::squared_error::SquaredError) serves numbers
//! and two classes (a class is the number 0 or 1: the fall of its squared error is half that of the Gini
//! impurity), [`Gini`](super::gini::Gini) more classes.

#[cfg(test)]
mod tests;

use automl_core::seed::Rng;

use super::order::Ranked;
use super::sample::Item;
use crate::trees::Rule;

/// The codes of one column in one node.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeColumn<'a> {
    /// Per row of the node its code.
    pub codes: &'a [u16],
    /// The smallest code of a row that is not missing.
    pub first: u16,
    /// The largest code of a row that is not missing.
    pub last: u16,
    /// The code of missing rows, if there are any in the node. It is larger than all others.
    pub missing: Option<u16>,
    /// Rows that each side has at least.
    pub least: usize,
}

impl NodeColumn<'_> {
    /// The column of these codes, `None` if they are all the same. Each side of a split has to have `least` rows.
    pub fn of(codes: &[u16], missing: Option<u16>, least: usize) -> Option<NodeColumn<'_>> {
        let (first, end) = codes.iter().fold((u16::MAX, 0), |(first, end), &code| (first.min(code), end.max(code)));
        if first >= end {
            return None;
        }
        let missing = missing.filter(|missing| *missing == end);
        let known = |missing| codes.iter().copied().filter(|code| *code != missing).max();
        let last = missing.and_then(known).unwrap_or(end);
        Some(NodeColumn { codes, first, last, missing, least })
    }

    /// The largest code of any row.
    pub fn end(&self) -> u16 {
        self.missing.unwrap_or(self.last)
    }

    /// Codes from the smallest to the largest.
    pub fn width(&self) -> usize {
        usize::from(self.end() - self.first) + 1
    }

    /// Whether so many rows on the left leave enough on both sides.
    #[inline]
    pub fn allows(&self, rows_left: usize) -> bool {
        (rows_left >= self.least) & (rows_left + self.least <= self.codes.len())
    }
}

/// A split of a node and by how much the impurity falls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub fall: f64,
    pub rule: Rule,
}

/// The sums of a node. Made once per thread; it serves one node after the other.
pub(super) trait Impurity: Clone + Send + Sync {
    /// What is known of a row's target.
    type Value: Copy + Send + Sync;

    /// Numbers per leaf.
    fn outputs(&self) -> usize;
    /// Reads the rows of a node.
    fn enter(&mut self, items: &[Item<Self::Value>]);
    /// The impurity of the node: no split lets it fall by more. 0 if all its targets are the same.
    fn total(&self) -> f64;
    /// Writes the prediction of the node.
    fn write_leaf(&self, out: &mut [f32]);
    /// The best threshold.
    fn best_cut(&mut self, column: &NodeColumn<'_>) -> Option<Found>;
    /// How good a threshold is: it keeps codes up to `bin` left, and the missing if `missing_left`.
    fn cut_at(&mut self, column: &NodeColumn<'_>, bin: u16, missing_left: bool) -> Option<Found>;
    /// The best set of categories.
    fn best_set(&mut self, column: &NodeColumn<'_>) -> Option<Found>;
    /// A random set of categories.
    fn random_set(&mut self, column: &NodeColumn<'_>, rng: &mut Rng) -> Option<Found>;
}

/// Both sides of a split while rows move from the right to the left.
pub(super) trait Sides {
    /// All rows are on the right.
    fn reset(&mut self);
    /// A row moves to the left.
    fn take(&mut self, row: u32);
    /// The impurity that is gone with this split, while both sides have rows.
    fn fall(&self) -> f64;
}

/// The best threshold between two neighbours in the order of codes, with missing rows on either side.
pub(super) fn best_in_order(sides: &mut impl Sides, column: &NodeColumn<'_>, ranked: &[Ranked]) -> Option<Found> {
    let known = match column.missing {
        Some(missing) => ranked.partition_point(|r| r.code < missing),
        None => ranked.len(),
    };
    let mut best = sweep(sides, column, &ranked[..known], &[]);
    if let Some(missing) = column.missing {
        if column.allows(known) && sides.fall() > best.map_or(f64::NEG_INFINITY, |b| b.fall) {
            let rule = Rule::UpTo { bin: missing - 1, missing_left: false };
            best = Some(Found { fall: sides.fall(), rule });
        }
        let other = sweep(sides, column, &ranked[..known], &ranked[known..]);
        best = best.into_iter().chain(other).reduce(|a, b| if b.fall > a.fall { b } else { a });
    }
    best
}

/// The best threshold within `known`; the missing rows go left. Afterwards all of them have moved.
fn sweep(sides: &mut impl Sides, column: &NodeColumn<'_>, known: &[Ranked], missing: &[Ranked]) -> Option<Found> {
    sides.reset();
    missing.iter().for_each(|r| sides.take(r.row));
    let mut best = (f64::NEG_INFINITY, 0);
    for (i, pair) in known.windows(2).enumerate() {
        sides.take(pair[0].row);
        let fall = sides.fall();
        let is_cut = (pair[0].code != pair[1].code) & column.allows(missing.len() + i + 1);
        if is_cut & (fall > best.0) {
            best = (fall, i);
        }
    }
    if let Some(last) = known.last() {
        sides.take(last.row);
    }
    (best.0 > f64::NEG_INFINITY).then(|| {
        let bin = between(known[best.1].code, known[best.1 + 1].code);
        Found { fall: best.0, rule: Rule::UpTo { bin, missing_left: !missing.is_empty() } }
    })
}

/// The last code on the left where nothing lies between two codes: half of the absent ones go with each.
pub(super) fn between(low: u16, high: u16) -> u16 {
    low + (high - low) / 2
}
