//! The fitted linear model, in the units of the matrix.

use automl_core::contributions::Contributions;
use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::{Column, Csr, View};
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use crate::design::Design;
use crate::head::Head;
use crate::ranks::Ranks;

/// From this many rows on, ranks of all features of a block are worth their memory; below it, features are
/// looked up by bisection.
const RANKED_ROWS: usize = 64;

/// Linear functions of the columns and what they stand for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearModel {
    /// What the margins mean.
    pub head: Head,
    /// One per margin.
    pub intercepts: Vec<f64>,
    /// The dense columns used.
    pub dense: Vec<DenseTerm>,
    /// The sparse blocks used.
    pub sparse: Vec<SparseTerm>,
}

/// A dense column: adds `coefficient * (x - mean)` to each margin; nothing where `x` is not finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DenseTerm {
    /// Index in the matrix.
    pub column: usize,
    /// Mean of the training rows.
    pub mean: f64,
    /// One per margin.
    pub coefficients: Vec<f64>,
}

/// A sparse block: adds `coefficient * x` of every feature that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SparseTerm {
    /// Index in the matrix.
    pub column: usize,
    /// The features with coefficients, rising.
    pub features: Vec<u32>,
    /// One per feature and margin, feature by feature.
    pub coefficients: Vec<f32>,
}

impl LinearModel {
    /// Parameters of the optimiser in the units of the matrix, for any number of margins. `scale` and `offset` undo the
    /// standardisation of the target.
    pub(crate) fn new(head: Head, design: &Design, parameters: &[f64], scale: f64, offset: f64) -> LinearModel {
        let m = parameters.len() / (design.width() + 1);
        let (dense_part, rest) = parameters.split_at(design.dense_columns.len() * m);
        let (sparse_part, intercepts) = rest.split_at(design.sparse_width * m);
        let dense = design.dense_columns.iter().zip(dense_part.chunks_exact(m.max(1))).map(|(c, w)| DenseTerm {
            column: c.column,
            mean: c.mean,
            coefficients: w.iter().map(|w| w * scale / c.deviation).collect(),
        });
        let mut rest = sparse_part;
        let mut sparse = Vec::new();
        for block in &design.blocks {
            let (own, others) = rest.split_at(block.features.len() * m);
            rest = others;
            sparse.push(SparseTerm {
                column: block.column,
                features: block.features.clone(),
                coefficients: own.iter().map(|w| (w * scale * block.scale) as f32).collect(),
            });
        }
        let intercepts = intercepts.iter().map(|b| b * scale + offset).collect();
        LinearModel { head, intercepts, dense: dense.collect(), sparse }
    }

    /// The margins of every row, row after row.
    pub(crate) fn margins(&self, x: View<'_>) -> Vec<f64> {
        let (rows, m) = (x.rows(), self.intercepts.len());
        let mut margins = vec![0.0; rows * m];
        if m == 0 {
            return margins;
        }
        margins.chunks_exact_mut(m).for_each(|row| row.copy_from_slice(&self.intercepts));
        for term in &self.dense {
            let Some(Column::Numeric(values)) = x.columns().get(term.column).map(|c| &**c) else { continue };
            for (i, margin) in margins.chunks_exact_mut(m).enumerate() {
                let value = f64::from(values[x.row(i)]);
                if value.is_finite() {
                    let centred = value - term.mean;
                    margin.iter_mut().zip(&term.coefficients).for_each(|(z, w)| *z += w * centred);
                }
            }
        }
        for term in &self.sparse {
            if let Some(Column::Sparse(csr)) = x.columns().get(term.column).map(|c| &**c) {
                term.add(csr, x, &mut margins, m);
            }
        }
        margins
    }
}

impl SparseTerm {
    /// Adds the block's part to the margins of every row.
    pub(super) fn add(&self, csr: &Csr, x: View<'_>, margins: &mut [f64], m: usize) {
        let ranks = (x.rows() >= RANKED_ROWS).then(|| Ranks::new(csr.width(), self.features.iter().copied()));
        let find = |feature: u32| match &ranks {
            Some(ranks) => ranks.of(feature),
            None => self.features.binary_search(&feature).ok(),
        };
        for (i, margin) in margins.chunks_exact_mut(m).enumerate() {
            let (features, values) = csr.row(x.row(i));
            for (&feature, &value) in features.iter().zip(values) {
                if let Some(position) = find(feature).filter(|_| value.is_finite()) {
                    let w = &self.coefficients[position * m..][..m];
                    margin.iter_mut().zip(w).for_each(|(z, w)| *z += f64::from(*w) * f64::from(value));
                }
            }
        }
    }
}

impl Model for LinearModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        self.head.predictions(x.rows(), self.margins(x))
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        self.added(x)
    }

    fn validate(&self, columns: usize) -> Result<()> {
        self.validate_margins(columns, self.head.outputs())
    }
}

impl LinearModel {
    /// The same for a model with so many margins.
    pub(crate) fn validate_margins(&self, columns: usize, m: usize) -> Result<()> {
        let wrong = |what: String| Err(Error::artifact(format!("linear model: {what}")));
        self.head.validate().map_err(|e| e.context("linear model"))?;
        if self.intercepts.len() != m || self.intercepts.iter().any(|b| !b.is_finite()) {
            return wrong(format!("intercepts {:?} for {m} outputs", self.intercepts));
        }
        for term in &self.dense {
            let finite = term.mean.is_finite() && term.coefficients.iter().all(|w| w.is_finite());
            if term.column >= columns || term.coefficients.len() != m || !finite {
                return wrong(format!("the term of column {} of {columns}", term.column));
            }
        }
        for term in &self.sparse {
            let rising = term.features.windows(2).all(|w| w[0] < w[1]);
            let finite = term.coefficients.iter().all(|w| w.is_finite());
            if term.column >= columns || term.coefficients.len() != term.features.len() * m || !rising || !finite {
                return wrong(format!("the sparse term of column {} of {columns}", term.column));
            }
        }
        Ok(())
    }
}
