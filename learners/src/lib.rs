//! The learners of `automl`: which algorithms are there?
//!
//! Each is one file or folder with a line in [`ALL`]. They know the vocabulary of `automl-core` and nothing
//! of each other or of the featurizers.

#[allow(dead_code)]
mod bins;
pub mod featureless;
pub mod forest;
pub mod linear;

use automl_core::learner::DynLearner;

/// Every learner, in the order of the lists.
pub const ALL: &[&dyn DynLearner] = &[&featureless::Featureless, &linear::Linear, &forest::RandomForest, &forest::ExtraTrees];
