//! Least squares with a penalty on squares and absolute values: coordinate descent on the normal equations.

use automl_core::fit_context::FitContext;
use ndarray::Array2;

use super::lbfgs::Ended;

/// Most passes over the coefficients.
const PASSES_MAX: usize = 10_000;
/// Change of the largest product with the residuals in one pass, relative to the largest at the start, at which it ends.
const TOLERANCE: f64 = 1e-7;

/// The two parts of the penalty: `squares / 2 * |w|² + absolutes * |w|₁`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Penalty {
    pub squares: f64,
    pub absolutes: f64,
}

/// Moves `w` to the minimum of `wᵀGw / 2 - mᵀw` plus the penalty. It is never further from it than before.
pub(super) fn descend(gram: &Array2<f64>, moments: &[f64], penalty: Penalty, w: &mut [f64], ctx: &FitContext<'_>) -> Ended {
    // What each column has left to explain; updated whenever a coefficient moves.
    let mut left: Vec<f64> = (0..w.len()).map(|j| moments[j] - (0..w.len()).map(|k| gram[[j, k]] * w[k]).sum::<f64>()).collect();
    let enough = TOLERANCE * moments.iter().fold(0.0, |m: f64, v| v.abs().max(m));
    for _ in 0..PASSES_MAX {
        if ctx.check().is_stop() {
            return Ended::Interrupted;
        }
        let mut largest: f64 = 0.0;
        for j in 0..w.len() {
            let own = gram[[j, j]];
            let next = shrink(left[j] + own * w[j], penalty.absolutes) / (own + penalty.squares);
            let change = next - w[j];
            if change != 0.0 {
                left.iter_mut().zip(gram.row(j)).for_each(|(l, g)| *l -= change * g);
                w[j] = next;
                largest = largest.max((change * own).abs());
            }
        }
        if largest <= enough {
            break;
        }
    }
    Ended::Done
}

fn shrink(value: f64, by: f64) -> f64 {
    (value.abs() - by).max(0.0).copysign(value)
}
