//! What is every side told? The words of this project; each peer's script translates them.

use automl::space::Params;
use serde_json::{Value, json};

/// Settings that are the same on every side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Trees (per class, where there are more than two).
    pub trees: u32,
    /// Leaves of each tree at most.
    pub leaves: usize,
    /// Threads.
    pub threads: usize,
}

/// The share of each tree that is added.
const LEARNING_RATE: f64 = 0.1;
/// Bins per number.
const MAX_BIN: usize = 255;
/// Rows in a leaf at least.
const MIN_DATA_IN_LEAF: usize = 20;
/// Sum of second derivatives in a leaf at least.
const MIN_SUM_HESSIAN: f64 = 1e-3;

impl Settings {
    /// As parameters of the learner `gbdt`.
    pub fn ours(&self) -> Params {
        object(json!({
            "iterations": self.trees,
            "num_leaves": self.leaves,
            "learning_rate": LEARNING_RATE,
            "max_bin": MAX_BIN,
            "min_data_in_leaf": MIN_DATA_IN_LEAF,
            "min_sum_hessian": MIN_SUM_HESSIAN,
            "lambda_l2": 0,
            "feature_fraction": 1,
            "bagging_fraction": 1,
        }))
    }

    /// As a peer is told.
    pub fn theirs(&self) -> Value {
        json!({
            "trees": self.trees,
            "leaves": self.leaves,
            "threads": self.threads,
            "learning_rate": LEARNING_RATE,
            "max_bin": MAX_BIN,
            "min_data_in_leaf": MIN_DATA_IN_LEAF,
            "min_sum_hessian": MIN_SUM_HESSIAN,
            "lambda_l2": 0,
            "seed": 0,
        })
    }

    /// As a peer is told that is to keep its own defaults in all but the number of trees and threads.
    pub fn theirs_by_default(&self) -> Value {
        json!({ "defaults": true, "trees": self.trees, "threads": self.threads, "seed": 0 })
    }
}

/// Parameters from a JSON object.
///
/// # Panics
/// If it is none: a mistake of the caller.
pub fn object(value: Value) -> Params {
    match value {
        Value::Object(params) => params,
        other => unreachable!("parameters are an object, not {other}"),
    }
}
