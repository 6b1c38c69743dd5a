//! What may be set about gradient boosting.

use automl_core::error::{Error, Result};
use serde::{Deserialize, Serialize};

use super::loss::Loss;
use crate::bins;

/// In which order leaves are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrowPolicy {
    /// The leaf that gains most first (LightGBM).
    #[default]
    LeafWise,
    /// The leaf nearest to the root first (XGBoost).
    DepthWise,
    /// All leaves of a level by the same question (CatBoost).
    Oblivious,
}

/// Which rows the trees of an iteration are grown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// All alike.
    #[default]
    Uniform,
    /// Those with large gradients rather, by minimal variance sampling (Ibragimov, Gusev, 2019).
    Mvs,
}

/// Parameters of [`Gbdt`](super::Gbdt); its reference page explains them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GbdtParams {
    /// Iterations at most.
    pub iterations: u32,
    /// Share of each tree that is added; `null` for one that suits the rows and the iterations.
    pub learning_rate: Option<f64>,
    /// In which order leaves are split.
    pub grow_policy: GrowPolicy,
    /// Leaves per tree at most.
    pub num_leaves: usize,
    /// Splits between root and leaf at most; 0 for no limit, or for 6 with oblivious trees.
    pub max_depth: usize,
    /// Rows in a leaf at least.
    pub min_data_in_leaf: usize,
    /// Sum of second derivatives in a leaf at least.
    pub min_sum_hessian: f64,
    /// Fall of the loss that a split needs.
    pub min_gain: f64,
    /// L1 penalty on leaf values.
    pub lambda_l1: f64,
    /// L2 penalty on leaf values.
    pub lambda_l2: f64,
    /// Rows at which a leaf trusts itself as much as its parent; 0 for always itself.
    pub path_smooth: f64,
    /// Whether leaves are valued by their exact gradients, and not by the rounded ones that their splits were found by.
    pub exact_leaves: bool,
    /// Share of the columns drawn for each tree.
    pub feature_fraction: f64,
    /// Share of the tree's columns drawn for each leaf.
    pub feature_fraction_node: f64,
    /// Share of the rows drawn for each iteration.
    pub bagging_fraction: f64,
    /// How they are drawn.
    pub sampling: Sampling,
    /// One random threshold per column and leaf.
    pub extra_trees: bool,
    /// Additional L2 penalty for sets of categories.
    pub cat_l2: f64,
    /// Categories with fewer rows are not put into sets, and the order of the others is smoothed by it.
    pub cat_smooth: f64,
    /// Categories up to which each is tried against the rest; more are split as sets.
    pub max_cat_to_onehot: usize,
    /// Rows by which a set of categories has to grow to be tried.
    pub min_data_per_group: usize,
    /// Categories in a set at most.
    pub max_cat_threshold: usize,
    /// Categories beyond which a column is split by the mean target of its categories too; `null` for never, or with
    /// oblivious trees for 2, and for `max_cat_to_onehot` if there are more than two classes.
    pub target_statistics: Option<usize>,
    /// Per column 1 where the prediction may only rise with it, -1 where it may only fall, 0 otherwise; columns
    /// beyond the end have 0.
    pub monotone: Vec<i8>,
    /// The loss of numbers.
    pub loss: Loss,
    /// The level of the quantile, or where Huber's loss becomes straight, in standard deviations.
    pub alpha: f64,
    /// Between 1 (Poisson) and 2 (gamma).
    pub tweedie_power: f64,
    /// Bins per number; 0 chooses 127 or 255 by the number of rows.
    pub max_bin: usize,
}

impl Default for GbdtParams {
    fn default() -> GbdtParams {
        GbdtParams {
            iterations: 1000,
            learning_rate: None,
            grow_policy: GrowPolicy::LeafWise,
            num_leaves: 31,
            max_depth: 0,
            min_data_in_leaf: 20,
            min_sum_hessian: 1e-3,
            min_gain: 0.0,
            lambda_l1: 0.0,
            lambda_l2: 1.0,
            path_smooth: 0.0,
            exact_leaves: false,
            feature_fraction: 0.9,
            feature_fraction_node: 1.0,
            bagging_fraction: 0.9,
            sampling: Sampling::Uniform,
            extra_trees: false,
            cat_l2: 1.0,
            cat_smooth: 10.0,
            max_cat_to_onehot: 16,
            min_data_per_group: 25,
            max_cat_threshold: 32,
            target_statistics: None,
            monotone: Vec::new(),
            loss: Loss::Squared,
            alpha: 0.9,
            tweedie_power: 1.5,
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
        let share = |name, v: f64| (name, v, v > 0.0 && v <= 1.0, "above 0 and up to 1");
        let positive = |name, v: f64| (name, v, v.is_finite() && v >= 0.0, "0 or more");
        let between = |name, v: f64, accepted| (name, v, v > 0.0 && v < 1.0, accepted);
        let count = |name, v: usize, least: usize, most: usize, accepted| (name, v as f64, (least..=most).contains(&v), accepted);
        let depth_max = if self.grow_policy == GrowPolicy::Oblivious { 12 } else { usize::MAX };
        let direction = self.monotone.iter().find(|d| !(-1..=1).contains(*d)).copied().unwrap_or(0);
        let alpha = match self.loss {
            Loss::Huber => positive("alpha", self.alpha),
            _ => between("alpha", self.alpha, "between 0 and 1"),
        };
        let checks = [
            count("iterations", self.iterations as usize, 1, usize::MAX, "1 or more"),
            share("learning_rate", self.learning_rate.unwrap_or(1.0)),
            count("num_leaves", self.num_leaves, 2, 1 << 16, "from 2 to 65536"),
            count("max_depth", self.max_depth, 0, depth_max, "up to 12 with oblivious trees"),
            positive("min_sum_hessian", self.min_sum_hessian),
            positive("min_gain", self.min_gain),
            positive("lambda_l1", self.lambda_l1),
            positive("lambda_l2", self.lambda_l2),
            positive("path_smooth", self.path_smooth),
            share("feature_fraction", self.feature_fraction),
            share("feature_fraction_node", self.feature_fraction_node),
            share("bagging_fraction", self.bagging_fraction),
            positive("cat_l2", self.cat_l2),
            positive("cat_smooth", self.cat_smooth),
            ("monotone", f64::from(direction), (-1..=1).contains(&direction), "a list of -1, 0 and 1"),
            alpha,
            between("tweedie_power - 1", self.tweedie_power - 1.0, "between 0 and 1"),
            count("max_bin", self.max_bin, 0, 255, "0 or up to 255"),
        ];
        match checks.into_iter().find(|(_, _, sound, _)| !sound) {
            Some((name, value, _, accepted)) => {
                Err(Error::usage(format!("parameters of `gbdt`: `{name}` is {value}; it must be {accepted}")))
            }
            None => Ok(()),
        }
    }

    /// Nanoseconds of one iteration, about: the additions of histograms, the search of splits, and what every row costs
    /// besides.
    pub(super) fn iteration_ns(&self, rows: usize, columns: usize, outputs: usize) -> f64 {
        let (all, rows) = (rows as f64, rows as f64 * self.bagging_fraction);
        let columns = columns as f64 * self.feature_fraction;
        let leaves = (self.num_leaves as f64).min(rows / self.min_data_in_leaf.max(1) as f64).max(2.0);
        let bins = bins::max_bin(self.max_bin, all as usize) as f64;
        // A balanced tree of 31 leaves would visit 3.5 times the rows, real ones are lopsided.
        let visits = rows * (1.0 + 0.35 * leaves.log2());
        let trees = if outputs > 2 { outputs as f64 } else { 1.0 };
        trees * (0.45 * visits * columns + 3.0 * visits + 2.0 * leaves * columns * bins * 0.45 + 7.0 * all)
    }

    /// The learning rate: what was asked for, or the rule that CatBoost's authors fitted to symmetric trees of depth 6,
    /// for so many rows, numbers per prediction, and iterations. Leaf-wise trees fit faster and take smaller steps.
    pub(super) fn rate(&self, rows: usize, width: usize, iterations: f64) -> f64 {
        const LARGEST: f64 = 0.5;
        if let Some(asked) = self.learning_rate {
            return asked;
        }
        let (by_rows, constant, by_iterations) = match width {
            1 => (0.157, -4.062, -0.61),
            2 => (0.246, -5.127, -0.451),
            _ => (0.02, -2.364, -0.382),
        };
        let rate = (constant + by_rows * (rows.max(1) as f64).ln() + by_iterations * (iterations.max(1.0) / 1000.0).ln()).exp();
        let share = if self.grow_policy == GrowPolicy::Oblivious { 1.0 } else { 0.7 };
        // Rounded, so that the journal reads well.
        ((share * rate).min(LARGEST) * 1e4).round().max(1.0) / 1e4
    }

    /// [`GbdtParams::max_depth`] without its special case.
    pub(super) fn depth_limit(&self) -> usize {
        match (self.max_depth, self.grow_policy) {
            (0, GrowPolicy::Oblivious) => 6,
            (0, _) => usize::MAX,
            (depth, _) => depth,
        }
    }

    /// The number of categories beyond which a column has target statistics.
    ///
    /// A mean tells one class from all others only: with more than two classes it replaces no questions about single
    /// categories.
    pub(super) fn statistics_beyond(&self, width: usize) -> Option<usize> {
        match (self.target_statistics, self.grow_policy) {
            (None, GrowPolicy::Oblivious) => Some(if width > 2 { self.max_cat_to_onehot } else { 2 }),
            (given, _) => given,
        }
    }

    /// The direction that predictions must have in a column.
    pub(super) fn direction(&self, column: usize) -> i8 {
        self.monotone.get(column).copied().unwrap_or(0)
    }
}
