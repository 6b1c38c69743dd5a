//! How often values fall into stretches of equal length.

use serde::Serialize;

use super::numbers::quantile;

/// How often numbers fall into bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Where the first bin begins.
    pub low: f64,
    /// Where the last bin ends.
    pub high: f64,
    /// Values in each bin; the last one includes `high`.
    pub counts: Vec<usize>,
    /// Values below `low`.
    pub below: usize,
    /// Values above `high`.
    pub above: usize,
}

/// At most so many bins.
pub(super) const BINS: usize = 20;

impl Histogram {
    /// The histogram of numbers in ascending order, at least one.
    ///
    /// Few whole numbers have a bin each. Where the outer 1 % on either side take more than half of the range, the
    /// bins cover the rest, and the outliers are counted beside.
    pub fn of_sorted(sorted: &[f64]) -> Histogram {
        let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
        let (inner_low, inner_high) = (quantile(sorted, 0.01), quantile(sorted, 0.99));
        let has_tails = inner_high > inner_low && max - min > 2.0 * (inner_high - inner_low);
        let (low, high) = if has_tails { (inner_low, inner_high) } else { (min, max) };
        let is_whole = sorted.iter().all(|v| v.fract() == 0.0);
        let (low, high, bins) = if is_whole { whole_bins(low, high) } else { (low, high, BINS) };
        let inside = &sorted[sorted.partition_point(|v| *v < low)..sorted.partition_point(|v| *v <= high)];
        let below = sorted.partition_point(|v| *v < low);
        let above = sorted.len() - below - inside.len();
        Histogram { low, high, counts: count(inside.iter().copied(), low, high, bins), below, above }
    }
}

/// Bins that hold equally many whole numbers each, half a number beyond the first and the last.
fn whole_bins(low: f64, high: f64) -> (f64, f64, usize) {
    let (low, high) = (low.floor(), high.ceil());
    let width = ((high - low + 1.0) / BINS as f64).ceil();
    let bins = ((high - low + 1.0) / width).ceil();
    (low - 0.5, low - 0.5 + bins * width, bins as usize)
}

/// How many values between `low` and `high` fall into each of `bins` stretches.
pub(super) fn count(values: impl Iterator<Item = f64>, low: f64, high: f64, bins: usize) -> Vec<usize> {
    if high <= low {
        return vec![values.count()];
    }
    let mut counts = vec![0; bins];
    // Halves, so that the width of the largest range is a number.
    let width = high / 2.0 - low / 2.0;
    for value in values {
        let place = (value / 2.0 - low / 2.0) / width * bins as f64;
        counts[(place as usize).min(bins - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_whole_numbers_have_a_bin_each() {
        let histogram = Histogram::of_sorted(&[1.0, 1.0, 2.0, 3.0, 3.0, 3.0]);
        assert_eq!((histogram.low, histogram.high, histogram.counts), (0.5, 3.5, vec![2, 1, 3]));
        let many: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(Histogram::of_sorted(&many).counts, [5; 20]);
    }

    #[test]
    fn outliers_are_counted_beside() {
        let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        values.push(1e6);
        let histogram = Histogram::of_sorted(&values);
        assert!(histogram.high < 1.0, "{histogram:?}");
        assert_eq!(histogram.counts.iter().sum::<usize>() + histogram.below + histogram.above, values.len());
    }

    #[test]
    fn one_value_and_the_largest_range_have_histograms() {
        assert_eq!(Histogram::of_sorted(&[0.5, 0.5]).counts, [2]);
        let wide = Histogram::of_sorted(&[-f64::MAX, 0.5, f64::MAX]);
        assert_eq!((wide.counts[0], wide.counts[10], wide.counts[19]), (1, 1, 1));
    }
}
