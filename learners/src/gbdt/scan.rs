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
const LANES: usize = 16;

/// Buffers of a scan; their content is of no interest.
pub(super) struct Buffers {
    lefts: [Cell; BINS],
    worths: [f32; BINS],
}

impl Buffers {
    pub fn new() -> Buffers {
        Buffers { lefts: [0; BINS], worths: [0.0; BINS] }
    }
}

for_each_machine! {
    /// The best of the cuts behind each of `cells`, if it is worth more than `floor`; the first of equals. `start` goes
    /// left in any case.
    ///
    /// Cuts are compared in single precision, and the chosen one with the floor in double: of two cuts whose worth
    /// differs in the seventh digit either may win.
    pub(super) fn best_cut(cells: &[Cell], start: Cell, limits: &Limits, floor: f64, buffers: &mut Buffers) -> Option<Cut>
        = best_cut_body
}

#[inline(always)]
fn best_cut_body(cells: &[Cell], start: Cell, limits: &Limits, floor: f64, buffers: &mut Buffers) -> Option<Cut> {
    let cells = &cells[..cells.len().min(BINS)];
    let cuts = cells.len();
    running_sums(cells, start, &mut buffers.lefts[..cuts]);
    let padded = cuts.next_multiple_of(LANES);
    let (lefts, worths) = (&buffers.lefts[..padded], &mut buffers.worths[..padded]);
    if limits.l1 > 0.0 {
        let l1 = limits.l1 as f32;
        judge(lefts, limits, |g| (g.abs() - l1).max(0.0), worths);
    } else {
        judge(lefts, limits, |g| g, worths);
    }
    worths[cuts..].fill(f32::NEG_INFINITY);
    let mut best = [f32::NEG_INFINITY; LANES];
    for worths in worths.chunks_exact(LANES) {
        for (best, worth) in best.iter_mut().zip(worths) {
            *best = if *worth > *best { *worth } else { *best };
        }
    }
    let best = best.into_iter().fold(f32::NEG_INFINITY, f32::max);
    // Single precision may be wrong by this much.
    if f64::from(best) <= floor * (1.0 - 1e-5) {
        return None;
    }
    let last = worths.iter().position(|worth| *worth == best)?;
    let left = lefts[last];
    let worth = limits.worth(left) + limits.worth(limits.total.wrapping_sub(left));
    (worth > floor && best > f32::NEG_INFINITY).then_some(Cut { last, left, worth })
}

impl Limits {
    /// What rows with this sum are worth, in steps.
    #[inline]
    pub fn worth(&self, sum: Cell) -> f64 {
        let g = (f64::from(g(sum)).abs() - self.l1).max(0.0);
        g * g / (f64::from(h(sum)) + self.l2)
    }
}

/// The sums of all cells up to each.
#[inline(always)]
fn running_sums(cells: &[Cell], start: Cell, sums: &mut [Cell]) {
    // Four sums run side by side, or each addition would wait for the one before.
    let quarter = cells.len() / 4;
    let ((c0, c), (s0, s)) = (cells.split_at(quarter), sums.split_at_mut(quarter));
    let ((c1, c), (s1, s)) = (c.split_at(quarter), s.split_at_mut(quarter));
    let ((c2, c3), (s2, s3)) = (c.split_at(quarter), s.split_at_mut(quarter));
    let (mut a0, mut a1, mut a2, mut a3): (Cell, Cell, Cell, Cell) = (start, 0, 0, 0);
    let firsts = c0.iter().zip(c1).zip(c2).zip(c3);
    let to = s0.iter_mut().zip(s1.iter_mut()).zip(s2.iter_mut()).zip(s3.iter_mut());
    for ((((c0, c1), c2), c3), (((s0, s1), s2), s3)) in firsts.zip(to) {
        (a0, a1) = (a0.wrapping_add(*c0), a1.wrapping_add(*c1));
        (a2, a3) = (a2.wrapping_add(*c2), a3.wrapping_add(*c3));
        (*s0, *s1, *s2, *s3) = (a0, a1, a2, a3);
    }
    for (cell, sum) in c3[quarter..].iter().zip(&mut s3[quarter..]) {
        a3 = a3.wrapping_add(*cell);
        *sum = a3;
    }
    let mut before = a0;
    for (sums, all) in [(s1, a1), (s2, a2), (s3, a3)] {
        sums.iter_mut().for_each(|sum| *sum = sum.wrapping_add(before));
        before = before.wrapping_add(all);
    }
}

for_each_machine! {
    /// Adds to `worths` what the cuts behind each of `cells` are worth, however small a side is.
    pub(super) fn add_worths(cells: &[Cell], start: Cell, limits: &Limits, worths: &mut [f32], buffers: &mut Buffers)
        = add_worths_body
}

#[inline(always)]
fn add_worths_body(cells: &[Cell], start: Cell, limits: &Limits, worths: &mut [f32], buffers: &mut Buffers) {
    let cells = &cells[..cells.len().min(BINS)];
    let lefts = &mut buffers.lefts[..cells.len()];
    running_sums(cells, start, lefts);
    let (limits, l1) = (Limits { least_h: 0.0, ..*limits }, limits.l1 as f32);
    judge(lefts, &limits, |g| (g.abs() - l1).max(0.0), &mut buffers.worths[..cells.len()]);
    worths.iter_mut().zip(&buffers.worths).for_each(|(sum, worth)| *sum += worth);
}

/// What every cut is worth; nothing at all where a side is too small.
#[inline(always)]
fn judge(lefts: &[Cell], limits: &Limits, shrink: impl Fn(f32) -> f32, worths: &mut [f32]) {
    let (l2, least_h) = (limits.l2 as f32, limits.least_h.ceil().min(f64::from(i32::MAX)) as i32);
    for (worth, &left) in worths.iter_mut().zip(lefts) {
        // Taken away as whole numbers: a small side is the exact difference of two large sums.
        let right = limits.total.wrapping_sub(left);
        let (left_h, right_h) = (h(left), h(right));
        let (left_g, right_g) = (shrink(g(left) as f32), shrink(g(right) as f32));
        let (left_d, right_d) = (left_h as f32 + l2, right_h as f32 + l2);
        // One division for both sides: two would take as long as all the rest.
        let both = (left_g * left_g * right_d + right_g * right_g * left_d) / (left_d * right_d);
        *worth = if (left_h >= least_h) & (right_h >= least_h) { both } else { f32::NEG_INFINITY };
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
            (l1, l2, least_h) in (prop_oneof![Just(0.0), (0..500000i32).prop_map(|v| f64::from(v) / 1000.0)], (0..20000i32).prop_map(|v| f64::from(v) / 1000.0), (500..100000i32).prop_map(|v| f64::from(v) / 1000.0)),
        ) {
            let cells: Vec<Cell> = rows.iter().map(|(g, h)| cell(*g, *h)).collect();
            let start = cell(start.0, start.1);
            let total = cells.iter().fold(start + cell(300, 40), |sum, c| sum + c);
            let limits = Limits { total, l1, l2, least_h };
            let found = best_cut(&cells, start, &limits, 0.0, &mut Buffers::new());
            let plain = best_cut_body(&cells, start, &limits, 0.0, &mut Buffers::new());
            prop_assert_eq!(found, plain);

            let worth = |sum: Cell| limits.worth(sum);
            let mut left = start;
            let mut best: f64 = 0.0;
            for cell in &cells {
                left += cell;
                if f64::from(h(left)) >= least_h && f64::from(h(total - left)) >= least_h {
                    best = best.max(worth(left) + worth(total - left));
                }
            }
            let found = found.map_or(0.0, |cut| cut.worth);
            prop_assert!((found - best).abs() <= 1e-6 * (1.0 + best), "{} {}", found, best);
        }
    }
}
