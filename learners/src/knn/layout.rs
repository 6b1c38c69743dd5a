//! Which columns count for a distance, on which scale, and how rows lie in memory.
//!
//! References lie in panels of [`LANES`] rows: for each column the values of these rows side by side, so that one
//! vector instruction serves them all.

use automl_core::error::{Error, Result};
use automl_core::matrix::{Column, View};
use serde::{Deserialize, Serialize};

use crate::design::standardise;

/// Rows of a panel.
pub(super) const LANES: usize = 16;

/// A numeric column: `(x - mean) / deviation` enters the distance, 0 where it is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// Index in the matrix.
    pub column: usize,
    /// Mean of the training rows.
    pub mean: f64,
    /// Standard deviation of the training rows.
    pub deviation: f64,
}

/// The columns that count: first numbers, then codes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Layout {
    /// Numeric columns that vary.
    pub numbers: Vec<Number>,
    /// Columns of codes: two different codes are a squared distance of 1 apart.
    pub codes: Vec<usize>,
}

/// Rows in panels.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Panels {
    /// Number of rows; the last panel is filled up.
    pub rows: usize,
    /// Panel after panel, in each column after column, in each `LANES` values.
    pub values: Vec<f32>,
}

impl Layout {
    /// The columns of the training rows that vary.
    ///
    /// # Errors
    /// A sparse column, which has no place here.
    pub fn new(x: View<'_>, weights: Option<&[f64]>) -> Result<Layout> {
        let ones;
        let weights = match weights {
            Some(weights) => weights,
            None => {
                ones = vec![1.0; x.rows()];
                &ones
            }
        };
        let mut layout = Layout::default();
        for (column, values) in x.columns().iter().enumerate() {
            match &**values {
                Column::Numeric(values) => {
                    let number = standardise(column, values, x, weights);
                    layout.numbers.extend(number.map(|n| Number { column, mean: n.mean, deviation: n.deviation }));
                }
                Column::Codes { .. } => layout.codes.push(column),
                Column::Sparse(_) => {
                    return Err(Error::internal(format!("learner `knn` takes no sparse block, and column {column} is one")));
                }
            }
        }
        Ok(layout)
    }

    /// Number of columns that count.
    pub fn width(&self) -> usize {
        self.numbers.len() + self.codes.len()
    }

    /// Writes column `j` of the layout for every row of the view, through `put(row, value)`.
    fn column(&self, j: usize, x: View<'_>, mut put: impl FnMut(usize, f32)) {
        let index = self.numbers.get(j).map_or_else(|| self.codes[j - self.numbers.len()], |n| n.column);
        match (x.columns().get(index).map(|c| &**c), self.numbers.get(j)) {
            (Some(Column::Numeric(values)), Some(number)) => {
                for i in 0..x.rows() {
                    let value = ((f64::from(values[x.row(i)]) - number.mean) / number.deviation) as f32;
                    put(i, if value.is_finite() { value } else { 0.0 });
                }
            }
            // Codes are far below 2²⁴ and so exact.
            (Some(Column::Codes { codes, .. }), None) => (0..x.rows()).for_each(|i| put(i, codes[x.row(i)] as f32)),
            _ => {}
        }
    }

    /// The rows of the view, row-major.
    pub fn rows(&self, x: View<'_>) -> Vec<f32> {
        let width = self.width();
        let mut values = vec![0.0; x.rows() * width];
        for j in 0..width {
            self.column(j, x, |i, value| values[i * width + j] = value);
        }
        values
    }

    /// The rows of the view, in panels.
    pub fn panels(&self, x: View<'_>) -> Panels {
        let (width, rows) = (self.width(), x.rows());
        let mut values = vec![0.0; rows.div_ceil(LANES) * width * LANES];
        for j in 0..width {
            self.column(j, x, |i, value| values[(i / LANES * width + j) * LANES + i % LANES] = value);
        }
        Panels { rows, values }
    }

    /// Checks a layout that came from a file.
    pub fn validate(&self, columns: usize) -> Result<()> {
        let used = self.numbers.iter().map(|n| n.column).chain(self.codes.iter().copied());
        if let Some(column) = used.into_iter().find(|&column| column >= columns) {
            return Err(Error::artifact(format!("neighbours: column {column} of {columns}")));
        }
        match self.numbers.iter().find(|n| !(n.mean.is_finite() && n.deviation.is_finite() && n.deviation > 0.0)) {
            Some(n) => Err(Error::artifact(format!("neighbours: the scale of column {}: {n:?}", n.column))),
            None => Ok(()),
        }
    }
}
