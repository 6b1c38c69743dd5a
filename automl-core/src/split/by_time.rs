//! Folds that see only the past.
//!
//! The rows in the order of time are cut into k + 1 blocks of about one size; fold i trains on the blocks up
//! to i and validates block i + 1, so the window to learn from expands. A hold-out is the last block of two.
//! Rows of the same time stay in one block.

use super::{Fold, Rule, Split, Strategy, held_out};
use crate::error::{Error, Result};

/// Cuts the rows by the ranks of their times.
pub fn split(strategy: &Strategy, time: &[u32]) -> Result<Split> {
    let mut order: Vec<u32> = (0..time.len() as u32).collect();
    order.sort_unstable_by_key(|&row| (time[row as usize], row));
    let boundaries = boundaries(&order, time);
    if boundaries.is_empty() {
        return Err(Error::data(
            "all rows have the same time, so there is no past to learn from; drop the role of the time column",
        ));
    }
    let n = order.len();
    let wanted: Vec<usize> = match *strategy {
        Strategy::Holdout { fraction } => vec![n - held_out(fraction, n)],
        Strategy::KFold { folds } => {
            let folds = folds.min(boundaries.len());
            // In u128, so that no number of rows overflows.
            (1..=folds).map(|i| ((n as u128 * i as u128) / (folds as u128 + 1)) as usize).collect()
        }
    };
    let mut ends = nearest_boundaries(&wanted, &boundaries);
    ends.push(n);
    let folds = ends.windows(2).map(|block| fold(&order, block[0], block[1])).collect();
    Ok(Split { folds, rule: Rule::Time })
}

/// Where in the order a new time begins: the places where a cut parts no equal times.
fn boundaries(order: &[u32], time: &[u32]) -> Vec<usize> {
    let differs = |at: &usize| time[order[*at - 1] as usize] != time[order[*at] as usize];
    (1..order.len()).filter(differs).collect()
}

/// For each of the ascending places the nearest boundary, all different and ascending. There must be at
/// least as many boundaries as places.
fn nearest_boundaries(wanted: &[usize], boundaries: &[usize]) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(wanted.len() + 1);
    let mut from = 0;
    for (i, &place) in wanted.iter().enumerate() {
        // Those after this one need a boundary each.
        let free = &boundaries[from..boundaries.len() - (wanted.len() - i - 1)];
        let after = free.partition_point(|&b| b < place).min(free.len() - 1);
        let before = after.saturating_sub(1);
        let at = if free[before].abs_diff(place) <= free[after].abs_diff(place) { before } else { after };
        chosen.push(free[at]);
        from += at + 1;
    }
    chosen
}

/// The fold that trains on `order[..start]` and validates `order[start..end]`.
fn fold(order: &[u32], start: usize, end: usize) -> Fold {
    let ascending = |rows: &[u32]| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows
    };
    Fold { train: ascending(&order[..start]), valid: ascending(&order[start..end]) }
}
