//! Forests of decision trees: many deep trees on resampled rows, averaged.
//!
//! [`RandomForest`] looks for the best cut among some features, [`ExtraTrees`] draws the cuts at random. All
//! else is shared: the parameters ([`ForestParams`]), the growth on bins, out-of-bag predictions and the
//! model ([`ForestModel`]).

mod extra_trees;
mod gini;
mod grow;
mod model;
mod packed;
mod params;
mod random_forest;
mod sample;
mod split;
#[cfg(test)]
mod tests;
mod train;
mod tree;
mod variance;

pub use extra_trees::ExtraTrees;
pub use model::ForestModel;
pub use params::ForestParams;
pub use random_forest::RandomForest;
pub use tree::{Ranks, Tree};

/// How the cut of a feature is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cuts {
    /// The one that separates best.
    Best,
    /// A random one between the smallest and the largest value in the node.
    Random,
}
