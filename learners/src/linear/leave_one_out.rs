//! Ridge regression chooses its penalty by the errors of rows that are predicted without themselves, exactly.
//!
//! Without row `i`, the residual of a fit on all rows grows to `residual / (1 - hᵢ)`, where `hᵢ` is what the row has of its
//! own prediction. With the Gram matrix as `QTQᵀ`, `T` tridiagonal, that takes one product of the rows with `Q` and for
//! every penalty a few operations per value: Elden, *Algorithms for the regularization of ill-conditioned least squares
//! problems* (1977).

use std::ops::Range;

use automl_core::fit_context::FitContext;
use ndarray::{Array1, Array2, Axis, s};

use super::gram::push_row;
use super::ridge::NormalEquations;
use crate::design::Design;

/// Rows whose products are made together.
const BLOCK_ROWS: usize = 128;
/// Blocks between two looks at the deadline.
const WAVE: usize = 4;

/// The penalty with the smallest sum of squared errors, of two as good the first. `None` when the context says stop.
pub(super) fn best(equations: &NormalEquations, rows: (&Design, &[f64]), penalties: &[f64], ctx: &FitContext<'_>) -> Option<f64> {
    let errors = errors(equations, rows, penalties, ctx)?;
    let finite = penalties.iter().zip(errors).filter(|(_, error)| error.is_finite());
    finite.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(l2, _)| *l2)
}

/// The sum of squared errors for every penalty.
fn errors(
    equations: &NormalEquations,
    (design, target): (&Design, &[f64]),
    penalties: &[f64],
    ctx: &FitContext<'_>,
) -> Option<Vec<f64>> {
    let Tridiagonal { q, diagonal, off } = Tridiagonal::of(equations.gram.clone(), ctx)?;
    let moments = q.t().dot(&Array1::from_vec(equations.moments.clone())).to_vec();
    let fits: Vec<Fit> = penalties.iter().map(|l2| Fit::new(&diagonal, &off, *l2, &moments)).collect();
    let rows = Rows { design, target, equations, q };
    let mut errors = vec![0.0; penalties.len()];
    let blocks: Vec<Range<usize>> =
        (0..design.rows).step_by(BLOCK_ROWS).map(|start| start..(start + BLOCK_ROWS).min(design.rows)).collect();
    for wave in blocks.chunks(WAVE) {
        if ctx.check().is_stop() {
            return None;
        }
        for part in ctx.map(wave.len(), |b| rows.errors(wave[b].clone(), &fits)) {
            errors.iter_mut().zip(part).for_each(|(sum, error)| *sum += error);
        }
    }
    Some(errors)
}

/// A symmetric matrix as `QTQᵀ`.
struct Tridiagonal {
    q: Array2<f64>,
    diagonal: Vec<f64>,
    off: Vec<f64>,
}

impl Tridiagonal {
    /// By reflections (Golub & Van Loan, algorithm 8.3.1).
    fn of(mut a: Array2<f64>, ctx: &FitContext<'_>) -> Option<Tridiagonal> {
        let n = a.nrows();
        let mut q = Array2::eye(n);
        let mut off = Vec::with_capacity(n.saturating_sub(1));
        for k in 0..n.saturating_sub(1) {
            if ctx.check().is_stop() {
                return None;
            }
            let mut v = a.slice(s![k + 1.., k]).to_owned();
            let length = v.dot(&v).sqrt();
            let below = -length.copysign(v[0]);
            off.push(below);
            v[0] -= below;
            let square = v.dot(&v);
            if square > 0.0 {
                v /= square.sqrt();
                let mut rest = a.slice_mut(s![k + 1.., k + 1..]);
                let p = rest.dot(&v);
                let w = &p - &(&v * v.dot(&p));
                add_outer(&mut rest, &v, &w);
                add_outer(&mut rest, &w, &v);
                let mut columns = q.slice_mut(s![.., k + 1..]);
                let turned = columns.dot(&v);
                add_outer(&mut columns, &turned, &v);
            }
        }
        Some(Tridiagonal { q, diagonal: a.diag().to_vec(), off })
    }
}

/// `a -= 2 x yᵀ`.
fn add_outer(a: &mut ndarray::ArrayViewMut2<'_, f64>, x: &Array1<f64>, y: &Array1<f64>) {
    for (mut row, x) in a.axis_iter_mut(Axis(0)).zip(x) {
        row.scaled_add(-2.0 * x, y);
    }
}

/// What one penalty makes of the rows.
struct Fit {
    /// Coefficients of the turned columns.
    w: Vec<f64>,
    /// `T + l2 I` as `L D Lᵀ`: below the diagonal of `L`, and one over `D`.
    below: Vec<f64>,
    inverse: Vec<f64>,
}

impl Fit {
    fn new(diagonal: &[f64], off: &[f64], l2: f64, moments: &[f64]) -> Fit {
        let n = diagonal.len();
        let (mut below, mut inverse, mut w) = (vec![0.0; n], vec![0.0; n], moments.to_vec());
        for i in 0..n {
            let mut pivot = diagonal[i] + l2;
            if i > 0 {
                below[i] = off[i - 1] * inverse[i - 1];
                pivot -= off[i - 1] * below[i];
                w[i] -= below[i] * w[i - 1];
            }
            // Below it is rounding: the penalty is too weak for the columns, and its errors count as infinite.
            inverse[i] = if pivot > 1e-12 * (diagonal[i] + l2) { 1.0 / pivot } else { f64::NAN };
        }
        for i in (0..n).rev() {
            w[i] = w[i] * inverse[i] - if i + 1 < n { below[i + 1] * w[i + 1] } else { 0.0 };
        }
        Fit { w, below, inverse }
    }

    /// The prediction of a row and what it has of it.
    fn of(&self, z: ndarray::ArrayView1<'_, f64>) -> (f64, f64) {
        let (mut prediction, mut own, mut solved) = (0.0, 0.0, 0.0);
        for (((z, w), below), inverse) in z.iter().zip(&self.w).zip(&self.below).zip(&self.inverse) {
            solved = z - below * solved;
            own += solved * solved * inverse;
            prediction += z * w;
        }
        (prediction, own)
    }
}

/// The rows to predict.
struct Rows<'a> {
    design: &'a Design,
    target: &'a [f64],
    equations: &'a NormalEquations,
    q: Array2<f64>,
}

impl Rows<'_> {
    /// The sums of squared errors of some rows, by penalty.
    fn errors(&self, block: Range<usize>, fits: &[Fit]) -> Vec<f64> {
        let width = self.q.nrows();
        let mut x = Vec::with_capacity(block.len() * (width + 1));
        block.clone().for_each(|row| push_row(self.design, row, 1.0, &mut x));
        let mut sums = vec![0.0; fits.len()];
        let Ok(mut x) = Array2::from_shape_vec((block.len(), width + 1), x) else { return sums };
        x.rows_mut().into_iter().for_each(|mut row| row.iter_mut().zip(&self.equations.means).for_each(|(v, mean)| *v -= mean));
        let turned = x.slice(s![.., ..width]).dot(&self.q);
        for (row, z) in block.zip(turned.rows()) {
            let (weight, y) = (self.design.weights[row], self.target[row] - self.equations.mean);
            for (sum, fit) in sums.iter_mut().zip(fits) {
                let (prediction, own) = fit.of(z);
                // A row of weight two is that row twice, of which one is left out.
                let left = 1.0 - weight.min(1.0) * (own + 1.0 / self.design.total_weight);
                *sum += weight * ((y - prediction) / left.max(1e-12)).powi(2);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use automl_core::matrix::{Column, Csr, Matrix};
    use automl_core::seed;
    use rand::RngExt;

    use super::super::vector::dot;
    use super::*;

    #[test]
    fn errors_are_those_of_fits_without_the_row() {
        let mut rng = seed::rng(1);
        let rows = 40;
        let mut columns: Vec<Arc<Column>> =
            (0..5).map(|_| Arc::new(Column::Numeric((0..rows).map(|_| rng.random_range(-1.0..3.0)).collect()))).collect();
        let mut levels = Csr::new(3);
        (0..rows).for_each(|i| levels.push_row([(i as u32 * 7 % 3, 1.0)]));
        columns.push(Arc::new(Column::Sparse(levels)));
        let matrix = Matrix::new(rows, columns).unwrap();
        let target: Vec<f64> = (0..rows).map(|_| rng.random_range(-1.0..1.0)).collect();
        let weights: Vec<f64> = (0..rows).map(|i| [0.5, 1.0, 3.0][i % 3]).collect();
        let ctx = FitContext::new(0);
        let design = || Design::new(matrix.view(), Some(&weights), &ctx).unwrap();
        let penalties = [100.0, 1.0, 1e-3];
        let all = NormalEquations::new(&design(), &target, &ctx).unwrap();
        let found = errors(&all, (&design(), &target), &penalties, &ctx).unwrap();
        for (l2, found) in penalties.into_iter().zip(found) {
            let mut sum = 0.0;
            for i in 0..rows {
                let mut others = design();
                let left_out = weights[i].min(1.0);
                others.weights[i] -= left_out;
                others.total_weight -= left_out;
                let equations = NormalEquations::new(&others, &target, &ctx).unwrap();
                let mut w = equations.solve(l2);
                w.push(equations.intercept(&w));
                let mut row = Vec::new();
                push_row(&others, i, 1.0, &mut row);
                sum += weights[i] * (target[i] - dot(&row, &w)).powi(2);
            }
            assert!((found / sum - 1.0).abs() < 1e-9, "{found} and {sum} at {l2}");
        }
    }
}
