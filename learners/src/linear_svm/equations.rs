//! Normal equations of some rows with factors, the constant as one more column: what each Newton step solves.

use automl_core::fit_context::FitContext;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};

use super::dual::Dual;
use crate::linear::ridge::solve_cholesky;

/// Rows per matrix product, and between two looks at the clock.
const BLOCK_ROWS: usize = 256;

/// `XᵀFX` and `Xᵀm` for rows with a factor in `F` and an entry in `m` each.
pub(super) struct Equations {
    gram: Array2<f64>,
    moments: Vec<f64>,
}

impl Equations {
    /// Without rows, for so many features.
    pub fn new(features: usize) -> Equations {
        Equations { gram: Array2::zeros((features + 1, features + 1)), moments: vec![0.0; features + 1] }
    }

    /// Adds rows, each with its factor and entry, or takes them away again where `sign` is -1. `None` when the context
    /// says stop.
    pub fn add(&mut self, sign: f64, dual: &Dual<'_>, rows: &[(u32, f64, f64)], ctx: &FitContext<'_>) -> Option<()> {
        let width = self.moments.len();
        let mut x = Vec::with_capacity(BLOCK_ROWS * width);
        for rows in rows.chunks(BLOCK_ROWS) {
            if ctx.check().is_stop() {
                return None;
            }
            x.clear();
            x.resize(rows.len() * width, 0.0);
            for (&(row, factor, moment), x) in rows.iter().zip(x.chunks_exact_mut(width)) {
                dual.add(row as usize, factor.sqrt(), x);
                dual.add(row as usize, sign * moment, &mut self.moments);
            }
            if let Ok(x) = ArrayView2::from_shape((rows.len(), width), &x) {
                general_mat_mul(sign, &x.t(), &x, 1.0, &mut self.gram);
            }
        }
        Some(())
    }

    /// The weights `w` with `(XᵀFX + l2 I) w = Xᵀm - b`; `None` where rounding leaves none.
    pub fn solve(&self, l2: f64, b: &[f64]) -> Option<Vec<f64>> {
        let right: Vec<f64> = self.moments.iter().zip(b).map(|(m, b)| m - b).collect();
        solve_cholesky(&self.gram, l2, &right)
    }
}
