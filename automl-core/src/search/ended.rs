//! Why is a search over?

use std::fmt;

/// Why a search gave out no more trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The time budget was used up.
    Time,
    /// There were as many trials as were asked for.
    TrialsMax,
    /// Comparing more pipelines on so few rows would favour chance, and no number of trials was asked for.
    FewRows {
        /// Rows that were used.
        rows: usize,
    },
    /// A trial was at least as good as the target score.
    TargetScore,
    /// Trials in a row brought no better score.
    Patience {
        /// How many had to.
        trials: u32,
    },
    /// A run was repeated, and all that it tried was tried again.
    Repeated,
    /// All that there is to try was tried.
    NothingLeft,
    /// The latest trials have all failed.
    NothingWorks,
    /// Somebody asked to stop.
    Interrupted,
}

impl Ended {
    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Ended::Time => "time",
            Ended::TrialsMax => "trials_max",
            Ended::FewRows { .. } => "few_rows",
            Ended::TargetScore => "target_score",
            Ended::Patience { .. } => "patience",
            Ended::Repeated => "repeated",
            Ended::NothingLeft => "nothing_left",
            Ended::NothingWorks => "nothing_works",
            Ended::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Ended {
    /// What follows `ended after 24 trials: `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Time => f.write_str("the time was over"),
            Ended::TrialsMax => f.write_str("no more were asked for"),
            Ended::FewRows { rows } => write!(f, "comparing more on {rows} rows would favour chance"),
            Ended::TargetScore => f.write_str("the target score is reached"),
            Ended::Patience { trials: 1 } => f.write_str("one brought no better score"),
            Ended::Patience { trials } => write!(f, "{trials} in a row brought no better score"),
            Ended::Repeated => f.write_str("the run that is repeated had no more"),
            Ended::NothingLeft => f.write_str("nothing is left to try"),
            Ended::NothingWorks => f.write_str("the latest have all failed"),
            Ended::Interrupted => f.write_str("somebody asked to stop"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::super::executor::mock::Mock;
    use super::super::journal::{self, Journal};
    use super::super::pruner::BelowBaseline;
    use super::super::sampler::{Proposal, Sampler};
    use super::super::{Budget, Choice, History, Study, Trial, TrialId, run};
    use super::*;
    use crate::clock::{Cancel, Deadline};
    use crate::space::Params;

    /// Proposes so many trials, all alike.
    struct Alike(u32);

    impl Sampler for Alike {
        fn suggest(&mut self, _: &[Choice], _: &History, id: TrialId, _: u64) -> Option<Proposal> {
            (id.0 < self.0).then(|| Proposal { name: "one".into(), choice: "one".into(), params: Params::new() })
        }
    }

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn study(trials: u32, budget: Budget, sink: &Shared) -> Study {
        Study::new(Vec::new(), Box::new(Alike(trials)), Box::new(BelowBaseline), budget, 7, Journal::to(Box::new(sink.clone())))
    }

    /// Searches trials with these losses, those without one failing; how many there were, and why no more.
    fn searched(losses: &[Option<f64>], budget: Budget, slots: usize, sink: &Shared) -> (usize, Option<Ended>) {
        let mut study = study(losses.len() as u32, budget, sink);
        let loss = |trial: &Trial| losses[trial.id.0 as usize].unwrap_or(f64::NAN);
        run(&mut study, &mut Mock::new(slots, loss), &mut |_| {});
        (study.history().finished().count(), study.ended())
    }

    fn unlimited() -> Budget {
        Budget::unlimited(Cancel::new())
    }

    #[test]
    fn each_reason_is_told() {
        let losses: Vec<Option<f64>> = [3.0, 2.0, 2.0, 2.5, 1.0, 4.0, 1.0, 0.5].map(Some).into();
        let one = |budget| searched(&losses, budget, 1, &Shared::default());
        assert_eq!(one(unlimited()), (8, Some(Ended::NothingLeft)));
        assert_eq!(one(Budget { trials_max: Some(5), ..unlimited() }), (5, Some(Ended::TrialsMax)));
        assert_eq!(one(Budget { target_loss: Some(1.0), ..unlimited() }), (5, Some(Ended::TargetScore)));
        assert_eq!(one(Budget { target_loss: Some(0.4), ..unlimited() }), (8, Some(Ended::NothingLeft)));
        assert_eq!(one(Budget { patience: Some(2), ..unlimited() }), (4, Some(Ended::Patience { trials: 2 })));
        assert_eq!(one(Budget { patience: Some(3), ..unlimited() }), (8, Some(Ended::NothingLeft)));
        assert_eq!(one(Budget { deadline: Deadline::after_polls(3), ..unlimited() }), (3, Some(Ended::Time)));
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(one(Budget::unlimited(cancel)), (0, Some(Ended::Interrupted)));
        let failing = vec![None; 30];
        let patient = Budget { patience: Some(2), ..unlimited() };
        assert_eq!(searched(&failing, patient, 1, &Shared::default()), (20, Some(Ended::NothingWorks)));
    }

    #[test]
    fn a_trial_that_was_cut_off_makes_it_the_time() {
        let mut study = study(9, Budget { trials_max: Some(1), ..unlimited() }, &Shared::default());
        assert_eq!(study.ended(), None);
        study.ask().unwrap();
        study.abandon();
        assert_eq!((study.ask(), study.ended()), (None, Some(Ended::Time)));
    }

    /// The rules, by looking at all trials that have ended in turn.
    fn is_over(losses: &[Option<f64>], target: Option<f64>, patience: Option<u32>) -> bool {
        let (mut best, mut since) = (f64::INFINITY, 0);
        for loss in losses {
            if loss.is_some_and(|loss| loss < best) {
                (best, since) = (loss.unwrap(), 0);
            } else {
                since += 1;
            }
        }
        let is_spent = best.is_finite() && patience.is_some_and(|patience| since >= patience);
        is_spent || target.is_some_and(|target| best <= target)
    }

    proptest! {
        #[test]
        fn the_same_history_has_the_same_end(
            drawn in prop::collection::vec(0u8..12, 1..18),
            target in prop::option::of(1u8..6),
            patience in prop::option::of(1u32..6),
            slots in 1usize..5,
        ) {
            let losses: Vec<Option<f64>> = drawn.iter().map(|&n| (n > 0).then_some(f64::from(n))).collect();
            let target = target.map(f64::from);
            let budget = Budget { target_loss: target, patience, ..unlimited() };
            let sink = Shared::default();
            let (count, ended) = searched(&losses, budget.clone(), slots, &sink);
            let early = is_over(&losses[..count], target, patience);
            prop_assert_eq!(early, matches!(ended, Some(Ended::TargetScore | Ended::Patience { .. })));
            prop_assert!(early || count == losses.len());
            // Those under way come to their end, but no others are begun. One of them may be reason enough to go on.
            let begun_for_nothing = (1..count).rev().take_while(|&n| is_over(&losses[..n], target, patience)).count();
            prop_assert!(begun_for_nothing < slots, "{} of {}", begun_for_nothing, count);

            let mut again = study(losses.len() as u32, budget, &Shared::default());
            let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
            again.replay(journal::read(&text).unwrap());
            prop_assert_eq!((again.ask(), again.ended()), (None, ended));
        }
    }
}
