//! Many models, one answer: weights for the trials of a run.
//!
//! [`select`] is the entry; [`Candidates`] is what it chooses from.

mod greedy;

pub use greedy::{Candidates, select};
