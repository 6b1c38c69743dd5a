//! One featurizer and the columns it reads: planned, and fitted.

use super::{FeatureParams, Supervision};
use crate::error::{Error, Result};
use crate::featurizer::{ColumnGroup, DynFeaturizer, DynFitted, Fitting, Place};
use crate::frame::FrameView;
use crate::matrix::{Column, Completion, Feature, Form};
use crate::space::Params;

/// A featurizer and the columns that it is to read.
#[derive(Clone)]
pub(super) struct Planned {
    pub featurizer: &'static dyn DynFeaturizer,
    pub group: ColumnGroup,
    params: Params,
    /// Whether its numbers are made complete.
    pub completes: bool,
}

impl Planned {
    /// A step for a learner that takes these forms, the group still to be told; `None` if it does not take what the
    /// featurizer gives.
    ///
    /// Numbers are taken as complete ones too, once they are made so; and complete ones as numbers, where they stand
    /// beside the readings.
    pub fn new(featurizer: &'static dyn DynFeaturizer, forms: &[Form], params: &FeatureParams) -> Option<Planned> {
        let (form, is_reading) = (featurizer.form(), featurizer.place() == Place::Reading);
        let takes = |form| forms.contains(&form);
        let completes = !takes(form) && form == Form::Numeric && takes(Form::Complete);
        let serves = takes(form) || completes || (!is_reading && form == Form::Complete && takes(Form::Numeric));
        let group = ColumnGroup::new(Vec::new(), crate::schema::Kind::Numeric);
        serves.then(|| Planned { featurizer, group, params: params.of(featurizer.id()), completes })
    }

    /// The step for a group of columns.
    pub fn of(&self, group: ColumnGroup) -> Planned {
        Planned { group, ..self.clone() }
    }

    /// The step without some of its columns, if any are left; one that is the reading of a column stays as it is.
    pub fn without(mut self, is_left_out: impl Fn(&str) -> bool) -> Option<Planned> {
        if self.featurizer.place() != Place::Reading {
            self.group.columns.retain(|column| !is_left_out(column));
        }
        (!self.group.columns.is_empty()).then_some(self)
    }

    /// A text that is the same for steps that do the same.
    pub fn key(&self) -> String {
        // Maps of JSON values are always written.
        let params = serde_json::to_string(&self.params).unwrap_or_default();
        format!("{} {:?} {} {params};", self.featurizer.id(), self.group, self.completes)
    }

    /// Learns from rows and transforms them.
    pub fn fit(&self, rows: FrameView<'_>, supervision: Option<Supervision<'_>>, seed: u64) -> Result<(Step, Vec<Column>)> {
        let seen = supervision.filter(|_| self.featurizer.uses_target());
        let fitting =
            Fitting { group: &self.group, rows, target: seen.map(|s| s.target), residuals: seen.and_then(|s| s.residuals), seed };
        let (fitted, made) = self
            .featurizer
            .fit_transform(&self.params, &fitting)
            .map_err(|e| e.context(format!("featurizer `{}` on {}", self.featurizer.id(), self.group.columns.join(", "))))?;
        let completions = if self.completes { made.iter().map(learn).collect::<Result<_>>()? } else { Vec::new() };
        let step = Step { featurizer: self.featurizer, group: self.group.clone(), fitted, completions };
        let made = step.complete(made)?;
        step.check(&made, rows.rows())?;
        Ok((step, made))
    }
}

/// A featurizer, the columns it reads, and what it has learned.
#[derive(Debug)]
pub struct Step {
    /// The featurizer.
    pub featurizer: &'static dyn DynFeaturizer,
    /// The columns it reads.
    pub group: ColumnGroup,
    /// What it has learned.
    pub fitted: Box<dyn DynFitted>,
    /// How its numbers are made complete, one per column; empty if they stay as they are.
    pub completions: Vec<Completion>,
}

impl Step {
    /// A step whose columns stay as they are.
    pub fn new(featurizer: &'static dyn DynFeaturizer, group: ColumnGroup, fitted: Box<dyn DynFitted>) -> Step {
        Step { featurizer, group, fitted, completions: Vec::new() }
    }

    /// The columns of some rows. Where there are none, nothing is read: the columns that a step needs are those that its
    /// features are made of.
    ///
    /// # Errors
    /// A column of the frame is not there.
    pub fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        if self.fitted.features().is_empty() {
            return Ok(Vec::new());
        }
        let made = self.complete(self.fitted.transform(rows)?)?;
        self.check(&made, rows.rows())?;
        Ok(made)
    }

    /// The features that it writes.
    pub fn features(&self) -> Vec<Feature> {
        let features = self.fitted.features();
        if self.completions.is_empty() {
            return features;
        }
        features.into_iter().zip(&self.completions).flat_map(|(feature, completion)| completion.features(feature)).collect()
    }

    /// Checks a step that came from a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self) -> Result<()> {
        self.fitted.validate()?;
        self.completions.iter().try_for_each(Completion::validate)?;
        if self.completions.is_empty() || self.completions.len() == self.fitted.features().len() {
            return Ok(());
        }
        Err(Error::artifact(format!("{} columns are scaled as {}", self.fitted.features().len(), self.completions.len())))
    }

    fn complete(&self, columns: Vec<Column>) -> Result<Vec<Column>> {
        if self.completions.is_empty() {
            return Ok(columns);
        }
        let mut complete = Vec::with_capacity(columns.len());
        for (column, completion) in columns.iter().zip(&self.completions) {
            complete.extend(completion.apply(numbers(column)?));
        }
        Ok(complete)
    }

    /// Checks what every featurizer owes: one column per feature, and all rows.
    fn check(&self, columns: &[Column], rows: usize) -> Result<()> {
        let features = self.features();
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

fn learn(column: &Column) -> Result<Completion> {
    Ok(Completion::learn(numbers(column)?))
}

fn numbers(column: &Column) -> Result<impl ExactSizeIterator<Item = f64> + Clone> {
    match column {
        Column::Numeric(values) => Ok(values.iter().map(|&v| f64::from(v))),
        _ => Err(Error::internal("a column that is not numeric cannot be made complete")),
    }
}
