//! The feature that tells which cells were missing.

use automl_core::matrix::{Column, Feature};

/// Share of missing fit rows from which a column tells of them. Below it the feature is almost constant,
/// and its weight would rest on a handful of rows.
const SHARE_MIN: f64 = 0.01;

/// Whether a column with that many missing cells gets an indicator.
pub fn is_worth_telling(missing: usize, rows: usize) -> bool {
    missing > 0 && missing as f64 >= SHARE_MIN * rows as f64
}

/// The indicator's feature.
pub fn feature(column: &str) -> Feature {
    Feature::single(format!("{column} is missing"), column)
}

/// The indicator: 1 where a cell is missing, else 0.
pub fn indicator(is_missing: impl Iterator<Item = bool>) -> Column {
    Column::Numeric(is_missing.map(|missing| if missing { 1.0 } else { 0.0 }).collect())
}
