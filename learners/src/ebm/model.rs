//! The functions of an additive model, as tables.

use automl_core::contributions::Contributions;
use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::{Column, View};
use automl_core::predictions::Predictions;
use automl_core::shape_function::{Place, ShapeCell, ShapeFunction};
use serde::{Deserialize, Serialize};

use crate::bins::FeatureBins;
use crate::head::Head;

/// Which cell a value of a column belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    /// Intervals of numbers: cell `b` holds those up to and including `uppers[b]`, the cell after these the larger ones,
    /// and the last one, if it is there, the missing.
    Numbers {
        /// Upper ends, rising.
        uppers: Vec<f32>,
        /// Whether there is a cell for the missing.
        has_missing: bool,
    },
    /// A cell per code from 0 to `levels`; larger codes are in cell 0.
    Codes {
        /// The largest code with a cell.
        levels: u32,
    },
}

/// A column of the matrix and its cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Index in the matrix.
    pub column: usize,
    /// Its cells.
    pub cells: Cells,
}

/// A function of one column, or of two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// What it is a function of.
    pub axes: Vec<Axis>,
    /// What each cell adds to each score, cell by cell; the cells of a pair lie row by row, the first axis downwards.
    pub values: Vec<f64>,
    /// The weight of the training rows in each cell.
    pub weights: Vec<f64>,
}

/// The sum of functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EbmModel {
    /// What the scores mean.
    pub head: Head,
    /// One per score: what a mean training row has.
    pub intercepts: Vec<f64>,
    /// The functions; over the training rows each has a mean of zero.
    pub functions: Vec<Function>,
}

impl Cells {
    pub(super) fn of(feature: &FeatureBins) -> Cells {
        match feature {
            FeatureBins::Numeric { uppers, has_missing } => Cells::Numbers { uppers: uppers.clone(), has_missing: *has_missing },
            FeatureBins::Codes { levels } => Cells::Codes { levels: *levels },
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Cells::Numbers { uppers, has_missing } => uppers.len() + 1 + usize::from(*has_missing),
            Cells::Codes { levels } => *levels as usize + 1,
        }
    }

    /// The values in a cell.
    fn place(&self, cell: usize) -> Place {
        match self {
            Cells::Codes { .. } => Place::Code(cell as u32),
            Cells::Numbers { uppers, .. } if cell > uppers.len() => Place::Missing,
            Cells::Numbers { uppers, .. } => {
                let low = cell.checked_sub(1).map_or(f32::NEG_INFINITY, |below| uppers[below]);
                Place::Between(low, uppers.get(cell).copied().unwrap_or(f32::INFINITY))
            }
        }
    }

    fn of_number(&self, value: f32) -> Option<usize> {
        match self {
            Cells::Numbers { uppers, has_missing } if value.is_nan() => has_missing.then_some(uppers.len() + 1),
            Cells::Numbers { uppers, .. } => Some(uppers.partition_point(|&upper| upper < value)),
            Cells::Codes { .. } => None,
        }
    }

    fn of_code(&self, code: u32) -> Option<usize> {
        match self {
            Cells::Codes { levels } => Some(if code <= *levels { code as usize } else { 0 }),
            Cells::Numbers { .. } => None,
        }
    }
}

impl Axis {
    /// The cell of every row; `None` where the training rows tell nothing of such a value.
    fn cells(&self, x: View<'_>) -> Vec<Option<usize>> {
        match x.columns().get(self.column).map(|c| &**c) {
            Some(Column::Numeric(values)) => (0..x.rows()).map(|i| self.cells.of_number(values[x.row(i)])).collect(),
            Some(Column::Codes { codes, .. }) => (0..x.rows()).map(|i| self.cells.of_code(codes[x.row(i)])).collect(),
            _ => vec![None; x.rows()],
        }
    }
}

impl Function {
    /// Calls `add(row, values)` for every row that is in a cell.
    fn each_row(&self, x: View<'_>, outputs: usize, mut add: impl FnMut(usize, &[f64])) {
        let first = self.axes[0].cells(x);
        let second = self.axes.get(1).map(|axis| (axis.cells.count(), axis.cells(x)));
        for (i, cell) in first.into_iter().enumerate() {
            let cell = match &second {
                None => cell,
                Some((side, others)) => cell.zip(others[i]).map(|(a, b)| a * side + b),
            };
            if let Some(cell) = cell {
                add(i, &self.values[cell * outputs..][..outputs]);
            }
        }
    }

    /// The function as a table.
    fn shape(&self, outputs: usize) -> ShapeFunction {
        let side = self.axes.get(1).map_or(1, |axis| axis.cells.count());
        let cell = |(at, weight): (usize, &f64)| {
            let along = [at / side, at % side];
            let places = self.axes.iter().zip(along).map(|(axis, cell)| axis.cells.place(cell)).collect();
            ShapeCell { places, weight: *weight, values: self.values[at * outputs..][..outputs].to_vec() }
        };
        let cells = self.weights.iter().enumerate().map(cell).collect();
        ShapeFunction { columns: self.axes.iter().map(|axis| axis.column).collect(), cells }
    }

    fn is_sound(&self, columns: usize, outputs: usize) -> bool {
        let cells = self.axes.iter().try_fold(1usize, |product, axis| {
            let rising = match &axis.cells {
                Cells::Numbers { uppers, .. } => uppers.windows(2).all(|u| u[0] < u[1]) && !uppers.iter().any(|u| u.is_nan()),
                Cells::Codes { .. } => true,
            };
            if axis.column < columns && rising { product.checked_mul(axis.cells.count()) } else { None }
        });
        let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
        (1..=2).contains(&self.axes.len())
            && cells == Some(self.weights.len())
            && cells.and_then(|c| c.checked_mul(outputs)) == Some(self.values.len())
            && finite(&self.values)
            && finite(&self.weights)
    }
}

impl Model for EbmModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let outputs = self.intercepts.len();
        let mut scores = self.intercepts.repeat(x.rows());
        if outputs > 0 {
            for function in &self.functions {
                function.each_row(x, outputs, |i, values| {
                    scores[i * outputs..][..outputs].iter_mut().zip(values).for_each(|(score, v)| *score += v);
                });
            }
        }
        self.head.predictions(x.rows(), scores)
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        let scale = self.head.scale()?;
        let (columns, outputs) = (x.columns().len(), self.intercepts.len());
        let mut contributions = Contributions::zeros(scale, x.rows(), outputs, columns);
        for i in 0..x.rows() {
            self.intercepts.iter().enumerate().for_each(|(k, b)| contributions.row_mut(i, k)[columns] = *b);
        }
        for function in &self.functions {
            // Both columns of a pair have an equal share in it, which is their Shapley value.
            let share = 1.0 / function.axes.len() as f64;
            function.each_row(x, outputs, |i, values| {
                for axis in &function.axes {
                    values.iter().enumerate().for_each(|(k, v)| contributions.row_mut(i, k)[axis.column] += share * v);
                }
            });
        }
        Some(contributions)
    }

    fn shape_functions(&self) -> Option<Vec<ShapeFunction>> {
        // Where training rows lacked a class, scores would stand under the names of other classes.
        self.head.scale()?;
        Some(self.functions.iter().map(|function| function.shape(self.intercepts.len())).collect())
    }

    fn validate(&self, columns: usize) -> Result<()> {
        self.head.validate().map_err(|e| e.context("additive model"))?;
        let wrong = |what: String| Err(Error::artifact(format!("additive model: {what}")));
        let outputs = self.head.outputs();
        if self.intercepts.len() != outputs || self.intercepts.iter().any(|b| !b.is_finite()) {
            return wrong(format!("intercepts {:?} for {outputs} scores", self.intercepts));
        }
        match self.functions.iter().position(|f| !f.is_sound(columns, outputs)) {
            Some(at) => wrong(format!("function {at} of {}", self.functions.len())),
            None => Ok(()),
        }
    }
}
