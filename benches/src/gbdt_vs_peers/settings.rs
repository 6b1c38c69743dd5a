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

/// What every side is told besides trees, leaves and threads. Categories are split by the defaults of LightGBM.
const SHARED: [(&str, f64); 9] = [
    ("learning_rate", 0.1),
    ("max_bin", 255.0),
    ("min_data_in_leaf", 20.0),
    ("min_sum_hessian", 1e-3),
    ("lambda_l2", 0.0),
    ("cat_l2", 10.0),
    ("cat_smooth", 10.0),
    ("max_cat_to_onehot", 4.0),
    ("min_data_per_group", 100.0),
];

impl Settings {
    /// As parameters of the learner `gbdt`.
    pub fn ours(&self) -> Params {
        let own = json!({
            "iterations": self.trees,
            "num_leaves": self.leaves,
            "feature_fraction": 1,
            "bagging_fraction": 1,
            "max_cat_threshold": 32,
        });
        object(own).into_iter().chain(shared()).collect()
    }

    /// As a peer is told.
    pub fn theirs(&self) -> Value {
        let own = json!({ "trees": self.trees, "leaves": self.leaves, "threads": self.threads, "seed": 0 });
        Value::Object(object(own).into_iter().chain(shared()).collect())
    }

    /// As a peer is told that is to keep its own defaults in all but the number of trees and threads.
    pub fn theirs_by_default(&self) -> Value {
        json!({ "defaults": true, "trees": self.trees, "threads": self.threads, "seed": 0 })
    }
}

fn shared() -> impl Iterator<Item = (String, Value)> {
    // Whole numbers without a decimal point, or they would not be read as numbers of rows.
    let value = |v: f64| if v.fract() == 0.0 { json!(v as i64) } else { json!(v) };
    SHARED.into_iter().map(move |(name, v)| (name.to_owned(), value(v)))
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
