//! Normal equations of some rows with factors, the constant as one more column: what each Newton step solves.

use automl_core::fit_context::FitContext;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};

use super::dual::Dual;
use crate::linear::ridge::solve_cholesky;

/// Rows per matrix product, and between two looks at the clock.
const BLOCK_ROWS: usize = 256;

/// The weights `w` with `(XᵀFX + I) w = Xᵀm + b`, for rows, each with its factor in `F` and its entry in `m`. `None` when
/// the context says stop, or where there is no solution.
pub(super) fn solve(dual: &Dual<'_>, rows: &[(u32, f64, f64)], b: Option<&[f64]>, ctx: &FitContext<'_>) -> Option<Vec<f64>> {
    let width = dual.design.width() + 1;
    let mut moments = b.map_or_else(|| vec![0.0; width], <[f64]>::to_vec);
    let mut gram = Array2::zeros((width, width));
    let mut x = Vec::with_capacity(BLOCK_ROWS * width);
    for rows in rows.chunks(BLOCK_ROWS) {
        if ctx.check().is_stop() {
            return None;
        }
        x.clear();
        x.resize(rows.len() * width, 0.0);
        for (&(row, factor, moment), x) in rows.iter().zip(x.chunks_exact_mut(width)) {
            dual.add(row as usize, factor.sqrt(), x);
            dual.add(row as usize, moment, &mut moments);
        }
        if let Ok(x) = ArrayView2::from_shape((rows.len(), width), &x) {
            general_mat_mul(1.0, &x.t(), &x, 1.0, &mut gram);
        }
    }
    solve_cholesky(&gram, 1.0, &moments)
}
