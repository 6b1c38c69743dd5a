//! What quantile regression adds to the descent: bandwidths of the smoothing, and quantiles of weighted values.

/// Half widths of the kernel, in deviations of the target, each started from the minimum of the one before. The last
/// one moves a level by less than its sampling error on a few thousand rows.
pub(super) const BANDWIDTHS: [f64; 4] = [1.0, 0.3, 0.1, 0.03];

/// The smallest value that has at least this share of the weight at or below it; 0 if there are none.
pub(super) fn weighted(values: Vec<f64>, weights: &[f64], level: f64) -> f64 {
    let mut rows: Vec<(f64, f64)> = values.into_iter().zip(weights.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = level * rows.iter().map(|row| row.1).sum::<f64>();
    let mut below = 0.0;
    let found = rows.iter().find(|row| {
        below += row.1;
        below >= wanted
    });
    found.or(rows.last()).map_or(0.0, |row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_of_two_is_the_value_twice() {
        for level in [0.1, 0.5, 0.7, 0.9] {
            let weighted_once = weighted(vec![3.0, 1.0, 2.0], &[1.0, 2.0, 1.0], level);
            assert_eq!(weighted_once, weighted(vec![1.0, 3.0, 1.0, 2.0], &[1.0; 4], level));
        }
        assert_eq!(weighted(vec![], &[], 0.5), 0.0);
    }
}
