//! Categories as numbers: the mean target of each, as a column of its own.
//!
//! A training row must not see its own target in it, so rows are put in a random order and each sees the means of
//! the rows before it; new rows see the means of all (ordered target statistics, Prokhorenkova et al., *CatBoost*,
//! 2018). In the order of one draw early rows see little; the trees take turns with several draws.

use std::sync::Arc;

use automl_core::matrix::{Column, View};
use automl_core::seed::{derive, rng};
use automl_core::task::Target;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::table::Table;
use crate::bins::{Bins, bin_of, uppers};

/// Orders that rows are drawn in.
const ORDERS: u64 = 3;

/// Rows that the mean of all rows counts for in the mean of a category.
const PRIOR_ROWS: f64 = 1.0;

/// Classes beyond which categories get no means: one column per class would be too many.
const CLASSES_MAX: usize = 12;

/// The mean target of every category of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    /// The column of the matrix.
    pub column: u32,
    /// The mean of every code; that of code 0 stands for all that were never seen, too.
    values: Vec<f32>,
}

impl Statistic {
    /// The value for a code.
    #[inline]
    pub fn value(&self, code: usize) -> f32 {
        self.values.get(code).copied().unwrap_or(self.values[0])
    }

    /// Checks a statistic that came from a file.
    pub fn is_sound(&self, columns: usize) -> bool {
        (self.column as usize) < columns && !self.values.is_empty() && self.values.iter().all(|v| v.is_finite())
    }
}

/// Writes the statistics of a row behind its values, of which there are so many.
pub(super) fn append(statistics: &[Statistic], columns: usize) -> impl Fn(&mut [f32]) {
    move |row| {
        for (k, statistic) in statistics.iter().enumerate() {
            row[columns + k] = statistic.value(row[statistic.column as usize] as usize);
        }
    }
}

/// The bins of a fit with statistics: of the training rows one for every order, and of the validation rows.
pub(super) struct WithStatistics {
    pub statistics: Vec<Statistic>,
    pub training: Vec<Arc<Bins>>,
    pub validation: Arc<Bins>,
}

/// Rows whose categories are counted.
pub(super) struct Rows<'a> {
    pub x: View<'a>,
    pub valid: Option<View<'a>>,
    pub target: &'a Target,
    pub weights: Option<&'a [f64]>,
}

/// Adds the statistics of the categories of all columns with more than `beyond` of them. `shared` are the bins of the
/// matrix, `table` those of the training rows.
pub(super) fn add(
    beyond: usize,
    rows: &Rows<'_>,
    shared: &Arc<Bins>,
    table: &Table,
    max_bin: usize,
    seed: u64,
) -> WithStatistics {
    let answers = answers(rows.target);
    let mut statistics = Vec::new();
    let mut features = Vec::new();
    // Per order the new columns of the training rows, and those of the validation rows.
    let mut training: Vec<Vec<Vec<u8>>> = vec![Vec::new(); ORDERS as usize];
    let mut validation = Vec::new();
    let orders: Vec<Vec<u32>> = (0..ORDERS).map(|o| order(rows.x.rows(), derive(seed, o))).collect();
    let valid_is_apart = !Arc::ptr_eq(shared, &table.bins);
    for (j, column) in rows.x.columns().iter().enumerate() {
        let Column::Codes { codes, levels } = &**column else { continue };
        if (*levels as usize) <= beyond {
            continue;
        }
        let codes_of = |view: View<'_>| (0..view.rows()).map(|i| codes[view.row(i)] as usize).collect::<Vec<_>>();
        let training_codes = codes_of(rows.x);
        for answer in &answers {
            let means = Means { codes: &training_codes, answer, weights: rows.weights, levels: *levels as usize };
            let statistic = Statistic { column: j as u32, values: means.of_all() };
            let ordered: Vec<Vec<f32>> = orders.iter().map(|order| means.before_each(order)).collect();
            let cuts = uppers(&statistic.values, max_bin.min(32));
            let mut of_valid = vec![0; shared.row_major.rows()];
            if let Some(valid) = rows.valid {
                for (i, code) in codes_of(valid).into_iter().enumerate() {
                    of_valid[valid.row(i)] = bin_of(&cuts, statistic.value(code)) as u8;
                }
            }
            for (columns, ordered) in training.iter_mut().zip(ordered) {
                let mut bins = if valid_is_apart { vec![0; table.bins.row_major.rows()] } else { of_valid.clone() };
                ordered.into_iter().enumerate().for_each(|(i, v)| bins[table.places().at(i)] = bin_of(&cuts, v) as u8);
                columns.push(bins);
            }
            validation.push(of_valid);
            features.push(cuts);
            statistics.push(statistic);
        }
    }
    if statistics.is_empty() {
        return WithStatistics { statistics, training: vec![table.bins.clone()], validation: shared.clone() };
    }
    let training: Vec<Arc<Bins>> =
        training.into_iter().map(|columns| Arc::new(table.bins.with_numbers(&features, columns))).collect();
    let validation = if valid_is_apart { Arc::new(shared.with_numbers(&features, validation)) } else { training[0].clone() };
    WithStatistics { statistics, training, validation }
}

/// What means are taken of: the value, or for classes whether it is this one; of two classes the second tells all.
fn answers(target: &Target) -> Vec<Vec<f64>> {
    match target {
        Target::Numbers(values) => vec![values.clone()],
        Target::Classes { labels, n_classes } => {
            let told = if *n_classes == 2 { 1..2 } else { 0..*n_classes };
            let is = |class: usize| labels.iter().map(|&l| f64::from(u8::from(l as usize == class))).collect();
            if *n_classes > CLASSES_MAX { Vec::new() } else { told.map(is).collect() }
        }
    }
}

fn order(rows: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.shuffle(&mut rng(seed));
    order
}

struct Means<'a> {
    /// Per training row.
    codes: &'a [usize],
    answer: &'a [f64],
    weights: Option<&'a [f64]>,
    levels: usize,
}

impl Means<'_> {
    fn weight(&self, i: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[i])
    }

    fn prior(&self) -> f64 {
        let total: f64 = (0..self.codes.len()).map(|i| self.weight(i)).sum();
        let sum: f64 = self.answer.iter().enumerate().map(|(i, a)| self.weight(i) * a).sum();
        if total > 0.0 { sum / total } else { 0.0 }
    }

    fn mean(&self, [sum, weight]: [f64; 2], prior: f64) -> f32 {
        ((sum + PRIOR_ROWS * prior) / (weight + PRIOR_ROWS)) as f32
    }

    fn of_all(&self) -> Vec<f32> {
        let prior = self.prior();
        let mut sums = vec![[0.0; 2]; self.levels + 1];
        self.codes.iter().enumerate().for_each(|(i, &code)| self.add(&mut sums[code.min(self.levels)], i));
        sums.into_iter().map(|s| self.mean(s, prior)).collect()
    }

    /// Per row the mean of its category over the rows that come before it.
    fn before_each(&self, order: &[u32]) -> Vec<f32> {
        let prior = self.prior();
        let mut sums = vec![[0.0; 2]; self.levels + 1];
        let mut means = vec![0.0; self.codes.len()];
        for &i in order {
            let i = i as usize;
            let sum = &mut sums[self.codes[i].min(self.levels)];
            means[i] = self.mean(*sum, prior);
            self.add(sum, i);
        }
        means
    }

    fn add(&self, sum: &mut [f64; 2], i: usize) {
        sum[0] += self.weight(i) * self.answer[i];
        sum[1] += self.weight(i);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_sees_only_the_rows_before_it() {
        let means = Means { codes: &[1, 2, 1, 1], answer: &[1.0, 0.0, 0.0, 1.0], weights: None, levels: 2 };
        // The mean of all rows is a half and counts as one row.
        assert_eq!(means.before_each(&[0, 1, 2, 3]), [0.5, 0.5, 0.75, 0.5]);
        assert_eq!(means.before_each(&[3, 2, 1, 0]), [0.5, 0.5, 0.75, 0.5]);
        assert_eq!(means.of_all(), [0.5, 0.625, 0.25]);
    }
}
