//! From frame to matrix: which featurizer reads which column for a learner, and what they have learned.
//!
//! A [`Recipe`] lists the featurizers for the forms that a learner takes; fitted on rows it becomes a
//! [`Featurization`], which turns any conformed frame into a [`Matrix`].

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::featurizer::{ColumnGroup, DynFeaturizer, DynFitted, Fitting};
use crate::frame::FrameView;
use crate::matrix::{Column, Feature, Form, Matrix};
use crate::registry::Registry;
use crate::schema::Schema;
use crate::seed::derive;
use crate::space::Params;
use crate::task::Target;

/// Which featurizer reads which columns.
#[derive(Clone)]
pub struct Recipe {
    steps: Vec<(&'static dyn DynFeaturizer, ColumnGroup)>,
}

impl Recipe {
    /// For every reading of every column the first featurizer of the registry that gives a form which the
    /// learner takes.
    pub fn plan(schema: &Schema, forms: &[Form], registry: &Registry) -> Recipe {
        let mut taken: BTreeSet<(String, &str)> = BTreeSet::new();
        let mut steps = Vec::new();
        for featurizer in registry.featurizers().iter().filter(|f| forms.contains(&f.form())) {
            for group in featurizer.plan(schema) {
                let readings = group.columns.iter().map(|c| (c.clone(), group.kind.name())).collect::<Vec<_>>();
                if readings.iter().all(|r| !taken.contains(r)) {
                    taken.extend(readings);
                    steps.push((*featurizer, group));
                }
            }
        }
        Recipe { steps }
    }

    /// Learns from rows of a frame and transforms them.
    ///
    /// # Errors
    /// A featurizer failed or broke its contract; the message names it and its columns.
    pub fn fit(&self, rows: FrameView<'_>, target: Option<&Target>, seed: u64) -> Result<(Featurization, Matrix)> {
        let mut steps = Vec::with_capacity(self.steps.len());
        let mut columns = Vec::new();
        for (i, (featurizer, group)) in self.steps.iter().enumerate() {
            let fitting =
                Fitting { group, rows, target: target.filter(|_| featurizer.uses_target()), seed: derive(seed, i as u64) };
            let (fitted, made) = featurizer
                .fit_transform(&Params::new(), &fitting)
                .map_err(|e| e.context(format!("featurizer `{}` on {}", featurizer.id(), group.columns.join(", "))))?;
            let step = Step { featurizer: *featurizer, group: group.clone(), fitted };
            step.check(&made, rows.rows())?;
            columns.extend(made.into_iter().map(Arc::new));
            steps.push(step);
        }
        Ok((Featurization { steps }, Matrix::new(rows.rows(), columns)?))
    }
}

/// A featurizer, the columns it reads, and what it has learned.
pub struct Step {
    /// The featurizer.
    pub featurizer: &'static dyn DynFeaturizer,
    /// The columns it reads.
    pub group: ColumnGroup,
    /// What it has learned.
    pub fitted: Box<dyn DynFitted>,
}

impl Step {
    /// Checks what every featurizer owes: one column per feature, and all rows.
    fn check(&self, columns: &[Column], rows: usize) -> Result<()> {
        let features = self.fitted.features();
        let widths_agree = features.iter().map(|f| f.width).eq(columns.iter().map(Column::width));
        let rows_agree = columns.iter().all(|c| c.rows() == rows);
        if widths_agree && rows_agree {
            return Ok(());
        }
        let id = self.featurizer.id();
        Err(Error::internal(format!(
            "featurizer `{id}` wrote {} columns for {} features of {rows} rows",
            columns.len(),
            features.len()
        )))
    }
}

/// Featurizers that have learned their constants: turns a conformed frame into a matrix.
pub struct Featurization {
    /// In the order of the matrix columns.
    pub steps: Vec<Step>,
}

impl Featurization {
    /// The matrix of some rows.
    ///
    /// # Errors
    /// A column is not there.
    pub fn transform(&self, rows: FrameView<'_>) -> Result<Matrix> {
        let mut columns = Vec::new();
        for step in &self.steps {
            let made = step.fitted.transform(rows)?;
            step.check(&made, rows.rows())?;
            columns.extend(made.into_iter().map(Arc::new));
        }
        Matrix::new(rows.rows(), columns)
    }

    /// The features in the order of the matrix columns, with the columns they are made of.
    pub fn features(&self) -> Vec<Feature> {
        self.steps.iter().flat_map(|s| s.fitted.features()).collect()
    }

    /// Number of matrix columns.
    pub fn columns(&self) -> usize {
        self.steps.iter().map(|s| s.fitted.features().len()).sum()
    }
}
