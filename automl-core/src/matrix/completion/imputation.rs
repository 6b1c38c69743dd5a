//! What missing cells take.

use serde::{Deserialize, Serialize};

use super::linear::mean;
use super::robust::quantile;

/// What missing cells take, of the known cells of the fit rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Imputation {
    /// Their median.
    #[default]
    Median,
    /// Their mean.
    Mean,
    /// The value most of them have; of several the least.
    MostFrequent,
    /// A value that is given.
    Constant,
}

impl Imputation {
    /// The value, from cells that are all finite; NaN where there is none.
    pub(super) fn value(self, known: &[f64], constant: f64) -> f64 {
        match self {
            Imputation::Constant => constant,
            _ if known.is_empty() => f64::NAN,
            Imputation::Median => quantile(&mut known.to_vec(), 0.5),
            Imputation::Mean => mean(known),
            Imputation::MostFrequent => most_frequent(known.to_vec()),
        }
    }
}

fn most_frequent(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let mut best: &[f64] = &[];
    for run in values.chunk_by(|a, b| a == b) {
        if run.len() > best.len() {
            best = run;
        }
    }
    best.first().copied().unwrap_or(f64::NAN)
}
