//! The vocabulary and the engine of automl: no algorithm, no printing.
//!
//! The data flow is the vocabulary and the folder list:
//! [`frame`] → [`schema`] → [`task`] → [`matrix`] → trial → leaderboard → ensemble → artifact.

pub mod clock;
pub mod config;
pub mod error;
pub mod featurizer;
pub mod fit_context;
pub mod frame;
pub mod leaderboard;
pub mod learner;
pub mod matrix;
pub mod metric;
pub mod page;
pub mod predictions;
pub mod progress;
pub mod registry;
pub mod schema;
pub mod seed;
pub mod space;
pub mod task;

pub use error::{Error, Result};
