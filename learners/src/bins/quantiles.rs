//! Where the cuts between the bins of a numeric column lie.

/// Rows that the cuts are made from at most: they place 255 quantiles to within 0.2 % of the rows, and
/// sorting them takes a few milliseconds.
const SAMPLE: usize = 65_536;

/// Inclusive upper ends of all bins but the last, strictly rising; fewer than `max_bin` of them.
///
/// Every distinct value has its own bin while there are enough bins. Otherwise the bins hold about equally
/// many rows, and a value that would fill one shares it with half a bin of others at most. Cuts lie midway
/// between neighbouring values.
pub(crate) fn uppers(values: &[f32], max_bin: usize) -> Vec<f32> {
    let distinct = distinct_values(values);
    if distinct.len() <= max_bin {
        return distinct.windows(2).map(|pair| midpoint(pair[0].0, pair[1].0)).collect();
    }
    equal_counts(&distinct, max_bin)
}

/// The distinct values of a regular sample in rising order, each with its number of rows.
fn distinct_values(values: &[f32]) -> Vec<(f32, usize)> {
    let step = values.len().div_ceil(SAMPLE).max(1);
    let mut sample: Vec<f32> = values.iter().step_by(step).copied().filter(|v| !v.is_nan()).collect();
    sample.sort_unstable_by(f32::total_cmp);
    let mut distinct: Vec<(f32, usize)> = Vec::new();
    for value in sample {
        match distinct.last_mut() {
            Some(last) if last.0 == value => last.1 += 1,
            _ => distinct.push((value, 1)),
        }
    }
    distinct
}

/// The greedy rule of LightGBM (`GreedyFindBin`): a value with at least the mean number of rows per bin
/// closes a bin, the others are swept together until a bin has the mean of what is left.
fn equal_counts(distinct: &[(f32, usize)], max_bin: usize) -> Vec<f32> {
    let total: usize = distinct.iter().map(|d| d.1).sum();
    let mean = total as f64 / max_bin as f64;
    let is_big = |count: usize| count as f64 >= mean;
    let (big_values, big_rows) =
        distinct.iter().filter(|d| is_big(d.1)).fold((0, 0), |(values, rows), d| (values + 1, rows + d.1));
    let mut bins_left = (max_bin - big_values).max(1);
    let mut rows_left = total - big_rows;
    let mut mean_left = rows_left as f64 / bins_left as f64;

    let mut uppers = Vec::with_capacity(max_bin - 1);
    let mut in_bin = 0;
    for pair in distinct.windows(2) {
        let ((value, count), (next, next_count)) = (pair[0], pair[1]);
        in_bin += count;
        if !is_big(count) {
            rows_left -= count;
        }
        let is_full = in_bin as f64 >= mean_left;
        if is_big(count) || is_full || (is_big(next_count) && in_bin as f64 >= (mean_left / 2.0).max(1.0)) {
            uppers.push(midpoint(value, next));
            if uppers.len() == max_bin - 1 {
                break;
            }
            if !is_big(count) {
                bins_left = (bins_left - 1).max(1);
                mean_left = rows_left as f64 / bins_left as f64;
            }
            in_bin = 0;
        }
    }
    uppers
}

/// A number `m` with `low <= m < high`, midway if `f32` has one there.
fn midpoint(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    if middle >= low && middle < high { middle } else { low }
}
