//! What an artifact says about itself: types of its own, not those of the engine, since they are a promise.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::Optimize;
use crate::decision::Decision;
use crate::ensemble::Estimate;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::matrix::Completion;
use crate::model::{Member, Model, Provenance};
use crate::pipeline::Featurization;
use crate::schema::{Decimal, Field, Kind, Role, Schema, Unit};
use crate::space::Params;
use crate::target_transform::Inverse;
use crate::task::{Task, TaskKind};
use crate::temperature::Temperature;

/// The manifest of an artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the engine that wrote it.
    pub engine: String,
    /// What is predicted.
    pub task: TaskEntry,
    /// The columns of the table that it was fitted on.
    pub schema: Vec<FieldEntry>,
    /// Learned features, shared by members.
    pub featurizations: Vec<FeaturizationEntry>,
    /// Who votes.
    pub members: Vec<MemberEntry>,
    /// How sure the probabilities that they vote for are to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Temperature>,
    /// What is said of a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Score of the leading metric on rows that the models had not seen.
    pub score: Option<f64>,
    /// What score it will have on new rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    #[serde(default, skip_serializing_if = "Optimize::is_accuracy")]
    pub optimize: Optimize,
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskEntry {
    /// Binary, multiclass or regression.
    pub kind: TaskKind,
    /// Name of the target column.
    pub target: String,
    /// Labels in the order of the predicted probabilities.
    pub classes: Vec<String>,
    /// Index of the class that binary metrics call positive.
    pub positive: usize,
    /// The leading metric.
    pub metric: String,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldEntry {
    /// Name of the column.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Its job. Columns that no member reads are `ignore`.
    pub role: Role,
    /// Numeric codes that may as well be names.
    #[serde(default)]
    pub is_code: bool,
    /// How moments are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datetime_format: Option<String>,
    /// The decimal sign of numbers in text.
    #[serde(default, skip_serializing_if = "Decimal::is_point")]
    pub decimal: Decimal,
    /// What stands behind numbers in text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The levels of ordered categories, lowest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}

/// Featurizers that have learned their constants, in the order of the matrix columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeaturizationEntry {
    /// One per featurizer and group of columns.
    pub steps: Vec<StepEntry>,
    /// Which of the columns of the steps are kept, ascending; all if there is no list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Vec<u32>>,
}

/// One featurizer and the columns it reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepEntry {
    /// Id of the featurizer.
    pub featurizer: String,
    /// Version of what it learned.
    pub version: u32,
    /// The columns it reads.
    pub columns: Vec<String>,
    /// As what kind it reads them.
    pub kind: String,
    /// Number of the blob with what it learned. Featurizations that share a step share its blob.
    pub blob: usize,
    /// How its numbers are made complete, one per column; empty if they stay as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub completions: Vec<Completion>,
}

/// One trial in the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberEntry {
    /// Number of the trial.
    pub trial: u32,
    /// Name of the pipeline.
    pub name: String,
    /// Id of the learner.
    pub learner: String,
    /// Version of its models.
    pub version: u32,
    /// Its parameters.
    pub params: Params,
    /// Its share of the vote.
    pub weight: f64,
    /// The models of its folds.
    pub models: Vec<FoldEntry>,
}

/// One fold model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldEntry {
    /// Which of the featurizations it reads.
    pub featurization: usize,
    /// Number of the blob with the model.
    pub blob: usize,
    /// How its predictions get back to the target, if it was fitted to a transformed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse: Option<Inverse>,
}

impl Manifest {
    /// The manifest of a model whose parts were put into these blobs.
    pub(super) fn describe(model: &Model, featurizations: Vec<FeaturizationEntry>, members: Vec<MemberEntry>) -> Manifest {
        let Task { kind, target, classes, positive, metric } = model.task.clone();
        let Provenance { score, estimate, validation, rows, seed, data_fingerprint, optimize } = model.provenance.clone();
        let schema = model.schema.fields.iter().map(|f| FieldEntry {
            name: f.name.clone(),
            kind: f.kind,
            role: f.role,
            is_code: f.is_code,
            datetime_format: f.datetime_format.clone(),
            decimal: f.decimal,
            unit: f.unit.clone(),
            order: f.order.clone(),
        });
        Manifest {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            task: TaskEntry { kind, target, classes, positive, metric },
            schema: schema.collect(),
            featurizations,
            members,
            temperature: model.temperature,
            decision: model.decision.clone(),
            score,
            estimate,
            validation,
            rows,
            seed,
            data_fingerprint,
            optimize,
        }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// JSON that is no manifest.
    pub fn parse(json: &[u8]) -> Result<Manifest> {
        serde_json::from_slice(json).map_err(|e| Error::artifact(format!("the manifest of the artifact cannot be read: {e}")))
    }

    /// The model that this manifest describes, with its loaded parts.
    pub(super) fn into_model(self, featurizations: Vec<Arc<Featurization>>, members: Vec<Member>) -> Result<Model> {
        let TaskEntry { kind, target, classes, positive, metric } = self.task;
        let enough_classes = match kind {
            TaskKind::Regression => classes.is_empty(),
            TaskKind::Binary => classes.len() == 2 && positive < 2,
            TaskKind::Multiclass => classes.len() > 2 && positive < classes.len(),
        };
        let classes_told = if kind.is_classification() { classes.len() } else { 0 };
        let is_sound = self.temperature.is_none_or(|t| classes_told > 0 && t.is_sound())
            && self.decision.as_ref().is_none_or(|d| d.is_sound(classes_told));
        if !enough_classes || !is_sound || members.is_empty() {
            return Err(Error::new(ErrorKind::Artifact, "the manifest of the artifact contradicts itself"));
        }
        let fields = self.schema.into_iter().map(|f| Field {
            name: f.name,
            kind: f.kind,
            role: f.role,
            is_code: f.is_code,
            datetime_format: f.datetime_format,
            decimal: f.decimal,
            unit: f.unit,
            order: f.order,
        });
        Ok(Model {
            task: Task { kind, target, classes, positive, metric },
            schema: Schema { fields: fields.collect() },
            featurizations,
            members,
            temperature: self.temperature,
            decision: self.decision,
            provenance: Provenance {
                score: self.score,
                estimate: self.estimate,
                validation: self.validation,
                rows: self.rows,
                seed: self.seed,
                data_fingerprint: self.data_fingerprint,
                optimize: self.optimize,
            },
        })
    }
}
