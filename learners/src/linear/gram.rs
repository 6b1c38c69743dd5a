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
