//! Three folds of the training rows: which `C` is best, and what margins mean on rows that they had not seen.

use automl_core::fit_context::FitContext;
use automl_core::seed::rng;
use rand::seq::SliceRandom;

use super::curve::{Curve, Fitted, Margins};
use super::dual::{Dual, Loss, Solution};

/// Parts of the training rows.
pub(super) const FOLDS: usize = 3;
/// With fewer rows, a part of them says nothing.
const ROWS_MIN: usize = 12;
/// The share of the loss that the next `C` has to take away for another to be tried.
const WORTHWHILE: f64 = 1e-3;
/// Rows that say what margins mean, where there is no time for all.
const ROWS_IN_HASTE: usize = 1024;

/// What one machine is fitted to.
pub(super) enum Machine<'a> {
    /// The sign of every row's class, and whether it is the positive one.
    Classes { signs: &'a [f64], is_positive: &'a [bool] },
    /// Standardised numbers, and half the width of the tube.
    Numbers { target: &'a [f64], insensitive: f64 },
}

/// Fitted machines for the same, whose predictions are averaged.
pub(super) struct Scored {
    /// Of each the weights of the features, then of the constant.
    pub parts: Vec<Vec<f64>>,
    /// What makes margins log odds.
    pub slope: f64,
    pub offset: f64,
    /// The bounds of the probabilities.
    pub curve: Curve,
}

/// The rows that each machine is fitted to, and those that it is judged by.
struct Folds {
    kept: Vec<Vec<u32>>,
    left_out: Vec<Vec<u32>>,
}

impl Machine<'_> {
    fn loss(&self) -> Loss<'_> {
        match *self {
            Machine::Classes { signs, .. } => Loss::SquaredHinge(signs),
            Machine::Numbers { target, insensitive } => Loss::Insensitive { target, insensitive },
        }
    }

    /// Machines with the best of some `C`, one for each fold; one for all rows where these are few, or where numbers,
    /// which need no calibration, have one `C`.
    pub fn best(&self, dual: &Dual<'_>, choices: &[f64], ctx: &FitContext<'_>) -> Scored {
        let rows = dual.design.rows;
        let needs_no_folds = choices.len() == 1 && matches!(self, Machine::Numbers { .. });
        if rows < ROWS_MIN || needs_no_folds {
            let mut solution = dual.nothing();
            let c = choices[choices.len() / 2];
            dual.solve(self.loss(), c, &(0..rows as u32).collect::<Vec<_>>(), &mut solution, ctx);
            return self.in_haste(dual, vec![solution.weights]);
        }
        self.best_of_folds(dual, choices, &self.folds(rows, dual.seed), ctx)
    }

    /// Tries `C` in rising order, each from where the one before ended, until one is hardly better.
    fn best_of_folds(&self, dual: &Dual<'_>, choices: &[f64], folds: &Folds, ctx: &FitContext<'_>) -> Scored {
        let mut solutions = vec![dual.nothing(); FOLDS];
        let mut best: Option<(Fitted, Vec<f64>, Vec<Vec<f64>>)> = None;
        for &c in choices {
            let fits = ctx.map(FOLDS, |f| {
                let mut own = solutions[f].clone();
                let is_done = dual.solve(self.loss(), c, &folds.kept[f], &mut own, ctx);
                let margins = is_done.then(|| dual.margins(&folds.left_out[f], &own.weights, ctx)).flatten();
                (own, margins)
            });
            let Some(margins) = folds.together(fits.iter().map(|(_, margins)| margins.as_deref())) else {
                return best
                    .map_or_else(|| self.in_haste(dual, finished(&fits)), |(fitted, _, parts)| Scored::new(parts, fitted));
            };
            solutions = fits.into_iter().map(|(solution, _)| solution).collect();
            let fitted = self.judge(dual, &margins, ctx);
            let (gained, worth) =
                best.as_ref().map_or((f64::INFINITY, 0.0), |(best, ..)| (best.loss - fitted.loss, WORTHWHILE * best.loss));
            if gained > 0.0 {
                best = Some((fitted, margins, solutions.iter().map(|s| s.weights.clone()).collect()));
            }
            if gained <= worth {
                break;
            }
        }
        let Some((fitted, margins, parts)) = best else { return self.in_haste(dual, vec![dual.nothing().weights]) };
        match self {
            Machine::Numbers { .. } => Scored::new(vec![mean(&parts)], fitted),
            Machine::Classes { is_positive, .. } => {
                let rows = Margins { values: &margins, is_positive, weights: &dual.design.weights };
                Scored::new(parts, rows.bounded(fitted, ctx))
            }
        }
    }

    /// Every side of the target in the same shares.
    fn folds(&self, rows: usize, seed: u64) -> Folds {
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.shuffle(&mut rng(seed));
        let (mut fold_of, mut counts) = (vec![0; rows], [0; 2]);
        for row in order {
            let row = row as usize;
            let count = &mut counts[usize::from(matches!(self, Machine::Classes { is_positive, .. } if is_positive[row]))];
            fold_of[row] = *count % FOLDS;
            *count += 1;
        }
        let rows_where = |in_fold: bool, fold: usize| {
            (0..rows as u32).filter(move |&row| (fold_of[row as usize] == fold) == in_fold).collect::<Vec<u32>>()
        };
        let of_all = |in_fold| (0..FOLDS).map(|fold| rows_where.clone()(in_fold, fold)).collect();
        Folds { kept: of_all(false), left_out: of_all(true) }
    }

    /// What the margins of rows mean that were left out, and the loss.
    fn judge(&self, dual: &Dual<'_>, margins: &[f64], ctx: &FitContext<'_>) -> Fitted {
        let weights = &dual.design.weights;
        match *self {
            Machine::Classes { is_positive, .. } => Margins { values: margins, is_positive, weights }.unbounded(ctx),
            Machine::Numbers { target, .. } => {
                let loss = margins.iter().zip(target).zip(weights).map(|((m, y), w)| w * (m - y).powi(2)).sum();
                Fitted { slope: 1.0, offset: 0.0, curve: Curve::default(), loss }
            }
        }
    }

    /// Machines with what their margins mean on some rows, seen or not.
    fn in_haste(&self, dual: &Dual<'_>, parts: Vec<Vec<f64>>) -> Scored {
        let weights = mean(&parts);
        let Machine::Classes { is_positive, .. } = self else {
            return Scored { parts: vec![weights], slope: 1.0, offset: 0.0, curve: Curve::default() };
        };
        let rows = (0..dual.design.rows).step_by(dual.design.rows.div_ceil(ROWS_IN_HASTE).max(1));
        let values: Vec<f64> = rows.clone().map(|row| dual.margin(row, &weights)).collect();
        let is_positive: Vec<bool> = rows.clone().map(|row| is_positive[row]).collect();
        let weights: Vec<f64> = rows.map(|row| dual.design.weights[row]).collect();
        let rows = Margins { values: &values, is_positive: &is_positive, weights: &weights };
        // So few rows that nobody needs to stop it.
        Scored::new(parts, rows.unbounded(&FitContext::new(0)))
    }
}

impl Folds {
    /// The margins that every row got when it was left out; `None` if a fold has none.
    fn together<'a>(&self, margins: impl Iterator<Item = Option<&'a [f64]>>) -> Option<Vec<f64>> {
        let mut all = vec![0.0; self.left_out.iter().map(Vec::len).sum()];
        for (rows, margins) in self.left_out.iter().zip(margins) {
            rows.iter().zip(margins?).for_each(|(&row, &margin)| all[row as usize] = margin);
        }
        Some(all)
    }
}

impl Scored {
    fn new(parts: Vec<Vec<f64>>, Fitted { slope, offset, curve, .. }: Fitted) -> Scored {
        Scored { parts, slope, offset, curve }
    }
}

/// The weights of the folds that came to an end; of the first if none did.
fn finished(fits: &[(Solution, Option<Vec<f64>>)]) -> Vec<Vec<f64>> {
    let weights = |(solution, _): &(Solution, Option<Vec<f64>>)| solution.weights.clone();
    let done: Vec<Vec<f64>> = fits.iter().filter(|(_, margins)| margins.is_some()).map(weights).collect();
    if done.is_empty() { fits.iter().take(1).map(weights).collect() } else { done }
}

fn mean(parts: &[Vec<f64>]) -> Vec<f64> {
    let sum = |feature: usize| parts.iter().map(|part| part[feature]).sum::<f64>();
    (0..parts[0].len()).map(|feature| sum(feature) / parts.len() as f64).collect()
}
