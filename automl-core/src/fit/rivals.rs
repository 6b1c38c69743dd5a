//! How good have the best trials of every learner become, fold by fold?

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::search::Trial;

/// The best trial of every learner, which later ones are measured by while they are fitted.
///
/// Only under a budget in time: who was first to end depends on how many run at once. And only for trials behind those of
/// the portfolio, each of which was chosen for what it adds to the others.
#[derive(Debug)]
pub(super) struct Rivals {
    /// The first trial that is measured.
    from: u32,
    is_timed: bool,
    best: Mutex<HashMap<String, Rival>>,
}

#[derive(Debug)]
struct Rival {
    loss: f64,
    /// The smallest loss of the curve of each fold, if it has one.
    curves: Vec<Option<f64>>,
}

impl Rivals {
    /// No trials yet. Those from number `from` on are measured, if the budget is in time.
    pub fn new(from: u32, is_timed: bool) -> Rivals {
        Rivals { from, is_timed, best: Mutex::default() }
    }

    /// The loss that a fold of a trial has to come near to: that of the best trial of its learner.
    pub fn to_beat(&self, trial: &Trial, part: u32) -> Option<f64> {
        if !self.is_timed || trial.id.0 < self.from {
            return None;
        }
        let best = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        let rival = best.get(&trial.choice)?;
        rival.curves.get(part as usize).copied().flatten()
    }

    /// Takes note of a trial that is complete.
    pub fn note(&self, trial: &Trial, loss: Option<f64>, curves: Vec<Option<f64>>) {
        let Some(loss) = loss else { return };
        let mut best = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        if best.get(&trial.choice).is_none_or(|rival| loss < rival.loss) {
            best.insert(trial.choice.clone(), Rival { loss, curves });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::TrialId;
    use crate::space::Params;

    fn trial(id: u32, choice: &str) -> Trial {
        Trial { id: TrialId(id), name: "one".into(), choice: choice.into(), params: Params::new(), seed: 0, parts: 2 }
    }

    #[test]
    fn later_trials_are_measured_by_the_best_of_their_learner() {
        let rivals = Rivals::new(3, true);
        rivals.note(&trial(0, "trees"), Some(2.0), vec![Some(1.0), None]);
        rivals.note(&trial(1, "trees"), Some(1.0), vec![Some(0.5), None]);
        rivals.note(&trial(2, "trees"), Some(1.5), vec![Some(0.4), None]);
        rivals.note(&trial(2, "nets"), None, vec![Some(0.1), Some(0.1)]);
        assert_eq!(rivals.to_beat(&trial(3, "trees"), 0), Some(0.5));
        assert_eq!(rivals.to_beat(&trial(3, "trees"), 1), None, "that fold has no curve");
        assert_eq!(rivals.to_beat(&trial(2, "trees"), 0), None, "of the portfolio");
        assert_eq!(rivals.to_beat(&trial(3, "nets"), 0), None);
        let untimed = Rivals::new(3, false);
        untimed.note(&trial(0, "trees"), Some(2.0), vec![Some(1.0)]);
        assert_eq!(untimed.to_beat(&trial(3, "trees"), 0), None);
    }
}
