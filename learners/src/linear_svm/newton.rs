//! Newton's method for the squared hinge with few dense columns: each step is a ridge regression on the rows that are
//! on the wrong side of the margin, and the solution is exact as soon as these stay the same.

use automl_core::fit_context::FitContext;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};

use super::dual::Dual;
use crate::linear::ridge::solve_cholesky;

/// Most columns: beyond, the products cost more than some dozen passes over the rows.
pub(super) const WIDTH_MAX: usize = 200;
/// Steps at most; ten are many.
const STEPS_MAX: usize = 50;
/// Rows per matrix product, and between two looks at the clock.
const BLOCK_ROWS: usize = 256;

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
        let Some(mut margins) = self.margins(weights, ctx) else { return false };
        let mut value = self.value(weights, &margins);
        for _ in 0..STEPS_MAX {
            let Some(aim) = self.aim(&margins, ctx) else { return false };
            let Some(aim_margins) = self.margins(&aim, ctx) else { return false };
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
            if decrease <= 1e-9 * value {
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

    fn margins(&self, weights: &[f64], ctx: &FitContext<'_>) -> Option<Vec<f64>> {
        let mut margins = Vec::with_capacity(self.rows.len());
        for rows in self.rows.chunks(4 * BLOCK_ROWS) {
            if ctx.check().is_stop() {
                return None;
            }
            margins.extend(rows.iter().map(|&row| self.dual.margin(row as usize, weights)));
        }
        Some(margins)
    }

    /// The best weights if the rows on the wrong side were these for good.
    fn aim(&self, margins: &[f64], ctx: &FitContext<'_>) -> Option<Vec<f64>> {
        let is_short = |(row, margin): &(&u32, &f64)| self.signs[**row as usize] * **margin < 1.0;
        let short: Vec<u32> = self.rows.iter().zip(margins).filter(is_short).map(|(&row, _)| row).collect();
        let width = self.dual.design.dense_columns.len() + 1;
        let (mut gram, mut moments) = (Array2::zeros((width, width)), vec![0.0; width]);
        let mut x = Vec::with_capacity(BLOCK_ROWS * width);
        for rows in short.chunks(BLOCK_ROWS) {
            if ctx.check().is_stop() {
                return None;
            }
            x.clear();
            rows.iter().for_each(|&row| self.push_scaled(row as usize, &mut x, &mut moments));
            if let Ok(x) = ArrayView2::from_shape((rows.len(), width), &x) {
                general_mat_mul(1.0, &x.t(), &x, 1.0, &mut gram);
            }
        }
        solve_cholesky(&gram, 1.0, &moments)
    }

    /// Appends a row with its constant, times the root of its factor, and adds it to the moments.
    fn push_scaled(&self, row: usize, x: &mut Vec<f64>, moments: &mut [f64]) {
        let design = self.dual.design;
        let (start, width) = (x.len(), design.dense_columns.len());
        let factor = 2.0 * self.c * design.weights[row];
        let root = factor.sqrt();
        x.extend(design.dense[row * width..][..width].iter().map(|&v| root * f64::from(v)));
        x.push(root);
        moments.iter_mut().zip(&x[start..]).for_each(|(m, v)| *m += root * self.signs[row] * v);
    }
}
