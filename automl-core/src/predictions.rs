//! Predictions: one form for every task.

use crate::decision::Decision;
use crate::error::{Error, Result};

/// `rows` × `width` numbers, row after row.
///
/// The width is the number of classes (two for binary tasks, always) and holds probabilities that sum
/// to one, or 1 for regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    width: usize,
    values: Vec<f64>,
    decision: Option<Decision>,
}

impl Predictions {
    /// Predictions from row-major values.
    ///
    /// # Panics
    /// If the number of values is not a multiple of the width: a mistake of the caller.
    pub fn new(width: usize, values: Vec<f64>) -> Predictions {
        assert!(width > 0 && values.len().is_multiple_of(width), "{} values do not make rows of {width}", values.len());
        Predictions { width, values, decision: None }
    }

    /// Predictions that are zero everywhere.
    pub fn zeros(rows: usize, width: usize) -> Predictions {
        Predictions::new(width, vec![0.0; rows * width])
    }

    /// Two-class probabilities from the probability of the second class.
    pub fn binary(second: impl IntoIterator<Item = f64>) -> Predictions {
        Predictions::new(2, second.into_iter().flat_map(|p| [1.0 - p, p]).collect())
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// Numbers per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One row.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    /// One row, to write.
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * self.width..(i + 1) * self.width]
    }

    /// All rows in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.width)
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, row-major, to write.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// One column: the probabilities of a class, or the regression values with `j` = 0.
    pub fn column(&self, j: usize) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().skip(j).step_by(self.width).copied()
    }

    /// The same probabilities, of which labels are said by a decision; `None` says what is most probable.
    pub fn with_decision(self, decision: Option<Decision>) -> Predictions {
        Predictions { decision, ..self }
    }

    /// The class that is said of row `i`: the most probable, the first of equals, or what the decision says.
    pub fn class(&self, i: usize) -> usize {
        match &self.decision {
            Some(decision) => decision.class(self.row(i)),
            None => argmax(self.row(i)),
        }
    }

    /// The class that is said of every row.
    pub fn classes(&self) -> Vec<u32> {
        (0..self.rows()).map(|i| self.class(i) as u32).collect()
    }

    /// The chosen rows, in the order of `rows`.
    pub fn select(&self, rows: &[u32]) -> Predictions {
        let chosen = Predictions::new(self.width, rows.iter().flat_map(|&i| self.row(i as usize)).copied().collect());
        chosen.with_decision(self.decision.clone())
    }

    /// `self += weight * other`.
    pub fn add_scaled(&mut self, other: &Predictions, weight: f64) {
        assert_eq!(self.values.len(), other.values.len(), "predictions of different shapes");
        for (mine, theirs) in self.values.iter_mut().zip(&other.values) {
            *mine += weight * theirs;
        }
    }

    /// Checks what every component owes: the shape, finite values, and probabilities that are
    /// probabilities (`classes` is the number of classes, or `None` for regression).
    pub fn validate(&self, rows: usize, classes: Option<usize>) -> Result<()> {
        let width = classes.unwrap_or(1);
        if self.width != width || self.rows() != rows {
            return Err(Error::internal(format!("predictions are {} x {} instead of {rows} x {width}", self.rows(), self.width)));
        }
        if let Some(i) = self.values.iter().position(|v| !v.is_finite()) {
            return Err(Error::internal(format!("the prediction of row {} is {}", i / self.width, self.values[i])));
        }
        if classes.is_some() {
            for (i, row) in self.iter().enumerate() {
                let sum: f64 = row.iter().sum();
                if row.iter().any(|&p| p < -1e-9) || (sum - 1.0).abs() > 1e-6 {
                    return Err(Error::internal(format!("the probabilities of row {i} are {row:?} and sum to {sum}")));
                }
            }
        }
        Ok(())
    }
}

/// The index of the largest value; the first of equals.
pub fn argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}
