//! Symmetric positive definite systems.

use ndarray::Array2;

use super::vector::dot;

/// The lower triangle `L` of `A + shift I = L Lᵀ`, row after row.
#[derive(Debug)]
pub(super) struct Cholesky {
    factor: Vec<f64>,
    n: usize,
}

impl Cholesky {
    /// `None` if the matrix is not positive definite, or is so by rounding alone.
    pub fn new(a: &Array2<f64>, shift: f64) -> Option<Cholesky> {
        let n = a.nrows();
        let mut factor = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let (above, row) = factor.split_at_mut(i * n);
                let other = if i == j { &row[..j] } else { &above[j * n..j * n + j] };
                let sum = a[[i, j]] - dot(&row[..j], other);
                if i == j {
                    let pivot = sum + shift;
                    // NaN is not positive.
                    let positive = pivot > 1e-12 * (a[[i, i]] + shift);
                    if !positive {
                        return None;
                    }
                    row[i] = pivot.sqrt();
                } else {
                    row[j] = sum / above[j * n + j];
                }
            }
        }
        Some(Cholesky { factor, n })
    }

    /// Replaces the right side by the solution.
    pub fn solve(&self, w: &mut [f64]) {
        let n = self.n;
        for i in 0..n {
            w[i] = (w[i] - dot(&self.factor[i * n..i * n + i], &w[..i])) / self.factor[i * n + i];
        }
        for i in (0..n).rev() {
            w[i] /= self.factor[i * n + i];
            let (before, from) = w.split_at_mut(i);
            before.iter_mut().zip(&self.factor[i * n..i * n + i]).for_each(|(v, l)| *v -= l * from[0]);
        }
    }
}

/// Solves `(A + l2 I) w = b`; `None` if the matrix is not positive definite.
pub(crate) fn solve_cholesky(a: &Array2<f64>, l2: f64, b: &[f64]) -> Option<Vec<f64>> {
    let mut w = b.to_vec();
    Cholesky::new(a, l2)?.solve(&mut w);
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
        assert!(solve_cholesky(&-a, 1.0, &[1.0, 2.0, 3.0]).is_none());
    }
}
