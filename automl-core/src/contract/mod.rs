//! Does a component keep its word?
//!
//! Checks for every kind of component, for the tests of this workspace and of those who write components of
//! their own; [`tasks`] makes the data for them and [`debug`] is a learner that misbehaves on demand.
//! Nothing here is part of an engine: it is compiled only with the feature `contract`.

pub mod debug;
pub mod featurizer;
pub mod learner;
pub mod metric;
pub mod tasks;
