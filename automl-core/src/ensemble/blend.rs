//! What becomes of the predictions of many candidates.

use super::greedy::{Candidates, select};
use crate::clock::Deadline;
use crate::decision::Decision;
use crate::predictions::Predictions;
use crate::temperature::Temperature;

/// How the predictions of all candidates become one: their weighted mean, as sure as it should be, and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// The weights of the candidates, as [`select`] makes them.
    pub weights: Vec<f64>,
    /// How sure the probabilities are to be; `None` leaves them as they are.
    pub temperature: Option<Temperature>,
    /// What is said of a row; `None` says what is most probable.
    pub decision: Option<Decision>,
}

impl Blend {
    /// Chooses all of it by the rows of the candidates. `None` if no candidate can be scored.
    pub fn choose(all: &Candidates, steps: usize, seed: u64, deadline: &Deadline) -> Option<Blend> {
        let weights = select(all, steps, seed, deadline);
        (!weights.is_empty()).then(|| Blend::of(all, weights, seed))
    }

    /// The blend with these weights; the rest is chosen by the rows of the candidates.
    pub fn of(all: &Candidates, weights: Vec<f64>, seed: u64) -> Blend {
        let mut blend = Blend { weights, temperature: None, decision: None };
        let plain = blend.predict(all);
        blend.temperature = Temperature::learn(&all.target, &plain, all.weights.as_deref());
        // With more than two classes it moves the order of the rows, which some metrics judge.
        let is_worse = |scaled: f64, plain: f64| scaled > plain + 1e-6;
        if all.loss(&blend.predict(all)).zip(all.loss(&plain)).is_none_or(|(scaled, plain)| is_worse(scaled, plain)) {
            blend.temperature = None;
        }
        blend.decision = Decision::learn(all, &blend.predict(all), seed);
        blend
    }

    /// What it makes of the predictions of the candidates.
    pub fn predict(&self, all: &Candidates) -> Predictions {
        self.finish(all.blend(&self.weights))
    }

    /// What it makes of the weighted mean.
    pub fn finish(&self, mut mean: Predictions) -> Predictions {
        if let Some(temperature) = self.temperature {
            temperature.apply(&mut mean);
        }
        mean.with_decision(self.decision.clone())
    }
}
