//! Decision trees as data: how they grew, and how they are kept.
//!
//! A [`Grown`] tree speaks of bins; [`Trees`] holds many of them flat, in terms of raw values. Boosting and
//! forests share both. A [`RawSplit`] is for trees that were not grown here; `contributions` says what each
//! column added to a prediction.
//!
//! A `block` of rows finds its leaves by `ranked` trees where the processor can: small ones answer all their
//! `questions` at once, in large ones rows `gather` what they need on their way. All others are for `walk`.

#[cfg(feature = "bench")]
pub(crate) mod bench;
mod block;
mod contributions;
mod flat;
mod gather;
mod grown;
mod lanes;
mod layouts;
mod questions;
mod ranked;
mod ranks;
mod raw;
mod walk;

pub(crate) use contributions::LeafValues;
pub(crate) use flat::Trees;
pub(crate) use grown::{Child, Grown, Rule, with_bin};
pub(crate) use raw::{RawRule, RawSplit};
