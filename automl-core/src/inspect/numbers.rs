//! What numbers are like.

use serde::Serialize;

use super::levels::Level;
use super::{Histogram, Seen, Summary};
use crate::schema::{Cells, Field, NumberReader, print_number};

/// What the numbers of a column are like. Quantiles are interpolated between neighbours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NumberSummary {
    /// The least number.
    pub min: f64,
    /// 1 % are below it.
    pub p1: f64,
    /// A quarter is below it.
    pub p25: f64,
    /// The median.
    pub p50: f64,
    /// Three quarters are below it.
    pub p75: f64,
    /// 99 % are below it.
    pub p99: f64,
    /// The largest number.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of the values (n − 1); `None` for a single value.
    pub sd: Option<f64>,
    /// The third standardised moment: above 0 where the long tail is on the right; `None` for constant values.
    pub skew: Option<f64>,
    /// Values that are zero.
    pub zeros: usize,
    /// How often values fall into bins.
    pub histogram: Histogram,
    /// Every value and its count, in the order of the values, if there are at most twelve and they occur
    /// twice on average.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Level>,
}

/// Numbers with at most so many distinct values are also counted one by one.
pub const VALUES_SHOWN: usize = 12;

pub(super) fn summarise(cells: &Cells, field: &Field, seen: &mut Seen) -> (usize, Option<Summary>) {
    let mut numbers = Vec::with_capacity(cells.len());
    cells.for_each_number(&NumberReader::of(field), |row, number| match number {
        Ok(Some(number)) => numbers.push(number),
        Ok(None) => seen.note_missing(row),
        Err(_) => seen.unreadable += 1,
    });
    // One zero, so that −0 is no value of its own.
    numbers.iter_mut().for_each(|v| *v += 0.0);
    numbers.sort_unstable_by(f64::total_cmp);
    let distinct = numbers.chunk_by(|a, b| a == b).count();
    if numbers.is_empty() {
        return (0, None);
    }
    (distinct, Some(Summary::Numbers(NumberSummary::of_sorted(&numbers, distinct))))
}

impl NumberSummary {
    fn of_sorted(sorted: &[f64], distinct: usize) -> NumberSummary {
        let n = sorted.len() as f64;
        // A mean of terms that are each divided: the sum of large numbers may not be one.
        let mean = sorted.iter().map(|v| v / n).sum::<f64>();
        let moment = |power: i32| sorted.iter().map(|v| (v - mean).powi(power)).sum::<f64>();
        let squares = moment(2);
        let is_constant = sorted[0] == sorted[sorted.len() - 1];
        let skew = (moment(3) / n) / (squares / n).powf(1.5);
        let zero = sorted.partition_point(|v| *v < 0.0);
        let at = |share| quantile(sorted, share);
        NumberSummary {
            min: sorted[0],
            p1: at(0.01),
            p25: at(0.25),
            p50: at(0.5),
            p75: at(0.75),
            p99: at(0.99),
            max: sorted[sorted.len() - 1],
            mean,
            sd: (sorted.len() > 1).then(|| (squares / (n - 1.0)).sqrt()).filter(|sd| sd.is_finite()),
            skew: Some(skew).filter(|skew| !is_constant && skew.is_finite()),
            zeros: sorted[zero..].partition_point(|v| *v == 0.0),
            histogram: Histogram::of_sorted(sorted),
            values: if distinct <= VALUES_SHOWN && 2 * distinct <= sorted.len() { values(sorted) } else { Vec::new() },
        }
    }
}

fn values(sorted: &[f64]) -> Vec<Level> {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.map(|run| Level::new(print_number(run[0]), run.len(), sorted.len())).collect()
}

/// The value below which a share of the sorted values lies, interpolated between neighbours.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    let weight = place.fract();
    // Weighted sums, because the difference of two numbers may not be one.
    if below == above { below } else { below * (1.0 - weight) + above * weight }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_quantiles_are_those_of_the_textbook() {
        let summary = NumberSummary::of_sorted(&[0.0, 0.0, 1.0, 2.0, 7.0], 4);
        assert_eq!((summary.min, summary.p25, summary.p50, summary.p75, summary.max), (0.0, 0.0, 1.0, 2.0, 7.0));
        assert_eq!((summary.mean, summary.zeros), (2.0, 2));
        // Σ(v − 2)² = 34; Σ(v − 2)³ = −8 − 8 − 1 + 0 + 125 = 108.
        assert!((summary.sd.unwrap() - 8.5f64.sqrt()).abs() < 1e-12);
        assert!((summary.skew.unwrap() - (108.0 / 5.0) / (34.0f64 / 5.0).powf(1.5)).abs() < 1e-12);
        assert_eq!(summary.values, [], "values that are hardly repeated are not counted one by one");
        assert_eq!(NumberSummary::of_sorted(&[0.0, 0.0, 1.0, 1.0], 2).values[0], Level::new("0", 2, 4));
    }

    #[test]
    fn what_is_not_defined_is_left_open() {
        let single = NumberSummary::of_sorted(&[3.0], 1);
        assert_eq!((single.sd, single.skew, single.p99), (None, None, 3.0));
        let largest = NumberSummary::of_sorted(&[-f64::MAX, f64::MAX], 2);
        assert_eq!((largest.mean, largest.sd, largest.p50), (0.0, None, 0.0));
    }
}
