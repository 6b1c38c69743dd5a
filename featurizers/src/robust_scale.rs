//! Numbers brought near zero by the middle half of the data, with far values pulled in.
//!
//! # What it is
//! Missing cells take the median. Then the median is subtracted and the result divided by the interquartile
//! range (by half the range if the quartiles agree; a constant column gives 0). Last comes a smooth clip,
//! x / √(1 + (x/3)²), which leaves small values almost alone and keeps all of them within ±3.
//! Columns without negative values whose skewness is above 1 (prices, counts) are taken through
//! ln(1 + x) before all that. Infinities count as missing. If at least 1 % of the fit rows are missing, a
//! second feature says which.
//!
//! # When it is used
//! For numeric columns, by learners that multiply and add or measure distances: linear models, neighbours,
//! networks.
//!
//! # Parameters
//! None.
//!
//! # Source
//! Holzmüller, Grinsztajn, Steinwart: *Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on
//! Tabular Data* (2024), the preprocessing of RealMLP.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::missing;

/// Skewness from which a column goes through ln(1 + x): an exponential distribution has 2, a normal one 0.
const SKEW_MAX: f64 = 1.0;
/// No value leaves ± this.
const LIMIT: f64 = 3.0;

/// Robust scaling and a smooth clip.
#[derive(Debug, Clone, Copy)]
pub struct RobustScale;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// A column and the constants of its scaling.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    scaling: Scaling,
    has_indicator: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Scaling {
    is_log: bool,
    centre: f64,
    /// What differences are divided by; 0 for a constant column.
    scale: f64,
}

impl Featurizer for RobustScale {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "robust_scale";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("robust_scale.rs");

    fn form(&self) -> Form {
        Form::Complete
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Numeric)
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let column = fitting.group.single()?.to_owned();
        let values = fitting.rows.numbers(&column)?;
        let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let has_indicator = missing::is_worth_telling(values.len() - known.len(), values.len());
        let fitted = Fitted { column, scaling: Scaling::learn(known), has_indicator };
        let columns = fitted.apply(&values);
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let mut features = vec![Feature::single(&self.column, &self.column)];
        if self.has_indicator {
            features.push(missing::feature(&self.column));
        }
        features
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(self.apply(&rows.numbers(&self.column)?))
    }

    fn validate(&self) -> Result<()> {
        let Scaling { centre, scale, .. } = self.scaling;
        if centre.is_finite() && scale.is_finite() && scale >= 0.0 {
            return Ok(());
        }
        Err(Error::artifact(format!("column `{}` is scaled by ({centre}, {scale})", self.column)))
    }
}

impl Fitted {
    fn apply(&self, values: &[f64]) -> Vec<Column> {
        let mut columns = vec![Column::Numeric(values.iter().map(|&v| self.scaling.apply(v) as f32).collect())];
        if self.has_indicator {
            columns.push(missing::indicator(values.iter().map(|v| !v.is_finite())));
        }
        columns
    }
}

impl Scaling {
    /// The constants for values that are all finite.
    fn learn(mut values: Vec<f64>) -> Scaling {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let is_log = low >= 0.0 && skewness(&values) > SKEW_MAX;
        if values.is_empty() {
            return Scaling { is_log: false, centre: 0.0, scale: 0.0 };
        }
        if is_log {
            values.iter_mut().for_each(|v| *v = v.ln_1p());
        }
        let centre = quantile(&mut values, 0.5);
        let between_quartiles = quantile(&mut values, 0.75) - quantile(&mut values, 0.25);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // The difference of the quartiles may overflow; half the range, taken like this, can not.
        let scale =
            if between_quartiles > 0.0 && between_quartiles.is_finite() { between_quartiles } else { high / 2.0 - low / 2.0 };
        Scaling { is_log, centre, scale }
    }

    /// The scaled value: finite whatever comes in.
    fn apply(self, value: f64) -> f64 {
        if !value.is_finite() || self.scale == 0.0 {
            return 0.0;
        }
        // The logarithm is continued below 0 as an odd function, so that order is kept there too.
        let value = if self.is_log { value.abs().ln_1p().copysign(value) } else { value };
        // The square of anything within ±1e6 is far from overflow, and the clip is flat there.
        let x = ((value - self.centre) / self.scale).clamp(-1e6, 1e6);
        x / (1.0 + (x / LIMIT).powi(2)).sqrt()
    }
}

/// Third central moment over the cube of the deviation; NaN if all values agree. For values ≥ 0.
fn skewness(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    // Values within [0, 1] have moments that do not overflow, and skewness does not depend on the scale.
    let size = values.iter().copied().fold(0.0, f64::max);
    let mean = values.iter().map(|v| v / size).sum::<f64>() / n;
    let (mut second, mut third) = (0.0, 0.0);
    for value in values {
        let difference = value / size - mean;
        second += difference * difference;
        third += difference * difference * difference;
    }
    (third / n) / (second / n).powf(1.5)
}

/// A quantile of at least one value, between two neighbours by linear interpolation. Reorders the values.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    let position = share * (values.len() - 1) as f64;
    let (_, &mut below, rest) = values.select_nth_unstable_by(position as usize, f64::total_cmp);
    let above = rest.iter().copied().fold(f64::INFINITY, f64::min);
    match position.fract() {
        0.0 => below,
        between => below * (1.0 - between) + above * between,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(quantile(&mut [4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
        assert_eq!(quantile(&mut [4.0, 1.0, 3.0, 2.0, 0.0], 0.25), 1.0);
        assert_eq!(quantile(&mut [7.0], 0.75), 7.0);
    }

    #[test]
    fn equal_quartiles_fall_back_to_half_the_range() {
        let mut values = vec![-1.0; 99];
        values.push(3.0);
        assert_eq!(Scaling::learn(values), Scaling { is_log: false, centre: -1.0, scale: 2.0 });
    }

    #[test]
    fn only_columns_with_a_long_upper_tail_are_taken_to_logarithms() {
        let upper: Vec<f64> = (0..200).map(|i| (f64::from(i) / 20.0).exp()).collect();
        let lower: Vec<f64> = upper.iter().map(|v| 1e5 - v).collect();
        let negative: Vec<f64> = upper.iter().map(|v| v - 2.0).collect();
        assert!(Scaling::learn(upper).is_log);
        assert!(!Scaling::learn(lower).is_log);
        assert!(!Scaling::learn(negative).is_log);
        assert!(!Scaling::learn((0..200).map(f64::from).collect()).is_log);
    }

    proptest! {
        #[test]
        fn any_numbers_come_out_finite_in_order_and_within_the_limit(
            fit in prop::collection::vec(any::<f64>().prop_filter("finite", |v| v.is_finite()), 0..40),
            mut new in prop::collection::vec(any::<f64>(), 1..40),
        ) {
            let scaling = Scaling::learn(fit);
            prop_assert!(scaling.scale.is_finite() && scaling.centre.is_finite());
            prop_assert!(new.iter().all(|&v| scaling.apply(v).abs() <= LIMIT + 1e-12));
            new.retain(|v| v.is_finite());
            new.sort_by(f64::total_cmp);
            prop_assert!(new.windows(2).all(|pair| scaling.apply(pair[0]) <= scaling.apply(pair[1]) + 1e-12));
        }

        #[test]
        fn shift_and_scale_do_not_matter(values in prop::collection::vec(-1000_i32..1000, 5..40), factor in 1_i32..50, shift in -1000_i32..1000) {
            let plain: Vec<f64> = values.iter().map(|&v| f64::from(v) - 2000.0).collect();
            let moved: Vec<f64> = plain.iter().map(|v| v * f64::from(factor) + f64::from(shift) - 60_000.0).collect();
            let (a, b) = (Scaling::learn(plain.clone()), Scaling::learn(moved.clone()));
            for (x, y) in plain.iter().zip(&moved) {
                prop_assert!((a.apply(*x) - b.apply(*y)).abs() < 1e-9);
            }
        }
    }
}
