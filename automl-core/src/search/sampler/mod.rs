//! What is tried next: a [`Sampler`] proposes pipelines.

mod local;
mod portfolio;
mod random;
mod sequence;

pub use local::Local;
pub use portfolio::Portfolio;
pub use random::Random;
pub use sequence::Sequence;

use super::study::{Choice, History};
use super::trial::TrialId;
use crate::space::Params;

/// A pipeline to try.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// A name for people.
    pub name: String,
    /// Which of the study's choices.
    pub choice: String,
    /// The parameters to try; what is not given has its default.
    pub params: Params,
}

/// Proposes pipelines. The same history, number and seed give the same proposal.
pub trait Sampler: Send {
    /// The proposal for the trial of that number, or `None` when there is nothing left to propose.
    fn suggest(&mut self, choices: &[Choice], history: &History, id: TrialId, seed: u64) -> Option<Proposal>;
}
