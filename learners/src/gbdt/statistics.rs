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
pub(super) fn add(beyond: usize, rows: &Rows<'_>, shared: &Arc<Bins>, table: &Table, seed: u64) -> WithStatistics {
    let many = |column: &Column| matches!(column, Column::Codes { levels, .. } if *levels as usize > beyond);
    let columns: Vec<usize> = (0..rows.x.columns().len()).filter(|&j| many(&rows.x.columns()[j])).collect();
    let answers = if columns.is_empty() { Vec::new() } else { answers(rows.target) };
    if answers.is_empty() {
        return WithStatistics { statistics: Vec::new(), training: vec![table.bins.clone()], validation: shared.clone() };
    }
    let mut adding = Adding::new(rows, shared, table, seed);
    for column in columns {
        answers.iter().for_each(|answer| adding.column(column, answer));
    }
    adding.finish()
}

/// Columns in the making.
struct Adding<'a> {
    rows: &'a Rows<'a>,
    shared: &'a Arc<Bins>,
    table: &'a Table,
    orders: Vec<Vec<u32>>,
    statistics: Vec<Statistic>,
    cuts: Vec<Vec<f32>>,
    /// Per order the new columns of the training rows.
    training: Vec<Vec<Vec<u8>>>,
    /// The new columns of the validation rows.
    validation: Vec<Vec<u8>>,
}

impl<'a> Adding<'a> {
    fn new(rows: &'a Rows<'a>, shared: &'a Arc<Bins>, table: &'a Table, seed: u64) -> Adding<'a> {
        let orders: Vec<Vec<u32>> = (0..ORDERS).map(|o| order(rows.x.rows(), derive(seed, o))).collect();
        let training = vec![Vec::new(); orders.len()];
        Adding { rows, shared, table, orders, statistics: Vec::new(), cuts: Vec::new(), training, validation: Vec::new() }
    }

    /// Whether the bins of the training rows are their own, and not those of the matrix.
    fn is_apart(&self) -> bool {
        !Arc::ptr_eq(self.shared, &self.table.bins)
    }

    fn column(&mut self, column: usize, answer: &[f64]) {
        /// Cuts between the means of categories. With finer ones the last rows of an order would be told from the others
        /// by their means, and so their targets: what is left of a known sum.
        const CUTS: usize = 32;
        let Column::Codes { codes, levels } = &*self.rows.x.columns()[column] else { return };
        let codes_of = |view: View<'_>| (0..view.rows()).map(|i| codes[view.row(i)] as usize).collect::<Vec<_>>();
        let training = codes_of(self.rows.x);
        let means = Means { codes: &training, answer, weights: self.rows.weights, levels: *levels as usize };
        let statistic = Statistic { column: column as u32, values: means.of_all() };
        let cuts = uppers(&statistic.values, CUTS);
        let mut of_valid = vec![0; self.shared.row_major.rows()];
        if let Some(valid) = self.rows.valid {
            for (i, code) in codes_of(valid).into_iter().enumerate() {
                of_valid[valid.row(i)] = bin_of(&cuts, statistic.value(code)) as u8;
            }
        }
        let is_apart = self.is_apart();
        for (columns, order) in self.training.iter_mut().zip(&self.orders) {
            let mut bins = if is_apart { vec![0; self.table.bins.row_major.rows()] } else { of_valid.clone() };
            for (i, mean) in means.before_each(order).into_iter().enumerate() {
                bins[self.table.places().at(i)] = bin_of(&cuts, mean) as u8;
            }
            columns.push(bins);
        }
        self.validation.push(of_valid);
        self.cuts.push(cuts);
        self.statistics.push(statistic);
    }

    fn finish(self) -> WithStatistics {
        let is_apart = self.is_apart();
        let Adding { shared, table, statistics, cuts, training, validation, .. } = self;
        let training: Vec<Arc<Bins>> =
            training.into_iter().map(|columns| Arc::new(table.bins.with_numbers(&cuts, columns))).collect();
        let validation = if is_apart { Arc::new(shared.with_numbers(&cuts, validation)) } else { training[0].clone() };
        WithStatistics { statistics, training, validation }
    }
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
