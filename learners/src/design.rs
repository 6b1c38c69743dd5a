//! The training rows as learners with a weight per feature read them: one row-major buffer of standardised dense
//! columns and one compressed matrix of the sparse features that occur.

use automl_core::error::{Error, Kind, Result};
use automl_core::fit_context::FitContext;
use automl_core::matrix::{Column, Csr, View};

use crate::ranks::Ranks;

/// A dense column: `(x - mean) / deviation` is what the learner sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DenseColumn {
    /// Index in the matrix.
    pub column: usize,
    /// Weighted mean of the training rows.
    pub mean: f64,
    /// Weighted standard deviation of the training rows, positive.
    pub deviation: f64,
}

/// A sparse block: `x * scale` is what the learner sees. It is not centred, which would make it dense.
#[derive(Debug, Clone)]
pub(crate) struct SparseBlock {
    /// Index in the matrix.
    pub column: usize,
    /// The features that occur in the training rows, rising.
    pub features: Vec<u32>,
    /// One factor for the whole block, so that its rows have a mean square length of one. Scaling every
    /// feature by itself would blow up the rare ones.
    pub scale: f64,
}

/// The training rows, standardised.
#[derive(Debug)]
pub(crate) struct Design {
    /// Number of rows.
    pub rows: usize,
    /// The dense columns that vary.
    pub dense_columns: Vec<DenseColumn>,
    /// `rows` × `dense_columns`, row-major. Values that are not finite stand at the mean.
    pub dense: Vec<f32>,
    /// The sparse blocks.
    pub blocks: Vec<SparseBlock>,
    /// Number of sparse features over all blocks.
    pub sparse_width: usize,
    /// Where the sparse entries of each row start; one more than there are rows, or empty.
    pub starts: Vec<usize>,
    /// Sparse features, numbered over all blocks.
    pub indices: Vec<u32>,
    /// Sparse values, scaled.
    pub values: Vec<f32>,
    /// Weight of each row.
    pub weights: Vec<f64>,
    /// Sum of the weights.
    pub total_weight: f64,
}

impl Design {
    /// Copies and standardises the rows in view.
    ///
    /// # Errors
    /// A column of codes, which has no place here, or the context says stop before there is anything to fit.
    pub fn new(x: View<'_>, weights: Option<&[f64]>, ctx: &FitContext<'_>) -> Result<Design> {
        let rows = x.rows();
        let weights = weights.map_or_else(|| vec![1.0; rows], <[f64]>::to_vec);
        let total_weight = weights.iter().sum();
        let (mut dense_columns, mut blocks) = (Vec::new(), Vec::new());
        for (column, values) in x.columns().iter().enumerate() {
            in_time(ctx)?;
            match &**values {
                Column::Numeric(values) => dense_columns.extend(standardise(column, values, x, &weights)),
                Column::Sparse(csr) => blocks.push(measure(column, csr, x, &weights, total_weight)),
                Column::Codes { .. } => {
                    return Err(Error::internal(format!("numbers and sparse blocks are taken, and column {column} has codes")));
                }
            }
        }
        let dense = copy_dense(x, &dense_columns, ctx)?;
        let sparse_width = blocks.iter().map(|b| b.features.len()).sum();
        let (starts, indices, values) = copy_sparse(x, &blocks, ctx)?;
        Ok(Design { rows, dense_columns, dense, blocks, sparse_width, starts, indices, values, weights, total_weight })
    }

    /// Number of features: dense columns that vary and sparse features that occur.
    pub fn width(&self) -> usize {
        self.dense_columns.len() + self.sparse_width
    }
}

/// The mean and deviation of a column; `None` for one that does not vary.
pub(crate) fn standardise(column: usize, values: &[f32], x: View<'_>, weights: &[f64]) -> Option<DenseColumn> {
    let finite = || {
        let rows = weights.iter().enumerate().map(|(i, w)| (f64::from(values[x.row(i)]), *w));
        rows.filter(|(v, _)| v.is_finite())
    };
    let (total, sum) = finite().fold((0.0, 0.0), |(t, s), (v, w)| (t + w, s + w * v));
    let mean = sum / total;
    let variance = finite().map(|(v, w)| w * (v - mean) * (v - mean)).sum::<f64>() / total;
    let deviation = variance.sqrt();
    // Below 1e-9 of its size a deviation is the rounding of a constant. NaN (no finite value) fails too.
    let varies = deviation > 1e-9 * mean.abs() && deviation > 1e-30;
    varies.then_some(DenseColumn { column, mean, deviation })
}

fn measure(column: usize, csr: &Csr, x: View<'_>, weights: &[f64], total: f64) -> SparseBlock {
    let entries = |i: usize| {
        let (features, values) = csr.row(x.row(i));
        features.iter().copied().zip(values.iter().copied()).filter(|(_, value)| *value != 0.0 && value.is_finite())
    };
    let features = Ranks::new(csr.width(), (0..x.rows()).flat_map(entries).map(|(feature, _)| feature)).numbers();
    let square = |i: usize| entries(i).map(|(_, value)| f64::from(value).powi(2)).sum::<f64>();
    let length = (weights.iter().enumerate().map(|(i, weight)| weight * square(i)).sum::<f64>() / total).sqrt();
    SparseBlock { column, features, scale: if length > 1e-30 { 1.0 / length } else { 1.0 } }
}

/// Rows copied at a time: with 100 columns 100 KB, which stay in the second cache while columns are read.
const COPIED_ROWS: usize = 256;

/// An error where there is no time to go on.
fn in_time(ctx: &FitContext<'_>) -> Result<()> {
    if ctx.check().is_stop() { Err(Error::new(Kind::NoModel, "there was no time to read the rows")) } else { Ok(()) }
}

fn copy_dense(x: View<'_>, columns: &[DenseColumn], ctx: &FitContext<'_>) -> Result<Vec<f32>> {
    let width = columns.len();
    let mut dense = vec![0.0f32; x.rows() * width];
    if width == 0 {
        return Ok(dense);
    }
    for (block, rows) in dense.chunks_mut(COPIED_ROWS * width).enumerate() {
        in_time(ctx)?;
        for (j, c) in columns.iter().enumerate() {
            let Column::Numeric(values) = &*x.columns()[c.column] else { continue };
            for (i, row) in rows.chunks_exact_mut(width).enumerate() {
                let value = f64::from(values[x.row(block * COPIED_ROWS + i)]);
                row[j] = if value.is_finite() { ((value - c.mean) / c.deviation) as f32 } else { 0.0 };
            }
        }
    }
    Ok(dense)
}

/// Where each row starts, its features, and its values.
type SparseRows = (Vec<usize>, Vec<u32>, Vec<f32>);

fn copy_sparse(x: View<'_>, blocks: &[SparseBlock], ctx: &FitContext<'_>) -> Result<SparseRows> {
    let (mut starts, mut indices, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut positions = Vec::new();
    let mut offset = 0;
    for block in blocks {
        let Column::Sparse(csr) = &*x.columns()[block.column] else { continue };
        positions.push((csr, Ranks::new(csr.width(), block.features.iter().copied()), offset, block.scale));
        offset += block.features.len();
    }
    if positions.is_empty() {
        return Ok((starts, indices, values));
    }
    starts.push(0);
    for i in 0..x.rows() {
        if i % COPIED_ROWS == 0 {
            in_time(ctx)?;
        }
        for (csr, ranks, offset, scale) in &positions {
            let (features, entries) = csr.row(x.row(i));
            for (&feature, &value) in features.iter().zip(entries) {
                if value != 0.0
                    && value.is_finite()
                    && let Some(rank) = ranks.of(feature)
                {
                    indices.push((offset + rank) as u32);
                    values.push((f64::from(value) * scale) as f32);
                }
            }
        }
        starts.push(indices.len());
    }
    Ok((starts, indices, values))
}
