//! Three folds of the training rows: which `C` is best, and what margins mean on rows that they had not seen.

use automl_core::fit_context::FitContext;
use automl_core::seed::derive;

use super::dual::{Dual, Loss, Solution};
use crate::calibration::platt;

/// Parts of the training rows.
const FOLDS: u64 = 3;
/// With fewer rows, a part of them says nothing.
const ROWS_MIN: usize = 12;

/// What one machine is fitted to.
pub(super) enum Machine<'a> {
    /// The sign of every row's class, and whether it is the positive one.
    Classes { signs: &'a [f64], is_positive: &'a [bool] },
    /// Standardised numbers, and half the width of the tube.
    Numbers { target: &'a [f64], insensitive: f64 },
}

/// A fitted machine.
pub(super) struct Scored {
    /// Weights of the features, then of the constant.
    pub weights: Vec<f64>,
    /// What makes margins log odds.
    pub slope: f64,
    pub offset: f64,
}

impl Machine<'_> {
    fn loss(&self) -> Loss<'_> {
        match *self {
            Machine::Classes { signs, .. } => Loss::SquaredHinge(signs),
            Machine::Numbers { target, insensitive } => Loss::Insensitive { target, insensitive },
        }
    }

    /// The machine with the best of some `C`, in rising order: each begins where the one before ended. A machine that
    /// there was no time to finish counts only where there is none before it.
    pub fn best(&self, dual: &Dual<'_>, choices: &[f64], ctx: &FitContext<'_>) -> Scored {
        let rows: Vec<u32> = (0..dual.design.rows as u32).collect();
        let mut solution = dual.nothing();
        let mut best: Option<(f64, Scored)> = None;
        for &c in choices {
            let is_done = dual.solve(self.loss(), c, &rows, &mut solution, ctx);
            if !is_done && best.is_some() {
                break;
            }
            // Numbers need no calibration, and one `C` no choice.
            if let (Machine::Numbers { .. }, 1) = (self, choices.len()) {
                break;
            }
            let judged = self.judge(dual, c, &solution, &rows, ctx);
            if best.as_ref().is_none_or(|(loss, _)| judged.0 < *loss) {
                best = Some(judged);
            }
            if !is_done {
                break;
            }
        }
        best.map_or(Scored { weights: solution.weights, slope: 1.0, offset: 0.0 }, |(_, scored)| scored)
    }

    /// The mean loss on rows that were left out, and the machine with what its margins mean.
    fn judge(&self, dual: &Dual<'_>, c: f64, solution: &Solution, rows: &[u32], ctx: &FitContext<'_>) -> (f64, Scored) {
        let margins = if rows.len() < ROWS_MIN {
            rows.iter().map(|&row| dual.margin(row as usize, &solution.weights)).collect()
        } else {
            self.held_out(dual, c, solution, rows, ctx)
        };
        let (weights, row_weights) = (solution.weights.clone(), &dual.design.weights);
        match *self {
            Machine::Classes { is_positive, .. } => {
                let (slope, offset) = platt(&margins, is_positive, row_weights);
                let of_row = |((m, &is), w): ((&f64, &bool), &f64)| {
                    let z = if is { -(slope * m + offset) } else { slope * m + offset };
                    w * (z.max(0.0) + (-z.abs()).exp().ln_1p())
                };
                let loss = margins.iter().zip(is_positive).zip(row_weights).map(of_row).sum();
                (loss, Scored { weights, slope, offset })
            }
            Machine::Numbers { target, .. } => {
                let loss = margins.iter().zip(target).zip(row_weights).map(|((m, y), w)| w * (m - y).powi(2)).sum();
                (loss, Scored { weights, slope: 1.0, offset: 0.0 })
            }
        }
    }

    /// The margin of every row by a machine that was fitted without its fold, beginning from the one with all rows.
    fn held_out(&self, dual: &Dual<'_>, c: f64, solution: &Solution, rows: &[u32], ctx: &FitContext<'_>) -> Vec<f64> {
        let fold = |row: u32| derive(dual.seed, u64::from(row)) % FOLDS;
        let folds = ctx.map(FOLDS as usize, |f| {
            let (left_out, kept): (Vec<u32>, Vec<u32>) = rows.iter().partition(|&&row| fold(row) == f as u64);
            let mut own = dual.only(self.loss(), solution, &kept);
            dual.solve(self.loss(), c, &kept, &mut own, ctx);
            left_out.into_iter().map(|row| (row, dual.margin(row as usize, &own.weights))).collect::<Vec<_>>()
        });
        let mut margins = vec![0.0; rows.len()];
        folds.into_iter().flatten().for_each(|(row, margin)| margins[row as usize] = margin);
        margins
    }
}
