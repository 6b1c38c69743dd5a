//! How many values does a column hold, and how often each?

use super::FEW;

/// The distinct values in order if they are at most [`FEW`], else `None` after the first that is too many.
pub(super) fn few_distinct<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let mut few: Vec<T> = Vec::with_capacity(FEW + 1);
    let mut last = None;
    for value in values {
        if last == Some(value) {
            continue;
        }
        last = Some(value);
        if let Err(place) = few.binary_search(&value) {
            if few.len() == FEW {
                return None;
            }
            few.insert(place, value);
        }
    }
    Some(few)
}

pub(super) fn count_distinct(mut hashes: Vec<u64>) -> usize {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len()
}

/// How often each distinct value occurs, in the order of the values.
///
/// Values in a narrow range are counted in a table, others are sorted.
pub(super) fn counts_by_value(mut values: Vec<i64>) -> Vec<u32> {
    let (Some(&min), Some(&max)) = (values.iter().min(), values.iter().max()) else {
        return Vec::new();
    };
    let range = i128::from(max) - i128::from(min);
    if range < 4 * values.len() as i128 {
        let mut table = vec![0u32; range as usize + 1];
        for value in values {
            table[(value - min) as usize] += 1;
        }
        table.retain(|count| *count > 0);
        return table;
    }
    values.sort_unstable();
    values.chunk_by(|a, b| a == b).map(|run| run.len() as u32).collect()
}

/// Whether some stretches of the ordered values occur more often than others, as in measured quantities, which
/// crowd somewhere, and not in codes: the "order signal" of §9.
///
/// Analysis of variance of the logarithms of the counts in ten stretches of the values. At more than 100
/// values, chance exceeds 3.5 once in a thousand columns of codes.
pub(super) fn shows_order(counts: &[u32]) -> bool {
    const STRETCHES: usize = 10;
    const F_MIN: f64 = 3.5;
    let logs: Vec<f64> = counts.iter().map(|&count| f64::from(count).ln()).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let overall = mean(&logs);
    let (mut between, mut within) = (0.0, 0.0);
    for i in 0..STRETCHES {
        let stretch = &logs[i * logs.len() / STRETCHES..(i + 1) * logs.len() / STRETCHES];
        let own = mean(stretch);
        between += stretch.len() as f64 * (own - overall).powi(2);
        within += stretch.iter().map(|v| (v - own).powi(2)).sum::<f64>();
    }
    between / (STRETCHES - 1) as f64 > F_MIN * within / (logs.len() - STRETCHES) as f64
}
