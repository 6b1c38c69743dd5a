//! A fixed list of pipelines, tried in order.

use super::{Choice, History, Proposal, Sampler, TrialId};

/// A fixed list of pipelines: trial `i` tries line `i`.
pub struct Portfolio {
    lines: Vec<Proposal>,
}

impl Portfolio {
    /// A portfolio of the given lines.
    pub fn new(lines: Vec<Proposal>) -> Portfolio {
        Portfolio { lines }
    }
}

impl Sampler for Portfolio {
    fn suggest(&mut self, _: &[Choice], _: &History, id: TrialId, _: u64) -> Option<Proposal> {
        self.lines.get(id.0 as usize).cloned()
    }
}
