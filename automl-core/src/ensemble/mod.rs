//! Many models, one answer: the weights of the trials of a run, and what becomes of their mean.
//!
//! [`Blend::choose`] is the entry; [`Candidates`] is what it chooses from. How good the answer will be is an [`Estimate`].

mod blend;
mod estimate;
mod greedy;

pub use blend::Blend;
pub use estimate::{Chosen, Estimate, estimate};
pub use greedy::{Candidates, select};
