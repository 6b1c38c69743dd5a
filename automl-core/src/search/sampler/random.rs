//! Points drawn at random: the honest baseline of every search.

use rand::RngExt;

use super::{Choice, History, Proposal, Sampler, TrialId};
use crate::seed::rng;

/// Draws a choice and a point of its space. A choice is as likely as it has parameters to vary: where there is
/// little to find, a few draws find it.
pub struct Random;

impl Sampler for Random {
    fn suggest(&mut self, choices: &[Choice], _: &History, _: TrialId, seed: u64) -> Option<Proposal> {
        let axes: usize = choices.iter().map(|c| c.space.axes.len()).sum();
        if axes == 0 {
            return None;
        }
        let mut rng = rng(seed);
        let mut drawn = rng.random_range(0..axes);
        let choice = choices.iter().find(|c| match drawn.checked_sub(c.space.axes.len()) {
            Some(rest) => {
                drawn = rest;
                false
            }
            None => true,
        })?;
        let params = choice.space.sample(&mut rng);
        Some(Proposal { name: format!("{}-random", choice.name), choice: choice.name.clone(), params })
    }
}
