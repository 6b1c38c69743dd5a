//! Into which bin does a value fall?
//!
//! [`Bins`] is the layout that histogram trees read: every value of a matrix as one byte. It is made from
//! all rows of the matrix without looking at any target, once per matrix, and shared by all folds, trials
//! and learners. [`FineBins`] is its sibling for few rows: two bytes per value, and a bin for every distinct
//! number. [`FeatureBins`] says what the bins of one feature mean.

mod fine;
mod quantiles;
mod row_major;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::matrix::{Column, Matrix, View};
pub(crate) use fine::{FINE_ROWS_MAX, FineBins};
pub(crate) use quantiles::uppers;
pub(crate) use row_major::RowMajor;

/// The largest code of a category with a bin of its own. Rarer ones share bin 0 with the missing.
pub(crate) const MAX_CODE: u32 = 254;

/// Bins for numbers at most; one more is kept for missing values.
pub(crate) const MAX_VALUE_BINS: usize = 255;

/// What the bins of one feature mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FeatureBins {
    /// Intervals of numbers: bin `b` holds the values up to and including `uppers[b]`, the bin after those
    /// the larger ones, and the bin after that, if there is one, the missing values.
    Numeric {
        /// Inclusive upper ends of all value bins but the last, strictly rising.
        uppers: Vec<f32>,
        /// Whether any row of the matrix misses the feature.
        has_missing: bool,
    },
    /// Categories: bin `c` holds the rows of code `c`; bin 0 also those of codes beyond [`MAX_CODE`].
    Codes {
        /// The largest code that has a bin.
        levels: u32,
    },
}

impl FeatureBins {
    /// Number of bins, that for missing values included.
    pub(crate) fn count(&self) -> usize {
        match self {
            FeatureBins::Numeric { uppers, has_missing } => uppers.len() + 1 + usize::from(*has_missing),
            FeatureBins::Codes { levels } => *levels as usize + 1,
        }
    }

    /// The bin of missing values, where numbers are missing.
    pub(crate) fn missing_bin(&self) -> Option<u16> {
        match self {
            FeatureBins::Numeric { uppers, has_missing: true } => Some((uppers.len() + 1) as u16),
            _ => None,
        }
    }

    /// Whether the bins are categories.
    pub(crate) fn is_codes(&self) -> bool {
        matches!(self, FeatureBins::Codes { .. })
    }

    /// The raw threshold of a cut after `bin`: a number lies in bins `0..=bin` exactly if it is not
    /// missing and `number <= threshold`. Infinite after the last value bin, and for categories.
    pub(crate) fn threshold(&self, bin: u16) -> f32 {
        match self {
            FeatureBins::Numeric { uppers, .. } => uppers.get(usize::from(bin)).copied().unwrap_or(f32::INFINITY),
            FeatureBins::Codes { .. } => f32::INFINITY,
        }
    }
}

/// Every value of a matrix as one byte, by rows and by columns.
#[derive(Debug)]
pub(crate) struct Bins {
    /// What the bins mean, per column of the matrix.
    pub(crate) features: Vec<FeatureBins>,
    /// Per column of the matrix the bins of all its rows.
    pub(crate) columns: Vec<Arc<[u8]>>,
    /// Per row of the matrix the bins of all its columns.
    pub(crate) row_major: RowMajor,
}

impl Bins {
    /// The bins of the matrix behind a view, with at most `max_bin` bins for numbers (see [`max_bin`]);
    /// built by the first caller, on the threads of its context.
    ///
    /// # Errors
    /// The matrix has a sparse block.
    pub(crate) fn of(view: View<'_>, max_bin: usize, ctx: &FitContext<'_>) -> Result<Arc<Bins>> {
        refuse_sparse(view)?;
        let max_bin = max_bin.clamp(2, MAX_VALUE_BINS);
        Ok(view.matrix.derived(&format!("bins:{max_bin}"), |matrix| Bins::build(matrix, max_bin, ctx)))
    }

    fn build(matrix: &Matrix, max_bin: usize, ctx: &FitContext<'_>) -> Bins {
        let key = format!("bins:{max_bin}");
        let bin = |column: &Column| {
            let (feature, bins) = bin_column(column, max_bin, |bin| bin as u8);
            (feature, bins.into())
        };
        let binned = ctx.map(matrix.columns().len(), |j| (*matrix.derived_column(j, &key, bin)).clone());
        let (features, columns): (Vec<_>, Vec<Arc<[u8]>>) = binned.into_iter().unzip();
        let row_major = RowMajor::from_columns(matrix.rows(), &columns);
        Bins { features, columns, row_major }
    }

    /// A copy with more columns of numbers, none missing, of which cuts and bins are given.
    pub(crate) fn with_numbers(&self, uppers: &[Vec<f32>], bins: Vec<Vec<u8>>) -> Bins {
        let new = uppers.iter().map(|uppers| FeatureBins::Numeric { uppers: uppers.clone(), has_missing: false });
        let features = self.features.iter().cloned().chain(new).collect();
        let columns: Vec<Arc<[u8]>> = self.columns.iter().cloned().chain(bins.into_iter().map(Arc::from)).collect();
        let row_major = RowMajor::from_columns(self.row_major.rows(), &columns);
        Bins { features, columns, row_major }
    }

    /// A copy of some rows.
    pub(crate) fn select(&self, rows: &[u32]) -> Bins {
        let select = |column: &Arc<[u8]>| rows.iter().map(|&row| column[row as usize]).collect();
        let columns: Vec<Arc<[u8]>> = self.columns.iter().map(select).collect();
        let row_major = RowMajor::from_columns(rows.len(), &columns);
        Bins { features: self.features.clone(), columns, row_major }
    }
}

impl AsRef<[FeatureBins]> for Bins {
    fn as_ref(&self) -> &[FeatureBins] {
        &self.features
    }
}

fn refuse_sparse(view: View<'_>) -> Result<()> {
    match view.columns().iter().position(|c| matches!(**c, Column::Sparse(_))) {
        Some(j) => Err(Error::internal(format!("column {j} is sparse and cannot be binned"))),
        None => Ok(()),
    }
}

/// How many bins numbers get: what was asked for, or by the number of rows where `asked` is 0.
///
/// The cost of a tree node is a constant times the bins, and few rows are served as well by few of them: with 5,000
/// rows there are still forty in each of 127.
pub(crate) fn max_bin(asked: usize, rows: usize) -> usize {
    match asked {
        0 if rows < 5_000 => 127,
        0 => MAX_VALUE_BINS,
        _ => asked,
    }
}

/// The bins of a column; `narrow` makes the code of a bin.
fn bin_column<C>(column: &Column, max_bin: usize, narrow: impl Fn(usize) -> C) -> (FeatureBins, Vec<C>) {
    match column {
        Column::Numeric(values) => bin_numbers(values, max_bin, narrow),
        Column::Codes { codes, levels } => {
            let bins = codes.iter().map(|&c| narrow(if c <= MAX_CODE { c as usize } else { 0 })).collect();
            (FeatureBins::Codes { levels: (*levels).min(MAX_CODE) }, bins)
        }
        Column::Sparse(_) => unreachable!("refused before"),
    }
}

fn bin_numbers<C>(values: &[f32], max_bin: usize, narrow: impl Fn(usize) -> C) -> (FeatureBins, Vec<C>) {
    let uppers = uppers(values, max_bin);
    let missing = uppers.len() + 1;
    let mut has_missing = false;
    let bins = values
        .iter()
        .map(|&value| {
            has_missing |= value.is_nan();
            narrow(if value.is_nan() { missing } else { bin_of(&uppers, value) })
        })
        .collect();
    (FeatureBins::Numeric { uppers, has_missing }, bins)
}

/// The bin of a number that is not missing.
#[inline]
pub(crate) fn bin_of(uppers: &[f32], value: f32) -> usize {
    uppers.partition_point(|&upper| upper < value)
}
