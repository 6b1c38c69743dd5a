//! Least squares with a penalty by the normal equations: one Gram matrix serves the whole path.

use automl_core::fit_context::FitContext;
use ndarray::{Array2, s};

pub(crate) use super::cholesky::solve_cholesky;
use super::elastic::{self, Penalty};
use super::gram::{add_rows, add_up};
use super::lbfgs::Ended;
use super::vector::dot;
use crate::design::Design;

/// Most columns for which the normal equations are formed. At 500 the Gram matrix is 2 MB and one
/// factorisation about 20 ms.
pub(super) const WIDTH_MAX: usize = 500;
/// Change of a coefficient in one pass, relative to the largest product of a column with the target, at which coordinate
/// descent ends.
const TOLERANCE: f64 = 1e-7;

/// `XᵀWX` and `XᵀWy` of centred columns and a centred target.
pub(super) struct NormalEquations {
    pub gram: Array2<f64>,
    pub moments: Vec<f64>,
    /// What the columns were centred by: next to nothing where they are dense.
    pub means: Vec<f64>,
    /// The same of the target.
    pub mean: f64,
}

impl NormalEquations {
    /// Adds up the products in `f64`; `None` when the context says stop.
    pub fn new(design: &Design, target: &[f64], ctx: &FitContext<'_>) -> Option<NormalEquations> {
        let width = design.width();
        // The columns, a column of ones, and the target.
        let products = add_up(design.rows, width + 2, ctx, |rows, own| {
            add_rows(design, rows.map(|row| (row, design.weights[row])), Some(target), own);
        })?;
        let means = products.slice(s![width, ..width]).mapv(|sum| sum / design.total_weight).to_vec();
        let mean = products[[width, width + 1]] / design.total_weight;
        let mut gram = products.slice(s![..width, ..width]).to_owned();
        for ((i, j), product) in gram.indexed_iter_mut() {
            *product -= design.total_weight * means[i] * means[j];
        }
        let centred = |j: usize| products[[j, width + 1]] - design.total_weight * means[j] * mean;
        Some(NormalEquations { gram, moments: (0..width).map(centred).collect(), means, mean })
    }

    /// The intercept beside some coefficients.
    pub fn intercept(&self, w: &[f64]) -> f64 {
        self.mean - dot(&self.means, w)
    }

    /// Moves coefficients to those for a penalty.
    pub fn minimise(&self, penalty: Penalty, w: &mut [f64], ctx: &FitContext<'_>) -> Ended {
        if penalty.absolutes > 0.0 {
            let enough = TOLERANCE * self.moments.iter().fold(0.0, |m: f64, v| v.abs().max(m));
            return elastic::descend(&self.gram, &self.moments, penalty, enough, w, ctx);
        }
        if ctx.check().is_stop() {
            return Ended::Interrupted;
        }
        w.copy_from_slice(&self.solve(penalty.squares));
        Ended::Done
    }

    /// The coefficients for a penalty on squares.
    pub fn solve(&self, l2: f64) -> Vec<f64> {
        let mut penalty = l2;
        // With columns that are multiples of each other, a tiny penalty can drown in rounding.
        for _ in 0..12 {
            if let Some(solution) = solve_cholesky(&self.gram, penalty, &self.moments) {
                return solution;
            }
            penalty = (penalty * 10.0).max(1e-9);
        }
        vec![0.0; self.moments.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_system_is_solved_with_more_penalty() {
        let gram = Array2::from_elem((2, 2), 1e9);
        let equations = NormalEquations { gram, moments: vec![1e9, 1e9], means: vec![0.0; 2], mean: 0.0 };
        let w = equations.solve(1e-6);
        assert!((w[0] + w[1] - 1.0).abs() < 1e-3, "{w:?}");
    }
}
