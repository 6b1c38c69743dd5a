//! The best set of categories to go left.

use automl_core::seed::Rng;
use rand::RngExt;

use super::packed::Cell;
use super::split::{Search, Split};
use crate::trees::{Rule, with_bin};

/// The best set of categories whose sides are worth more than `floor`; with `rng` a single random set is tried.
///
/// Code 0 (missing, rare, unseen) goes right always. Few categories are tried one against the rest; more are
/// ordered by their mean gradient and the sets at both ends of that order are tried, which contain the best of all
/// sets (Fisher, 1958) but for the limits on their size.
pub(super) fn best(search: &Search<'_>, feature: usize, cells: &[Cell], floor: f64, rng: Option<&mut Rng>) -> Option<Split> {
    if cells.len() <= search.rules.params.max_cat_to_onehot + 1 {
        one_against_rest(search, feature, cells, floor, rng)
    } else {
        ordered(search, feature, cells, floor, rng)
    }
}

fn one_against_rest(search: &Search<'_>, feature: usize, cells: &[Cell], floor: f64, rng: Option<&mut Rng>) -> Option<Split> {
    let only = rng.filter(|_| cells.len() > 1).map(|rng| rng.random_range(1..cells.len()));
    let mut best: Option<Split> = None;
    for (code, &left) in cells.iter().enumerate().skip(1) {
        if left == 0 || only.is_some_and(|only| only != code) {
            continue;
        }
        let Some((_, worth)) = search.worth(search.rules.params.lambda_l2, left) else { continue };
        if worth > best.map_or(floor, |b| b.gain) {
            best = Some(Split { gain: worth, feature, rule: Rule::In(with_bin([0; 4], code)), left });
        }
    }
    best
}

/// A category, its sum, and the mean gradient by which it is ordered.
#[derive(Clone, Copy)]
struct Ranked {
    code: usize,
    sum: Cell,
    rows: f64,
    mean: f64,
}

fn ordered(search: &Search<'_>, feature: usize, cells: &[Cell], floor: f64, rng: Option<&mut Rng>) -> Option<Split> {
    let params = search.rules.params;
    let fewest_rows = params.cat_smooth.min(params.min_data_per_group as f64).max(1.0) - 0.5;
    let rank = |(code, &sum): (usize, &Cell)| {
        let sums = search.rules.units.sums(sum);
        Ranked { code, sum, rows: sums.h * search.rows_per_h, mean: sums.g / (sums.h + params.cat_smooth / search.rows_per_h) }
    };
    let mut ranked: Vec<Ranked> =
        cells.iter().enumerate().skip(1).map(rank).filter(|category| category.rows >= fewest_rows).collect();
    if ranked.len() < 2 {
        return None;
    }
    ranked.sort_unstable_by(|a, b| a.mean.total_cmp(&b.mean).then(a.code.cmp(&b.code)));
    let longest = params.max_cat_threshold.min(ranked.len().div_ceil(2));
    let only = rng.filter(|_| longest > 0).map(|rng| rng.random_range(1..=longest));
    let low = from_one_end(search, feature, ranked.iter().take(longest), floor, only);
    let floor = low.map_or(floor, |split| split.gain);
    from_one_end(search, feature, ranked.iter().rev().take(longest), floor, only).or(low)
}

/// The best of the sets of the first categories, `only` that of one size (or the next that may be tried) if given.
fn from_one_end<'a>(
    search: &Search<'_>,
    feature: usize,
    ranked: impl Iterator<Item = &'a Ranked>,
    floor: f64,
    only: Option<usize>,
) -> Option<Split> {
    let params = search.rules.params;
    let l2 = params.lambda_l2 + params.cat_l2;
    let per_group = params.min_data_per_group as f64 - 0.5;
    let (mut left, mut set, mut in_group) = (0, [0; 4], 0.0);
    let mut best: Option<Split> = None;
    for (i, category) in ranked.enumerate() {
        left += category.sum;
        set = with_bin(set, category.code);
        in_group += category.rows;
        // What is left is to be a group too: a few rows of rare categories tell little.
        if search.rows_without(left) < per_group {
            break;
        }
        if in_group < per_group {
            continue;
        }
        in_group = 0.0;
        if only.is_some_and(|only| i + 1 < only) {
            continue;
        }
        if let Some((_, worth)) = search.worth(l2, left)
            && worth > best.map_or(floor, |b| b.gain)
        {
            best = Some(Split { gain: worth, feature, rule: Rule::In(set), left });
        }
        if only.is_some() {
            break;
        }
    }
    best
}
