//! One sampler after another.

use super::{Choice, History, Proposal, Sampler, TrialId};

/// Asks its samplers in order; the first that has a proposal makes it.
pub struct Sequence {
    samplers: Vec<Box<dyn Sampler>>,
}

impl Sequence {
    /// The given samplers, the first of them first.
    pub fn new(samplers: Vec<Box<dyn Sampler>>) -> Sequence {
        Sequence { samplers }
    }
}

impl Sampler for Sequence {
    fn suggest(&mut self, choices: &[Choice], history: &History, id: TrialId, seed: u64) -> Option<Proposal> {
        self.samplers.iter_mut().find_map(|s| s.suggest(choices, history, id, seed))
    }
}
