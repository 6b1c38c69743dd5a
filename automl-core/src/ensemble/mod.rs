//! Many models, one answer: weights for the trials of a run.
//!
//! [`select`] is the entry; [`Candidates`] is what it chooses from. How good the answer will be is an [`Estimate`].

mod estimate;
mod greedy;

pub use estimate::{Chosen, Estimate, estimate};
pub use greedy::{Candidates, select};
