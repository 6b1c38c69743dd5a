//! Newton's method for the squared hinge with few features: each step is a ridge regression on the rows that are
//! on the wrong side of the margin, and the solution is exact as soon as these stay the same.

use automl_core::fit_context::FitContext;

use super::dual::Dual;
use super::equations::Equations;

/// Steps at most; ten are many.
const STEPS_MAX: usize = 50;

/// The squared hinge on some rows.
pub(super) struct Hinge<'a> {
    pub dual: &'a Dual<'a>,
    pub signs: &'a [f64],
    pub c: f64,
    pub rows: &'a [u32],
}

impl Hinge<'_> {
    /// Improves weights until the rows on the wrong side stay the same. Says whether it came to that end.
    pub fn solve(&self, weights: &mut [f64], ctx: &FitContext<'_>) -> bool {
        let Some(mut margins) = self.dual.margins(self.rows, weights, ctx) else { return false };
        let mut value = self.value(weights, &margins);
        let (mut equations, mut counted) = (Equations::new(weights.len() - 1), vec![false; margins.len()]);
        let no_weights = vec![0.0; weights.len()];
        for _ in 0..STEPS_MAX {
            if self.count(&margins, &mut counted, &mut equations, ctx).is_none() {
                return false;
            }
            // The best weights if the rows on the wrong side were these for good.
            let Some(aim) = equations.solve(0.5 / self.c, &no_weights) else { return true };
            let Some(aim_margins) = self.dual.margins(self.rows, &aim, ctx) else { return false };
            let toward = |from: &[f64], to: &[f64], step: f64| -> Vec<f64> {
                from.iter().zip(to).map(|(a, b)| a + step * (b - a)).collect()
            };
            let steps = (0..20).map(|halvings| 0.5f64.powi(halvings)).map(|step| {
                let next = (toward(weights, &aim, step), toward(&margins, &aim_margins, step));
                (self.value(&next.0, &next.1), next)
            });
            let Some((next_value, next)) = { steps }.find(|(next, _)| *next < value) else { return true };
            let decrease = value - next_value;
            weights.copy_from_slice(&next.0);
            (value, margins) = (next_value, next.1);
            if decrease <= 1e-7 * value {
                return true;
            }
        }
        true
    }

    /// What is minimised: half the squared weights and the losses.
    fn value(&self, weights: &[f64], margins: &[f64]) -> f64 {
        let losses = self.rows.iter().zip(margins).map(|(&row, margin)| {
            let short = (1.0 - self.signs[row as usize] * margin).max(0.0);
            self.dual.design.weights[row as usize] * short * short
        });
        0.5 * weights.iter().map(|w| w * w).sum::<f64>() + self.c * losses.sum::<f64>()
    }

    /// Brings the equations to the rows on the wrong side: few change from step to step.
    fn count(&self, margins: &[f64], counted: &mut [bool], equations: &mut Equations, ctx: &FitContext<'_>) -> Option<()> {
        let mut changed = [Vec::new(), Vec::new()];
        for ((&row, margin), counted) in self.rows.iter().zip(margins).zip(counted) {
            let (sign, weight) = (self.signs[row as usize], self.dual.design.weights[row as usize]);
            let is_short = sign * margin < 1.0;
            if is_short != *counted {
                changed[usize::from(is_short)].push((row, weight, weight * sign));
                *counted = is_short;
            }
        }
        equations.add(-1.0, self.dual, &changed[0], ctx)?;
        equations.add(1.0, self.dual, &changed[1], ctx)
    }
}
