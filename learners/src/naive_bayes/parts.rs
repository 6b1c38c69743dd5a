//! What each column says about the classes, by itself.

use automl_core::fit_context::FitContext;
use automl_core::matrix::{Column, Csr, View};
use serde::{Deserialize, Serialize};

use super::groups::Groups;

/// A column and the logarithm of the likelihood of its values in each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Numbers, normal in each class; a missing one says nothing.
    Normal {
        /// Index in the matrix.
        column: usize,
        /// Mean in each class.
        means: Vec<f64>,
        /// Variance in each class.
        variances: Vec<f64>,
    },
    /// Codes, each with a share in each class.
    Categorical {
        /// Index in the matrix.
        column: usize,
        /// Per code the logarithm of its share in each class.
        logs: Vec<f64>,
    },
    /// A sparse block, as shares of its features in each class.
    Multinomial {
        /// Index in the matrix.
        column: usize,
        /// The features that occur, rising.
        features: Vec<u32>,
        /// Per feature the logarithm of its share in each class.
        logs: Vec<f64>,
    },
}

/// The rows to count, and what they count for.
pub(super) struct Counted<'a> {
    pub x: View<'a>,
    /// The place of each row's class.
    pub places: &'a [u32],
    pub weights: &'a [f64],
    /// Number of classes.
    pub classes: usize,
    /// How many rows every code and feature is believed to have beside those that were seen.
    pub alpha: f64,
}

/// Added to a variance, as a share of that of the whole column: no class is narrower.
const NARROWEST: f64 = 1e-6;

impl Counted<'_> {
    /// What every column says. Columns that say nothing are left out.
    pub fn parts(&self, ctx: &FitContext<'_>) -> Vec<Part> {
        let columns = self.x.columns();
        let groups = Groups::new(self.rows(), self.classes);
        let of = |column: usize| match &*columns[column] {
            Column::Numeric(values) => self.normal(column, values, &groups),
            Column::Codes { codes, levels } => self.categorical(column, codes, *levels),
            Column::Sparse(csr) => Some(self.multinomial(column, csr)),
        };
        ctx.map(columns.len(), of).into_iter().flatten().collect()
    }

    /// Row of the matrix, place of the class and weight of every row.
    fn rows(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        self.places.iter().zip(self.weights).enumerate().map(|(i, (&place, &weight))| (self.x.row(i), place as usize, weight))
    }

    fn normal(&self, column: usize, values: &[f32], groups: &Groups) -> Option<Part> {
        let sums: Vec<(f64, f64)> = (0..self.classes).map(|k| groups.sum(k, values, |v| v)).collect();
        let total: f64 = sums.iter().map(|(weight, _)| weight).sum();
        let mean = sums.iter().map(|(_, sum)| sum).sum::<f64>() / total;
        let means: Vec<f64> = sums.iter().map(|(weight, sum)| if *weight > 0.0 { sum / weight } else { mean }).collect();
        let within: Vec<f64> = means.iter().enumerate().map(|(k, m)| groups.sum(k, values, |v| (v - m).powi(2)).1).collect();
        let between: f64 = means.iter().zip(&sums).map(|(m, (weight, _))| weight * (m - mean).powi(2)).sum();
        let spread = (within.iter().sum::<f64>() + between) / total;
        // NaN, without any finite value, is not above either.
        if spread.is_nan() || spread <= 1e-18 * mean * mean || spread <= 1e-60 {
            return None;
        }
        // A class of few rows borrows the spread of the whole column.
        let borrow = |(sum, (t, _)): (&f64, &(f64, f64))| (sum + self.alpha * spread) / (t + self.alpha) + NARROWEST * spread;
        let variances: Vec<f64> = within.iter().zip(&sums).map(borrow).collect();
        (variances.iter().all(|v| v.is_finite())).then_some(Part::Normal { column, means, variances })
    }

    fn categorical(&self, column: usize, codes: &[u32], levels: u32) -> Option<Part> {
        let mut found = self.rows().map(|(row, _, _)| codes[row]);
        let first = found.next()?;
        // The same in all rows, it only tells how often each class occurs.
        if found.all(|code| code == first) {
            return None;
        }
        let mut counts = vec![self.alpha; (levels as usize + 1) * self.classes];
        for (row, k, weight) in self.rows() {
            counts[codes[row] as usize * self.classes + k] += weight;
        }
        Some(Part::Categorical { column, logs: self.shares(counts) })
    }

    fn multinomial(&self, column: usize, csr: &Csr) -> Part {
        let positive = |row: usize| {
            let (features, values) = csr.row(row);
            features.iter().zip(values).filter(|(_, v)| **v > 0.0 && v.is_finite())
        };
        let mut occurs = vec![false; csr.width()];
        self.rows().for_each(|(row, _, _)| positive(row).for_each(|(&f, _)| occurs[f as usize] = true));
        let features: Vec<u32> = (0..csr.width() as u32).filter(|&f| occurs[f as usize]).collect();
        let mut place = vec![0; csr.width()];
        features.iter().enumerate().for_each(|(at, &f)| place[f as usize] = at);
        let mut counts = vec![self.alpha; features.len() * self.classes];
        for (row, k, weight) in self.rows() {
            positive(row).for_each(|(&f, &v)| counts[place[f as usize] * self.classes + k] += weight * f64::from(v));
        }
        Part::Multinomial { column, features, logs: self.shares(counts) }
    }

    /// Counts, class by class, as logarithms of shares.
    fn shares(&self, mut counts: Vec<f64>) -> Vec<f64> {
        let mut totals = vec![0.0; self.classes];
        counts.chunks_exact(self.classes).for_each(|row| totals.iter_mut().zip(row).for_each(|(t, c)| *t += c));
        counts.chunks_exact_mut(self.classes).for_each(|row| row.iter_mut().zip(&totals).for_each(|(c, t)| *c = (*c / t).ln()));
        counts
    }
}

impl Part {
    /// Index of the column in the matrix.
    pub fn column(&self) -> usize {
        match self {
            Part::Normal { column, .. } | Part::Categorical { column, .. } | Part::Multinomial { column, .. } => *column,
        }
    }

    /// Adds what the column says about each class to the scores of every row.
    pub(super) fn add(&self, x: View<'_>, classes: usize, scores: &mut [f64]) {
        let rows = scores.chunks_exact_mut(classes).enumerate();
        match (self, x.columns().get(self.column()).map(|c| &**c)) {
            (Part::Normal { means, variances, .. }, Some(Column::Numeric(values))) => {
                let curve = |(mean, variance): (&f64, &f64)| (*mean, -0.5 * variance.ln(), -0.5 / variance);
                let curves: Vec<(f64, f64, f64)> = means.iter().zip(variances).map(curve).collect();
                for (i, row) in rows {
                    let value = f64::from(values[x.row(i)]);
                    if value.is_finite() {
                        let logs = curves.iter().map(|(mean, top, bend)| top + bend * (value - mean).powi(2));
                        row.iter_mut().zip(logs).for_each(|(score, log)| *score += log);
                    }
                }
            }
            (Part::Categorical { logs, .. }, Some(Column::Codes { codes, .. })) => {
                for (i, row) in rows {
                    let code = codes[x.row(i)] as usize;
                    // A code that was not there when counting is like code 0: unseen.
                    let own = logs.get(code * classes..(code + 1) * classes).unwrap_or(&logs[..classes]);
                    row.iter_mut().zip(own).for_each(|(score, log)| *score += log);
                }
            }
            (Part::Multinomial { features, logs, .. }, Some(Column::Sparse(csr))) => {
                for (i, row) in rows {
                    let (found, values) = csr.row(x.row(i));
                    for (feature, &value) in found.iter().zip(values).filter(|(_, v)| **v > 0.0 && v.is_finite()) {
                        if let Ok(at) = features.binary_search(feature) {
                            let own = &logs[at * classes..][..classes];
                            row.iter_mut().zip(own).for_each(|(score, log)| *score += f64::from(value) * log);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether the part fits so many columns and classes, without numbers that are none.
    pub(super) fn is_sound(&self, columns: usize, classes: usize) -> bool {
        let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
        self.column() < columns
            && match self {
                Part::Normal { means, variances, .. } => {
                    let fits = means.len() == classes && variances.len() == classes;
                    fits && finite(means) && finite(variances) && variances.iter().all(|v| *v > 0.0)
                }
                Part::Categorical { logs, .. } => {
                    !logs.is_empty() && classes > 0 && logs.len().is_multiple_of(classes) && finite(logs)
                }
                Part::Multinomial { features, logs, .. } => {
                    let rising = features.windows(2).all(|f| f[0] < f[1]);
                    Some(logs.len()) == features.len().checked_mul(classes) && rising && finite(logs)
                }
            }
    }
}
