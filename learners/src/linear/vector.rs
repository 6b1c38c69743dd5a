//! Sums over vectors and products with rows.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// A scalar product in eight partial sums, which the compiler turns into vector instructions.
pub(crate) fn dot<A: Copy + Into<f64>>(a: &[A], b: &[f64]) -> f64 {
    let (mut sums, a, b) = ([0.0; 8], a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(&x, y)| x.into() * y).sum();
    for (x, y) in a.zip(b) {
        for k in 0..8 {
            sums[k] += x[k].into() * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// `out += X W`, or `Xᵀ W` if `transposed`; `X` is row-major of the given shape.
pub(super) fn multiply(x: &[f64], transposed: bool, shape: (usize, usize), w: &[f64], columns: usize, out: &mut [f64]) {
    let (inner, outer) = if transposed { (shape.0, shape.1) } else { (shape.1, shape.0) };
    let x = ArrayView2::from_shape(shape, x);
    let w = ArrayView2::from_shape((inner, columns), w);
    let out = ArrayViewMut2::from_shape((outer, columns), out);
    match (x, w, out) {
        (Ok(x), Ok(w), Ok(mut out)) => {
            general_mat_mul(1.0, &if transposed { x.reversed_axes() } else { x }, &w, 1.0, &mut out);
        }
        _ => unreachable!("slices are cut to these shapes"),
    }
}

/// `out += Σ residual * row`, four rows per pass over `out`.
pub(super) fn add_rows(x: &[f32], residuals: &[f64], out: &mut [f64]) {
    let width = out.len();
    let (fours, four_residuals) = (x.chunks_exact(4 * width), residuals.chunks_exact(4));
    let (rest, rest_residuals) = (fours.remainder(), four_residuals.remainder());
    for (rows, r) in fours.zip(four_residuals) {
        let (a, rows) = rows.split_at(width);
        let (b, rows) = rows.split_at(width);
        let (c, d) = rows.split_at(width);
        for ((((o, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            let first = r[0] * f64::from(*a) + r[1] * f64::from(*b);
            *o += first + (r[2] * f64::from(*c) + r[3] * f64::from(*d));
        }
    }
    for (row, r) in rest.chunks_exact(width).zip(rest_residuals) {
        out.iter_mut().zip(row).for_each(|(o, v)| *o += r * f64::from(*v));
    }
}
