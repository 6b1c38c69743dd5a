//! Weighted means over rows, which most metrics are.

use super::Scoring;

/// The weighted mean of `of(i)` over the rows; rows without weight are never asked.
pub fn over_rows(s: &Scoring<'_>, of: impl Fn(usize) -> f64) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for i in 0..s.target.len() {
        let weight = s.weight(i);
        if weight > 0.0 {
            sum += weight * of(i);
            total += weight;
        }
    }
    sum / total
}

/// The weighted mean of `of(truth, predicted)` over the rows of a regression; `None` for classes.
pub fn over_pairs(s: &Scoring<'_>, of: impl Fn(f64, f64) -> f64) -> Option<f64> {
    let truth = s.target.numbers()?;
    let predicted = s.predictions.values();
    Some(over_rows(s, |i| of(truth[i], predicted[i])))
}

/// Whether all values of rows with weight are the same: nothing varies, so nothing can be explained.
pub fn is_constant(s: &Scoring<'_>, values: &[f64]) -> bool {
    let mut weighted = values.iter().enumerate().filter(|(i, _)| s.weight(*i) > 0.0).map(|(_, v)| *v);
    let first = weighted.next();
    weighted.all(|v| Some(v) == first)
}
