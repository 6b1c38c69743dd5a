//! Numbers made complete: none missing, all near zero.
//!
//! Missing and infinite cells take one value, in the plain case the median; then all values are scaled, in the plain case
//! by the middle half of the data ([`Scaling::Robust`]). If at least 1 % of the fit rows are missing, a second column says
//! which.

mod imputation;
mod linear;
mod quantiles;
mod robust;

pub use imputation::Imputation;
use linear::Linear;
use quantiles::Quantiles;
use robust::Robust;
use serde::{Deserialize, Serialize};

use super::{Column, Feature};
use crate::error::{Error, Result};

/// Share of missing fit rows from which a column tells of them. Below it the second column is almost constant, and its
/// weight would rest on a handful of rows.
const MISSING_SHARE_MIN: f64 = 0.01;

/// How numbers are brought near zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// By median and quartiles, with far values pulled in within ±3.
    #[default]
    Robust,
    /// By mean and standard deviation, within ±10.
    Standard,
    /// From 0 at the least to 1 at the greatest of the fit rows, within ±10.
    MinMax,
    /// By rank: the quantiles of the fit rows become those of a normal distribution.
    Quantile,
}

/// How a column is made complete.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompletionParams {
    /// How numbers are brought near zero.
    pub scaling: Scaling,
    /// What missing cells take.
    pub imputation: Imputation,
    /// What they take if it is a constant, before scaling.
    pub constant: f64,
    /// Whether a second column tells which cells were missing, if at least 1 % of the fit rows are.
    pub indicator: bool,
}

impl Default for CompletionParams {
    fn default() -> CompletionParams {
        CompletionParams { scaling: Scaling::Robust, imputation: Imputation::Median, constant: 0.0, indicator: true }
    }
}

/// How the numbers of one column become a column of form [`Complete`](super::Form::Complete).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    scaling: Scale,
    /// The scaled value of missing cells.
    #[serde(default, skip_serializing_if = "is_zero")]
    missing: f64,
    has_indicator: bool,
}

/// On disk these are told apart by the names of their constants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Scale {
    Robust(Robust),
    Linear(Linear),
    Quantiles(Quantiles),
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Completion {
    /// Learns from the fit rows of a column; NaN and infinities count as missing.
    pub fn learn(values: impl ExactSizeIterator<Item = f64>) -> Completion {
        Completion::learn_by(values, CompletionParams::default())
    }

    /// [`Completion::learn`] in another than the plain way.
    pub fn learn_by(values: impl ExactSizeIterator<Item = f64>, params: CompletionParams) -> Completion {
        let rows = values.len();
        let known: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        let missing = rows - known.len();
        let has_indicator = params.indicator && missing > 0 && missing as f64 >= MISSING_SHARE_MIN * rows as f64;
        let imputed = params.imputation.value(&known, params.constant);
        let scaling = Scale::learn(known, params.scaling);
        // The median is the centre of robust scaling, exactly.
        let is_centre = (params.scaling, params.imputation) == (Scaling::Robust, Imputation::Median);
        let missing = if is_centre || !imputed.is_finite() { 0.0 } else { scaling.apply(imputed) };
        Completion { scaling, missing, has_indicator }
    }

    /// The features of the columns that [`Completion::apply`] makes of a feature.
    pub fn features(&self, of: Feature) -> impl Iterator<Item = Feature> {
        let indicator = Feature { name: format!("{} is missing", of.name), ..of.clone() };
        [of].into_iter().chain(self.has_indicator.then_some(indicator))
    }

    /// The scaled numbers, complete.
    pub fn scale(&self, values: impl Iterator<Item = f64>) -> Vec<f32> {
        let scaled = |value: f64| if value.is_finite() { self.scaling.apply(value) } else { self.missing };
        values.map(|value| scaled(value) as f32).collect()
    }

    /// The scaled column, and maybe one that is 1 where a value is missing and else 0.
    pub fn apply(&self, values: impl Iterator<Item = f64> + Clone) -> impl Iterator<Item = Column> {
        let scaled = Column::Numeric(self.scale(values.clone()));
        let indicator = |values: &mut dyn Iterator<Item = f64>| {
            Column::Numeric(values.map(|v| if v.is_finite() { 0.0 } else { 1.0 }).collect())
        };
        let mut values = values;
        [scaled].into_iter().chain(self.has_indicator.then(|| indicator(&mut values)))
    }

    /// Checks constants that came from a file.
    ///
    /// # Errors
    /// They are not finite, or make no sense.
    pub fn validate(&self) -> Result<()> {
        let is_sound = match &self.scaling {
            Scale::Robust(robust) => robust.is_sound(),
            Scale::Linear(linear) => linear.is_sound(),
            Scale::Quantiles(quantiles) => quantiles.is_sound(),
        };
        if is_sound && self.missing.abs() <= linear::LIMIT {
            return Ok(());
        }
        Err(Error::artifact(format!("a column is scaled by {:?}", self.scaling)))
    }
}

impl Scale {
    /// Learns from values that are all finite.
    fn learn(values: Vec<f64>, scaling: Scaling) -> Scale {
        match scaling {
            Scaling::Robust => Scale::Robust(Robust::learn(values)),
            Scaling::Standard => Scale::Linear(Linear::standard(&values)),
            Scaling::MinMax => Scale::Linear(Linear::min_max(&values)),
            Scaling::Quantile => Scale::Quantiles(Quantiles::learn(values)),
        }
    }

    /// The scaled value of a finite one: finite.
    fn apply(&self, value: f64) -> f64 {
        match self {
            Scale::Robust(robust) => robust.apply(value),
            Scale::Linear(linear) => linear.apply(value),
            Scale::Quantiles(quantiles) => quantiles.apply(value),
        }
    }
}

#[cfg(test)]
mod tests;
