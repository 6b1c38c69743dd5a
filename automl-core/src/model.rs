//! The fitted whole: from raw rows to predictions.
//!
//! A [`Model`] holds the schema it expects, featurizations that its members share, and the members: fold
//! models whose mean, weighted, is the prediction. It is what an artifact holds on disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{Column, DataFrame};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::artifact;
use crate::config::{Optimize, thread_count};
use crate::decision::Decision;
use crate::ensemble::{Blend, Estimate};
use crate::error::{Error, Result};
use crate::frame::{Frame, FrameView};
use crate::learner::{DynLearner, DynModel};
use crate::metric::{Measure, Metric};
use crate::pipeline::{Featurization, transform_all};
use crate::predictions::Predictions;
use crate::registry::Registry;
use crate::run_folder::RunFolder;
use crate::schema::{NumberReader, Schema};
use crate::space::Params;
use crate::target_transform::Inverse;
use crate::task::Task;
use crate::temperature::Temperature;

/// A model of one fold, and which of the featurizations it reads.
#[derive(Clone)]
pub struct FoldModel {
    /// Index into the featurizations of the model.
    pub featurization: usize,
    /// The model.
    pub model: Arc<dyn DynModel>,
    /// How its predictions get back to the target, if it was fitted to a transformed one.
    pub inverse: Option<Inverse>,
}

/// One trial in the final model: the mean of its fold models, and its share of the vote.
#[derive(Clone)]
pub struct Member {
    /// Number of the trial.
    pub trial: u32,
    /// Name of the pipeline.
    pub name: String,
    /// The learner.
    pub learner: &'static dyn DynLearner,
    /// Its parameters.
    pub params: Params,
    /// Its share of the vote; the shares of all members sum to one.
    pub weight: f64,
    /// The models of its folds; one if it was fitted on all rows.
    pub models: Vec<FoldModel>,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Provenance {
    /// Score of the leading metric on rows that the models had not seen.
    pub score: Option<f64>,
    /// What score it will have on new rows.
    pub estimate: Option<Estimate>,
    /// How the score was made.
    pub validation: String,
    /// Rows that were fitted on.
    pub rows: usize,
    /// Seed of the run.
    pub seed: u64,
    /// Hash of the rows that were fitted on.
    pub data_fingerprint: String,
    /// What it was chosen for.
    pub optimize: Optimize,
}

/// The fitted whole: from raw rows to predictions.
#[derive(Clone)]
pub struct Model {
    /// What is predicted.
    pub task: Task,
    /// The columns it was given; those whose role is a feature are needed to predict, if a member uses them.
    pub schema: Schema,
    /// What members read.
    pub featurizations: Vec<Arc<Featurization>>,
    /// Who votes.
    pub members: Vec<Member>,
    /// How sure the probabilities that they vote for are to be; `None` leaves them as they are.
    pub temperature: Option<Temperature>,
    /// What is said of a row; `None` says what is most probable.
    pub decision: Option<Decision>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Per column, how many cells were there but could not be read as the column's kind.
type Unreadable = Vec<(String, usize)>;

/// Predictions, and what could not be read in the rows they are for.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// One row per row of the frame.
    pub predictions: Predictions,
    /// Per column, how many cells were there but could not be read as the column's kind; they count as missing.
    pub unreadable: Vec<(String, usize)>,
}

/// How good a model is on rows whose target is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Rows with a target.
    pub rows: usize,
    /// Name of the leading metric.
    pub metric: String,
    /// Every metric of the task that is defined for these rows.
    pub metrics: BTreeMap<String, f64>,
    /// Cells that could not be read, per column.
    pub unreadable: Vec<(String, usize)>,
}

impl Model {
    /// Reads a model from an artifact or from the folder of a run.
    ///
    /// # Errors
    /// No such file, or one that is no sound artifact of a version and with components that this program has.
    pub fn load(path: &Path, registry: &Registry) -> Result<Model> {
        if RunFolder::is_unfinished(path) {
            let shown = path.display();
            return Err(Error::artifact(format!("{shown} holds a run that did not come to its end: it has no model yet")));
        }
        artifact::load(&RunFolder::model_path(path), registry)
    }

    /// Predicts every row of a frame on so many threads (0: all): columns are found by name, others are passed over.
    ///
    /// # Errors
    /// A column that the model uses is not there. Strange values are no error: they count as missing.
    pub fn predict(&self, frame: &Frame, threads: usize) -> Result<Predicted> {
        let (blocks, unreadable) = self.in_blocks(frame, threads, |rows| self.predict_block(rows))?;
        let mut values = Vec::with_capacity(frame.rows() * self.task.width());
        for block in blocks {
            values.extend_from_slice(block.values());
        }
        let predictions = Predictions::new(self.task.width(), values).with_decision(self.decision.clone());
        Ok(Predicted { predictions, unreadable })
    }

    /// The predictions of rows in the form of the schema, made by the thread that asks for them.
    ///
    /// # Errors
    /// See [`Model::predict`].
    pub(crate) fn predict_block(&self, rows: FrameView<'_>) -> Result<Predictions> {
        let matrices = transform_all(self.featurizations.iter().map(|f| &**f), rows)?;
        let mut sum = Predictions::zeros(rows.rows(), self.task.width());
        for member in &self.members {
            let share = member.weight / member.models.len() as f64;
            for fold in &member.models {
                let predictions = fold.model.predict(matrices[fold.featurization].view());
                let predictions = match &fold.inverse {
                    Some(inverse) => inverse.apply(&predictions),
                    None => predictions,
                };
                predictions
                    .validate(rows.rows(), self.task.n_classes())
                    .map_err(|e| e.context(format!("learner `{}`", member.learner.id())))?;
                sum.add_scaled(&predictions, share);
            }
        }
        if let Some(temperature) = self.temperature {
            temperature.apply(&mut sum);
        }
        Ok(sum)
    }

    /// The same, with what was found to be made of the mean of its members.
    pub(crate) fn finished_by(self, blend: &Blend) -> Model {
        Model { temperature: blend.temperature, decision: blend.decision.clone(), ..self }
    }

    /// Calls something for blocks of rows of a frame, in the form of the schema, on so many threads (0: all). The results
    /// are in the order of the rows; beside them are, per column, how many cells could not be read.
    pub(crate) fn in_blocks<T: Send>(
        &self,
        frame: &Frame,
        threads: usize,
        each: impl Fn(FrameView<'_>) -> Result<T> + Sync,
    ) -> Result<(Vec<T>, Unreadable)> {
        // Large enough that a featurizer's set-up does not show, small enough that a block stays in cache.
        const BLOCK_ROWS: usize = 4096;
        self.schema.check_complete(frame)?;
        let (rows, threads) = (frame.rows(), thread_count(threads));
        let block_rows = BLOCK_ROWS.min(rows.div_ceil(threads).max(1));
        let block = |i: usize| -> Result<(T, Unreadable)> {
            let (block, conformed) = self.schema.conform(&frame.slice(i * block_rows, block_rows))?;
            Ok((each(block.view())?, conformed.unreadable))
        };
        let blocks = 0..rows.div_ceil(block_rows);
        let done: Vec<_> = if threads.min(blocks.len()) <= 1 {
            blocks.map(block).collect()
        } else {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|e| Error::internal(format!("no threads: {e}")))?;
            pool.install(|| blocks.into_par_iter().with_max_len(1).map(block).collect())
        };
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut results = Vec::with_capacity(done.len());
        for block in done {
            let (result, unreadable) = block?;
            results.push(result);
            unreadable.into_iter().for_each(|(column, cells)| *counts.entry(column).or_default() += cells);
        }
        let unreadable = self.schema.features().filter_map(|field| counts.remove_entry(&field.name)).collect();
        Ok((results, unreadable))
    }

    /// Predictions as columns: `prediction` (the label, or the number), and with `proba` one `proba_CLASS`
    /// per class.
    pub fn to_frame(&self, predictions: &Predictions, proba: bool) -> Result<DataFrame> {
        let mut columns = Vec::new();
        if self.task.kind.is_classification() {
            let labels: Vec<&str> = predictions.classes().iter().map(|&c| self.task.classes[c as usize].as_str()).collect();
            columns.push(Column::new("prediction".into(), labels));
            if proba {
                for (j, class) in self.task.classes.iter().enumerate() {
                    columns.push(Column::new(format!("proba_{class}").into(), predictions.column(j).collect::<Vec<f64>>()));
                }
            }
        } else {
            columns.push(Column::new("prediction".into(), predictions.values().to_vec()));
        }
        Ok(DataFrame::new(predictions.rows(), columns)?)
    }

    /// Scores the model on rows whose target is known; rows without one are left out.
    ///
    /// # Errors
    /// The target or a column that the model uses is not there, no row has a target, or a label is unknown.
    pub fn evaluate(&self, frame: &Frame, metrics: &[&'static dyn Metric], threads: usize) -> Result<Evaluation> {
        let reader = self.schema.get(&self.task.target).map(NumberReader::of).unwrap_or_default();
        let (target, rows) = self.task.encode(frame, &reader)?;
        let Predicted { predictions, unreadable } = self.predict(frame, threads)?;
        let predictions = predictions.select(&rows);
        let mut scores = BTreeMap::new();
        for metric in metrics.iter().filter(|m| m.tasks().contains(&self.task.kind)) {
            let measure = Measure { metric: *metric, parameter: metric.parameter() };
            if let Some(score) = measure.score(&target, &predictions, None, self.task.positive) {
                scores.insert(measure.name(), score);
            }
        }
        let leading = Measure::parse(&self.task.metric, self.task.kind, metrics)?;
        if let Some(score) = leading.score(&target, &predictions, None, self.task.positive) {
            scores.insert(leading.name(), score);
        }
        Ok(Evaluation { rows: rows.len(), metric: leading.name(), metrics: scores, unreadable })
    }
}
