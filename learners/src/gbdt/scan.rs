//! The best place to cut a row of bins: the loop that small trees spend their time in.

use super::packed::{Cell, g, h};
use crate::simd::for_each_machine;

/// What a cut has to keep to, in steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The sum over all rows of the leaf.
    pub total: Cell,
    /// L1 penalty.
    pub l1: f64,
    /// L2 penalty.
    pub l2: f64,
    /// The least sum of second derivatives on a side; above 0.
    pub least_h: f64,
}

/// A cut, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cut {
    /// The last bin on the left.
    pub last: usize,
    /// The sum on the left.
    pub left: Cell,
    /// What both sides are worth together, in steps.
    pub worth: f64,
}

/// Bins of a feature at most.
const BINS: usize = 256;

/// Cuts that are judged side by side.
const LANES: usize = 8;

/// Buffers of a scan; their content is of no interest.
pub(super) struct Buffers {
    lefts: [Cell; BINS],
    worths: [f64; BINS],
}

impl Buffers {
    pub fn new() -> Buffers {
        Buffers { lefts: [0; BINS], worths: [0.0; BINS] }
    }
}

for_each_machine! {
    /// The best of the cuts behind each of `cells`, if it is worth more than `floor`; the first of equals. `start` goes
    /// left in any case.
    pub(super) fn best_cut(cells: &[Cell], start: Cell, limits: &Limits, floor: f64, buffers: &mut Buffers) -> Option<Cut>
        = best_cut_body
}

#[inline(always)]
fn best_cut_body(cells: &[Cell], start: Cell, limits: &Limits, floor: f64, buffers: &mut Buffers) -> Option<Cut> {
    let cuts = cells.len().min(BINS);
    let mut left = start;
    for (to, cell) in buffers.lefts.iter_mut().zip(cells) {
        left = left.wrapping_add(*cell);
        *to = left;
    }
    let padded = cuts.next_multiple_of(LANES);
    let (lefts, worths) = (&buffers.lefts[..padded], &mut buffers.worths[..padded]);
    if limits.l1 > 0.0 {
        judge(lefts, limits, |g| (g.abs() - limits.l1).max(0.0), worths);
    } else {
        judge(lefts, limits, |g| g, worths);
    }
    worths[cuts..].fill(f64::NEG_INFINITY);
    let mut best = [f64::NEG_INFINITY; LANES];
    for worths in worths.chunks_exact(LANES) {
        for (best, worth) in best.iter_mut().zip(worths) {
            *best = if *worth > *best { *worth } else { *best };
        }
    }
    let best = best.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if best <= floor {
        return None;
    }
    let last = worths.iter().position(|worth| *worth == best)?;
    Some(Cut { last, left: lefts[last], worth: best })
}

for_each_machine! {
    /// Adds to `worths` what the cuts behind each of `cells` are worth, however small a side is.
    pub(super) fn add_worths(cells: &[Cell], start: Cell, limits: &Limits, worths: &mut [f64], buffers: &mut Buffers)
        = add_worths_body
}

#[inline(always)]
fn add_worths_body(cells: &[Cell], start: Cell, limits: &Limits, worths: &mut [f64], buffers: &mut Buffers) {
    let mut left = start;
    for (to, cell) in buffers.lefts.iter_mut().zip(cells) {
        left = left.wrapping_add(*cell);
        *to = left;
    }
    let cuts = cells.len().min(BINS);
    let limits = Limits { least_h: 0.0, ..*limits };
    judge(&buffers.lefts[..cuts], &limits, |g| (g.abs() - limits.l1).max(0.0), &mut buffers.worths[..cuts]);
    worths.iter_mut().zip(&buffers.worths[..cuts]).for_each(|(sum, worth)| *sum += worth);
}

/// What every cut is worth; nothing at all where a side is too small.
#[inline(always)]
fn judge(lefts: &[Cell], limits: &Limits, shrink: impl Fn(f64) -> f64, worths: &mut [f64]) {
    let (total_g, total_h) = (f64::from(g(limits.total)), f64::from(h(limits.total)));
    for (worth, &left) in worths.iter_mut().zip(lefts) {
        let (left_g, left_h) = (f64::from(g(left)), f64::from(h(left)));
        let (right_g, right_h) = (shrink(total_g - left_g), total_h - left_h);
        let left_g = shrink(left_g);
        let (left_d, right_d) = (left_h + limits.l2, right_h + limits.l2);
        // One division for both sides: two would take as long as all the rest.
        let both = (left_g * left_g * right_d + right_g * right_g * left_d) / (left_d * right_d);
        *worth = if (left_h >= limits.least_h) & (right_h >= limits.least_h) { both } else { f64::NEG_INFINITY };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(g: i32, h: u32) -> Cell {
        (i64::from(g) << 32) + i64::from(h)
    }

    proptest! {
        /// The vector code finds what the plain code finds, and that is the best.
        #[test]
        fn the_best_cut_is_found(
            rows in prop::collection::vec((-1000i32..1000, 0u32..50), 1..=255),
            start in (-1000i32..1000, 0u32..50),
            (l1, l2, least_h) in (prop_oneof![Just(0.0), 0.0..500.0], 0.0..20.0, 0.5..100.0),
        ) {
            let cells: Vec<Cell> = rows.iter().map(|(g, h)| cell(*g, *h)).collect();
            let start = cell(start.0, start.1);
            let total = cells.iter().fold(start + cell(300, 40), |sum, c| sum + c);
            let limits = Limits { total, l1, l2, least_h };
            let found = best_cut(&cells, start, &limits, 0.0, &mut Buffers::new());
            let plain = best_cut_body(&cells, start, &limits, 0.0, &mut Buffers::new());
            prop_assert_eq!(found, plain);

            let worth = |sum: Cell| (f64::from(g(sum)).abs() - l1).max(0.0).powi(2) / (f64::from(h(sum)) + l2);
            let mut left = start;
            let mut best: f64 = 0.0;
            for cell in &cells {
                left += cell;
                if f64::from(h(left)) >= least_h && f64::from(h(total - left)) >= least_h {
                    best = best.max(worth(left) + worth(total - left));
                }
            }
            let found = found.map_or(0.0, |cut| cut.worth);
            prop_assert!((found - best).abs() <= 1e-9 * (1.0 + best), "{} {}", found, best);
        }
    }
}
