//! The best cut of a numeric feature.

use automl_core::seed::Rng;
use rand::RngExt;

use super::split::{Candidate, Scan, Sums};
use super::tree::Cut;

/// The best cut that gains more than `floor`; with `rng` a single random cut is tried.
///
/// Missing values are tried on both sides. Where the leaf misses none, they will follow the larger child.
pub(super) fn best(
    scan: &Scan<'_>,
    values: &[[f64; 2]],
    missing: [f64; 2],
    floor: f64,
    rng: Option<&mut Rng>,
) -> Option<Candidate> {
    let has_missing = scan.is_occupied(missing);
    // With missing values on the right, even a cut behind the last number has two sides.
    let cuts = if has_missing { values.len() } else { values.len() - 1 };
    let (first, end) = match rng {
        Some(rng) => random_cut(values, cuts, scan, rng)?,
        None => (0, cuts),
    };
    let mut found = sweep(scan, values, first, end, Sums::default(), floor).map(|best| (best, false));
    if has_missing {
        let floor = found.map_or(floor, |(best, _)| best.gain);
        let with_missing = sweep(scan, values, first, end.min(values.len() - 1), Sums::default().plus(missing), floor);
        found = with_missing.map(|best| (best, true)).or(found);
    }
    found.map(|(best, missing_left)| {
        let missing_left = if has_missing { missing_left } else { best.left.h > scan.total.h - best.left.h };
        Candidate { gain: best.gain, cut: Cut::Numbers { last: centred(best.last, values, scan), missing_left }, left: best.left }
    })
}

/// Moves a cut to the middle of the bins behind it that are empty in this leaf: they may hold new rows.
fn centred(last: u8, values: &[[f64; 2]], scan: &Scan<'_>) -> u8 {
    let behind = &values[usize::from(last) + 1..];
    match behind.iter().position(|cell| scan.is_occupied(*cell)) {
        Some(empty) => last + (empty / 2) as u8,
        None => last,
    }
}

/// One cut drawn from those between the smallest and the largest number of the leaf.
fn random_cut(values: &[[f64; 2]], cuts: usize, scan: &Scan<'_>, rng: &mut Rng) -> Option<(usize, usize)> {
    let occupied = |cell: &[f64; 2]| scan.is_occupied(*cell);
    let low = values.iter().position(occupied)?;
    let high = values.iter().rposition(occupied)?.max(low + 1).min(cuts);
    (low < high).then(|| rng.random_range(low..high)).map(|cut| (cut, cut + 1))
}

#[derive(Clone, Copy)]
struct Best {
    gain: f64,
    last: u8,
    left: Sums,
}

/// The best of the cuts after bins `first..end`, with `start` already on the left.
fn sweep(scan: &Scan<'_>, values: &[[f64; 2]], first: usize, end: usize, start: Sums, floor: f64) -> Option<Best> {
    let params = scan.params;
    if params.lambda_l1 > 0.0 || params.path_smooth > 0.0 {
        sweep_by(scan, values, first, end, start, floor, |left, right| (scan.gain(left) + scan.gain(right), 1.0))
    } else {
        sweep_by(scan, values, first, end, start, floor, |left, right| {
            let (hl, hr) = (left.h + scan.l2, right.h + scan.l2);
            (left.g * left.g * hr + right.g * right.g * hl, hl * hr)
        })
    }
}

/// The sweep itself. `worth` gives the gain of two children as a fraction, so that fractions are compared
/// by multiplying: two divisions per bin would take as long as everything else.
#[inline(always)]
fn sweep_by(
    scan: &Scan<'_>,
    values: &[[f64; 2]],
    first: usize,
    end: usize,
    start: Sums,
    floor: f64,
    worth: impl Fn(Sums, Sums) -> (f64, f64),
) -> Option<Best> {
    let mut left = start;
    for &cell in &values[..first.min(end)] {
        left = left.plus(cell);
    }
    let (mut best_over, mut best_under) = (floor, 1.0);
    let mut best = None;
    for (bin, &cell) in values[..end].iter().enumerate().skip(first) {
        left = left.plus(cell);
        let right = scan.total.minus(left);
        if right.h < scan.least_h {
            break;
        }
        if left.h < scan.least_h {
            continue;
        }
        let (over, under) = worth(left, right);
        if over * best_under > best_over * under {
            (best_over, best_under) = (over, under);
            best = Some((bin as u8, left));
        }
    }
    best.map(|(last, left)| Best { gain: best_over / best_under, last, left })
}
