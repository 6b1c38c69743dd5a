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

    /// The learning rate of a step: four cosine waves, each longer than the one before (`coslog4`).
    pub fn rate(&self, step: usize, rows: usize) -> f32 {
        let wave = (1.0 + 15.0 * self.time(step, rows)).log2();
        self.learning_rate * (0.5 * (1.0 - (2.0 * std::f64::consts::PI * wave).cos())) as f32
    }

    /// How much of decay and dropout is in force: all of it in the first half, then less and less (`flat_cos`).
    pub fn restraint(&self, step: usize, rows: usize) -> f32 {
        let time = self.time(step, rows);
        if time < 0.5 { 1.0 } else { (0.5 * (1.0 + (std::f64::consts::PI * (2.0 * time - 1.0)).cos())) as f32 }
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
