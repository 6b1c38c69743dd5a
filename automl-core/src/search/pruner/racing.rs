//! Folds raced against the best of the same learner (Maron and Moore, "Hoeffding races", 1994, with a paired test).

use super::{History, Pruner};
use crate::fit_context::Signal;
use crate::search::trial::{Outcome, Status, Trial};

/// Stops a trial that its first folds tell to be worse than the best one of its learner: by more than two standard errors
/// of what folds of that learner usually differ. Trials below number `from` are not raced: each of them was chosen for
/// what it adds to the others.
pub struct Racing {
    /// The first trial that has to race.
    pub from: u32,
}

/// Standard errors that a trial may be behind.
const BEHIND_MAX: f64 = 2.0;

impl Pruner for Racing {
    fn judge(&self, trial: &Trial, step: u32, history: &History) -> Signal {
        if trial.id.0 < self.from || step >= trial.parts {
            return Signal::Continue;
        }
        let losses: Option<Vec<f64>> = (1..=step).map(|part| history.report(trial.id, part)).collect();
        let Some(losses) = losses else { return Signal::Continue };
        let rivals: Vec<&Outcome> = history
            .known_to(trial.id)
            .filter(|(rival, outcome)| rival.choice == trial.choice && outcome.status == Status::Complete)
            .map(|(_, outcome)| outcome)
            .collect();
        let best = rivals.iter().filter(|rival| rival.loss.is_some()).min_by(|a, b| f64::total_cmp(&loss(a), &loss(b)));
        let Some(best) = best.and_then(|best| part_losses(best)) else { return Signal::Continue };
        let Some(variance) = usual_variance(&best, &rivals) else { return Signal::Continue };
        let behind = losses.iter().zip(&best).map(|(mine, theirs)| mine - theirs).sum::<f64>() / losses.len() as f64;
        let standard_error = (variance / losses.len() as f64).sqrt();
        if behind > BEHIND_MAX * standard_error { Signal::Stop } else { Signal::Continue }
    }
}

fn loss(outcome: &Outcome) -> f64 {
    outcome.loss.unwrap_or(f64::INFINITY)
}

/// The losses of all parts, if each has one.
fn part_losses(outcome: &Outcome) -> Option<Vec<f64>> {
    outcome.parts.iter().map(|part| part.loss).collect()
}

/// The variance over folds of the difference to the best, pooled over the rivals; `None` if there is nothing to pool.
fn usual_variance(best: &[f64], rivals: &[&Outcome]) -> Option<f64> {
    let (mut squares, mut freedoms) = (0.0, 0);
    for rival in rivals.iter().filter_map(|rival| part_losses(rival)).filter(|r| r.len() == best.len() && r != best) {
        let differences: Vec<f64> = rival.iter().zip(best).map(|(mine, theirs)| mine - theirs).collect();
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        squares += differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>();
        freedoms += differences.len() - 1;
    }
    (freedoms > 0).then(|| squares / freedoms as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Cancel;
    use crate::search::journal::Journal;
    use crate::search::sampler::Random;
    use crate::search::{Budget, Choice, Part, Study, TrialId};
    use crate::space::{Params, SearchSpace};

    /// A study of one learner with four folds, whose first trials have had these losses.
    fn study(told: &[[f64; 4]]) -> Study {
        let space = SearchSpace::new().float("x", 0.0, 1.0, 0.0);
        let choices = vec![Choice { name: "net".into(), space, defaults: Params::new(), parts: 4 }];
        let budget = Budget::unlimited(Cancel::new());
        let mut study = Study::new(choices, Box::new(Random), Box::new(Racing { from: 3 }), budget, 0, Journal::none());
        for losses in told {
            let id = study.ask().unwrap().id;
            let parts =
                losses.iter().map(|&loss| Part { loss: Some(loss), steps: 1, stopped_after: None, fit_s: 0.0, predict_s: 0.0 });
            let loss = Some(losses.iter().sum::<f64>() / 4.0);
            study.tell(id, Outcome { loss, parts: parts.collect(), ..Outcome::without_score(Status::Complete, "") });
        }
        study
    }

    #[test]
    fn a_trial_that_is_clearly_behind_is_stopped_and_others_go_on() {
        // The best has hard folds and easy ones; the others differ from it by about 0.1.
        let told = [[0.5, 0.9, 0.4, 0.6], [0.6, 0.9, 0.5, 0.6], [0.5, 1.1, 0.4, 0.7]];
        let fillers = [[2.0; 4]; 6];
        let mut study = study(&[&told[..], &fillers[..]].concat());
        while study.history().finished().count() < 11 {
            let id = study.ask().unwrap().id;
            study.tell(id, Outcome { loss: None, ..Outcome::without_score(Status::Failed, "") });
        }
        let next = study.ask().unwrap().id;
        assert!(!study.report(next, 1, 0.6).is_stop(), "0.1 behind in one fold is chance");
        assert!(!study.report(next, 2, 0.9).is_stop());
        assert!(study.report(next, 3, 9.0).is_stop());
    }

    #[test]
    fn who_was_chosen_for_what_it_adds_does_not_race() {
        let mut study = study(&[[0.5, 0.9, 0.4, 0.6], [0.6, 0.9, 0.5, 0.6]]);
        let next = study.ask().unwrap().id;
        assert_eq!(next, TrialId(2));
        assert!(!study.report(next, 1, 99.0).is_stop());
    }
}
