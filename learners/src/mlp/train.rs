//! How a net is trained: what has to be done, apart from who does it.
//!
//! A [`Trainer`] gets everything once — rows, nets, plan — and then goes over the rows epoch by epoch, all nets at once.
//! That is coarse enough for a device that is slow to talk to.

use automl_core::fit_context::{FitContext, Signal};

use super::inputs::{Inputs, Prepared};
use super::network::Network;
use crate::aims::Aims;

/// What is learned from.
pub(super) struct Rows {
    /// Features.
    pub prepared: Prepared,
    /// What is to be predicted.
    pub aims: Aims,
    /// Weights, with a mean of one.
    pub weights: Vec<f32>,
}

/// The constants of a training.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub epochs: usize,
    /// Rows per step.
    pub batch: usize,
    /// Largest size of a step.
    pub learning_rate: f32,
    /// Share of the weights that is taken away per unit of the learning rate.
    pub weight_decay: f32,
    /// Share of the hidden activations that is left out of each step.
    pub dropout: f32,
    pub seed: u64,
}

impl Plan {
    /// Steps of an epoch: a rest of less than half a batch is left out, another one each time.
    pub fn steps(&self, rows: usize) -> usize {
        ((rows + self.batch / 2) / self.batch).max(1)
    }

    /// Where in the whole training a step is, from 0 to 1.
    fn time(&self, step: usize, rows: usize) -> f64 {
        step as f64 / (self.epochs * self.steps(rows)).max(1) as f64
    }

    /// The learning rate of a step: up in the first quarter of the training, then down to nothing, both by half a cosine
    /// wave (one cycle).
    pub fn rate(&self, step: usize, rows: usize) -> f32 {
        const RISE: f64 = 0.25;
        const FIRST: f64 = 0.04;
        let time = self.time(step, rows);
        let fallen = |part: f64| 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
        let share = if time < RISE { 1.0 - (1.0 - FIRST) * fallen(time / RISE) } else { fallen((time - RISE) / (1.0 - RISE)) };
        self.learning_rate * share as f32
    }
}

/// Somebody who can train nets.
pub(super) trait Trainer {
    /// Goes over the rows once with every net. Says stop when the context does, in mid-epoch.
    fn epoch(&mut self, ctx: &FitContext<'_>) -> Signal;
    /// The parameters of every net as they are now.
    fn parameters(&self) -> Vec<Vec<f32>>;
}

/// What a trainer is given.
pub(super) struct Task<'a> {
    pub network: &'a Network,
    pub inputs: &'a Inputs,
    pub rows: &'a Rows,
    pub plan: Plan,
    /// The outputs of a net that knows no features.
    pub start: Vec<f32>,
    /// How many nets.
    pub nets: usize,
}
