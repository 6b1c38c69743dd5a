//! Products of all columns with each other, in blocks of rows that are spread to numbers.

use std::ops::Range;

use automl_core::fit_context::FitContext;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, s};

use crate::design::Design;

/// Rows in one block: its spread rows and the matrix stay in the second cache.
const ROWS_MAX: usize = 512;
/// Multiplications in one block, about 1 ms.
const BLOCK_WORK: usize = 1 << 23;
/// Blocks between two looks at the deadline, whatever the number of threads.
const WAVE: usize = 4;
/// Columns of a product that are made at a time: only what is at or below the diagonal is wanted.
const PANEL: usize = 64;

/// The symmetric matrix of this width to which every block of rows adds its part. `None` when the context says stop.
pub(super) fn add_up(
    rows: usize,
    width: usize,
    ctx: &FitContext<'_>,
    part: impl Fn(Range<usize>, &mut Array2<f64>) + Sync,
) -> Option<Array2<f64>> {
    let mut sum = Array2::zeros((width, width));
    let step = (BLOCK_WORK / (width * width).max(1)).clamp(32, ROWS_MAX);
    let blocks: Vec<Range<usize>> = (0..rows).step_by(step).map(|start| start..(start + step).min(rows)).collect();
    for wave in blocks.chunks(WAVE) {
        if ctx.check().is_stop() {
            return None;
        }
        // Always the same blocks, added in the same order: the bits do not depend on the threads.
        for of_block in ctx.map(wave.len(), |b| {
            let mut own = Array2::zeros((width, width));
            part(wave[b].clone(), &mut own);
            own
        }) {
            sum += &of_block;
        }
    }
    for i in 0..width {
        for j in 0..i {
            sum[[j, i]] = sum[[i, j]];
        }
    }
    Some(sum)
}

/// Adds `factor · xxᵀ` of rows, at and below the diagonal. A row is its columns, a one, and one more number if there is one
/// for every row.
pub(super) fn add_rows(design: &Design, rows: impl Iterator<Item = (usize, f64)>, more: Option<&[f64]>, out: &mut Array2<f64>) {
    if entries_work(design) < spread_work(out.nrows()) {
        let mut entries = Vec::new();
        for (row, factor) in rows {
            entries.clear();
            push_entries(design, row, &mut entries);
            entries.extend(more.map(|more| (design.width() + 1, more[row])));
            add_entries(&entries, factor, out);
        }
        return;
    }
    let mut x = Vec::new();
    for (row, factor) in rows {
        push_row(design, row, factor.sqrt(), &mut x);
        x.extend(more.map(|more| factor.sqrt() * more[row]));
    }
    add_products(&x, out.nrows(), 1.0, out);
}

/// Nanoseconds of the products of a row that is spread to so many numbers: ten multiplications in one.
fn spread_work(width: usize) -> f64 {
    0.1 * (width * width) as f64
}

/// Nanoseconds of the products of those numbers of a row that are not zero, each pair by itself.
fn entries_work(design: &Design) -> f64 {
    let entries = 1.0 + (design.dense_columns.len() as f64) + design.values.len() as f64 / design.rows.max(1) as f64;
    0.7 * entries * entries
}

/// Nanoseconds of the products of one row for so many parameters of one margin.
pub(super) fn work(design: &Design, parameters: usize) -> f64 {
    spread_work(parameters).min(entries_work(design))
}

/// Appends the numbers of a row that are not zero, by column, rising.
fn push_entries(design: &Design, row: usize, out: &mut Vec<(usize, f64)>) {
    let width = design.dense_columns.len();
    out.extend(design.dense[row * width..][..width].iter().map(|&v| f64::from(v)).enumerate());
    if !design.starts.is_empty() {
        let entries = design.starts[row]..design.starts[row + 1];
        let sparse = design.indices[entries.clone()].iter().zip(&design.values[entries]);
        out.extend(sparse.map(|(&feature, &value)| (width + feature as usize, f64::from(value))));
    }
    out.push((design.width(), 1.0));
}

fn add_entries(entries: &[(usize, f64)], factor: f64, out: &mut Array2<f64>) {
    for (last, &(i, x)) in entries.iter().enumerate() {
        let mut row = out.row_mut(i);
        entries[..=last].iter().for_each(|&(j, y)| row[j] += factor * x * y);
    }
}

/// Appends a row: its dense columns, its sparse features, and a one for the intercept, all times a factor.
pub(super) fn push_row(design: &Design, row: usize, factor: f64, out: &mut Vec<f64>) {
    let width = design.dense_columns.len();
    out.extend(design.dense[row * width..][..width].iter().map(|&v| factor * f64::from(v)));
    if !design.starts.is_empty() {
        let start = out.len();
        out.resize(start + design.sparse_width, 0.0);
        let entries = design.starts[row]..design.starts[row + 1];
        for (&feature, &value) in design.indices[entries.clone()].iter().zip(&design.values[entries]) {
            out[start + feature as usize] += factor * f64::from(value);
        }
    }
    out.push(factor);
}

/// Adds `factor · XᵀX` of rows of this width, at and below the diagonal.
pub(super) fn add_products(x: &[f64], width: usize, factor: f64, out: &mut Array2<f64>) {
    let Ok(x) = ArrayView2::from_shape((x.len() / width, width), x) else { return };
    for start in (0..width).step_by(PANEL) {
        let end = (start + PANEL).min(width);
        let (below, panel) = (x.slice(s![.., start..]), x.slice(s![.., start..end]));
        general_mat_mul(factor, &below.t(), &panel, 1.0, &mut out.slice_mut(s![start.., start..end]));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use automl_core::matrix::{Column, Csr, Matrix};
    use automl_core::seed;
    use rand::RngExt;

    use super::*;

    #[test]
    fn products_of_entries_are_those_of_spread_rows() {
        let mut rng = seed::rng(1);
        let mut levels = Csr::new(40);
        (0..90).for_each(|i| levels.push_row([(i % 13, 0.5), (20 + i % 20, 2.0)]));
        let numbers = (0..90).map(|_| rng.random_range(-1.0..1.0)).collect();
        let columns = vec![Arc::new(Column::Numeric(numbers)), Arc::new(Column::Sparse(levels))];
        let ctx = FitContext::new(0);
        let matrix = Matrix::new(90, columns).unwrap();
        let design = Design::new(matrix.view(), None, &ctx).unwrap();
        let target: Vec<f64> = (0..90).map(|_| rng.random_range(-1.0..1.0)).collect();
        let width = design.width() + 2;
        assert!(entries_work(&design) < spread_work(width));
        let factor = |row: usize| (row % 5) as f64;
        let by_entries = add_up(90, width, &ctx, |rows, own| {
            add_rows(&design, rows.map(|row| (row, factor(row))), Some(&target), own);
        });
        let by_rows = add_up(90, width, &ctx, |rows, own| {
            let mut x = Vec::new();
            for row in rows {
                push_row(&design, row, factor(row).sqrt(), &mut x);
                x.push(factor(row).sqrt() * target[row]);
            }
            add_products(&x, width, 1.0, own);
        });
        let difference = by_entries.unwrap() - by_rows.unwrap();
        assert!(difference.iter().all(|d| d.abs() < 1e-10), "{difference:?}");
    }
}
