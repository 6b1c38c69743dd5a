//! Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations.
//!
//! Source: Golub, Van Loan: *Matrix computations*, 8.5.

/// Sweeps over all pairs. Convergence is quadratic: matrices of a hundred rows take eight or nine.
const SWEEPS_MAX: usize = 30;

/// Eigenvalues by falling size, and the vector of each.
#[derive(Debug, Clone)]
pub struct Eigen {
    pub values: Vec<f64>,
    pub vectors: Vec<Vec<f64>>,
}

impl Eigen {
    /// Of a symmetric matrix of `size` rows, row by row.
    pub fn of(mut matrix: Vec<f64>, size: usize) -> Eigen {
        let mut vectors: Vec<Vec<f64>> = (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i == j))).collect()).collect();
        let all: f64 = matrix.iter().map(|v| v * v).sum();
        for _ in 0..SWEEPS_MAX {
            let off: f64 = (0..size).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| matrix[i * size + j].powi(2)).sum();
            if off.is_nan() || off <= all * f64::EPSILON.powi(2) {
                break;
            }
            for i in 1..size {
                for j in 0..i {
                    rotate(&mut matrix, size, &mut vectors, (j, i));
                }
            }
        }
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|&a, &b| matrix[b * size + b].total_cmp(&matrix[a * size + a]));
        let values = order.iter().map(|&i| matrix[i * size + i]).collect();
        Eigen { values, vectors: order.into_iter().map(|i| std::mem::take(&mut vectors[i])).collect() }
    }
}

/// Makes the entry of a pair of rows zero.
fn rotate(matrix: &mut [f64], size: usize, vectors: &mut [Vec<f64>], (p, q): (usize, usize)) {
    let off = matrix[p * size + q];
    if off == 0.0 {
        return;
    }
    let slope = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
    let tangent = slope.signum() / (slope.abs() + slope.hypot(1.0));
    let cosine = tangent.hypot(1.0).recip();
    let sine = tangent * cosine;
    for k in 0..size {
        let (a, b) = (matrix[k * size + p], matrix[k * size + q]);
        matrix[k * size + p] = cosine * a - sine * b;
        matrix[k * size + q] = sine * a + cosine * b;
    }
    let (upper, lower) = matrix.split_at_mut(q * size);
    turn(&mut upper[p * size..(p + 1) * size], &mut lower[..size], cosine, sine);
    let (before, from) = vectors.split_at_mut(q);
    turn(&mut before[p], &mut from[0], cosine, sine);
}

fn turn(a: &mut [f64], b: &mut [f64], cosine: f64, sine: f64) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}
