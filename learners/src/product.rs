//! Products of matrices in single precision: the crate `gemm`, behind slices whose sizes are checked.

use gemm::{Parallelism, gemm};

/// A matrix that lies row by row in a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    /// Whether it stands for its transpose.
    transposed: bool,
}

impl<'a> Rows<'a> {
    /// The first `rows` rows of `columns` values each.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Rows<'a> {
        assert!(rows * columns <= values.len(), "{rows} × {columns} of {} values", values.len());
        Rows { values, rows, columns, transposed: false }
    }

    /// Rows as columns.
    pub fn transposed(self) -> Rows<'a> {
        Rows { transposed: !self.transposed, ..self }
    }

    fn shape(&self) -> (usize, usize) {
        if self.transposed { (self.columns, self.rows) } else { (self.rows, self.columns) }
    }

    /// Distances between neighbours in a row and in a column.
    fn strides(&self) -> (isize, isize) {
        let width = self.columns as isize;
        if self.transposed { (width, 1) } else { (1, width) }
    }
}

/// `out = factor · a · b`, on this thread; `out` lies row by row.
#[allow(unsafe_code, reason = "`gemm` takes pointers")]
pub(crate) fn multiply(out: &mut [f32], factor: f32, a: Rows<'_>, b: Rows<'_>) {
    let ((rows, inner), (inner_b, columns)) = (a.shape(), b.shape());
    assert_eq!(inner, inner_b, "{:?} × {:?}", a.shape(), b.shape());
    assert!(rows * columns <= out.len(), "{rows} × {columns} into {} values", out.len());
    let ((a_next, a_below), (b_next, b_below)) = (a.strides(), b.strides());
    // SAFETY: all three pointers are of slices that hold the whole matrix of the given shape and strides: the
    // assertions here and in `Rows::new` say so. `out` is borrowed mutably, so it overlaps with neither of the others.
    unsafe {
        gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            columns as isize,
            false,
            a.values.as_ptr(),
            a_next,
            a_below,
            b.values.as_ptr(),
            b_next,
            b_below,
            0.0,
            factor,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use automl_core::seed::rng;
    use rand::RngExt;

    use super::*;

    /// What [`multiply`] does, by indices.
    fn twin(out: &mut [f32], factor: f32, a: Rows<'_>, b: Rows<'_>) {
        let at = |m: Rows<'_>, i: usize, j: usize| m.values[if m.transposed { j * m.columns + i } else { i * m.columns + j }];
        let ((rows, inner), (_, columns)) = (a.shape(), b.shape());
        for i in 0..rows {
            for j in 0..columns {
                out[i * columns + j] = factor * (0..inner).map(|k| at(a, i, k) * at(b, k, j)).sum::<f32>();
            }
        }
    }

    #[test]
    fn it_is_the_product() {
        let mut rng = rng(4);
        for (m, k, n) in [(1, 1, 1), (1, 7, 5), (5, 1, 3), (64, 33, 17), (3, 200, 65), (256, 54, 1)] {
            // Small whole numbers, whose sums are exact in any order.
            let mut numbers = |size: usize| -> Vec<f32> { (0..size).map(|_| rng.random_range(-4..=4) as f32).collect() };
            let (a, b) = (numbers(m * k), numbers(k * n));
            let plain = (Rows::new(&a, m, k), Rows::new(&b, k, n));
            let turned = (Rows::new(&a, k, m).transposed(), Rows::new(&b, n, k).transposed());
            for (a, b) in [plain, turned, (plain.0, turned.1), (turned.0, plain.1)] {
                let (mut ours, mut theirs) = (vec![9.0; m * n], vec![0.0; m * n]);
                multiply(&mut ours, 0.5, a, b);
                twin(&mut theirs, 0.5, a, b);
                assert_eq!(ours, theirs, "{m} × {k} × {n}");
            }
        }
    }
}
