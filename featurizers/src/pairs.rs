//! Pairs of coded columns: which of them tell most about a target, and their levels.

use std::collections::HashMap;

use automl_core::task::Target;

use crate::target_means::{Codes, How, Truth, encode, outcomes, truths};

/// Rows on which pairs are chosen: the standard error of a score is then below a hundredth.
const ROWS_MAX: usize = 20_000;

/// How pairs are chosen.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// Pairs are made of so many columns, those that tell most alone.
    pub columns_max: usize,
    /// So many classes are looked at.
    pub classes_max: usize,
    /// Pairs with fewer levels are not looked at.
    pub levels_min: usize,
    /// Pairs of levels in fewer rows are rare.
    pub rows_min: usize,
    /// How means are made.
    pub how: How,
}

/// What is looked at of a target: the outcome of every row, and per column the cross-fitted means.
struct Output<'a> {
    truth: Truth<'a>,
    outcomes: Vec<f32>,
    of_columns: Vec<Vec<f32>>,
}

impl Choice {
    /// The pairs that tell something beyond what their columns tell, best first.
    pub fn best_pairs(&self, codes: &[Vec<u32>], target: &Target) -> Vec<[usize; 2]> {
        let step = target.len().div_ceil(ROWS_MAX).max(1);
        let rows: Vec<u32> = (0..target.len() as u32).step_by(step).collect();
        let target = target.select(&rows);
        let codes: Vec<Vec<u32>> = codes.iter().map(|codes| codes.iter().copied().step_by(step).collect()).collect();
        let output = |truth| Output {
            truth,
            outcomes: outcomes(truth, 0..rows.len()),
            of_columns: codes.iter().map(|codes| self.means(codes, truth)).collect(),
        };
        let outputs: Vec<Output<'_>> = truths(&target, self.classes_max).into_iter().map(output).collect();
        let columns = self.best_columns(&outputs, codes.len());
        // Twice the standard error of a correlation that is none.
        let least = 4.0 / rows.len() as f64;
        let mut scored = Vec::new();
        for (i, &a) in columns.iter().enumerate() {
            for &b in &columns[i + 1..] {
                let score = self.score(&outputs, [a, b], [&codes[a], &codes[b]]);
                if score > least {
                    scored.push((score, [a.min(b), a.max(b)]));
                }
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.into_iter().map(|(_, pair)| pair).collect()
    }

    /// The columns whose means have the largest correlations with the target.
    fn best_columns(&self, outputs: &[Output<'_>], columns: usize) -> Vec<usize> {
        let score = |column: usize| {
            let of_output = |output: &Output<'_>| squared(partial_correlation(&output.of_columns[column], &output.outcomes, []));
            outputs.iter().map(of_output).sum::<f64>()
        };
        let mut scored: Vec<(f64, usize)> = (0..columns).map(|column| (score(column), column)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.truncate(self.columns_max);
        scored.into_iter().map(|(_, column)| column).collect()
    }

    /// The mean over the outputs of the squared correlations that are positive: of a truth that is not told at all,
    /// cross-fitted means are as often wrong as right.
    fn score(&self, outputs: &[Output<'_>], [a, b]: [usize; 2], codes: [&[u32]; 2]) -> f64 {
        let (keys, of_rows) = number_pairs(codes[0], codes[1], self.rows_min);
        if keys.len() < self.levels_min {
            return 0.0;
        }
        let codes = Codes { of_rows: &of_rows, count: keys.len() + 1 };
        let of_output = |output: &Output<'_>| {
            let of_pair = encode(codes, output.truth, self.how).of_rows;
            let given = [&output.of_columns[a][..], &output.of_columns[b]];
            squared(partial_correlation(&of_pair, &output.outcomes, given))
        };
        outputs.iter().map(of_output).sum::<f64>() / outputs.len() as f64
    }

    fn means(&self, codes: &[u32], truth: Truth<'_>) -> Vec<f32> {
        let count = codes.iter().max().map_or(1, |&code| code as usize + 1);
        encode(Codes { of_rows: codes, count }, truth, self.how).of_rows
    }
}

fn squared(correlation: f64) -> f64 {
    correlation.max(0.0).powi(2)
}

/// Two codes in one number.
pub fn key(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

/// The keys of the pairs that are in enough rows, ascending; and per row 0, or 1 and the place of its key.
pub fn number_pairs(a: &[u32], b: &[u32], rows_min: usize) -> (Vec<u64>, Vec<u32>) {
    let keys: Vec<u64> = a.iter().zip(b).map(|(&a, &b)| if a == 0 || b == 0 { 0 } else { key(a, b) }).collect();
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    keys.iter().filter(|&&key| key > 0).for_each(|&key| *numbers.entry(key).or_insert(0) += 1);
    numbers.retain(|_, count| *count as usize >= rows_min);
    let mut kept: Vec<u64> = numbers.keys().copied().collect();
    kept.sort_unstable();
    (1..).zip(&kept).for_each(|(number, key)| {
        numbers.insert(*key, number);
    });
    let of_rows = keys.iter().map(|key| numbers.get(key).copied().unwrap_or(0)).collect();
    (kept, of_rows)
}

/// The correlation of two columns once what the given ones tell by a linear combination is taken from both; 0 where
/// nothing is left.
fn partial_correlation<const N: usize>(x: &[f32], y: &[f32], given: [&[f32]; N]) -> f64 {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for column in given {
        let rest = without(centred(column), &basis);
        basis.extend(unit(rest));
    }
    let [x, y] = [x, y].map(|column| unit(without(centred(column), &basis)));
    x.zip(y).map_or(0.0, |(x, y)| dot(&x, &y))
}

fn centred(column: &[f32]) -> Vec<f64> {
    let mean = column.iter().map(|&v| f64::from(v)).sum::<f64>() / column.len().max(1) as f64;
    column.iter().map(|&v| f64::from(v) - mean).collect()
}

fn without(mut column: Vec<f64>, basis: &[Vec<f64>]) -> Vec<f64> {
    for direction in basis {
        let share = dot(&column, direction);
        column.iter_mut().zip(direction).for_each(|(v, d)| *v -= share * d);
    }
    column
}

/// Of length 1; `None` for a column that is all but zero, as what rounding leaves is.
fn unit(column: Vec<f64>) -> Option<Vec<f64>> {
    let length = dot(&column, &column).sqrt();
    (length > 1e-5 * (column.len() as f64).sqrt()).then(|| column.iter().map(|v| v / length).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use automl_core::seed::derive;

    use super::*;
    use crate::target_means::Scheme;

    #[test]
    fn what_columns_tell_alone_is_taken_away() {
        let a: Vec<f32> = (0..100).map(|i| (i % 10) as f32).collect();
        let b: Vec<f32> = (0..100).map(|i| (i / 10) as f32).collect();
        let sum: Vec<f32> = a.iter().zip(&b).map(|(a, b)| 2.0 * a - b + 3.0).collect();
        let product: Vec<f32> = a.iter().zip(&b).map(|(a, b)| (a - 4.5) * (b - 4.5)).collect();
        assert_eq!(partial_correlation(&sum, &sum, [&a, &b]), 0.0);
        assert!((partial_correlation(&product, &product, [&a, &b]) - 1.0).abs() < 1e-9);
        assert!((partial_correlation(&sum, &a, []) - 2.0 / 5.0_f64.sqrt()).abs() < 1e-6);
    }

    /// The second and the third column tell the target together, and nothing alone; the first tells it alone.
    #[test]
    fn a_pair_that_tells_something_only_together_comes_first() {
        let random = |column: u64, row: u64| (derive(column, row) % 4) as u32;
        let codes: Vec<Vec<u32>> = (0..4).map(|column| (0..2000).map(|row| 1 + random(column, row)).collect()).collect();
        let labels = (0..2000)
            .map(|row| u32::from((codes[1][row] + codes[2][row]).is_multiple_of(2)) ^ u32::from(codes[0][row] == 1))
            .collect();
        let how = How { scheme: Scheme::OutOfFold, smoothing: None, seed: 1 };
        let choice = Choice { columns_max: 4, classes_max: 5, levels_min: 2, rows_min: 2, how };
        let pairs = choice.best_pairs(&codes, &Target::Classes { labels, n_classes: 2 });
        assert_eq!(pairs[0], [1, 2]);
        let noise = Target::Numbers((0..2000).map(|row| (derive(9, row) % 1000) as f64).collect());
        assert!(choice.best_pairs(&codes, &noise).len() <= 1, "noise has no pairs");
    }
}
