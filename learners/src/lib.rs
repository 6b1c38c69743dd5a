//! The learners of `automl`: which algorithms are there?
//!
//! Each is one file or folder with a line in [`ALL`]. They know the vocabulary of `automl-core` and nothing
//! of each other or of the featurizers. Trees share one layout of the data, the `bins`; learners with a weight per
//! feature share another, the `design`.

mod aims;
#[cfg(feature = "bench")]
pub mod bench;
mod bins;
mod calibration;
mod design;
pub mod ebm;
mod exp;
pub mod featureless;
pub mod forest;
pub mod gbdt;
pub mod head;
pub mod knn;
pub mod linear;
pub mod linear_svm;
pub mod mlp;
pub mod naive_bayes;
mod product;
mod ranks;
mod simd;
mod trees;

use automl_core::learner::DynLearner;

/// Every learner, in the order of the lists.
pub const ALL: &[&dyn DynLearner] = &[
    &featureless::Featureless,
    &linear::Linear,
    &forest::RandomForest,
    &forest::ExtraTrees,
    &gbdt::Gbdt,
    &knn::Knn,
    &mlp::Mlp,
    &naive_bayes::NaiveBayes,
    &linear_svm::LinearSvm,
    &ebm::Ebm,
];
