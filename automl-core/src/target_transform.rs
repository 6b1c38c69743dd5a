//! A skewed target, brought into a shape that squared errors suit, and back.
//!
//! A learner is fitted to the transformed target; its predictions are transformed back before anybody sees them. What
//! comes back of a mean on the other scale is about a median here. Where means are wanted, an [`Inverse`] therefore
//! averages over the errors that the model makes (Duan: *Smearing estimate*, JASA 1983).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::predictions::Predictions;

/// A kind of transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetTransform {
    /// ln(1 + y / u), where u is a thirtieth of the median size: for targets that are never negative.
    Log,
    /// The power that makes the target most like a normal distribution (Yeo and Johnson: *A new family of power
    /// transformations*, Biometrika 2000).
    YeoJohnson,
    /// The logistic score ln(p / (1 - p)) of the rank p, between up to 1,000 quantiles by linear interpolation.
    Quantile,
}

/// A transform that has learned its constants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedTransform {
    shape: Shape,
    /// Transformed values are brought into this range before they go back: no prediction lies far beyond the targets
    /// that were seen.
    range: (f64, f64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Log { unit: f64 },
    YeoJohnson { lambda: f64, unit: f64 },
    Quantile { values: Vec<f64>, scores: Vec<f64> },
}

impl TargetTransform {
    /// Every transform.
    pub const ALL: [TargetTransform; 3] = [TargetTransform::Log, TargetTransform::YeoJohnson, TargetTransform::Quantile];

    /// The name used in parameters.
    pub fn name(self) -> &'static str {
        match self {
            TargetTransform::Log => "log",
            TargetTransform::YeoJohnson => "yeo_johnson",
            TargetTransform::Quantile => "quantile",
        }
    }

    /// The transform of that name.
    ///
    /// # Errors
    /// No such transform; the message lists them.
    pub fn parse(name: &str) -> Result<TargetTransform> {
        let all = TargetTransform::ALL;
        let found = all.into_iter().find(|transform| transform.name() == name);
        found.ok_or_else(|| Error::unknown("target transform", name, all.map(TargetTransform::name)))
    }

    /// Whether values can be transformed.
    pub fn is_possible(self, values: &[f64]) -> bool {
        self != TargetTransform::Log || values.iter().all(|v| *v >= 0.0)
    }

    /// Learns from the targets of fit rows.
    ///
    /// # Errors
    /// A negative value for [`TargetTransform::Log`], or no value at all.
    pub fn learn(self, values: &[f64]) -> Result<FittedTransform> {
        if values.is_empty() || !self.is_possible(values) {
            return Err(Error::usage(format!("the target cannot be transformed by `{}`: a value is negative", self.name())));
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let shape = match self {
            TargetTransform::Log => Shape::Log { unit: unit(&sorted) },
            TargetTransform::YeoJohnson => {
                let unit = unit(&sorted);
                Shape::YeoJohnson { lambda: most_likely(&sorted.iter().map(|v| v / unit).collect::<Vec<f64>>()), unit }
            }
            TargetTransform::Quantile => quantile_shape(sorted.clone()),
        };
        let (low, high) = (shape.forward(sorted[0]), shape.forward(sorted[sorted.len() - 1]));
        let margin = 0.05 * (high - low);
        Ok(FittedTransform { shape, range: (low - margin, high + margin) })
    }
}

impl FittedTransform {
    /// A target on the other scale.
    pub fn forward(&self, value: f64) -> f64 {
        self.shape.forward(value)
    }

    /// Back to the scale of the target.
    pub fn back(&self, score: f64) -> f64 {
        self.shape.back(score.clamp(self.range.0, self.range.1))
    }

    /// Predictions on the other scale, brought back.
    pub fn back_all(&self, predictions: &Predictions) -> Predictions {
        Predictions::new(predictions.width(), predictions.values().iter().map(|&score| self.back(score)).collect())
    }
}

impl Shape {
    fn forward(&self, value: f64) -> f64 {
        match self {
            Shape::Log { unit } => (value / unit).ln_1p(),
            Shape::YeoJohnson { lambda, unit } => yeo_johnson(value / unit, *lambda),
            Shape::Quantile { values, scores } => interpolate(values, scores, value),
        }
    }

    fn back(&self, score: f64) -> f64 {
        match self {
            Shape::Log { unit } => score.exp_m1() * unit,
            Shape::YeoJohnson { lambda, unit } => yeo_johnson_back(score, *lambda) * unit,
            Shape::Quantile { values, scores } => interpolate(scores, values, score),
        }
    }
}

/// From the predictions of a model back to the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inverse {
    /// The transform that the model was fitted through.
    pub transform: FittedTransform,
    /// Errors of the model on the other scale, evenly spread quantiles of them, over which is averaged; none where
    /// medians are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<f64>,
}

impl Inverse {
    /// The inverse that averages over errors, of which it keeps 31 quantiles.
    pub fn with_errors(transform: FittedTransform, mut errors: Vec<f64>) -> Inverse {
        const KEPT: usize = 31;
        errors.retain(|e| e.is_finite());
        errors.sort_by(f64::total_cmp);
        let kept = KEPT.min(errors.len());
        let errors = (0..kept).map(|i| errors[(2 * i + 1) * errors.len() / (2 * kept)]).collect();
        Inverse { transform, errors }
    }

    /// Predictions on the other scale, brought back.
    pub fn apply(&self, predictions: &Predictions) -> Predictions {
        if self.errors.is_empty() {
            return self.transform.back_all(predictions);
        }
        let share = 1.0 / self.errors.len() as f64;
        let mean = |score: &f64| self.errors.iter().map(|e| self.transform.back(score + e) * share).sum();
        Predictions::new(predictions.width(), predictions.values().iter().map(mean).collect())
    }

    /// Predictions that were brought back without regard to errors, with regard to them.
    pub fn corrected(&self, predictions: &Predictions) -> Predictions {
        let scores = predictions.values().iter().map(|&value| self.transform.forward(value)).collect();
        self.apply(&Predictions::new(predictions.width(), scores))
    }

    /// Checks an inverse that came from a file.
    ///
    /// # Errors
    /// A constant that is not finite, or quantiles that do not rise.
    pub fn validate(&self) -> Result<()> {
        let rises = |values: &[f64]| values.windows(2).all(|pair| pair[0] < pair[1]);
        let (low, high) = self.transform.range;
        let shape_is_sound = match &self.transform.shape {
            Shape::Log { unit } => unit.is_finite() && *unit > 0.0,
            Shape::YeoJohnson { lambda, unit } => lambda.is_finite() && unit.is_finite() && *unit > 0.0,
            Shape::Quantile { values, scores } => {
                !values.is_empty() && values.len() == scores.len() && rises(values) && rises(scores)
            }
        };
        if shape_is_sound && low.is_finite() && low <= high && high.is_finite() && self.errors.iter().all(|e| e.is_finite()) {
            return Ok(());
        }
        Err(Error::artifact("the transform of the target is not sound"))
    }
}

fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    let power =
        |base: f64, lambda: f64| if lambda.abs() < 1e-9 { base.ln_1p() } else { (lambda * base.ln_1p()).exp_m1() / lambda };
    if x >= 0.0 { power(x, lambda) } else { -power(-x, 2.0 - lambda) }
}

fn yeo_johnson_back(score: f64, lambda: f64) -> f64 {
    let root = |score: f64, lambda: f64| {
        // Beyond its bound a power has no value; the bound is as far as it goes.
        if lambda.abs() < 1e-9 { score.exp_m1() } else { ((lambda * score).max(-1.0 + 1e-12).ln_1p() / lambda).exp_m1() }
    };
    if score >= 0.0 { root(score, lambda) } else { -root(-score, 2.0 - lambda) }
}

/// A thirtieth of the median size of the values that are not zero: what lies well above it is taken to its logarithm,
/// what lies below stays in proportion.
fn unit(values: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = values.iter().map(|v| v.abs()).filter(|v| *v > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).map_or(1.0, |median| median / 30.0)
}

/// Golden-section search for the power with the largest likelihood: forty steps leave a part in 10⁸ of the range.
fn most_likely(values: &[f64]) -> f64 {
    const STEPS: usize = 40;
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-2.0, 4.0);
    for _ in 0..STEPS {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if log_likelihood(values, left) < log_likelihood(values, right) { low = left } else { high = right }
    }
    (low + high) / 2.0
}

fn log_likelihood(values: &[f64], lambda: f64) -> f64 {
    let n = values.len() as f64;
    let (mut sum, mut squares, mut stretch) = (0.0, 0.0, 0.0);
    for &value in values {
        let score = yeo_johnson(value, lambda);
        sum += score;
        squares += score * score;
        stretch += value.abs().ln_1p().copysign(value);
    }
    let variance = squares / n - (sum / n).powi(2);
    (lambda - 1.0) * stretch - n / 2.0 * variance.max(f64::MIN_POSITIVE).ln()
}

fn quantile_shape(sorted: Vec<f64>) -> Shape {
    const KNOTS: usize = 1_000;
    let knots = KNOTS.min(sorted.len());
    let (mut values, mut scores): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for i in 0..knots {
        let place = if knots == 1 { 0 } else { i * (sorted.len() - 1) / (knots - 1) };
        // Equal values have the rank of the first of them.
        if values.last().is_none_or(|last| *last < sorted[place]) {
            let rank = (place as f64 + 0.5) / sorted.len() as f64;
            values.push(sorted[place]);
            scores.push((rank / (1.0 - rank)).ln());
        }
    }
    Shape::Quantile { values, scores }
}

/// Piecewise linear between rising knots, constant beyond them.
fn interpolate(from: &[f64], to: &[f64], at: f64) -> f64 {
    let above = from.partition_point(|knot| *knot < at);
    match (above.checked_sub(1), from.get(above)) {
        (None, _) => to[0],
        (Some(below), None) => to[below],
        (Some(below), Some(_)) => {
            let share = (at - from[below]) / (from[above] - from[below]);
            to[below] + share * (to[above] - to[below])
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn means_come_back_as_means() {
        // Log-normal: the mean is exp(sd² / 2) times the median.
        let errors: Vec<f64> = (0..2000).map(|i| if i % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let values: Vec<f64> = errors.iter().map(|e| 1000.0 * f64::exp(*e)).collect();
        let transform = TargetTransform::Log.learn(&values).unwrap();
        let middle = (transform.forward(values[0]) + transform.forward(values[1])) / 2.0;
        let errors = values.iter().map(|v| transform.forward(*v) - middle).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let middle = Predictions::new(1, vec![middle]);
        let corrected = Inverse::with_errors(transform.clone(), errors).apply(&middle).values()[0];
        let plain = transform.back_all(&middle).values()[0];
        assert!((corrected / mean - 1.0).abs() < 0.03, "{corrected} for a mean of {mean}");
        assert!(plain < 0.95 * mean, "{plain} without the correction");
    }

    #[test]
    fn a_skewed_target_is_made_symmetric() {
        let values: Vec<f64> = (1..1000).map(|i| (f64::from(i) / 100.0).exp()).collect();
        for transform in TargetTransform::ALL {
            let fitted = transform.learn(&values).unwrap();
            let [low, middle, high] = [100, 500, 900].map(|i| fitted.forward(values[i]));
            let lean = (high - middle) / (middle - low);
            assert!((0.6..1.6).contains(&lean), "{}: {lean}", transform.name());
        }
    }

    proptest! {
        #[test]
        fn back_is_the_inverse_and_stays_near_the_targets(
            values in prop::collection::vec(0_i32..100_000, 1..60), scale in 1_i32..1000, score in any::<f64>(),
        ) {
            let values: Vec<f64> = values.iter().map(|&v| f64::from(v) / f64::from(scale)).collect();
            let high = values.iter().copied().fold(0.0, f64::max);
            for transform in TargetTransform::ALL {
                let fitted = transform.learn(&values).unwrap();
                for value in &values {
                    let there_and_back = fitted.back(fitted.forward(*value));
                    prop_assert!((there_and_back - value).abs() <= 1e-6 * (1.0 + value.abs()), "{}: {value} {there_and_back}", transform.name());
                }
                let inverse = Inverse::with_errors(fitted, vec![-0.1, 0.1]);
                prop_assert!(inverse.validate().is_ok());
                if score.is_finite() {
                    let far = inverse.apply(&Predictions::new(1, vec![score])).values()[0];
                    prop_assert!(far.is_finite() && far <= 12.0 * high + 1.0, "{}: {far}", transform.name());
                }
            }
        }

        #[test]
        fn order_is_kept(mut values in prop::collection::vec(-1000_i32..1000, 2..60)) {
            values.sort_unstable();
            values.dedup();
            let values: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
            for transform in [TargetTransform::YeoJohnson, TargetTransform::Quantile] {
                let fitted = transform.learn(&values).unwrap();
                prop_assert!(values.windows(2).all(|v| fitted.forward(v[0]) < fitted.forward(v[1])), "{}", transform.name());
            }
        }
    }
}
