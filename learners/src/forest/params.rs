//! The parameters that both forests have.

use automl_core::error::{Error, Result};
use automl_core::learner::{Cost, Supports};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
use serde::{Deserialize, Serialize};

use super::Cuts;

/// Parameters of [`RandomForest`](super::RandomForest) and [`ExtraTrees`](super::ExtraTrees).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestParams {
    /// Number of trees.
    pub trees: usize,
    /// Share of the features that a node looks at, in (0, 1]; `None` by the task.
    pub max_features: Option<f64>,
    /// Rows in a leaf at least, each counted once however often it was drawn.
    pub min_rows_leaf: usize,
    /// Leaves per tree at most.
    pub leaves_max: usize,
    /// Levels of splits at most; 0 for no limit.
    pub max_depth: usize,
    /// Rows drawn for each tree, with replacement, as a share of all, in (0, 1].
    pub bootstrap: f64,
}

impl Default for ForestParams {
    fn default() -> ForestParams {
        ForestParams { trees: 200, max_features: None, min_rows_leaf: 2, leaves_max: 15_000, max_depth: 0, bootstrap: 1.0 }
    }
}

/// What both forests can do.
pub(super) const SUPPORTS: Supports = Supports {
    tasks: &TaskKind::ALL,
    forms: &[Form::Numeric, Form::Complete, Form::Codes],
    held_out: true,
    exact_weights: false,
};

/// Features per node at most where the share is not given: wide tables would cost more than they gain.
const AUTO_FEATURES_MAX: f64 = 64.0;
/// Memory of a model at most: above it, loading costs more than the last leaves are worth.
const MODEL_BYTES_MAX: u64 = 100 << 20;
/// Two nodes of twelve bytes.
const LEAF_BYTES: u64 = 24;
/// Trees in a forest at most.
const TREES_MAX: usize = 100_000;

/// What may be varied. A search starts with fewer trees than the default: a tenth of a point less for a
/// quarter of the time.
pub(super) fn space(_shape: Shape) -> SearchSpace {
    SearchSpace::new()
        .log_int("trees", 50, 500, 50)
        .choice("max_features", [None, Some(0.2), Some(0.4), Some(0.7), Some(1.0)])
        .log_int("min_rows_leaf", 1, 32, 5)
}

impl ForestParams {
    /// Features that a node looks at.
    pub(super) fn features_per_node(&self, cuts: Cuts, columns: usize, classification: bool) -> usize {
        let all = columns as f64;
        let auto = match (cuts, classification) {
            (Cuts::Best, true) => all.sqrt(),
            (Cuts::Best, false) | (Cuts::Random, true) => (0.5 * all).min(AUTO_FEATURES_MAX).max(all.sqrt()),
            (Cuts::Random, false) => (0.75 * all).min(AUTO_FEATURES_MAX).max(all.sqrt()),
        };
        let features = self.max_features.map_or(auto, |share| share * all);
        (features.round() as usize).clamp(1, columns.max(1))
    }

    /// Rows in a leaf at least, so that neither `leaves_max` nor the memory is exceeded: a tree of `rows`
    /// rows cannot have more than `rows / min_rows` leaves.
    pub(super) fn min_rows(&self, rows: usize, outputs: usize, memory_bytes: u64) -> usize {
        let table = if outputs > 1 { 4 * outputs as u64 } else { 0 };
        let leaves = MODEL_BYTES_MAX.min(memory_bytes / 2) / (self.trees as u64 * (LEAF_BYTES + table)).max(1);
        let leaves = self.leaves_max.min(usize::try_from(leaves).unwrap_or(usize::MAX)).max(1);
        self.min_rows_leaf.max(rows.div_ceil(leaves)).max(1)
    }

    /// What a fit costs.
    pub(super) fn cost(&self, cuts: Cuts, shape: Shape) -> Cost {
        let classification = shape.outputs > 1;
        let (rows, columns) = (shape.rows as u64, shape.columns as u64);
        let per_node = self.features_per_node(cuts, shape.columns, classification) as f64;
        let outputs = if shape.outputs > 2 { shape.outputs as u64 } else { 1 };
        let drawn = self.bootstrap * shape.rows as f64;
        let levels = (drawn / self.min_rows_leaf.max(1) as f64).max(2.0).log2() + 2.0;
        let tree = drawn * (levels * (per_node * (3.0 + 0.5 * outputs as f64) + 10.0) + shape.columns as f64 + 100.0);
        let leaves = (rows / (2 * self.min_rows_leaf.max(1) as u64)).min(self.leaves_max as u64) + 1;
        let table = if outputs > 1 { 4 * outputs } else { 0 };
        let model = (self.trees as u64 * leaves * (LEAF_BYTES + table)).min(MODEL_BYTES_MAX);
        // The bins by rows and by columns, and a copy of the drawn rows for each of some trees at a time.
        let memory_bytes = 2 * rows * columns + 4 * rows * (columns + 40) + 8 * rows * outputs + model + 4096;
        Cost { memory_bytes, work: (self.trees as f64 * tree + 10.0 * (rows * columns) as f64).max(1.0) }
    }

    /// # Errors
    /// A parameter out of its range; the message names the learner.
    pub(super) fn check(&self, id: &str) -> Result<()> {
        let share = |v: f64| v > 0.0 && v <= 1.0;
        let wrong = if self.trees == 0 || self.trees > TREES_MAX {
            format!("`trees` is {}; it takes 1 to {TREES_MAX}", self.trees)
        } else if self.max_features.is_some_and(|v| !share(v)) {
            format!("`max_features` is {:?}; it takes shares above 0 up to 1", self.max_features)
        } else if !share(self.bootstrap) {
            format!("`bootstrap` is {}; it takes shares above 0 up to 1", self.bootstrap)
        } else {
            return Ok(());
        };
        Err(Error::usage(format!("parameters of `{id}`: {wrong}")))
    }
}
