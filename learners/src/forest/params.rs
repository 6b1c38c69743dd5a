//! The parameters that both forests have.

use automl_core::error::{Error, Result};
use automl_core::learner::Cost;
use automl_core::matrix::Shape;
use automl_core::space::SearchSpace;
use serde::{Deserialize, Serialize};

use super::Thresholds;

/// Parameters of [`RandomForest`](super::RandomForest) and [`ExtraTrees`](super::ExtraTrees).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestParams {
    /// Trees at most.
    pub trees: usize,
    /// Share of the columns looked at in each node; `None` for the usual one.
    pub max_features: Option<f64>,
    /// Rows in a leaf at least.
    pub min_rows_leaf: usize,
    /// Leaves of a tree at most.
    pub leaves_max: usize,
    /// Levels of splits at most; `None` for no limit of its own.
    pub max_depth: Option<usize>,
}

impl Default for ForestParams {
    fn default() -> ForestParams {
        ForestParams { trees: 100, max_features: None, min_rows_leaf: 1, leaves_max: 15_000, max_depth: None }
    }
}

impl ForestParams {
    pub(super) fn check(&self, id: &str) -> Result<()> {
        let trouble = if self.trees == 0 {
            "`trees` is 0; it must be 1 or more".to_owned()
        } else if let Some(share) = self.max_features.filter(|s| !(*s > 0.0 && *s <= 1.0)) {
            format!("`max_features` is {share}; it must be above 0 and up to 1")
        } else if self.leaves_max < 2 {
            format!("`leaves_max` is {}; it must be 2 or more", self.leaves_max)
        } else if self.max_depth == Some(0) {
            "`max_depth` is 0; it must be 1 or more, or null".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::usage(format!("parameters of `{id}`: {trouble}")))
    }

    /// How many columns a node looks at.
    fn columns_per_node(&self, columns: usize, classes: bool, thresholds: Thresholds) -> usize {
        let all = columns as f64;
        let wanted = match (self.max_features, thresholds, classes) {
            (Some(share), _, _) => share * all,
            (None, Thresholds::Random, _) => 0.75 * all,
            (None, Thresholds::Best, true) => all.sqrt(),
            (None, Thresholds::Best, false) => 0.4 * all,
        };
        (wanted.round() as usize).clamp(1, columns.max(1))
    }

    /// What they mean for a fit on so many columns that vary.
    pub(super) fn growth(&self, columns: usize, classes: bool, thresholds: Thresholds) -> Growth {
        Growth {
            columns: self.columns_per_node(columns, classes, thresholds),
            rows_min: self.min_rows_leaf.max(1),
            leaves_max: self.leaves_max,
            depth_max: self.max_depth.unwrap_or(DEPTH_MAX).min(DEPTH_MAX),
            is_random: thresholds == Thresholds::Random,
        }
    }

    /// Measured on tables of 3,000 to 24,000 rows: numbers cost twice as much as classes, since their trees end
    /// only where rows do; random thresholds less than half of the best ones. How many classes there are hardly
    /// matters.
    fn tree_ns(&self, shape: Shape, thresholds: Thresholds) -> f64 {
        let is_classifier = shape.outputs > 1;
        let looked_at = self.columns_per_node(shape.columns, is_classifier, thresholds) as f64;
        let per_value = match (thresholds, is_classifier) {
            (Thresholds::Best, true) => 2.4,
            (Thresholds::Best, false) => 5.0,
            (Thresholds::Random, true) => 1.2,
            (Thresholds::Random, false) => 1.9,
        };
        let rows = shape.rows as f64;
        let levels = rows.max(2.0).log2().min(self.max_depth.unwrap_or(DEPTH_MAX) as f64);
        rows * levels * (4.0 + looked_at * per_value)
    }

    pub(super) fn cost(&self, shape: Shape, thresholds: Thresholds) -> Cost {
        let leaves = (shape.rows as f64 * 0.6 / self.min_rows_leaf.max(1) as f64).min(self.leaves_max as f64);
        let tree_bytes = leaves * (24.0 + 4.0 * shape.outputs as f64);
        // The codes, and per row what a tree keeps of it, a vote per class, and the leaves of a batch of trees.
        let rows_bytes = shape.rows as f64 * (2.5 * shape.columns as f64 + 100.0 + 8.0 * shape.outputs as f64);
        let work = self.trees as f64 * self.tree_ns(shape, thresholds);
        Cost { memory_bytes: (self.trees as f64 * tree_bytes + rows_bytes) as u64, work }
    }

    pub(super) fn space() -> SearchSpace {
        SearchSpace::new().float("max_features", 0.2, 1.0, 0.3).log_int("min_rows_leaf", 1, 20, 10)
    }
}

/// Levels of splits at most: deeper trees come only from chains of splits that each part off a row or two.
const DEPTH_MAX: usize = 60;

/// How far a tree grows, and how it looks for a split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    /// Columns that a node looks at.
    pub columns: usize,
    /// Rows in a leaf at least.
    pub rows_min: usize,
    /// Leaves at most.
    pub leaves_max: usize,
    /// Levels of splits at most.
    pub depth_max: usize,
    /// Whether thresholds are drawn.
    pub is_random: bool,
}
