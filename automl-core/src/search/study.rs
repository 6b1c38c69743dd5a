//! The history of a search and its next decision.

use std::collections::{BTreeMap, BTreeSet};

use super::ended::Ended;
use super::journal::{Combined, Journal, Record};
use super::pruner::Pruner;
use super::sampler::{Proposal, Sampler};
use super::trial::{OUT_OF_TIME, Outcome, STOPPED, Status, Trial, TrialId};
use crate::clock::{Cancel, Deadline};
use crate::fit_context::Signal;
use crate::seed::derive;
use crate::space::{Params, SearchSpace};

/// One of the things that may be tried (a learner): its own parameters and how many parts a trial of it has.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Name of the choice.
    pub name: String,
    /// What may be varied.
    pub space: SearchSpace,
    /// The parameters of a trial that gives none.
    pub defaults: Params,
    /// How many parts (folds) a trial has.
    pub parts: u32,
}

/// When the search is over.
#[derive(Debug, Clone)]
pub struct Budget {
    /// No trial is given out after this.
    pub deadline: Deadline,
    /// Trials that have not ended by then are given up.
    pub abandon: Deadline,
    /// At most this many trials are given out.
    pub trials_max: Option<u32>,
    /// A trial with this loss, or a smaller one, is good enough: no more are given out. What is under way then, which
    /// depends on how many run at once, still comes to its end.
    pub target_loss: Option<f64>,
    /// No more are given out when so many trials behind the best, by number, have ended; the same holds for them.
    pub patience: Option<u32>,
    /// Ends the search when somebody asks for it.
    pub cancel: Cancel,
}

impl Budget {
    /// A budget without limits, ended by the handle alone.
    pub fn unlimited(cancel: Cancel) -> Budget {
        Budget {
            deadline: Deadline::Never,
            abandon: Deadline::Never,
            trials_max: None,
            target_loss: None,
            patience: None,
            cancel,
        }
    }

    /// Whether time is what is short; else trials are.
    fn is_timed(&self) -> bool {
        self.deadline.left_s().is_finite()
    }
}

/// Everything that has happened in a study.
#[derive(Debug, Clone, Default)]
pub struct History {
    finished: BTreeMap<TrialId, (Trial, Outcome)>,
    reports: BTreeMap<(TrialId, u32), f64>,
    is_timed: bool,
}

/// Under a budget in trials, what is decided about a trial follows from those that are so many numbers before it, so that
/// it is the same however many run at once.
const LAG: u32 = 8;

impl History {
    /// The trials that ended, by number.
    pub fn finished(&self) -> impl Iterator<Item = &(Trial, Outcome)> {
        self.finished.values()
    }

    /// The trials that ended and that a decision about trial `id` may follow from, by number: under a budget in time all of
    /// them, else those eight numbers before it and more.
    pub fn known_to(&self, id: TrialId) -> impl Iterator<Item = &(Trial, Outcome)> {
        self.finished().filter(move |(trial, _)| self.is_timed || trial.id.0 + LAG <= id.0)
    }

    /// What a trial has taken of the budget: its seconds under a budget in time, else one, for it is one trial.
    pub fn cost(&self, outcome: &Outcome) -> f64 {
        if self.is_timed { outcome.parts.iter().map(|part| part.fit_s + part.predict_s).sum::<f64>().max(1e-3) } else { 1.0 }
    }

    /// The outcome of a trial, if it has ended.
    pub fn outcome(&self, id: TrialId) -> Option<&Outcome> {
        self.finished.get(&id).map(|(_, outcome)| outcome)
    }

    /// The loss that a trial reported after `step` parts.
    pub fn report(&self, id: TrialId, step: u32) -> Option<f64> {
        self.reports.get(&(id, step)).copied()
    }

    fn forget_reports(&mut self, id: TrialId) {
        self.reports.retain(|(reported, _), _| *reported != id);
    }

    /// The smallest loss of the trials that are complete.
    pub fn best_loss(&self) -> Option<f64> {
        self.finished().filter_map(|(_, o)| o.loss).min_by(f64::total_cmp)
    }
}

/// The history of a search and its next decision: `ask`, `report`, `tell`.
///
/// The first trial runs alone: it is the baseline that the pruner compares with, and a model from the
/// first moment on.
pub struct Study {
    choices: Vec<Choice>,
    sampler: Box<dyn Sampler>,
    pruner: Box<dyn Pruner>,
    budget: Budget,
    seed: u64,
    history: History,
    running: BTreeMap<TrialId, Trial>,
    again: BTreeMap<TrialId, Trial>,
    /// Those given out again that were complete: what they count as is settled.
    settled: BTreeSet<TrialId>,
    combined: Option<Combined>,
    next: u32,
    ended: Option<Ended>,
    journal: Journal,
}

impl Study {
    /// A study that has not begun.
    pub fn new(
        choices: Vec<Choice>,
        sampler: Box<dyn Sampler>,
        pruner: Box<dyn Pruner>,
        budget: Budget,
        seed: u64,
        journal: Journal,
    ) -> Study {
        let history = History { is_timed: budget.is_timed(), ..History::default() };
        let (running, again) = (BTreeMap::new(), BTreeMap::new());
        let (settled, combined) = (BTreeSet::new(), None);
        Study {
            choices,
            sampler,
            pruner,
            budget,
            seed,
            history,
            running,
            again,
            settled,
            combined,
            next: 0,
            ended: None,
            journal,
        }
    }

    /// Brings a study that has not begun to where a journal ends. Trials that were given out and did not end are given
    /// out again. One that has not ended after three times has failed: it may be what brings the process down.
    pub fn replay(&mut self, records: Vec<Record>) {
        let mut open: BTreeMap<TrialId, (Trial, u32)> = BTreeMap::new();
        for record in records {
            match record {
                Record::Combined(combined) => self.combined = Some(combined),
                Record::Asked(trial) => {
                    self.next = self.next.max(trial.id.0 + 1);
                    // One that had ended is given out once more: it is to come out the same.
                    if self.history.finished.remove(&trial.id).is_none() {
                        self.combined = None;
                    }
                    open.entry(trial.id).or_insert((trial, 0)).1 += 1;
                }
                Record::Reported { trial, step, loss } => {
                    self.history.reports.insert((trial, step), loss);
                }
                Record::Finished { trial, outcome } => {
                    if let Some((begun, _)) = open.remove(&trial) {
                        self.history.finished.insert(trial, (begun, outcome));
                    }
                }
            }
        }
        const TIMES_MAX: u32 = 3;
        for (id, (trial, times)) in open {
            self.history.forget_reports(id);
            if times < TIMES_MAX {
                self.again.insert(id, trial);
            } else {
                self.running.insert(id, trial);
                let message = format!("it was begun {times} times and never came to its end");
                self.tell(id, Outcome::without_score(Status::Failed, message));
            }
        }
    }

    /// Gives a trial that has ended out again, because what came of it is lost.
    pub fn reopen(&mut self, id: TrialId) {
        if let Some((trial, _)) = self.history.finished.remove(&id) {
            self.history.forget_reports(id);
            self.again.insert(id, trial);
            self.settled.insert(id);
        }
    }

    /// What the final model is made of, if that was decided by all trials that there are.
    pub fn combined(&self) -> Option<&Combined> {
        self.combined.as_ref()
    }

    /// Takes note of what the final model is made of.
    pub fn combine(&mut self, combined: Combined) {
        if self.combined.as_ref() != Some(&combined) {
            self.journal.write(&Record::Combined(combined.clone()));
            self.combined = Some(combined);
        }
    }

    /// Whether the next trial waits for one that is under way: everything for the baseline, and under a budget in trials
    /// each for those that it may follow from.
    fn is_waiting(&self) -> bool {
        let next = self.again.keys().next().map_or(self.next, |again| again.0);
        let is_awaited = |id: &TrialId| id.0 == 0 || (!self.history.is_timed && id.0 + LAG <= next);
        self.running.keys().next().is_some_and(is_awaited)
    }

    /// The next trial, or `None`: the search is [over](Study::ended), or a trial under way has to end first.
    pub fn ask(&mut self) -> Option<Trial> {
        if self.is_waiting() {
            return None;
        }
        match self.next_trial() {
            Ok(trial) => {
                self.ended = None;
                if !self.settled.contains(&trial.id) {
                    self.combined = None;
                }
                self.journal.write(&Record::Asked(trial.clone()));
                self.running.insert(trial.id, trial.clone());
                Some(trial)
            }
            Err(ended) => {
                self.ended = Some(ended);
                None
            }
        }
    }

    /// Why the search is over, if it is; trials under way still come to their end.
    ///
    /// A trial that ends later may be reason enough to go on.
    pub fn ended(&self) -> Option<Ended> {
        let is_cut_off = self.history.finished().any(|(_, outcome)| outcome.is_out_of_time());
        if is_cut_off && self.ended != Some(Ended::Interrupted) { Some(Ended::Time) } else { self.ended }
    }

    fn next_trial(&mut self) -> Result<Trial, Ended> {
        if self.budget.cancel.is_cancelled() {
            return Err(Ended::Interrupted);
        }
        if self.again.is_empty()
            && let Some(ended) = self.enough()
        {
            return Err(ended);
        }
        if self.budget.deadline.passed() {
            return Err(Ended::Time);
        }
        let again = self.again.pop_first().map(|(_, trial)| trial);
        again.or_else(|| self.propose()).ok_or(Ended::NothingLeft)
    }

    /// Why no new trial is to be tried, as far as that follows from the trials that have ended, whatever their order.
    fn enough(&self) -> Option<Ended> {
        const FAILED_MAX: usize = 20;
        const LATE_MAX: usize = 8;
        let ended: Vec<&(Trial, Outcome)> = self.history.finished().collect();
        let latest = |is: fn(&Outcome) -> bool| ended.iter().rev().take_while(|(_, outcome)| is(outcome)).count();
        let losses = ended.iter().enumerate().filter_map(|(i, (_, outcome))| Some((i, outcome.loss?)));
        // Of equal losses the first: a score that is only reached again is no better.
        let best = losses.min_by(|(_, a), (_, b)| a.total_cmp(b));
        let behind_best = best.map_or(0, |(i, _)| ended.len() - 1 - i);
        let Budget { trials_max, target_loss, patience, .. } = self.budget;
        if target_loss.is_some_and(|target| best.is_some_and(|(_, loss)| loss <= target)) {
            Some(Ended::TargetScore)
        } else if latest(|outcome| outcome.status == Status::Failed) >= FAILED_MAX {
            Some(Ended::NothingWorks)
        } else if latest(Outcome::is_out_of_time) >= LATE_MAX {
            Some(Ended::Time)
        } else if let Some(trials) = patience.filter(|trials| behind_best >= *trials as usize) {
            Some(Ended::Patience { trials })
        } else {
            trials_max.filter(|max| self.next >= *max).map(|_| Ended::TrialsMax)
        }
    }

    fn propose(&mut self) -> Option<Trial> {
        let id = TrialId(self.next);
        let seed = derive(self.seed, u64::from(id.0));
        let Proposal { name, choice, params } = self.sampler.suggest(&self.choices, &self.history, id, seed)?;
        let parts = self.choices.iter().find(|c| c.name == choice).map_or(1, |c| c.parts);
        self.next += 1;
        Some(Trial { id, name, choice, params, seed, parts })
    }

    /// Takes the loss of a part of a running trial and says whether the trial should go on.
    pub fn report(&mut self, id: TrialId, step: u32, loss: f64) -> Signal {
        let Some(trial) = self.running.get(&id) else { return Signal::Stop };
        self.journal.write(&Record::Reported { trial: id, step, loss });
        self.history.reports.insert((id, step), loss);
        if self.settled.contains(&id) { Signal::Continue } else { self.pruner.judge(trial, step, &self.history) }
    }

    /// Takes the outcome of a running trial, and returns the trial with what it counts as.
    ///
    /// A loss that is not a number makes it a failure. A trial that ended before the pruner's word reached it
    /// counts as pruned all the same, so that the history does not depend on who was faster. One that was not over when
    /// the time was has no end in the journal: who goes on with the run gives it out again.
    pub fn tell(&mut self, id: TrialId, mut outcome: Outcome) -> Option<&(Trial, Outcome)> {
        let trial = self.running.remove(&id)?;
        for (step, part) in (1..).zip(&outcome.parts) {
            part.loss.map(|loss| self.history.reports.insert((id, step), loss));
        }
        let judge = |step: u32| !self.settled.contains(&id) && self.pruner.judge(&trial, step, &self.history).is_stop();
        if outcome.status == Status::Complete && !outcome.loss.is_some_and(f64::is_finite) {
            outcome = Outcome { status: Status::Failed, loss: None, message: "the score is undefined".into(), ..outcome };
        } else if outcome.status == Status::Complete && outcome.parts.len() > 1 && (1..=outcome.parts.len() as u32).any(judge) {
            outcome = Outcome { status: Status::Pruned, loss: None, message: STOPPED.into(), ..outcome };
        }
        if !outcome.is_out_of_time() {
            self.journal.write(&Record::Finished { trial: id, outcome: outcome.clone() });
        }
        self.history.finished.insert(id, (trial, outcome));
        self.history.finished.get(&id)
    }

    /// Gives up the trials that are still running.
    pub fn abandon(&mut self) {
        let ids: Vec<TrialId> = self.running.keys().copied().collect();
        for id in ids {
            self.tell(id, Outcome::without_score(Status::Pruned, OUT_OF_TIME));
        }
    }

    /// What has happened so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// When the search is over.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Why the journal is not complete, if it is not.
    pub fn journal_trouble(&self) -> Option<&str> {
        self.journal.trouble()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::super::executor::mock::Mock;
    use super::super::executor::{Event, Executor};
    use super::super::pruner::{BelowBaseline, Racing};
    use super::super::sampler::{Local, Portfolio, Sequence};
    use super::super::{journal, run};
    use super::*;
    use crate::space::{Params, SearchSpace};

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

    fn study(trials_max: u32, sink: &Shared) -> Study {
        let choices = vec![
            Choice { name: "base".into(), space: SearchSpace::new(), defaults: Params::new(), parts: 1 },
            Choice {
                name: "net".into(),
                space: SearchSpace::new().log_float("rate", 1e-3, 1.0, 0.1),
                defaults: Params::new(),
                parts: 3,
            },
        ];
        let base = Proposal { name: "base".into(), choice: "base".into(), params: Params::new() };
        let sampler = Sequence::new(vec![Box::new(Portfolio::new(vec![base])), Box::new(Local)]);
        let budget = Budget { trials_max: Some(trials_max), ..Budget::unlimited(Cancel::new()) };
        let pruners: Vec<Box<dyn Pruner>> = vec![Box::new(BelowBaseline), Box::new(Racing { from: 1 })];
        Study::new(choices, Box::new(sampler), Box::new(pruners), budget, 7, Journal::to(Box::new(sink.clone())))
    }

    fn score(trial: &Trial) -> f64 {
        match trial.params.get("rate").and_then(|v| v.as_f64()) {
            Some(rate) => (rate.ln() - 0.1f64.ln()).abs(),
            None => 1.5,
        }
    }

    #[test]
    fn the_number_of_trials_counts_those_that_run() {
        let mut study = study(4, &Shared::default());
        let mut executor = Mock::new(3, score);
        run(&mut study, &mut executor, &mut |_| {});
        assert_eq!(study.history().finished().count(), 4);
        assert_eq!(executor.most_at_once(), 3);
    }

    #[test]
    fn the_history_is_the_same_at_any_parallelism() {
        let finished = |slots| {
            let mut study = study(40, &Shared::default());
            run(&mut study, &mut Mock::new(slots, score), &mut |_| {});
            study.history().finished().cloned().collect::<Vec<_>>()
        };
        assert_eq!(finished(1), finished(4));
        assert_eq!(finished(1), finished(30), "no more run at once than a decision looks back");
    }

    #[test]
    fn a_replayed_journal_gives_the_same_next_trial() {
        let sink = Shared::default();
        let mut first = study(9, &sink);
        run(&mut first, &mut Mock::new(2, score), &mut |_| {});
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let whole = journal::read(&text).unwrap();

        // Cut anywhere, even inside a line, the rest of the run is the same.
        for cut in (0..text.len()).step_by(97) {
            let mut resumed = study(9, &Shared::default());
            resumed.replay(journal::read(&text[..cut]).unwrap());
            run(&mut resumed, &mut Mock::new(2, score), &mut |_| {});
            let outcomes = |s: &Study| s.history().finished().map(|(t, o)| (t.clone(), o.loss)).collect::<Vec<_>>();
            assert_eq!(outcomes(&resumed), outcomes(&first), "cut at byte {cut}");
        }
        assert!(whole.len() >= 18);
    }

    /// Kills a search after so many events, with a journal that is cut short by so many bytes, and goes on.
    fn killed(events: usize, torn: usize, before: &str) -> String {
        let sink = Shared::default();
        sink.0.lock().unwrap().extend_from_slice(before.as_bytes());
        let mut study = study(9, &sink);
        study.replay(journal::read(before).unwrap());
        let mut executor = Mock::new(2, score);
        for _ in 0..events {
            while executor.has_room()
                && let Some(trial) = study.ask()
            {
                executor.start(trial);
            }
            match executor.next_event(&Deadline::Never) {
                Some(Event::Reported { id, step, loss }) if study.report(id, step, loss).is_stop() => executor.cancel(id),
                Some(Event::Finished { id, outcome }) => _ = study.tell(id, outcome),
                _ => {}
            }
        }
        let mut text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        text.truncate(text.len().saturating_sub(torn).max(before.len()));
        text.truncate(text.rfind('\n').map_or(0, |last| last + 1));
        text
    }

    /// How often a trial was given out that had ended before.
    fn repeated(text: &str) -> usize {
        let mut ended = BTreeSet::new();
        let repeats = |record: Record| match record {
            Record::Asked(trial) => ended.contains(&trial.id),
            Record::Finished { trial, .. } => !ended.insert(trial),
            Record::Reported { .. } | Record::Combined(_) => false,
        };
        journal::read(text).unwrap().into_iter().map(repeats).filter(|repeated| *repeated).count()
    }

    proptest! {
        #[test]
        fn no_kill_repeats_or_loses_a_trial(kills in prop::collection::vec((0usize..12, 0usize..200), 0..8)) {
            let text = kills.into_iter().fold(String::new(), |text, (events, torn)| killed(events, torn, &text));
            let sink = Shared::default();
            sink.0.lock().unwrap().extend_from_slice(text.as_bytes());
            let mut last = study(9, &sink);
            last.replay(journal::read(&text).unwrap());
            run(&mut last, &mut Mock::new(2, score), &mut |_| {});
            let ids: Vec<u32> = last.history().finished().map(|(t, _)| t.id.0).collect();
            prop_assert_eq!(ids, (0..9).collect::<Vec<_>>());
            let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
            prop_assert_eq!(repeated(&text), 0);
        }
    }

    #[test]
    fn a_trial_that_never_comes_to_its_end_is_given_up() {
        let mut text = String::new();
        for times in 1..=3 {
            let sink = Shared::default();
            sink.0.lock().unwrap().extend_from_slice(text.as_bytes());
            let mut study = study(9, &sink);
            study.replay(journal::read(&text).unwrap());
            assert_eq!(study.ask().unwrap().id, TrialId(0), "time {times}");
            text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        }
        let mut last = study(9, &Shared::default());
        last.replay(journal::read(&text).unwrap());
        assert_eq!(last.history().outcome(TrialId(0)).unwrap().status, Status::Failed);
        assert_eq!(last.ask().unwrap().id, TrialId(1));
    }

    #[test]
    fn a_trial_that_ran_out_of_time_is_given_out_again_and_one_that_is_lost_too() {
        let sink = Shared::default();
        let mut first = study(9, &sink);
        let base = first.ask().unwrap();
        first.tell(base.id, Outcome { loss: Some(1.5), ..Outcome::without_score(Status::Complete, "") });
        let late = first.ask().unwrap();
        first.abandon();
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let mut second = study(9, &Shared::default());
        second.replay(journal::read(&text).unwrap());
        second.reopen(base.id);
        assert_eq!(second.ask(), Some(base), "the baseline runs alone again");
        assert_eq!(second.ask(), None);
        second.tell(TrialId(0), Outcome::without_score(Status::Failed, "no matter"));
        assert_eq!(second.ask(), Some(late));
        assert_eq!(second.ask().unwrap().id, TrialId(2));
    }

    #[test]
    fn trials_worse_than_the_baseline_are_stopped() {
        let mut study = study(30, &Shared::default());
        run(&mut study, &mut Mock::new(2, score), &mut |_| {});
        for (trial, outcome) in study.history().finished() {
            if score(trial) > 1.5 {
                assert_eq!(outcome.status, Status::Pruned, "{trial:?}");
            }
        }
        assert!(study.history().finished().any(|(_, o)| o.status == Status::Pruned));
    }

    #[test]
    fn a_score_that_is_not_a_number_is_a_failure() {
        let mut study = study(500, &Shared::default());
        run(&mut study, &mut Mock::new(1, |_| f64::NAN), &mut |_| {});
        assert_eq!(study.history().finished().count(), 20, "it is given up when nothing works");
        assert!(study.history().finished().all(|(_, o)| o.status == Status::Failed && o.loss.is_none()));
    }

    #[test]
    fn nothing_is_given_out_after_the_deadline() {
        let mut study = study(100, &Shared::default());
        study.budget.deadline = Deadline::after_polls(5);
        run(&mut study, &mut Mock::new(1, score), &mut |_| {});
        assert_eq!(study.history().finished().count(), 5);
    }
}
