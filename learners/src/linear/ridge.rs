//! Least squares with a penalty by the normal equations: one Gram matrix serves the whole path.

use automl_core::fit_context::FitContext;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};

use super::elastic::{self, Penalty};
use super::lbfgs::Ended;
use super::vector::dot;
use crate::design::Design;

/// Most columns for which the normal equations are formed. At 500 the Gram matrix is 2 MB and one
/// factorisation about 20 ms.
pub(super) const WIDTH_MAX: usize = 500;
/// Rows per matrix product.
const BLOCK_ROWS: usize = 512;
/// Products between two looks at the deadline.
const WAVE: usize = 4;

/// Whether the normal equations are formed for this design.
pub(super) fn takes(design: &Design) -> bool {
    design.sparse_width == 0 && design.dense_columns.len() <= WIDTH_MAX
}

/// `XᵀWX` and `XᵀWy` of dense standardised columns and a centred target, for which the intercept is zero.
pub(super) struct NormalEquations {
    gram: Array2<f64>,
    moments: Vec<f64>,
}

impl NormalEquations {
    /// Adds up the products in `f64`; `None` when the context says stop.
    pub fn new(design: &Design, target: &[f64], ctx: &FitContext<'_>) -> Option<NormalEquations> {
        let width = design.dense_columns.len();
        let (mut gram, mut moments) = (Array2::zeros((width, width)), vec![0.0; width]);
        let starts: Vec<usize> = (0..design.rows).step_by(BLOCK_ROWS).collect();
        for wave in starts.chunks(WAVE) {
            if ctx.check().is_stop() {
                return None;
            }
            for (part_gram, part_moments) in ctx.map(wave.len(), |b| products(design, target, wave[b])) {
                gram += &part_gram;
                moments.iter_mut().zip(&part_moments).for_each(|(m, p)| *m += p);
            }
        }
        Some(NormalEquations { gram, moments })
    }

    /// Moves coefficients to those for a penalty that is partly on absolute values.
    pub fn descend(&self, penalty: Penalty, w: &mut [f64], ctx: &FitContext<'_>) -> Ended {
        elastic::descend(&self.gram, &self.moments, penalty, w, ctx)
    }

    /// The coefficients for one penalty.
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

fn products(design: &Design, target: &[f64], start: usize) -> (Array2<f64>, Vec<f64>) {
    let width = design.dense_columns.len();
    let end = (start + BLOCK_ROWS).min(design.rows);
    let mut x: Vec<f64> = design.dense[start * width..end * width].iter().map(|&v| f64::from(v)).collect();
    let mut moments = vec![0.0; width];
    for (i, row) in (start..end).zip(x.chunks_exact_mut(width)) {
        let root = design.weights[i].sqrt();
        let y = root * target[i];
        for (m, v) in moments.iter_mut().zip(row) {
            *v *= root;
            *m += y * *v;
        }
    }
    let mut gram = Array2::zeros((width, width));
    if let Ok(x) = ArrayView2::from_shape((end - start, width), &x) {
        general_mat_mul(1.0, &x.t(), &x, 0.0, &mut gram);
    }
    (gram, moments)
}

/// Solves `(A + l2 I) w = b` by a Cholesky factorisation; `None` if the matrix is not positive definite.
pub(crate) fn solve_cholesky(a: &Array2<f64>, l2: f64, b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let mut factor = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let (above, row) = factor.split_at_mut(i * n);
            let other = if i == j { &row[..j] } else { &above[j * n..j * n + j] };
            let sum = a[[i, j]] - dot(&row[..j], other);
            if i == j {
                let pivot = sum + l2;
                // NaN is not positive.
                let positive = pivot > 1e-12 * (a[[i, i]] + l2);
                if !positive {
                    return None;
                }
                row[i] = pivot.sqrt();
            } else {
                row[j] = sum / above[j * n + j];
            }
        }
    }
    let mut w = b.to_vec();
    for i in 0..n {
        w[i] = (w[i] - dot(&factor[i * n..i * n + i], &w[..i])) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        w[i] /= factor[i * n + i];
        let (before, from) = w.split_at_mut(i);
        before.iter_mut().zip(&factor[i * n..i * n + i]).for_each(|(v, l)| *v -= l * from[0]);
    }
    w.iter().all(|v| v.is_finite()).then_some(w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_system() {
        let a = Array2::from_shape_vec((3, 3), vec![4.0, 1.0, 0.5, 1.0, 3.0, 0.2, 0.5, 0.2, 2.0]).unwrap();
        let w = solve_cholesky(&a, 1.0, &[1.0, 2.0, 3.0]).unwrap();
        for (i, b) in [1.0, 2.0, 3.0].iter().enumerate() {
            let left: f64 = (0..3).map(|j| (a[[i, j]] + if i == j { 1.0 } else { 0.0 }) * w[j]).sum();
            assert!((left - b).abs() < 1e-12);
        }
    }

    #[test]
    fn a_singular_system_is_solved_with_more_penalty() {
        let gram = Array2::from_elem((2, 2), 1e9);
        let equations = NormalEquations { gram, moments: vec![1e9, 1e9] };
        let w = equations.solve(1e-6);
        assert!((w[0] + w[1] - 1.0).abs() < 1e-3, "{w:?}");
    }
}
