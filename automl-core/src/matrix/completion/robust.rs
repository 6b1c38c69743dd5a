//! Numbers brought near zero by the middle half of the data, with far values pulled in.
//!
//! The median is subtracted and the result divided by the interquartile range (by half the range if the quartiles agree;
//! a constant column gives 0). Last comes a smooth clip, x / √(1 + (x/3)²), which leaves small values almost alone and
//! keeps all of them within ±3. Columns without negative values whose skewness is above 1 (prices, counts) are taken
//! through ln(1 + x) before all that.
//!
//! Source: Holzmüller, Grinsztajn, Steinwart: *Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data*
//! (2024), the preprocessing of RealMLP.

use serde::{Deserialize, Serialize};

/// Skewness from which a column goes through ln(1 + x): an exponential distribution has 2, a normal one 0.
const SKEW_MAX: f64 = 1.0;
/// No value leaves ± this.
const LIMIT: f64 = 3.0;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Robust {
    is_log: bool,
    centre: f64,
    /// What differences are divided by; 0 for a constant column.
    scale: f64,
}

impl Robust {
    /// The constants for values that are all finite.
    pub fn learn(mut values: Vec<f64>) -> Robust {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let is_log = low >= 0.0 && skewness(&values) > SKEW_MAX;
        if values.is_empty() {
            return Robust { is_log: false, centre: 0.0, scale: 0.0 };
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
        Robust { is_log, centre, scale }
    }

    /// Whether the constants are those of a column.
    pub fn is_sound(self) -> bool {
        self.centre.is_finite() && self.scale.is_finite() && self.scale >= 0.0
    }

    /// The scaled value of a finite one.
    pub fn apply(self, value: f64) -> f64 {
        if self.scale == 0.0 {
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
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
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
        assert_eq!(Robust::learn(values), Robust { is_log: false, centre: -1.0, scale: 2.0 });
    }

    #[test]
    fn only_columns_with_a_long_upper_tail_are_taken_to_logarithms() {
        let upper: Vec<f64> = (0..200).map(|i| (f64::from(i) / 20.0).exp()).collect();
        let lower: Vec<f64> = upper.iter().map(|v| 1e5 - v).collect();
        let negative: Vec<f64> = upper.iter().map(|v| v - 2.0).collect();
        assert!(Robust::learn(upper).is_log);
        assert!(!Robust::learn(lower).is_log);
        assert!(!Robust::learn(negative).is_log);
        assert!(!Robust::learn((0..200).map(f64::from).collect()).is_log);
    }

    proptest! {
        #[test]
        fn any_numbers_come_out_finite_in_order_and_within_the_limit(
            fit in prop::collection::vec(any::<f64>().prop_filter("finite", |v| v.is_finite()), 0..40),
            mut new in prop::collection::vec(any::<f64>(), 1..40),
        ) {
            let scaling = Robust::learn(fit);
            prop_assert!(scaling.scale.is_finite() && scaling.centre.is_finite());
            new.retain(|v| v.is_finite());
            prop_assert!(new.iter().all(|&v| scaling.apply(v).abs() <= LIMIT + 1e-12));
            new.sort_by(f64::total_cmp);
            prop_assert!(new.windows(2).all(|pair| scaling.apply(pair[0]) <= scaling.apply(pair[1]) + 1e-12));
        }

        #[test]
        fn shift_and_scale_do_not_matter(values in prop::collection::vec(-1000_i32..1000, 5..40), factor in 1_i32..50, shift in -1000_i32..1000) {
            let plain: Vec<f64> = values.iter().map(|&v| f64::from(v) - 2000.0).collect();
            let moved: Vec<f64> = plain.iter().map(|v| v * f64::from(factor) + f64::from(shift) - 60_000.0).collect();
            let (a, b) = (Robust::learn(plain.clone()), Robust::learn(moved.clone()));
            for (x, y) in plain.iter().zip(&moved) {
                prop_assert!((a.apply(*x) - b.apply(*y)).abs() < 1e-9);
            }
        }
    }
}
