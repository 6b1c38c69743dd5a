//! What is minimised: the derivatives of the loss at every row.

use automl_core::error::{Error, Result};
use automl_core::task::Target;
use serde::{Deserialize, Serialize};

use super::link::Link;
use super::params::GbdtParams;
use crate::exp::exp;
use crate::simd::for_each_machine;

/// The loss of numbers. Classes always have the log loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Squared error: predicts means.
    #[default]
    Squared,
    /// Absolute error: predicts medians.
    Absolute,
    /// Squared error up to `alpha` standard deviations, absolute beyond.
    Huber,
    /// Pinball loss: predicts the quantile `alpha`.
    Quantile,
    /// Poisson deviance with logarithmic link: counts.
    Poisson,
    /// Gamma deviance with logarithmic link: positive, skewed.
    Gamma,
    /// Tweedie deviance with logarithmic link: zero or positive and skewed.
    Tweedie,
}

/// The loss at scores that are small numbers, whatever the target's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Slope {
    Squared,
    Huber(f32),
    /// Absolute error (0.5) and other quantiles.
    Quantile(f32),
    Poisson,
    Gamma,
    Tweedie(f32),
    Logistic,
    Softmax,
}

/// The target of a fit and its loss.
pub(super) struct Objective<'a> {
    slope: Slope,
    /// Values in units of `scale` from `shift`; for two classes 0 and 1.
    values: Vec<f32>,
    /// The classes, if there are more than two.
    labels: &'a [u32],
    /// Weights with mean one.
    weights: Option<Vec<f32>>,
    /// The best constant scores, in the unit of the values.
    start: Vec<f64>,
    shift: f64,
    scale: f64,
}

impl<'a> Objective<'a> {
    /// The loss that the parameters ask for, on a target.
    ///
    /// # Errors
    /// A target that the loss is not defined for.
    pub fn new(params: &GbdtParams, target: &'a Target, weights: Option<&[f64]>) -> Result<Objective<'a>> {
        let weights = weights.map(with_mean_one);
        match target {
            Target::Classes { labels, n_classes } => Ok(Objective::of_classes(labels, *n_classes, weights)),
            Target::Numbers(values) => Objective::of_numbers(params, values, weights),
        }
    }

    fn of_classes(labels: &'a [u32], classes: usize, weights: Option<Vec<f32>>) -> Objective<'a> {
        let shares = class_shares(labels, classes, weights.as_deref());
        let (slope, start, values) = if classes == 2 {
            let values = labels.iter().map(|&label| label as f32).collect();
            (Slope::Logistic, vec![(shares[1] / shares[0]).ln()], values)
        } else {
            (Slope::Softmax, shares.into_iter().map(f64::ln).collect(), Vec::new())
        };
        Objective { slope, values, labels, weights, start, shift: 0.0, scale: 1.0 }
    }

    fn of_numbers(params: &GbdtParams, values: &[f64], weights: Option<Vec<f32>>) -> Result<Objective<'a>> {
        let slope = match params.loss {
            Loss::Squared => Slope::Squared,
            Loss::Absolute => Slope::Quantile(0.5),
            Loss::Huber => Slope::Huber(params.alpha as f32),
            Loss::Quantile => Slope::Quantile(params.alpha as f32),
            Loss::Poisson => Slope::Poisson,
            Loss::Gamma => Slope::Gamma,
            Loss::Tweedie => Slope::Tweedie(params.tweedie_power as f32),
        };
        let (mean, deviation) = moments(values, weights.as_deref());
        if matches!(slope, Slope::Poisson | Slope::Gamma | Slope::Tweedie(_)) {
            let is_allowed = |y: &f64| if slope == Slope::Gamma { *y > 0.0 } else { *y >= 0.0 };
            if let Some((row, y)) = values.iter().enumerate().find(|(_, y)| !is_allowed(y)) {
                let accepted = if slope == Slope::Gamma { "above 0" } else { "0 or more" };
                let loss = match slope {
                    Slope::Poisson => "poisson",
                    Slope::Gamma => "gamma",
                    _ => "tweedie",
                };
                return Err(Error::data(format!("the loss `{loss}` needs a target that is {accepted}; it is {y} in row {row}")));
            }
            // Scores are logarithms of multiples of the mean.
            let mean = mean.max(f64::MIN_POSITIVE);
            let values = values.iter().map(|y| (y / mean) as f32).collect();
            return Ok(Objective { slope, values, labels: &[], weights, start: vec![0.0], shift: mean.ln(), scale: 1.0 });
        }
        let values: Vec<f32> = values.iter().map(|y| ((y - mean) / deviation) as f32).collect();
        let start = match slope {
            Slope::Quantile(alpha) => quantile(&mut with_weights(&values, weights.as_deref()), f64::from(alpha)),
            _ => 0.0,
        };
        Ok(Objective { slope, values, labels: &[], weights, start: vec![f64::from(start)], shift: mean, scale: deviation })
    }

    /// How scores become predictions.
    pub fn link(&self) -> Link {
        match self.slope {
            Slope::Squared | Slope::Huber(_) | Slope::Quantile(_) => Link::Identity,
            Slope::Poisson | Slope::Gamma | Slope::Tweedie(_) => Link::Exponential,
            Slope::Logistic => Link::Logistic,
            Slope::Softmax => Link::Softmax,
        }
    }

    /// The best constant scores, one per tree of an iteration.
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// The unit of the scores: what is added to them to have the model's, after multiplication by the second.
    pub fn unit(&self) -> (f64, f64) {
        (self.shift, self.scale)
    }

    /// The level of the quantile that leaves are set to, where Newton's step does not give the best value.
    pub fn leaf_quantile(&self) -> Option<f64> {
        if let Slope::Quantile(alpha) = self.slope { Some(f64::from(alpha)) } else { None }
    }

    /// The value and the weight of a row, in the unit of the scores.
    pub fn answer(&self, row: usize) -> (f32, f32) {
        (self.values[row], self.weights.as_ref().map_or(1.0, |w| w[row]))
    }

    /// First and second derivatives at the rows `first..`, for their scores; all lists by output.
    pub fn derivatives(&self, first: usize, scores: &[&[f32]], g: &mut [&mut [f32]], h: &mut [&mut [f32]]) {
        let rows = first..first + scores[0].len();
        match self.slope {
            Slope::Softmax => softmax(&self.labels[rows.clone()], scores, g, h),
            Slope::Logistic => logistic(&self.values[rows.clone()], scores[0], g[0], h[0]),
            Slope::Squared => squared(&self.values[rows.clone()], scores[0], g[0], h[0]),
            slope => others(slope, &self.values[rows.clone()], scores[0], g[0], h[0]),
        }
        if let Some(weights) = &self.weights {
            for (g, h) in g.iter_mut().zip(h) {
                for ((g, h), w) in g.iter_mut().zip(h.iter_mut()).zip(&weights[rows.clone()]) {
                    *g *= w;
                    *h *= w;
                }
            }
        }
    }
}

for_each_machine! {
    fn squared(values: &[f32], scores: &[f32], g: &mut [f32], h: &mut [f32]) = squared_body
}

#[inline(always)]
fn squared_body(values: &[f32], scores: &[f32], g: &mut [f32], h: &mut [f32]) {
    for ((g, s), y) in g.iter_mut().zip(scores).zip(values) {
        *g = s - y;
    }
    h.fill(1.0);
}

for_each_machine! {
    fn logistic(values: &[f32], scores: &[f32], g: &mut [f32], h: &mut [f32]) = logistic_body
}

#[inline(always)]
fn logistic_body(values: &[f32], scores: &[f32], g: &mut [f32], h: &mut [f32]) {
    for (((g, h), s), y) in g.iter_mut().zip(h).zip(scores).zip(values) {
        let p = 1.0 / (1.0 + exp(-s));
        *g = p - y;
        *h = p * (1.0 - p);
    }
}

for_each_machine! {
    fn others(slope: Slope, values: &[f32], scores: &[f32], g: &mut [f32], h: &mut [f32]) = others_body
}

#[inline(always)]
fn others_body(slope: Slope, values: &[f32], scores: &[f32], g: &mut [f32], h: &mut [f32]) {
    let mut each = |f: &dyn Fn(f32, f32) -> (f32, f32)| {
        for (((g, h), s), y) in g.iter_mut().zip(h.iter_mut()).zip(scores).zip(values) {
            (*g, *h) = f(*s, *y);
        }
    };
    match slope {
        Slope::Quantile(alpha) => each(&|s, y| (if s >= y { 1.0 - alpha } else { -alpha }, 1.0)),
        Slope::Huber(delta) => each(&|s, y| ((s - y).clamp(-delta, delta), 1.0)),
        // The second derivative a step of 0.7 further: with a smaller one leaves of no events would leap.
        Slope::Poisson => each(&|s, y| (exp(s) - y, exp(s + 0.7))),
        Slope::Gamma => each(&|s, y| (1.0 - y * exp(-s), y * exp(-s))),
        Slope::Tweedie(power) => each(&|s, y| {
            let (a, b) = (y * exp((1.0 - power) * s), exp((2.0 - power) * s));
            (b - a, (power - 1.0) * a + (2.0 - power) * b)
        }),
        Slope::Squared | Slope::Logistic | Slope::Softmax => {}
    }
}

/// Rows whose powers are kept at a time: they stay in the first-level cache.
const BLOCK: usize = 64;

for_each_machine! {
    fn softmax(labels: &[u32], scores: &[&[f32]], g: &mut [&mut [f32]], h: &mut [&mut [f32]]) = softmax_body
}

#[inline(always)]
fn softmax_body(labels: &[u32], scores: &[&[f32]], g: &mut [&mut [f32]], h: &mut [&mut [f32]]) {
    let classes = scores.len();
    // The diagonal of the second derivatives is p(1 - p); the factor makes up for the rest (Friedman, 2001).
    let factor = classes as f32 / (classes as f32 - 1.0).max(1.0);
    let mut powers = vec![[0.0f32; BLOCK]; classes];
    for (b, labels) in labels.chunks(BLOCK).enumerate() {
        let rows = b * BLOCK..b * BLOCK + labels.len();
        let mut largest = [f32::NEG_INFINITY; BLOCK];
        for list in scores {
            largest.iter_mut().zip(&list[rows.clone()]).for_each(|(m, s)| *m = if *s > *m { *s } else { *m });
        }
        let mut sums = [0.0f32; BLOCK];
        for (list, powers) in scores.iter().zip(&mut powers) {
            for (((power, sum), s), m) in powers.iter_mut().zip(&mut sums).zip(&list[rows.clone()]).zip(&largest) {
                *power = exp(s - m);
                *sum += *power;
            }
        }
        for (class, powers) in powers.iter().enumerate() {
            let (g, h) = (&mut g[class][rows.clone()], &mut h[class][rows.clone()]);
            for ((((g, h), power), sum), label) in g.iter_mut().zip(h).zip(powers).zip(&sums).zip(labels) {
                let p = power / sum;
                *g = if *label == class as u32 { p - 1.0 } else { p };
                *h = factor * p * (1.0 - p);
            }
        }
    }
}

/// The share of every class; one that was not seen has a tenth of a row.
fn class_shares(labels: &[u32], classes: usize, weights: Option<&[f32]>) -> Vec<f64> {
    let mut sums = vec![0.0; classes];
    for (i, label) in labels.iter().enumerate() {
        sums[*label as usize] += weights.map_or(1.0, |w| f64::from(w[i]));
    }
    let total: f64 = sums.iter().sum();
    sums.into_iter().map(|s| s.max(0.1) / total.max(1.0)).collect()
}

/// Weighted mean and standard deviation; 1 for the latter where there is none.
fn moments(values: &[f64], weights: Option<&[f32]>) -> (f64, f64) {
    let weight = |i: usize| weights.map_or(1.0, |w| f64::from(w[i]));
    let total: f64 = (0..values.len()).map(weight).sum();
    // Relative to the first value: exact where all are equal.
    let first = values.first().copied().unwrap_or(0.0);
    let mean = first + values.iter().enumerate().map(|(i, v)| (v - first) * (weight(i) / total)).sum::<f64>();
    let largest = values.iter().fold(0.0, |m: f64, v| m.max((v - mean).abs()));
    if !(largest > 0.0 && largest.is_finite()) {
        return (mean, 1.0);
    }
    // Relative to the largest: squares of large numbers do not overflow.
    let squares: f64 = values.iter().enumerate().map(|(i, v)| ((v - mean) / largest).powi(2) * (weight(i) / total)).sum();
    (mean, (largest * squares.sqrt()).max(f64::MIN_POSITIVE))
}

/// Weights times a constant, so that penalties mean the same for any unit of the weights.
fn with_mean_one(weights: &[f64]) -> Vec<f32> {
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    weights.iter().map(|w| (w / mean) as f32).collect()
}

fn with_weights(values: &[f32], weights: Option<&[f32]>) -> Vec<(f32, f32)> {
    values.iter().enumerate().map(|(i, v)| (*v, weights.map_or(1.0, |w| w[i]))).collect()
}

/// The weighted quantile of values with weights: the first value at which the share `alpha` is reached.
pub(super) fn quantile(pairs: &mut [(f32, f32)], alpha: f64) -> f32 {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = pairs.iter().map(|p| f64::from(p.1)).sum();
    let mut sum = 0.0;
    for (value, weight) in pairs.iter() {
        sum += f64::from(*weight);
        if sum >= alpha * total {
            return *value;
        }
    }
    pairs.last().map_or(0.0, |p| p.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loss of one row, by which derivatives are checked.
    fn loss(objective: &Objective<'_>, scores: &[f64], i: usize) -> f64 {
        let (s, y) = (scores[0], objective.values.get(i).map_or(0.0, |v| f64::from(*v)));
        match objective.slope {
            Slope::Squared => 0.5 * (s - y).powi(2),
            Slope::Huber(d) if (s - y).abs() > f64::from(d) => f64::from(d) * ((s - y).abs() - 0.5 * f64::from(d)),
            Slope::Huber(_) => 0.5 * (s - y).powi(2),
            Slope::Quantile(a) => (s - y) * if s >= y { 1.0 - f64::from(a) } else { -f64::from(a) },
            Slope::Poisson => s.exp() - y * s,
            Slope::Gamma => s + y * (-s).exp(),
            Slope::Tweedie(p) => {
                let p = f64::from(p);
                -y * ((1.0 - p) * s).exp() / (1.0 - p) + ((2.0 - p) * s).exp() / (2.0 - p)
            }
            Slope::Logistic => (1.0 + s.exp()).ln() - y * s,
            Slope::Softmax => scores.iter().map(|s| s.exp()).sum::<f64>().ln() - scores[objective.labels[i] as usize],
        }
    }

    fn numbers(loss: Loss) -> (GbdtParams, Target) {
        (GbdtParams { loss, alpha: 0.3, ..GbdtParams::default() }, Target::Numbers(vec![1.0, 2.0, 5.0]))
    }

    #[test]
    fn derivatives_are_slopes_of_the_loss() {
        let all = [Loss::Squared, Loss::Absolute, Loss::Huber, Loss::Quantile, Loss::Poisson, Loss::Gamma, Loss::Tweedie];
        let mut cases: Vec<(GbdtParams, Target)> = all.map(numbers).into();
        cases.push((GbdtParams::default(), Target::Classes { labels: vec![0, 1, 1], n_classes: 2 }));
        cases.push((GbdtParams::default(), Target::Classes { labels: vec![0, 2, 1], n_classes: 3 }));
        for (params, target) in &cases {
            let weights = [0.5, 1.0, 1.5];
            let objective = Objective::new(params, target, Some(&weights)).unwrap();
            let k = objective.start().len();
            let scores: Vec<Vec<f32>> = (0..k).map(|k| (0..3).map(|i| (k as f32 - 0.7) * (i as f32 + 0.3)).collect()).collect();
            let (mut g, mut h) = (vec![vec![0.0; 3]; k], vec![vec![0.0; 3]; k]);
            objective.derivatives(
                0,
                &scores.iter().map(|s| &s[..]).collect::<Vec<_>>(),
                &mut g.iter_mut().map(|s| &mut s[..]).collect::<Vec<_>>(),
                &mut h.iter_mut().map(|s| &mut s[..]).collect::<Vec<_>>(),
            );
            for i in 0..3 {
                for class in 0..k {
                    let at = |step: f64| {
                        let mut row: Vec<f64> = scores.iter().map(|s| f64::from(s[i])).collect();
                        row[class] += step;
                        loss(&objective, &row, i)
                    };
                    let slope = (at(1e-4) - at(-1e-4)) / 2e-4 * weights[i];
                    let found = f64::from(g[class][i]);
                    assert!((slope - found).abs() < 1e-4 * (1.0 + found.abs()), "{:?}: {slope} {found}", params.loss);
                    assert!(h[class][i] > 0.0);
                }
            }
        }
    }

    #[test]
    fn the_start_is_the_best_constant() {
        let target = Target::Classes { labels: vec![0, 1, 1, 1], n_classes: 2 };
        let start = |params: &GbdtParams, target: &Target| Objective::new(params, target, None).unwrap().start().to_vec();
        assert!((start(&GbdtParams::default(), &target)[0] - 3f64.ln()).abs() < 1e-12);
        let unseen = Target::Classes { labels: vec![0, 1], n_classes: 3 };
        assert!(start(&GbdtParams::default(), &unseen).iter().all(|s| s.is_finite()));
        let (params, target) = numbers(Loss::Absolute);
        let objective = Objective::new(&params, &target, None).unwrap();
        let (shift, scale) = objective.unit();
        assert!((objective.start()[0] * scale + shift - 2.0).abs() < 1e-6);
        let huge = Target::Numbers(vec![1e300, -1e300, 3e300]);
        let (shift, scale) = Objective::new(&GbdtParams::default(), &huge, None).unwrap().unit();
        assert!(shift.is_finite() && scale.is_finite() && scale > 1e300);
    }

    #[test]
    fn targets_outside_of_a_loss_are_refused() {
        let target = Target::Numbers(vec![1.0, 0.0, 2.0]);
        let ask = |loss| Objective::new(&GbdtParams { loss, ..GbdtParams::default() }, &target, None).map(|_| ());
        assert!(ask(Loss::Poisson).is_ok());
        let error = ask(Loss::Gamma).unwrap_err().to_string();
        assert!(error.contains("`gamma`") && error.contains("row 1"), "{error}");
    }
}
