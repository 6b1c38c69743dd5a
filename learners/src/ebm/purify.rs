//! Moves what belongs to single columns out of pairs, and what belongs to nobody into the intercept.
//!
//! Over the training rows every function then has a mean of zero, and a pair one of zero in every row and column of its
//! table (Lengerich and others 2020, *Purifying Interaction Effects with the Functional ANOVA*).

use super::pairs::side_max;
use super::terms::{Coarse, Term};

/// Rounds of taking means away from the rows and columns of a table.
const ROUNDS: usize = 20;

/// A term with one output's values, while they are sorted out.
pub(super) struct Loose<'a> {
    pub term: &'a Term,
    pub values: Vec<f64>,
    /// Weight of the training rows in each cell.
    pub weights: &'a [f64],
}

/// Sorts the values of all terms out; gives what is to be added to the intercept. `mains` come before `pairs`.
pub(super) fn purify(terms: &mut [Loose<'_>], mains: usize) -> f64 {
    let (mains, pairs) = terms.split_at_mut(mains);
    for pair in pairs {
        let [rows, columns] = pair.term.sides[..] else { continue };
        let mut taken = [vec![0.0; rows], vec![0.0; columns]];
        for _ in 0..ROUNDS {
            for (by_column, taken) in taken.iter_mut().enumerate() {
                take_means(pair, columns, by_column == 1, taken);
            }
        }
        for (axis, taken) in pair.term.axes.iter().zip(&taken) {
            let Some(main) = mains.iter_mut().find(|m| m.term.axes[0].column == axis.column) else { continue };
            // The same weights give the same joined cells.
            let coarse = Coarse::new(main.term, main.weights, side_max(main.term.training.len()));
            main.values.iter_mut().zip(&coarse.of).for_each(|(value, &cell)| *value += taken[usize::from(cell)]);
        }
    }
    mains.iter_mut().map(centre).sum()
}

fn take_means(pair: &mut Loose<'_>, columns: usize, by_column: bool, taken: &mut [f64]) {
    let line = |cell: usize| if by_column { cell % columns } else { cell / columns };
    let mut sums = vec![(0.0, 0.0); taken.len()];
    for (cell, (value, weight)) in pair.values.iter().zip(pair.weights).enumerate() {
        sums[line(cell)].0 += weight * value;
        sums[line(cell)].1 += weight;
    }
    let means: Vec<f64> = sums.iter().map(|(sum, weight)| if *weight > 0.0 { sum / weight } else { 0.0 }).collect();
    taken.iter_mut().zip(&means).for_each(|(t, m)| *t += m);
    pair.values.iter_mut().enumerate().for_each(|(cell, value)| *value -= means[line(cell)]);
}

fn centre(main: &mut Loose<'_>) -> f64 {
    let total: f64 = main.weights.iter().sum();
    let mean = main.values.iter().zip(main.weights).map(|(v, w)| v * w).sum::<f64>() / total;
    if !mean.is_finite() {
        return 0.0;
    }
    main.values.iter_mut().for_each(|value| *value -= mean);
    mean
}
