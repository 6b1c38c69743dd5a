//! Decision trees as data: how they grew, and how they are kept.
//!
//! A [`Grown`] tree speaks of bins; [`Trees`] holds many of them flat, in terms of raw values. Boosting and
//! forests share both. `contributions` says what each column added to a prediction.

mod contributions;
mod flat;
mod grown;

pub(crate) use contributions::LeafValues;
pub(crate) use flat::{Trees, for_each_block, for_each_large_block};
pub(crate) use grown::{Grown, Rule, with_bin};
