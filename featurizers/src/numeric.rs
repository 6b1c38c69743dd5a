//! Numbers as they are, in 32 bits.
//!
//! # What it is
//! Values keep their scale and their order. Those beyond the range of 32-bit floats become the largest such
//! float, infinities count as missing, and missing stays missing (NaN). Columns of large, close numbers
//! (seconds since 1970, invoice numbers) have their minimum subtracted first: a 32-bit float has 24 bits of
//! mantissa and would merge neighbours.
//!
//! # When it is used
//! For numeric columns, by learners that look at the order of values only: trees.
//!
//! # Parameters
//! None.

use automl_core::Result;
use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use serde::{Deserialize, Serialize};

/// From 2²⁴ on, neighbouring whole numbers share one 32-bit float.
const EXACT_MAX: f64 = 16_777_216.0;

/// Numbers as they are.
#[derive(Debug, Clone, Copy)]
pub struct Numeric;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// A column and what is subtracted from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    offset: f64,
}

impl Featurizer for Numeric {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "numeric";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("numeric.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Numeric)
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let column = fitting.group.single()?.to_owned();
        let values = fitting.rows.numbers(&column)?;
        let fitted = Fitted { column, offset: offset(&values) };
        let columns = vec![fitted.narrow(&values)];
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        vec![Feature::single(&self.column, &self.column)]
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(vec![self.narrow(&rows.numbers(&self.column)?)])
    }

    fn validate(&self) -> Result<()> {
        if self.offset.is_finite() {
            return Ok(());
        }
        Err(automl_core::Error::artifact(format!("the offset of column `{}` is {}", self.column, self.offset)))
    }
}

impl Fitted {
    /// What a fit would learn from a column whose numbers lie between these two; without a range the numbers
    /// stay as they are.
    pub fn of_range(column: impl Into<String>, range: Option<(f64, f64)>) -> Fitted {
        Fitted { column: column.into(), offset: range.map_or(0.0, |(low, high)| offset(&[low, high])) }
    }

    /// What is subtracted from every number.
    pub fn offset(&self) -> f64 {
        self.offset
    }

    fn narrow(&self, values: &[f64]) -> Column {
        Column::Numeric(values.iter().map(|&v| narrow(v, self.offset)).collect())
    }
}

/// A number minus an offset as a 32-bit float: infinities become NaN, values out of range the nearest in it.
fn narrow(value: f64, offset: f64) -> f32 {
    if value.is_infinite() {
        return f32::NAN;
    }
    (value - offset).clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

/// The minimum of large numbers that lie close together, else 0.
///
/// Close means a spread of at most half the largest size: only then does subtracting give a bit or more.
fn offset(values: &[f64]) -> f64 {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for &value in values.iter().filter(|v| v.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    let size = low.abs().max(high.abs());
    if size.is_finite() && size > EXACT_MAX && high - low <= size / 2.0 { low } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast(values: &[f64]) -> Vec<f32> {
        let offset = offset(values);
        values.iter().map(|&v| narrow(v, offset)).collect()
    }

    #[test]
    fn large_neighbours_stay_apart() {
        let seconds: Vec<f64> = (0..1000).map(|i| 1_700_000_000.0 + f64::from(i)).collect();
        let cast = cast(&seconds);
        assert!(cast.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(cast[..3], [0.0, 1.0, 2.0]);
    }

    #[test]
    fn ordinary_numbers_keep_their_values() {
        assert_eq!(cast(&[1000.0, 1001.5, -3.0]), [1000.0, 1001.5, -3.0]);
        assert_eq!(cast(&[0.0, 1e9]), [0.0, 1e9], "a wide spread has no offset");
        assert_eq!(cast(&[2.5]), [2.5]);
    }

    #[test]
    fn numbers_out_of_range_are_clamped_and_infinities_are_missing() {
        let cast = cast(&[1e300, -1e300, f64::INFINITY, f64::NAN, 1.0]);
        assert_eq!(cast[..2], [f32::MAX, f32::MIN]);
        assert!(cast[2].is_nan() && cast[3].is_nan());
        assert_eq!(cast[4], 1.0);
    }
}
