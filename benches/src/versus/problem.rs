//! What do both sides get of a table?

use anyhow::Result;
use automl::frame::{self, Frame, ReadOptions};
use automl::learner::DynLearner;
use automl::matrix::Matrix;
use automl::schema::{Kind, Overrides, Role, Schema, infer};
use automl::seed::derive;
use automl::task::{Target, Task, TaskRequest};
use automl::{Registry, Source};
use automl_core::pipeline::{FeatureParams, Recipe};

use super::tables::Table;

/// A table that is understood: its features in the form that featurizers read, and its target.
pub struct Problem {
    schema: Schema,
    frame: Frame,
    registry: Registry,
    /// The target of every row.
    pub target: Target,
}

/// One split of a problem.
pub struct Rows {
    /// The features of the rows to fit on.
    pub train: Matrix,
    /// The rows of the problem behind the rows of `train`.
    train_rows: Vec<u32>,
    /// Rows of `train` that models are fitted on.
    pub fit: Vec<u32>,
    /// Rows of `train` that say when to stop; none where fits are not stopped early.
    pub valid: Vec<u32>,
    /// The features of the rows to compare on.
    pub test: Matrix,
    /// The rows of the problem behind the rows of `test`.
    pub test_rows: Vec<u32>,
}

impl Problem {
    /// Reads a table and finds out what its columns mean.
    ///
    /// # Errors
    /// The table cannot be read, or its target is no target.
    pub fn of(table: &Table) -> Result<Problem> {
        let registry = automl::registry();
        let (frame, _) = match &table.source {
            Source::Path(path) => {
                frame::read(path, &ReadOptions { text_columns: vec![table.target.clone()], ..Default::default() })?
            }
            Source::Data(data) => Frame::from_data(data.clone())?,
        };
        let mut overrides = Overrides::default().with_role(table.target.clone(), Role::Target);
        for column in &table.drop {
            overrides = overrides.with_role(column.clone(), Role::Ignore);
        }
        let (schema, _) = infer(&frame, &overrides)?;
        let request = TaskRequest { target: table.target.clone(), ..Default::default() };
        let resolved = Task::resolve(&frame, &schema, &request, registry.metrics())?;
        let (frame, _) = schema.conform(&frame.take(&resolved.rows)?)?;
        Ok(Problem { schema, frame, registry, target: resolved.target })
    }

    /// Whether a column holds names from a list.
    pub fn has_categories(&self) -> bool {
        self.schema.features().any(|field| field.kind == Kind::Categorical || field.is_code)
    }

    /// All rows in the forms that a learner takes.
    ///
    /// # Errors
    /// A featurizer failed.
    pub fn whole(&self, learner: &dyn DynLearner, seed: u64) -> Result<Matrix> {
        let recipe = Recipe::plan(&self.schema, learner.supports().forms, &self.registry, &FeatureParams::default());
        Ok(recipe.fit_matrix(self.frame.view(), seed)?.1)
    }

    /// In the forms that a learner takes, three quarters of the rows to fit on and a quarter to compare on; a tenth of the former says when to stop, if
    /// asked for.
    ///
    /// # Errors
    /// A featurizer failed.
    pub fn split(&self, learner: &dyn DynLearner, seed: u64, with_validation: bool) -> Result<Rows> {
        let draw = |purpose: u64, row: u32| derive(derive(seed, purpose), u64::from(row));
        let all = 0..self.target.len() as u32;
        let (test_rows, train_rows): (Vec<u32>, Vec<u32>) = all.partition(|&row| draw(0, row).is_multiple_of(4));
        let recipe = Recipe::plan(&self.schema, learner.supports().forms, &self.registry, &FeatureParams::default());
        let (featurization, train) = recipe.fit_matrix(self.frame.select(&train_rows), seed)?;
        let test = featurization.transform(self.frame.select(&test_rows))?;
        let validates = |row: &u32| with_validation && draw(1, *row).is_multiple_of(10);
        let (valid, fit) = (0..train_rows.len() as u32).partition(validates);
        Ok(Rows { train, train_rows, fit, valid, test, test_rows })
    }
}

impl Rows {
    /// The rows of the problem that models are fitted on.
    pub fn fit_rows(&self) -> Vec<u32> {
        self.of_problem(&self.fit)
    }

    /// The rows of the problem that say when to stop.
    pub fn valid_rows(&self) -> Vec<u32> {
        self.of_problem(&self.valid)
    }

    fn of_problem(&self, rows: &[u32]) -> Vec<u32> {
        rows.iter().map(|&row| self.train_rows[row as usize]).collect()
    }
}
