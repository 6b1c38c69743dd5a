//! The mean target of every level: smoothed, and cross-fitted for the rows that it is learned from.
//!
//! Levels come as codes; code 0 stands for cells of which nothing is to be learned, and always has the value 0.
//!
//! **Smoothing.** With n rows of a level and their sum s, the level has the mean (s + αm) / (n + α), m being the mean of
//! all rows. The strength α is the variance within levels over the variance between them, both estimated from the rows
//! by the analysis of variance (method of moments): levels that differ by chance alone are drawn to m altogether.
//!
//! **Scale.** A class has the log-odds of the smoothed share less those of m, which is the weight of evidence. A number
//! has the difference to m, after the scaling of [`Completion`]. So 0 means "as all rows", and no value leaves ±6.
//!
//! **Cross-fitting.** Nothing that a training row is given depends on its own target, neither the sums nor m, α or the
//! scaling.
//!
//! Sources: Micci-Barreca: *A preprocessing scheme for high-cardinality categorical attributes* (2001); Prokhorenkova et
//! al.: *CatBoost: unbiased boosting with categorical features* (2018).

use automl_core::matrix::{Column, Completion};
use automl_core::seed::derive;
use automl_core::task::Target;
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// Folds of the cross-fitting: each row is given what four fifths of the others say.
const FOLDS: u64 = 5;
/// Bounds of the strength that is estimated, in rows.
const STRENGTH: std::ops::RangeInclusive<f64> = 1.0..=1e6;
/// No value leaves ± this: odds that are 400 times those of all rows say no more than that.
pub const LIMIT: f32 = 6.0;

/// Which rows tell a training row about its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// The rows of the other folds. The rows of a level are dealt to the folds in turn, whatever their target.
    OutOfFold,
    /// The rows that come earlier in a random order.
    Ordered,
}

/// How means are made.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Which rows tell a training row about its level.
    pub scheme: Scheme,
    /// So many rows of the overall mean are added to each level; `None` for as many as the rows suggest.
    pub smoothing: Option<f64>,
    /// Seed of the random order.
    pub seed: u64,
}

/// What is averaged: whether a row is of a class, or a number.
#[derive(Debug, Clone, Copy)]
pub enum Truth<'a> {
    /// Whether the label is that class.
    Class(&'a [u32], u32),
    /// The number.
    Numbers(&'a [f64]),
}

/// Codes of the rows, all below `n_codes`.
#[derive(Debug, Clone, Copy)]
pub struct Codes<'a> {
    /// One per row.
    pub of_rows: &'a [u32],
    /// How many there may be.
    pub count: usize,
}

impl Codes<'_> {
    fn of_row(self, row: u32) -> usize {
        self.of_rows[row as usize] as usize
    }
}

/// What a target is averaged as: one mean for a number or two classes, else one for each of the most frequent classes.
pub fn truths(target: &Target, classes_max: usize) -> Vec<Truth<'_>> {
    match target {
        Target::Numbers(values) => vec![Truth::Numbers(values)],
        Target::Classes { labels, n_classes: 2 } => vec![Truth::Class(labels, 1)],
        Target::Classes { labels, n_classes } => {
            let mut counts = vec![0_usize; *n_classes];
            labels.iter().for_each(|&label| counts[label as usize] += 1);
            let mut classes: Vec<u32> = (0..*n_classes as u32).collect();
            classes.sort_by_key(|&class| std::cmp::Reverse(counts[class as usize]));
            classes.truncate(classes_max);
            classes.sort_unstable();
            classes.into_iter().map(|class| Truth::Class(labels, class)).collect()
        }
    }
}

/// What a target is like at the codes of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The value of every training row, learned from other rows.
    pub of_rows: Vec<f32>,
    /// The value of every code for new rows, learned from all rows.
    pub of_codes: Vec<f32>,
}

/// Learns the values of codes, and gives each training row one that it has no part in.
pub fn encode(codes: Codes<'_>, truth: Truth<'_>, how: How) -> Encoded {
    match how.scheme {
        Scheme::OutOfFold => out_of_fold(codes, truth, how),
        Scheme::Ordered => {
            let all: Vec<u32> = (0..codes.of_rows.len() as u32).collect();
            let means = Means::learn(codes, truth, &all, how.smoothing);
            Encoded { of_rows: ordered(codes, truth, how), of_codes: (0..codes.count).map(|code| means.value(code)).collect() }
        }
    }
}

/// New rows are given the mean over the folds: the odds of a level grow with its rows, so that those of all rows at once
/// would be larger than any that a learner has seen.
fn out_of_fold(codes: Codes<'_>, truth: Truth<'_>, how: How) -> Encoded {
    let mut turns: Vec<u64> = (0..codes.count as u64).map(|code| derive(how.seed, code) % FOLDS).collect();
    let mut folds = vec![Vec::new(); FOLDS as usize];
    for (row, &code) in (0_u32..).zip(codes.of_rows) {
        let turn = &mut turns[code as usize];
        folds[(*turn % FOLDS) as usize].push(row);
        *turn += 1;
    }
    let mut encoded = Encoded { of_rows: vec![0.0; codes.of_rows.len()], of_codes: vec![0.0; codes.count] };
    for (i, fold) in folds.iter().enumerate() {
        let others: Vec<u32> = folds.iter().enumerate().filter(|(j, _)| *j != i).flat_map(|(_, rows)| rows).copied().collect();
        let means = Means::learn(codes, truth, &others, how.smoothing);
        let values: Vec<f32> = (0..codes.count).map(|code| means.value(code)).collect();
        fold.iter().for_each(|&row| encoded.of_rows[row as usize] = values[codes.of_row(row)]);
        encoded.of_codes.iter_mut().zip(values).for_each(|(sum, value)| *sum += value / FOLDS as f32);
    }
    // Means of values within the limit may leave it by rounding.
    encoded.of_codes.iter_mut().for_each(|value| *value = value.clamp(-LIMIT, LIMIT));
    encoded
}

/// What depends on all earlier rows (the overall mean, the strength, the scaling) is learned anew whenever their number
/// has doubled.
fn ordered(codes: Codes<'_>, truth: Truth<'_>, how: How) -> Vec<f32> {
    let mut order: Vec<u32> = (0..codes.of_rows.len() as u32).collect();
    order.sort_by_cached_key(|&row| derive(how.seed, u64::from(row)));
    let mut values = vec![0.0; order.len()];
    let mut known = 1;
    while known < order.len() {
        let (earlier, rest) = order.split_at(known);
        let mut means = Means::learn(codes, truth, earlier, how.smoothing);
        for &row in &rest[..known.min(rest.len())] {
            values[row as usize] = means.value(codes.of_row(row));
            means.add(codes, row);
        }
        known *= 2;
    }
    values
}

/// Counts and sums of every code.
struct Means {
    counts: Vec<u32>,
    sums: Vec<f64>,
    /// What is summed, of all rows.
    outcomes: Vec<f32>,
    is_class: bool,
    prior: f64,
    strength: f64,
}

impl Means {
    fn learn(codes: Codes<'_>, truth: Truth<'_>, rows: &[u32], smoothing: Option<f64>) -> Means {
        let mut means = Means {
            counts: vec![0; codes.count],
            sums: vec![0.0; codes.count],
            outcomes: outcomes(truth, rows.iter().map(|&row| row as usize)),
            is_class: matches!(truth, Truth::Class(..)),
            prior: 0.0,
            strength: 0.0,
        };
        rows.iter().for_each(|&row| means.add(codes, row));
        means.prior = means.overall(rows);
        means.strength = smoothing.unwrap_or_else(|| means.estimate_strength(codes, rows));
        means
    }

    fn add(&mut self, codes: Codes<'_>, row: u32) {
        let code = codes.of_row(row);
        self.counts[code] += 1;
        self.sums[code] += f64::from(self.outcomes[row as usize]);
    }

    /// The mean of all rows. A share has half a row of either class added, so that its odds are finite.
    fn overall(&self, rows: &[u32]) -> f64 {
        let (sum, n) = (self.sums.iter().sum::<f64>(), rows.len() as f64);
        if self.is_class { (sum + 0.5) / (n + 1.0) } else { sum / n.max(1.0) }
    }

    /// Variance within levels over variance between them.
    fn estimate_strength(&self, codes: Codes<'_>, rows: &[u32]) -> f64 {
        let squares: f64 =
            rows.iter().filter(|&&row| codes.of_row(row) > 0).map(|&row| f64::from(self.outcomes[row as usize]).powi(2)).sum();
        let levels = || self.counts.iter().zip(&self.sums).skip(1).filter(|(count, _)| **count > 0);
        let (mut n, mut k, mut sum, mut of_levels, mut sizes) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (&count, &level) in levels() {
            let count = f64::from(count);
            n += count;
            k += 1.0;
            sum += level;
            of_levels += level * level / count;
            sizes += count * count;
        }
        let within = (squares - of_levels) / (n - k);
        let between = (of_levels - sum * sum / n - (k - 1.0) * within) / (n - sizes / n);
        // Too few levels or rows give no number, and levels that differ less than by chance a negative one.
        if within >= 0.0 && between > 0.0 {
            (within / between).clamp(*STRENGTH.start(), *STRENGTH.end())
        } else {
            *STRENGTH.end()
        }
    }

    fn value(&self, code: usize) -> f32 {
        let count = f64::from(self.counts[code]);
        if code == 0 || count == 0.0 {
            return 0.0;
        }
        let mean = (self.sums[code] + self.strength * self.prior) / (count + self.strength);
        let odds = |share: f64| (share / (1.0 - share)).ln();
        let value = if self.is_class { odds(mean) - odds(self.prior) } else { mean - self.prior };
        (value as f32).clamp(-LIMIT, LIMIT)
    }
}

/// What is averaged, of all rows; numbers are scaled by what some of them say.
pub fn outcomes(truth: Truth<'_>, rows: impl ExactSizeIterator<Item = usize>) -> Vec<f32> {
    match truth {
        Truth::Class(labels, class) => labels.iter().map(|&label| f32::from(u8::from(label == class))).collect(),
        Truth::Numbers(values) => Completion::learn(rows.map(|row| values[row])).scale(values.iter().copied()),
    }
}

/// The mean of every code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mean {
    /// Of which class it is the share, where there are more than two.
    pub class: Option<u32>,
    /// Per code, 0 first.
    pub values: Vec<f32>,
}

impl Mean {
    /// Of new values.
    pub fn new(target: &Target, truth: Truth<'_>, values: Vec<f32>) -> Mean {
        let class = match truth {
            Truth::Class(_, class) if target.width() > 2 => Some(class),
            _ => None,
        };
        Mean { class, values }
    }

    /// What it is the mean target of, as the name of a feature. Classes are numbered from 1 in their order.
    pub fn name(&self, of: &str) -> String {
        match self.class {
            Some(class) => format!("target({of}, class {})", u64::from(class) + 1),
            None => format!("target({of})"),
        }
    }

    /// Of codes that are in range.
    pub fn column(&self, codes: &[u32]) -> Column {
        Column::Numeric(codes.iter().map(|&code| self.values[code as usize]).collect())
    }

    /// Checks means from a file.
    ///
    /// # Errors
    /// Not one per code, or one that is too large.
    pub fn validate(&self, of: &str, codes: usize) -> Result<()> {
        if self.values.len() == codes && self.values.iter().all(|value| value.abs() <= LIMIT) {
            return Ok(());
        }
        Err(Error::artifact(format!("the mean targets of `{of}` do not fit its {codes} codes")))
    }
}

/// Checks a smoothing that was asked for.
///
/// # Errors
/// It is not positive.
pub fn check_smoothing(featurizer: &str, smoothing: Option<f64>) -> Result<()> {
    match smoothing {
        Some(rows) if !(rows > 0.0 && rows.is_finite()) => {
            Err(Error::usage(format!("`smoothing` of `{featurizer}` is {rows}; it must be a positive number or null")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn how(scheme: Scheme, smoothing: Option<f64>) -> How {
        How { scheme, smoothing, seed: 1 }
    }

    #[test]
    fn a_class_has_its_weight_of_evidence() {
        let (codes, labels) = ([1, 1, 1, 1, 2, 2, 2, 2, 0], [1, 1, 1, 0, 0, 0, 0, 1, 0]);
        let codes = Codes { of_rows: &codes, count: 3 };
        let values = encode(codes, Truth::Class(&labels, 1), how(Scheme::Ordered, Some(2.0))).of_codes;
        // Four of nine rows are of the class; with half a row of either added that is 0.45.
        let odds = |share: f64| (share / (1.0 - share)).ln();
        assert_eq!(values[0], 0.0);
        assert!((f64::from(values[1]) - (odds(3.9 / 6.0) - odds(0.45))).abs() < 1e-6, "{values:?}");
        assert!((f64::from(values[2]) - (odds(1.9 / 6.0) - odds(0.45))).abs() < 1e-6, "{values:?}");
    }

    #[test]
    fn levels_that_differ_by_chance_alone_are_drawn_to_the_mean() {
        let codes: Vec<u32> = (0..4000).map(|i| 1 + i % 100).collect();
        let codes = Codes { of_rows: &codes, count: 101 };
        let noise: Vec<f64> = (0..4000).map(|i| (derive(1, i) % 1000) as f64).collect();
        let signal: Vec<f64> = (0..4000).map(|i| noise[i] + (i % 100) as f64 * 50.0).collect();
        let largest = |values: &[f64]| {
            let values = encode(codes, Truth::Numbers(values), how(Scheme::OutOfFold, None)).of_codes;
            values.iter().fold(0.0_f32, |a, v| a.max(v.abs()))
        };
        assert!(largest(&noise) < 0.1 && largest(&signal) > 0.8, "{} {}", largest(&noise), largest(&signal));
    }

    #[test]
    fn the_most_frequent_classes_have_means() {
        let target = Target::Classes { labels: vec![3, 3, 0, 2, 2, 1], n_classes: 4 };
        let classes: Vec<u32> =
            truths(&target, 2).iter().map(|truth| if let Truth::Class(_, class) = truth { *class } else { 9 }).collect();
        assert_eq!(classes, [2, 3]);
    }

    proptest! {
        /// Bit for bit: not even the overall mean of what a row is given has seen its target.
        #[test]
        fn the_value_of_a_row_does_not_depend_on_its_target(
            rows in prop::collection::vec((0_u32..6, -50_i32..50), 1..60),
            at in any::<prop::sample::Index>(),
            new in -500_i32..500,
            is_ordered in any::<bool>(),
        ) {
            let codes: Vec<u32> = rows.iter().map(|row| row.0).collect();
            let codes = Codes { of_rows: &codes, count: 6 };
            let how = how(if is_ordered { Scheme::Ordered } else { Scheme::OutOfFold }, None);
            let of_rows = |truth: Truth<'_>| encode(codes, truth, how).of_rows;
            let at = at.index(rows.len());
            let numbers: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let mut changed = numbers.clone();
            changed[at] = f64::from(new);
            let (before, after) = (of_rows(Truth::Numbers(&numbers)), of_rows(Truth::Numbers(&changed)));
            prop_assert_eq!(before[at].to_bits(), after[at].to_bits());
            let labels: Vec<u32> = rows.iter().map(|row| u32::from(row.1 > 0)).collect();
            let mut changed = labels.clone();
            changed[at] = 1 - changed[at];
            let (before, after) = (of_rows(Truth::Class(&labels, 1)), of_rows(Truth::Class(&changed, 1)));
            prop_assert_eq!(before[at].to_bits(), after[at].to_bits());
            prop_assert!(before.iter().all(|v| v.abs() <= LIMIT));
        }
    }
}
