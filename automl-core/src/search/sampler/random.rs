//! Points drawn at random: the honest baseline of every search.

use rand::RngExt;

use super::{Choice, History, Proposal, Sampler, TrialId};
use crate::seed::rng;

/// Draws a choice and a point of its space. Choices with nothing to vary are left out.
pub struct Random;

impl Sampler for Random {
    fn suggest(&mut self, choices: &[Choice], _: &History, _: TrialId, seed: u64) -> Option<Proposal> {
        let open: Vec<&Choice> = choices.iter().filter(|c| !c.space.axes.is_empty()).collect();
        if open.is_empty() {
            return None;
        }
        let mut rng = rng(seed);
        let choice = open[rng.random_range(0..open.len())];
        let params = choice.space.sample(&mut rng);
        Some(Proposal { name: format!("{}-random", choice.name), choice: choice.name.clone(), params })
    }
}
