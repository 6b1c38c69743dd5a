//! Learners of automl: linear models, forests, gradient boosting.

#[allow(dead_code)]
mod bins;
