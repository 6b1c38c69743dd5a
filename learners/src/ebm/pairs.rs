//! Which pairs of columns tell more together than each by itself (FAST, Lou and others 2013).

use automl_core::fit_context::FitContext;

use super::boost::Boosting;
use super::cut::across;
use super::terms::{Coarse, Term, pair};

/// Columns that pairs are made of: those whose own functions move the scores most.
const COLUMNS_MAX: usize = 60;
/// Rows that pairs are judged on.
const ROWS_MAX: usize = 20_000;

/// The `count` pairs whose best cuts gain most on what the functions of single columns leave over.
pub(super) fn strongest(boosting: &Boosting<'_>, weights: &[Vec<f64>], count: usize, ctx: &FitContext<'_>) -> Vec<Term> {
    let mains = &boosting.terms;
    let coarse: Vec<Coarse> = mains.iter().zip(weights).map(|(main, weights)| Coarse::new(main, weights)).collect();
    let mut chosen: Vec<usize> = (0..mains.len()).collect();
    let spread = |t: usize| -> f64 { boosting.values[t].iter().zip(&weights[t]).map(|(v, w)| w * v * v).sum() };
    chosen.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)).then(a.cmp(&b)));
    chosen.truncate(COLUMNS_MAX);
    chosen.sort_unstable();
    let pairs: Vec<(usize, usize)> =
        chosen.iter().enumerate().flat_map(|(n, &i)| chosen[n + 1..].iter().map(move |&j| (i, j))).collect();
    let gains = ctx.map(pairs.len(), |n| {
        if ctx.check().is_stop() {
            return 0.0;
        }
        let (i, j) = pairs[n];
        gain(boosting, [&mains[i], &mains[j]], [&coarse[i], &coarse[j]])
    });
    let mut order: Vec<usize> = (0..pairs.len()).filter(|&n| gains[n] > 0.0).collect();
    order.sort_by(|&a, &b| gains[b].total_cmp(&gains[a]).then(a.cmp(&b)));
    let term = |&n: &usize| pair([&mains[pairs[n].0], &mains[pairs[n].1]], [&coarse[pairs[n].0], &coarse[pairs[n].1]]);
    order.iter().take(count).map(term).collect()
}

fn gain(boosting: &Boosting<'_>, mains: [&Term; 2], [a, b]: [&Coarse; 2]) -> f64 {
    let rows = mains[0].training.len().min(ROWS_MAX);
    let cell = |(&i, &j): (&u16, &u16)| a.of[usize::from(i)] * b.side as u16 + b.of[usize::from(j)];
    let cells: Vec<u16> = mains[0].training[..rows].iter().zip(&mains[1].training[..rows]).map(cell).collect();
    let sums = boosting.sums(&cells, a.side * b.side, 0);
    across(&sums, b.side, &mut vec![0.0; a.side * b.side])
}
