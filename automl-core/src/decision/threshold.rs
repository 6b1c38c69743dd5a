//! The probability from which on the positive class of two is said.

use super::Decision;
use crate::ensemble::Candidates;
use crate::metric::Measure;
use crate::predictions::Predictions;
use crate::task::Target;

/// Rows by the probability of the positive class, largest first.
struct Rows {
    positive: usize,
    /// The probability, whether the row is positive, and its weight.
    rows: Vec<(f64, bool, f64)>,
}

impl Rows {
    fn new(all: &Candidates, predictions: &Predictions, rows: Vec<u32>) -> Rows {
        let labels = all.target.labels().unwrap_or_default();
        let of_row = |row: u32| {
            let i = row as usize;
            let weight = all.weights.as_ref().map_or(1.0, |w| w[i]);
            (predictions.row(i)[all.positive], labels[i] as usize == all.positive, weight)
        };
        let mut rows: Vec<(f64, bool, f64)> = rows.into_iter().map(of_row).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        Rows { positive: all.positive, rows }
    }
}

/// The middle of the thresholds that are as good on these rows as the best one but for a thousandth.
pub(super) fn best(all: &Candidates, predictions: &Predictions, rows: Vec<u32>) -> Option<Decision> {
    const NEAR: f64 = 1e-3;
    // More thresholds than these tell no more.
    const TRIED_MAX: usize = 2_000;
    let (measure, sorted) = (&all.measure, Rows::new(all, predictions, rows));
    let stride = sorted.rows.len().div_ceil(TRIED_MAX).max(1);
    let of_class = |wanted: bool| sorted.rows.iter().filter(|row| row.1 == wanted).map(|row| row.2).sum::<f64>();
    let (positive, negative) = (of_class(true), of_class(false));
    let (mut found, mut wrong) = (0.0, 0.0);
    let mut losses: Vec<(f64, f64)> = Vec::new();
    for (place, pair) in sorted.rows.windows(2).enumerate() {
        let weight = pair[0].2;
        if pair[0].1 {
            found += weight;
        } else {
            wrong += weight;
        }
        if pair[0].0 > pair[1].0 && place.is_multiple_of(stride) {
            let counts = [found, positive - found, wrong, negative - wrong];
            losses.push((0.5 * (pair[0].0 + pair[1].0), of_counts(measure, sorted.positive, counts)?));
        }
    }
    let at = (0..losses.len()).min_by(|a, b| losses[*a].1.total_cmp(&losses[*b].1))?;
    let is_near = |i: &usize| losses[*i].1 <= losses[at].1 + NEAR * losses[at].1.abs();
    let last = (at..losses.len()).take_while(is_near).last()?;
    let first = (0..=at).rev().take_while(is_near).last()?;
    Some(Decision::Threshold { class: sorted.positive, threshold: 0.5 * (losses[first].0 + losses[last].0) })
}

/// The loss of what was found, missed, wrong and right to be left: for a metric of labels, four rows with these weights are
/// the same as all rows.
fn of_counts(measure: &Measure, positive: usize, counts: [f64; 4]) -> Option<f64> {
    let negative = 1 - positive as u32;
    let truth = [positive as u32, positive as u32, negative, negative];
    let said = [1.0, 0.0, 1.0, 0.0].map(|p| if positive == 1 { p } else { 1.0 - p });
    let target = Target::Classes { labels: truth.to_vec(), n_classes: 2 };
    measure.loss(&target, &Predictions::binary(said), Some(&counts), positive).filter(|loss| loss.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::TUNED;
    use super::super::tests::rare;
    use super::*;

    #[test]
    fn the_table_of_counts_is_the_same_as_all_rows() {
        for id in TUNED {
            let all = rare(id, 200, 1);
            let decision = Decision::Threshold { class: 1, threshold: 0.3 };
            let decided = (*all.predictions[0]).clone().with_decision(Some(decision));
            let labels = all.target.labels().unwrap();
            let count = |truth: u32, said: u32| {
                decided.classes().iter().zip(labels).filter(|(s, t)| (**s, **t) == (said, truth)).count() as f64
            };
            let counts = [count(1, 1), count(1, 0), count(0, 1), count(0, 0)];
            let (slow, quick) = (all.loss(&decided).unwrap(), of_counts(&all.measure, 1, counts).unwrap());
            assert!((slow - quick).abs() < 1e-12, "{id}: {slow} {quick}");
        }
    }
}
