//! Numbers by their rank: quantiles become those of a normal distribution.
//!
//! A value between two quantiles of the fit rows has a rank between theirs, one that several quantiles share the middle
//! rank. Ranks within 1e-7 of the ends are moved there, so that no value leaves ±5.2.
//!
//! Source: scikit-learn's `QuantileTransformer`, with a quantile per 30 rows as in Gorishniy et al.: *TabM* (2024).

use serde::{Deserialize, Serialize};

/// Rows per quantile.
const ROWS: usize = 30;
/// Fewest and most quantiles.
const QUANTILES: (usize, usize) = (10, 1000);
/// Distance of ranks from 0 and 1.
const END: f64 = 1e-7;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Ascending, from the least value to the greatest; none without values.
    quantiles: Vec<f64>,
}

impl Quantiles {
    /// Learns from values that are all finite.
    pub fn learn(mut values: Vec<f64>) -> Quantiles {
        values.sort_unstable_by(f64::total_cmp);
        let count = (values.len() / ROWS).clamp(QUANTILES.0, QUANTILES.1);
        let quantile = |i: usize| {
            let position = i as f64 / (count - 1) as f64 * (values.len() - 1) as f64;
            let (low, high) = (values[position.floor() as usize], values[position.ceil() as usize]);
            // A mean of equal values may be rounded to one beside them.
            (low * (1.0 - position.fract()) + high * position.fract()).clamp(low, high)
        };
        let mut quantiles: Vec<f64> = if values.is_empty() { Vec::new() } else { (0..count).map(quantile).collect() };
        // One of neighbours that almost agree, too.
        (1..quantiles.len()).for_each(|i| quantiles[i] = quantiles[i].max(quantiles[i - 1]));
        Quantiles { quantiles }
    }

    /// The scaled value of a finite one.
    pub fn apply(&self, value: f64) -> f64 {
        normal_quantile(self.rank(value).clamp(END, 1.0 - END))
    }

    /// From 0 for the least value to 1 for the greatest.
    fn rank(&self, value: f64) -> f64 {
        let Some(last) = self.quantiles.len().checked_sub(1) else { return 0.5 };
        let below = self.quantiles.partition_point(|&q| q < value);
        let upto = self.quantiles.partition_point(|&q| q <= value);
        let position = match (below, upto) {
            (below, upto) if below < upto => (below + upto - 1) as f64 / 2.0,
            (_, 0) => 0.0,
            (_, upto) if upto > last => last as f64,
            (_, upto) => {
                let (low, high) = (self.quantiles[upto - 1], self.quantiles[upto]);
                // The halves do not overflow.
                (upto - 1) as f64 + (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
            }
        };
        // A single quantile is passed on both sides.
        if last == 0 { 0.5 } else { position / last as f64 }
    }

    /// Whether the quantiles are those of a column.
    pub fn is_sound(&self) -> bool {
        self.quantiles.iter().all(|q| q.is_finite()) && self.quantiles.windows(2).all(|pair| pair[0] <= pair[1])
    }
}

/// The value below which a standard normal distribution has that share, to nine digits.
///
/// Source: Acklam: *An algorithm for computing the inverse normal cumulative distribution function* (2003).
fn normal_quantile(share: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const B: [f64; 6] =
        [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1.0];
    const C: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 5] = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1.0];
    /// Share of a tail.
    const TAIL: f64 = 0.02425;
    let polynomial = |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, factor| sum * x + factor);
    let tail = |share: f64| {
        let x = (-2.0 * share.ln()).sqrt();
        polynomial(&C, x) / polynomial(&D, x)
    };
    if share < TAIL {
        return tail(share);
    }
    if share > 1.0 - TAIL {
        return -tail(1.0 - share);
    }
    let x = share - 0.5;
    x * polynomial(&A, x * x) / polynomial(&B, x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_normal_distribution() {
        let known = [(0.5, 0.0), (0.975, 1.959963984540054), (0.841344746068543, 1.0), (1e-7, -5.199337582187471)];
        for (share, value) in known {
            assert!((normal_quantile(share) - value).abs() < 1e-8 * (1.0 + f64::abs(value)), "{share}");
        }
    }

    #[test]
    fn quantiles_of_few_distinct_values_ascend() {
        let values: Vec<f64> = (0..3_000).map(|i| f64::from(i * 7919 % 131) * 0.005).collect();
        let quantiles = Quantiles::learn(values.clone());
        assert!(quantiles.is_sound());
        assert!(quantiles.quantiles.iter().filter(|q| values.contains(q)).count() > 90, "few means of two values");
        assert!(Quantiles::learn(vec![0.1 + 0.2, 0.3, 0.1 + 0.2, 0.3]).is_sound());
    }

    #[test]
    fn ranks_are_interpolated_and_shared() {
        let ranks = |values: &[f64], at: &[f64]| {
            let quantiles = Quantiles::learn(values.to_vec());
            at.iter().map(|&v| quantiles.rank(v)).collect::<Vec<_>>()
        };
        assert_eq!(ranks(&[0.0, 9.0], &[-1.0, 0.0, 4.5, 9.0, 10.0]), [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert_eq!(ranks(&[3.0; 40], &[3.0]), [0.5]);
        assert_eq!(ranks(&[], &[3.0]), [0.5]);
    }
}
