//! Which pairs of columns tell more together than each by itself (FAST, Lou and others 2013).

use automl_core::fit_context::FitContext;
use automl_core::seed::rng;

use super::bag::{Problem, Values};
use super::cut::{Limits, Sums};
use super::table::across;
use super::terms::{Coarse, Term, pair};

/// Cells along one side of a pair, at most: a table of all has a cell for every four rows, within reason.
pub(super) fn side_max(rows: usize) -> usize {
    ((rows as f64 / 4.0).sqrt() as usize).clamp(16, 64)
}

/// Cells along one side of a pair where pairs are judged, at most.
const JUDGED_SIDE: usize = 16;
/// Columns that pairs are made of: those whose own functions move the scores most.
const COLUMNS_MAX: usize = 60;
/// Rows that pairs are judged on.
const ROWS_MAX: usize = 20_000;

/// What is left to explain of some rows.
struct Left {
    rows: Vec<usize>,
    /// Per output gradients, their slopes, and weights.
    sums: Vec<Vec<Sums>>,
}

impl Left {
    fn of(problem: &Problem<'_>, mains: &[Term], values: &Values) -> Left {
        let (all, outputs) = (problem.aims.len(), problem.start.len());
        let rows: Vec<usize> = (0..all).step_by(all.div_ceil(ROWS_MAX).max(1)).collect();
        let mut sums = vec![Vec::with_capacity(rows.len()); outputs];
        for &row in &rows {
            let mut scores = problem.start.to_vec();
            for (main, values) in mains.iter().zip(values.chunks_exact(outputs)) {
                scores.iter_mut().zip(values).for_each(|(s, values)| *s += values[usize::from(main.training[row])]);
            }
            let weight = f64::from(problem.weights[row]);
            problem.aims.gradients(row, &mut scores, |output, g, h| {
                sums[output].push(Sums { g: weight * g, h: weight * h, weight });
            });
        }
        Left { rows, sums }
    }

    /// How much the best cuts of a pair gain, over all outputs.
    fn gain(&self, mains: [&Term; 2], [a, b]: [&Coarse; 2], limits: &Limits) -> f64 {
        // Where all cuts are tried nothing is drawn.
        let limits = Limits { pair_cuts: JUDGED_SIDE, ..*limits };
        let cell = |&row: &usize| {
            let (i, j) = (a.of[usize::from(mains[0].training[row])], b.of[usize::from(mains[1].training[row])]);
            usize::from(i) * b.side + usize::from(j)
        };
        let of_rows: Vec<usize> = self.rows.iter().map(cell).collect();
        let (mut out, mut rng) = (vec![0.0; a.side * b.side], rng(0));
        let of_output = |sums: &Vec<Sums>| {
            let mut cells = vec![Sums::default(); a.side * b.side];
            of_rows.iter().zip(sums).for_each(|(&cell, sum)| cells[cell].add(*sum));
            across(&cells, b.side, &limits, &mut rng, &mut out).unwrap_or_default()
        };
        self.sums.iter().map(of_output).sum()
    }
}

/// The `count` pairs whose best cuts gain most on what the functions of single columns leave over. `weights` are those of
/// the rows in the cells of each column.
pub(super) fn strongest(
    problem: &Problem<'_>,
    mains: &[Term],
    values: &Values,
    weights: &[Vec<f64>],
    count: usize,
    ctx: &FitContext<'_>,
) -> Vec<Term> {
    let mut chosen: Vec<usize> = (0..mains.len()).collect();
    let outputs = problem.start.len();
    let spread = |t: usize| -> f64 {
        let of_output = |values: &Vec<f64>| values.iter().zip(&weights[t]).map(|(v, w)| w * v * v).sum::<f64>();
        values[t * outputs..][..outputs].iter().map(of_output).sum()
    };
    chosen.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)).then(a.cmp(&b)));
    chosen.truncate(COLUMNS_MAX);
    chosen.sort_unstable();
    let coarse = |side| -> Vec<Coarse> { mains.iter().zip(weights).map(|(main, w)| Coarse::new(main, w, side)).collect() };
    let (judged, fine) = (coarse(JUDGED_SIDE), coarse(side_max(problem.aims.len())));
    let pairs: Vec<(usize, usize)> =
        chosen.iter().enumerate().flat_map(|(n, &i)| chosen[n + 1..].iter().map(move |&j| (i, j))).collect();
    let left = Left::of(problem, mains, values);
    let gains = ctx.map(pairs.len(), |n| {
        if ctx.check().is_stop() {
            return 0.0;
        }
        let (i, j) = pairs[n];
        left.gain([&mains[i], &mains[j]], [&judged[i], &judged[j]], &problem.limits)
    });
    let mut order: Vec<usize> = (0..pairs.len()).filter(|&n| gains[n] > 0.0).collect();
    order.sort_by(|&a, &b| gains[b].total_cmp(&gains[a]).then(a.cmp(&b)));
    order.truncate(count);
    let made = ctx.map(order.len(), |n| {
        let (i, j) = pairs[order[n]];
        (!ctx.check().is_stop()).then(|| pair([&mains[i], &mains[j]], [&fine[i], &fine[j]]))
    });
    made.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::super::step::CELLS_MAX;
    use super::*;

    #[test]
    fn tables_grow_with_the_rows_within_what_a_step_holds() {
        assert_eq!([0, 100, 4_000, 10_000, 10_000_000].map(side_max), [16, 16, 31, 50, 64]);
        assert!(side_max(usize::MAX).pow(2) <= CELLS_MAX);
    }
}
