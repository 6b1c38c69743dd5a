//! The vocabulary and the engine of automl: no algorithm, no printing.
//!
//! The data flow is the vocabulary and the folder list:
//! [`frame`] → [`schema`] → [`task`] → [`matrix`] → trial → leaderboard → ensemble → artifact.

pub mod artifact;
pub mod association;
pub mod clock;
pub mod config;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod contributions;
pub mod decision;
pub mod ensemble;
pub mod error;
pub mod explain;
pub mod featurizer;
pub mod findings;
pub mod fit;
pub mod fit_context;
pub mod frame;
pub mod inspect;
pub mod leaderboard;
pub mod learner;
pub mod matrix;
pub mod memory;
pub mod metric;
pub mod model;
pub mod page;
pub mod pipeline;
pub mod portfolio;
pub mod predictions;
pub mod progress;
pub mod registry;
pub mod row;
pub mod run_folder;
pub mod schema;
pub mod search;
pub mod seed;
pub mod selection;
pub mod shape_function;
pub mod space;
pub mod split;
pub mod target_transform;
pub mod task;
pub mod temperature;
pub mod transform;

pub use error::{Error, Result};
