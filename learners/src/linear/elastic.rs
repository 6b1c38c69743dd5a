//! A quadratic function with a penalty on squares and absolute values: coordinate descent.

use automl_core::fit_context::FitContext;
use ndarray::Array2;

use super::lbfgs::Ended;

/// Most passes over the coefficients.
const PASSES_MAX: usize = 10_000;

/// The two parts of the penalty: `squares / 2 * |w|² + absolutes * |w|₁`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Penalty {
    pub squares: f64,
    pub absolutes: f64,
    /// How many of the coefficients it is on; the rest are intercepts.
    pub on: usize,
}

/// Moves `w` to the minimum of `wᵀGw / 2 - mᵀw` plus the penalty, until one pass changes no derivative of a coefficient by
/// more than `enough`. It is never further from it than before.
pub(super) fn descend(
    gram: &Array2<f64>,
    moments: &[f64],
    penalty: Penalty,
    enough: f64,
    w: &mut [f64],
    ctx: &FitContext<'_>,
) -> Ended {
    // What each column has left to explain; updated whenever a coefficient moves.
    let mut left: Vec<f64> = (0..w.len()).map(|j| moments[j] - (0..w.len()).map(|k| gram[[j, k]] * w[k]).sum::<f64>()).collect();
    // Between two passes over all coefficients, those that are not zero settle among themselves.
    let mut over_all = true;
    for _ in 0..PASSES_MAX {
        if ctx.check().is_stop() {
            return Ended::Interrupted;
        }
        let mut largest: f64 = 0.0;
        for j in (0..w.len()).filter(|&j| over_all || w[j] != 0.0).collect::<Vec<_>>() {
            let own = gram[[j, j]];
            let (squares, absolutes) = if j < penalty.on { (penalty.squares, penalty.absolutes) } else { (0.0, 0.0) };
            let next = shrink(left[j] + own * w[j], absolutes) / (own + squares);
            let change = next - w[j];
            if change != 0.0 {
                left.iter_mut().zip(gram.row(j)).for_each(|(l, g)| *l -= change * g);
                w[j] = next;
                largest = largest.max((change * own).abs());
            }
        }
        match (largest <= enough, over_all) {
            (true, true) => break,
            (settled, _) => over_all = settled,
        }
    }
    Ended::Done
}

/// The value, moved toward zero.
pub(super) fn shrink(value: f64, by: f64) -> f64 {
    (value.abs() - by).max(0.0).copysign(value)
}
