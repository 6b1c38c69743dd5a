//! From frame to matrix: which featurizer reads which column for a learner, and what they have learned.
//!
//! A [`Recipe`] lists the featurizers for the forms that a learner takes; fitted on rows it becomes a
//! [`Featurization`], which turns any conformed frame into a [`Matrix`].

mod feature_params;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use feature_params::FEATURES;
pub use feature_params::FeatureParams;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use step::Planned;
pub use step::Step;

use crate::error::{Error, Result};
use crate::featurizer::{DynFeaturizer, Place, Residuals};
use crate::frame::{Frame, FrameView};
use crate::matrix::{Column, Feature, Form, Matrix};
use crate::registry::Registry;
use crate::schema::Schema;
use crate::seed::derive;
use crate::space::SearchSpace;
use crate::task::Target;

/// Which featurizers read which columns.
#[derive(Clone, Default)]
pub struct Recipe {
    steps: Vec<Planned>,
}

/// What featurizers that use the target may see of it: that of the rows they are fitted on.
#[derive(Debug, Clone, Copy)]
pub struct Supervision<'a> {
    /// The target of the rows.
    pub target: &'a Target,
    /// What a first model left unexplained in some of the rows.
    pub residuals: Option<&'a Residuals>,
}

/// Columns of a matrix, ready to be shared.
pub type SharedColumns = Vec<Arc<Column>>;

impl Recipe {
    /// For every reading of every column the first featurizer of the registry that gives a form which the
    /// learner takes, those that `params` ask for before all others, and those whose numbers have to be made complete
    /// for it after the others; and behind the readings the columns that stand beside them.
    pub fn plan(schema: &Schema, forms: &[Form], registry: &Registry, params: &FeatureParams) -> Recipe {
        let mut taken: BTreeSet<(String, &str)> = BTreeSet::new();
        let (mut readings, mut beside) = (Vec::new(), Vec::new());
        let is_asked = |featurizer: &dyn DynFeaturizer| params.asks_for(featurizer.id());
        let wanted = registry.featurizers().iter().filter(|f| f.place() != Place::OnRequest || is_asked(**f));
        let mut steps: Vec<Planned> = wanted.filter_map(|f| Planned::new(*f, forms, params)).collect();
        steps.sort_by_key(|step| (!is_asked(step.featurizer), step.completes));
        for step in steps {
            for group in step.featurizer.plan(schema) {
                if step.featurizer.place() != Place::Reading {
                    beside.push(step.of(group));
                    continue;
                }
                let columns = group.columns.iter().map(|c| (c.clone(), group.kind.name())).collect::<Vec<_>>();
                if columns.iter().all(|c| !taken.contains(c)) {
                    taken.extend(columns);
                    readings.push(step.of(group));
                }
            }
        }
        readings.extend(beside);
        Recipe { steps: readings }
    }

    /// The recipe where nothing but readings is made of some columns.
    pub(crate) fn reading_only(self, columns: impl Fn(&str) -> bool) -> Recipe {
        Recipe { steps: self.steps.into_iter().filter_map(|step| step.without(&columns)).collect() }
    }

    /// The steps that do not see the target, and those that do.
    pub fn split_by_target(self) -> (Recipe, Recipe) {
        let (with, without) = self.steps.into_iter().partition(|step| step.featurizer.uses_target());
        (Recipe { steps: without }, Recipe { steps: with })
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether a step is shown what a first model left unexplained.
    pub(crate) fn uses_residuals(&self) -> bool {
        self.steps.iter().any(|step| step.featurizer.uses_residuals())
    }

    /// What of its featurizers is worth searching: `FEATURIZER.NAME`.
    pub(crate) fn space(&self, frame: &Frame) -> SearchSpace {
        let mut columns: BTreeMap<&str, (&dyn DynFeaturizer, Vec<String>)> = BTreeMap::new();
        for step in &self.steps {
            let of = columns.entry(step.featurizer.id()).or_insert_with(|| (step.featurizer, Vec::new()));
            of.1.extend(step.group.columns.iter().cloned());
        }
        let spaces = columns.into_iter().map(|(id, (featurizer, columns))| (id, featurizer.space(frame, &columns)));
        spaces.fold(SearchSpace::new(), |all, (id, space)| all.with(&format!("{id}."), space))
    }

    /// A text that is the same for recipes that do the same.
    pub(crate) fn key(&self) -> String {
        self.steps.iter().map(Planned::key).collect()
    }

    /// Learns from rows of a frame and transforms them. Without supervision there is to be no step that uses the target.
    ///
    /// Runs on the rayon pool that it is called from.
    ///
    /// # Errors
    /// A featurizer failed or broke its contract; the message names it and its columns.
    pub fn fit(
        &self,
        rows: FrameView<'_>,
        supervision: Option<Supervision<'_>>,
        seed: u64,
    ) -> Result<(Featurization, SharedColumns)> {
        let numbered: Vec<(u64, &Planned)> = (0..).zip(&self.steps).collect();
        let fitted: Vec<Result<(Step, Vec<Column>)>> =
            numbered.par_iter().map(|(i, step)| step.fit(rows, supervision, derive(seed, *i))).collect();
        let (mut steps, mut columns) = (Vec::new(), Vec::new());
        for step in fitted {
            let (step, made) = step?;
            steps.push(Arc::new(step));
            columns.extend(made.into_iter().map(Arc::new));
        }
        Ok((Featurization { steps, kept: None }, columns))
    }

    /// [`Recipe::fit`] of a recipe without steps that use the target, as a matrix.
    ///
    /// # Errors
    /// See [`Recipe::fit`].
    pub fn fit_matrix(&self, rows: FrameView<'_>, seed: u64) -> Result<(Featurization, Matrix)> {
        let (featurization, columns) = self.fit(rows, None, seed)?;
        Ok((featurization, Matrix::new(rows.rows(), columns)?))
    }
}

/// Featurizers that have learned their constants: turns a conformed frame into a matrix.
#[derive(Debug, Clone, Default)]
pub struct Featurization {
    /// In the order of the matrix columns; featurizations of several folds share those that do not see the target.
    pub steps: Vec<Arc<Step>>,
    /// Which of the columns of the steps make up the matrix, ascending; all if there is no list.
    pub kept: Option<Vec<u32>>,
}

impl Featurization {
    /// The same with some of the columns of its steps alone, ascending; steps of which no column is left are left out.
    pub(crate) fn keeping(&self, columns: &[u32]) -> Featurization {
        let (mut steps, mut kept) = (Vec::new(), Vec::new());
        let (mut start, mut places) = (0, 0);
        for step in &self.steps {
            let width = step.features().len() as u32;
            let of_step: Vec<u32> =
                columns.iter().filter(|j| (start..start + width).contains(*j)).map(|j| j - start + places).collect();
            start += width;
            if !of_step.is_empty() {
                steps.push(step.clone());
                kept.extend(of_step);
                places += width;
            }
        }
        Featurization { steps, kept: (kept.len() < places as usize).then_some(kept) }
    }

    /// Of a list with one entry per column of the steps, the entries of the columns of the matrix.
    pub(crate) fn keep<T>(&self, of_steps: Vec<T>) -> Vec<T> {
        let Some(kept) = &self.kept else { return of_steps };
        let mut kept = kept.iter().copied().peekable();
        (0..).zip(of_steps).filter_map(|(j, entry)| kept.next_if_eq(&j).map(|_| entry)).collect()
    }

    /// The matrix of some rows.
    ///
    /// # Errors
    /// A column is not there.
    pub fn transform(&self, rows: FrameView<'_>) -> Result<Matrix> {
        let mut all = transform_all([self], rows)?;
        all.pop().ok_or_else(|| Error::internal("a matrix is lacking"))
    }

    /// The features in the order of the matrix columns, with the columns they are made of.
    pub fn features(&self) -> Vec<Feature> {
        self.keep(self.of_steps())
    }

    /// The features of each step that are in the matrix.
    pub fn features_by_step(&self) -> Vec<(&Step, Vec<Feature>)> {
        let tagged = |(i, step): (usize, &Arc<Step>)| step.features().into_iter().map(move |feature| (i, feature));
        let mut by_step: Vec<(&Step, Vec<Feature>)> = self.steps.iter().map(|step| (&**step, Vec::new())).collect();
        for (i, feature) in self.keep(self.steps.iter().enumerate().flat_map(tagged).collect()) {
            by_step[i].1.push(feature);
        }
        by_step
    }

    /// Number of matrix columns.
    pub fn columns(&self) -> usize {
        self.kept.as_ref().map_or_else(|| self.of_steps().len(), Vec::len)
    }

    /// The columns of the frame that are needed: those of all features of a step, kept or not.
    pub(crate) fn sources(&self) -> BTreeSet<String> {
        self.of_steps().into_iter().flat_map(|feature| feature.sources).collect()
    }

    /// Checks which columns are kept, as a file tells it.
    ///
    /// # Errors
    /// They are not ascending, or not there.
    pub(crate) fn validate(&self) -> Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let columns = self.of_steps().len();
        if kept.is_sorted_by(|a, b| a < b) && kept.last().is_none_or(|&last| (last as usize) < columns) {
            return Ok(());
        }
        Err(Error::artifact(format!("the artifact keeps columns that its {columns} features are not")))
    }

    fn of_steps(&self) -> Vec<Feature> {
        self.steps.iter().flat_map(|s| s.features()).collect()
    }
}

/// The matrices of some rows for several featurizations; what they share is made once.
///
/// # Errors
/// A column is not there.
pub fn transform_all<'a>(
    featurizations: impl IntoIterator<Item = &'a Featurization>,
    rows: FrameView<'_>,
) -> Result<Vec<Matrix>> {
    let mut made: Vec<(*const Step, SharedColumns)> = Vec::new();
    let mut matrices = Vec::new();
    for featurization in featurizations {
        let mut columns = Vec::new();
        for step in &featurization.steps {
            let key = Arc::as_ptr(step);
            let at = match made.iter().position(|(known, _)| *known == key) {
                Some(at) => at,
                None => {
                    made.push((key, step.transform(rows)?.into_iter().map(Arc::new).collect()));
                    made.len() - 1
                }
            };
            columns.extend(made[at].1.iter().cloned());
        }
        matrices.push(Matrix::new(rows.rows(), featurization.keep(columns))?);
    }
    Ok(matrices)
}
