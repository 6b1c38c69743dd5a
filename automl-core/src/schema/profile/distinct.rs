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

/// The distinct values in order, each with how often it occurs.
///
/// Values in a narrow range are counted in a table, others are sorted.
pub(super) fn counts_by_value(mut values: Vec<i64>) -> Vec<(i64, u32)> {
    let (Some(&min), Some(&max)) = (values.iter().min(), values.iter().max()) else {
        return Vec::new();
    };
    let range = i128::from(max) - i128::from(min);
    if range < 4 * values.len() as i128 {
        let mut table = vec![0u32; range as usize + 1];
        for value in values {
            table[(value - min) as usize] += 1;
        }
        return (min..).zip(table).filter(|(_, count)| *count > 0).collect();
    }
    values.sort_unstable();
    values.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)).collect()
}

/// Whether values name something rather than measure it: nowhere do they occur more often than elsewhere, or they are
/// scattered thinly, occur in hardly any order, and the frequent ones are not round.
pub(super) fn looks_like_codes(counts: &[(i64, u32)]) -> bool {
    let order = Order::of(counts);
    // At more than 100 values, chance exceeds 3.5 once in a thousand columns of codes.
    const F_MIN: f64 = 3.5;
    if order.f <= F_MIN {
        return true;
    }
    // Codes that were given out in the order of time crowd a little; quantities explain more, or lie close together.
    const EXPLAINED_MAX: f64 = 0.5;
    const DENSITY_MAX: f64 = 0.05;
    order.explained < EXPLAINED_MAX && density(counts) < DENSITY_MAX && !prefers_round(counts)
}

/// The part of the whole numbers between the least and the greatest that occur.
fn density(counts: &[(i64, u32)]) -> f64 {
    let (Some((min, _)), Some((max, _))) = (counts.first(), counts.last()) else { return 1.0 };
    counts.len() as f64 / (max.abs_diff(*min) as f64 + 1.0)
}

/// Whether people round: of the fifty most frequent values more than 30 % end with a zero, where chance gives 10 %.
fn prefers_round(counts: &[(i64, u32)]) -> bool {
    const SHARE_MIN: f64 = 0.3;
    const VALUES: usize = 50;
    let mut by_count = counts.to_vec();
    by_count.sort_unstable_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
    by_count.truncate(VALUES);
    let round = by_count.iter().filter(|(value, _)| value % 10 == 0).count();
    round as f64 > SHARE_MIN * by_count.len() as f64
}

/// How much more often some stretches of the ordered values occur than others, as in measured quantities, which
/// crowd somewhere: the "order signal" of §9.
///
/// Analysis of variance of the logarithms of the counts in ten stretches of the values.
struct Order {
    /// Variance between stretches over that within.
    f: f64,
    /// The part of the variance that lies between stretches.
    explained: f64,
}

impl Order {
    fn of(counts: &[(i64, u32)]) -> Order {
        const STRETCHES: usize = 10;
        let logs: Vec<f64> = counts.iter().map(|(_, count)| f64::from(*count).ln()).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let overall = mean(&logs);
        let (mut between, mut within) = (0.0, 0.0);
        for i in 0..STRETCHES {
            let stretch = &logs[i * logs.len() / STRETCHES..(i + 1) * logs.len() / STRETCHES];
            let own = mean(stretch);
            between += stretch.len() as f64 * (own - overall).powi(2);
            within += stretch.iter().map(|v| (v - own).powi(2)).sum::<f64>();
        }
        let f = between / (STRETCHES - 1) as f64 / (within / (logs.len() - STRETCHES) as f64);
        // Equal counts everywhere show nothing.
        Order { f: if between > 0.0 { f } else { 0.0 }, explained: between / (between + within) }
    }
}
