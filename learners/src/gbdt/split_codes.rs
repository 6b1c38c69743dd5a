//! The best set of categories to go left.

use automl_core::seed::Rng;
use rand::RngExt;

use super::split::{Candidate, Scan, Sums};
use super::tree::Cut;

/// The best set of categories that gains more than `floor`; with `rng` a single random set is tried.
///
/// Code 0 (missing, rare, unseen) goes right always. Few categories are tried one against the rest;
/// more are ordered by their mean gradient and the sets at both ends of that order are tried, which
/// contain the best of all sets (Fisher, 1958) but for the limits on their size.
pub(super) fn best(scan: &Scan<'_>, cells: &[[f64; 2]], floor: f64, rng: Option<&mut Rng>) -> Option<Candidate> {
    if cells.len() <= scan.params.max_cat_to_onehot {
        one_against_rest(scan, cells, floor, rng)
    } else {
        ordered(scan, cells, floor, rng)
    }
}

fn one_against_rest(scan: &Scan<'_>, cells: &[[f64; 2]], floor: f64, rng: Option<&mut Rng>) -> Option<Candidate> {
    let only = rng.filter(|_| cells.len() > 1).map(|rng| rng.random_range(1..cells.len()));
    let mut best: Option<Candidate> = None;
    for (code, &cell) in cells.iter().enumerate().skip(1) {
        if only.is_some_and(|only| only != code) {
            continue;
        }
        let left = Sums::default().plus(cell);
        let right = scan.total.minus(left);
        if left.h < scan.least_h || right.h < scan.least_h {
            continue;
        }
        let gain = scan.gain(left) + scan.gain(right);
        if gain > best.as_ref().map_or(floor, |b| b.gain) {
            best = Some(Candidate { gain, cut: Cut::Codes([code as u8].into_iter().collect()), left });
        }
    }
    best
}

/// An ordered category: its code and its sums.
type Ranked = (u8, [f64; 2]);

fn ordered(scan: &Scan<'_>, cells: &[[f64; 2]], floor: f64, rng: Option<&mut Rng>) -> Option<Candidate> {
    let smooth = scan.params.cat_smooth;
    let fewest_rows = smooth.max(1.0) - 0.5;
    let mut ranked: [Ranked; 256] = [(0, [0.0; 2]); 256];
    let mut n = 0;
    for (code, &cell) in cells.iter().enumerate().skip(1).filter(|(_, c)| c[1] * scan.rows_per_hessian >= fewest_rows) {
        ranked[n] = (code as u8, cell);
        n += 1;
    }
    let ranked = &mut ranked[..n];
    let mean = |cell: [f64; 2]| cell[0] / (cell[1] + smooth);
    ranked.sort_unstable_by(|a, b| mean(a.1).total_cmp(&mean(b.1)).then(a.0.cmp(&b.0)));

    let longest = scan.params.max_cat_threshold.min(n.div_ceil(2));
    let scan = Scan { l2: scan.l2 + scan.params.cat_l2, ..*scan };
    let only = rng.filter(|_| longest > 0).map(|rng| rng.random_range(1..=longest));
    let low = from_one_end(&scan, ranked.iter(), longest, floor, only);
    let floor = low.map_or(floor, |found| found.0);
    let high = from_one_end(&scan, ranked.iter().rev(), longest, floor, only);
    let codes = |len: usize| -> Cut {
        if high.is_some() {
            Cut::Codes(ranked.iter().rev().take(len).map(|r| r.0).collect())
        } else {
            Cut::Codes(ranked.iter().take(len).map(|r| r.0).collect())
        }
    };
    high.or(low).map(|(gain, len, left)| Candidate { gain, cut: codes(len), left })
}

/// The best of the sets of 1, 2, … `longest` categories, `only` that of one size if given: its gain, its
/// size and its sums.
fn from_one_end<'a>(
    scan: &Scan<'_>,
    ranked: impl Iterator<Item = &'a Ranked>,
    longest: usize,
    floor: f64,
    only: Option<usize>,
) -> Option<(f64, usize, Sums)> {
    let per_group = (scan.params.min_data_per_group as f64 - 0.5) / scan.rows_per_hessian;
    let mut best: Option<(f64, usize, Sums)> = None;
    let mut left = Sums::default();
    let mut group_h = 0.0;
    for (len, &(_, cell)) in (1..=longest).zip(ranked) {
        left = left.plus(cell);
        group_h += cell[1];
        let right = scan.total.minus(left);
        if right.h < scan.least_h.max(per_group) {
            break;
        }
        if left.h < scan.least_h || group_h < per_group {
            continue;
        }
        group_h = 0.0;
        if only.is_some_and(|only| len < only) {
            continue;
        }
        let gain = scan.gain(left) + scan.gain(right);
        if gain > best.as_ref().map_or(floor, |b| b.0) {
            best = Some((gain, len, left));
        }
        if only.is_some() {
            break;
        }
    }
    best
}
