//! What may be set about gradient boosting.

use automl_core::error::{Error, Result};
use automl_core::matrix::Shape;
use automl_core::space::SearchSpace;
use serde::{Deserialize, Serialize};

/// Parameters of gradient boosting; the page of the learner explains them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GbdtParams {
    /// Trees at most (per class, where there are more than two).
    pub iterations: usize,
    /// The share of each tree's step that is taken.
    pub learning_rate: f64,
    /// Leaves per tree at most.
    pub num_leaves: usize,
    /// Questions in a row at most; 0 for no limit.
    pub max_depth: usize,
    /// Rows per leaf at least.
    pub min_data_in_leaf: usize,
    /// Sum of hessians per leaf at least.
    pub min_sum_hessian: f64,
    /// L1 penalty on the values of leaves.
    pub lambda_l1: f64,
    /// L2 penalty on the values of leaves.
    pub lambda_l2: f64,
    /// What a split has to gain at least.
    pub min_gain: f64,
    /// Share of the features that each tree may use.
    pub feature_fraction: f64,
    /// Share of the rows that each tree is grown on.
    pub bagging_fraction: f64,
    /// Whether a single random cut is tried per feature and leaf.
    pub extra_trees: bool,
    /// Rows at which a leaf trusts itself as much as its parent; 0 for always itself.
    pub path_smooth: f64,
    /// Additional L2 penalty for splits by sets of categories.
    pub cat_l2: f64,
    /// Rows that a category needs to be used, and that its mean is smoothed by.
    pub cat_smooth: f64,
    /// Bins of a feature up to which categories are tried one against the rest.
    pub max_cat_to_onehot: usize,
    /// Rows by which a set of categories has to grow to be tried.
    pub min_data_per_group: usize,
    /// Categories in a set at most.
    pub max_cat_threshold: usize,
    /// Bins per numeric feature; 0 chooses by the number of rows.
    pub max_bin: usize,
}

impl Default for GbdtParams {
    fn default() -> GbdtParams {
        GbdtParams {
            iterations: 1000,
            learning_rate: 0.05,
            num_leaves: 31,
            max_depth: 0,
            min_data_in_leaf: 20,
            min_sum_hessian: 1e-3,
            lambda_l1: 0.0,
            lambda_l2: 1.0,
            min_gain: 0.0,
            feature_fraction: 0.9,
            bagging_fraction: 0.9,
            extra_trees: false,
            path_smooth: 0.0,
            cat_l2: 1.0,
            cat_smooth: 10.0,
            max_cat_to_onehot: 16,
            min_data_per_group: 25,
            max_cat_threshold: 32,
            max_bin: 0,
        }
    }
}

impl GbdtParams {
    /// Checks the values.
    ///
    /// # Errors
    /// A value that cannot be used, with what would be.
    pub(super) fn check(&self) -> Result<()> {
        let fraction = |v: f64| v > 0.0 && v <= 1.0;
        let penalty = |v: f64| v >= 0.0 && v.is_finite();
        let rules = [
            ("learning_rate", self.learning_rate, fraction(self.learning_rate), "above 0 and at most 1"),
            ("num_leaves", self.num_leaves as f64, (2..=MAX_LEAVES).contains(&self.num_leaves), "from 2 to 131072"),
            ("min_sum_hessian", self.min_sum_hessian, penalty(self.min_sum_hessian), "0 or more"),
            ("lambda_l1", self.lambda_l1, penalty(self.lambda_l1), "0 or more"),
            ("lambda_l2", self.lambda_l2, penalty(self.lambda_l2), "0 or more"),
            ("min_gain", self.min_gain, penalty(self.min_gain), "0 or more"),
            ("feature_fraction", self.feature_fraction, fraction(self.feature_fraction), "above 0 and at most 1"),
            ("bagging_fraction", self.bagging_fraction, fraction(self.bagging_fraction), "above 0 and at most 1"),
            ("path_smooth", self.path_smooth, penalty(self.path_smooth), "0 or more"),
            ("cat_l2", self.cat_l2, penalty(self.cat_l2), "0 or more"),
            ("cat_smooth", self.cat_smooth, penalty(self.cat_smooth), "0 or more"),
            ("max_bin", self.max_bin as f64, self.max_bin == 0 || (2..=255).contains(&self.max_bin), "0 or from 2 to 255"),
        ];
        match rules.iter().find(|rule| !rule.2) {
            Some((name, value, _, wanted)) => Err(Error::usage(format!("`{name}` is {value}; it has to be {wanted}"))),
            None => Ok(()),
        }
    }

    /// [`GbdtParams::max_depth`] without the special case.
    pub(super) fn depth_limit(&self) -> usize {
        if self.max_depth == 0 { usize::MAX } else { self.max_depth }
    }
}

/// More leaves than any table that fits in memory has use for.
const MAX_LEAVES: usize = 131_072;

/// The space: ranges around what wins on tables of 1,000 to 100,000 rows, more leaves for more rows.
pub(super) fn space(shape: Shape) -> SearchSpace {
    let most_leaves = (shape.rows / 40).clamp(64, 1024) as i64;
    SearchSpace::new()
        .log_float("learning_rate", 0.005, 0.2, 0.1)
        .log_int("num_leaves", 4, most_leaves, 8)
        .log_int("min_data_in_leaf", 1, 100, 20)
        .float("feature_fraction", 0.4, 1.0, 0.7)
        .float("bagging_fraction", 0.7, 1.0, 0.9)
        .float("lambda_l1", 0.0, 1.0, 0.0)
        .log_float("lambda_l2", 0.001, 10.0, 1.0)
        .choice("extra_trees", [false, true])
        .log_float("cat_l2", 0.005, 10.0, 1.0)
        .log_float("cat_smooth", 0.001, 100.0, 10.0)
        .log_int("max_cat_to_onehot", 4, 100, 16)
        .log_int("min_data_per_group", 2, 100, 25)
}
