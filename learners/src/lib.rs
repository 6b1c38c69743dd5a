//! Learners of automl: linear models, forests, gradient boosting.

mod bins;
pub mod gbdt;

/// Every learner, in the order of the lists.
pub const ALL: &[&dyn automl_core::learner::DynLearner] = &[&gbdt::Gbdt];
