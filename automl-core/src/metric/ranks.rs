//! Weighted ranks and the weighted median.

use super::Scoring;

/// The rank of every row among all: the weight below it plus half the weight of its equals.
///
/// With weights of 1 these are the usual averaged ranks less one half; a weight of 2 counts as two rows.
pub fn weighted_ranks(s: &Scoring<'_>, values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0.0;
    for equals in order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]) {
        let weight: f64 = equals.iter().map(|&i| s.weight(i as usize)).sum();
        for &i in equals {
            ranks[i as usize] = below + 0.5 * weight;
        }
        below += weight;
    }
    ranks
}

/// The value that half of the weight lies below; the mean of two neighbours where exactly half does.
/// `None` if there is no weight.
pub fn weighted_median(s: &Scoring<'_>, values: &[f64]) -> Option<f64> {
    let order: Vec<usize> = ascending(values).into_iter().map(|i| i as usize).filter(|&i| s.weight(i) > 0.0).collect();
    let half = 0.5 * order.iter().map(|&i| s.weight(i)).sum::<f64>();
    let mut below = 0.0;
    for (at, &i) in order.iter().enumerate() {
        below += s.weight(i);
        if below > half {
            return Some(values[i]);
        }
        if below == half {
            let next = order.get(at + 1).map_or(values[i], |&j| values[j]);
            return Some(0.5 * (values[i] + next));
        }
    }
    None
}

/// The rows from the smallest to the largest value.
fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
    order
}
