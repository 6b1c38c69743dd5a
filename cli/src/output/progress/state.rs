//! How a fit stands, from what it has told so far.

use std::collections::BTreeMap;
use std::fmt::Write;

use automl::{Entry, EntryStatus, Progress};

use crate::output::number::{counted, score};

/// How a fit stands.
#[derive(Default)]
pub struct State {
    /// Rows and features, once they are known.
    pub shape: Option<(usize, usize)>,
    pub metric: String,
    higher_is_better: bool,
    /// Trials that have ended.
    pub finished: usize,
    /// The best trials, best first.
    pub best: Vec<Entry>,
    /// Trials under way, by number.
    pub running: BTreeMap<u32, Running>,
    /// How many trials are being combined, once the search is over.
    pub combining: Option<usize>,
}

/// A trial under way.
pub struct Running {
    pub name: String,
    /// When it began, in seconds since the process did.
    pub since_s: f64,
}

impl State {
    /// Takes note of what happened so many seconds after the process began.
    pub fn note(&mut self, event: &Progress, elapsed_s: f64) {
        match event {
            Progress::Planned { rows, features, metric, higher_is_better, .. } => {
                self.shape = Some((*rows, *features));
                self.metric.clone_from(metric);
                self.higher_is_better = *higher_is_better;
            }
            Progress::Resumed { finished } => finished.iter().for_each(|entry| self.note_entry(entry)),
            Progress::Remark(_) => {}
            Progress::Started { trial, name } => {
                self.running.insert(*trial, Running { name: name.clone(), since_s: elapsed_s });
            }
            Progress::Finished(entry) => self.note_entry(entry),
            Progress::Combining { trials, .. } => {
                self.running.clear();
                self.combining = Some(*trials);
            }
        }
    }

    fn note_entry(&mut self, entry: &Entry) {
        const KEPT: usize = 5;
        self.finished += 1;
        if let Some(trial) = entry.trial {
            self.running.remove(&trial);
        }
        let is_ahead = |other: &Entry| match (other.score, entry.score) {
            (Some(other), Some(score)) if self.higher_is_better => other >= score,
            (Some(other), Some(score)) => other <= score,
            _ => false,
        };
        if entry.status == EntryStatus::Complete && entry.score.is_some() {
            let place = self.best.partition_point(is_ahead);
            self.best.insert(place, entry.clone());
            self.best.truncate(KEPT);
        }
    }

    /// The best score so far.
    pub fn best_score(&self) -> Option<String> {
        self.best.first()?.score.map(score)
    }

    /// The event as a line of a log; nothing for those that only begin something.
    pub fn line(&self, event: &Progress) -> Option<String> {
        match event {
            Progress::Planned { rows, features, task, metric, validation, .. } => {
                Some(format!("{task}, {metric}: {}, {}, {validation}", counted(*rows, "row"), counted(*features, "feature")))
            }
            Progress::Resumed { finished } => {
                Some(format!("going on after {}{}", counted(finished.len(), "trial"), self.so_far()))
            }
            Progress::Remark(text) => Some(text.clone()),
            Progress::Started { .. } => None,
            Progress::Finished(entry) => Some(self.outcome(entry)),
            Progress::Combining { trials, ended } => Some(format!("{ended}; combining {}", counted(*trials, "trial"))),
        }
    }

    fn outcome(&self, entry: &Entry) -> String {
        let mut line = entry.trial.map_or(String::new(), |trial| format!("trial {trial} "));
        line.push_str(&entry.name);
        // Writing to a `String` cannot fail.
        let _ = match (entry.status, entry.score) {
            (EntryStatus::Complete, Some(value)) => write!(line, "  {} {}", self.metric, score(value)),
            (EntryStatus::Complete, None) => write!(line, "  {} undefined", self.metric),
            (EntryStatus::Pruned, _) => write!(line, "  stopped {}", entry.message),
            (EntryStatus::Failed, _) => write!(line, "  failed: {}", entry.message),
        };
        if let Some(rows) = entry.train_rows().filter(|_| entry.status == EntryStatus::Complete) {
            let _ = write!(line, " from {}", counted(rows as usize, "row"));
        }
        line + &self.so_far()
    }

    /// The best score, in brackets behind a line.
    fn so_far(&self) -> String {
        self.best_score().map_or(String::new(), |best| format!("  (best {best})"))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A trial that has ended, as a fit tells it; without a score it has failed.
    pub fn ended(trial: u32, name: &str, score: Option<f64>) -> Progress {
        Progress::Finished(Box::new(Entry {
            trial: Some(trial),
            name: name.into(),
            learner: name.split('-').next().unwrap_or_default().into(),
            params: Default::default(),
            status: if score.is_some() { EntryStatus::Complete } else { EntryStatus::Failed },
            score,
            spread: None,
            metrics: BTreeMap::new(),
            fit_s: f64::from(trial) * 0.75,
            predict_s: 0.0,
            model_bytes: 0,
            weight: 0.0,
            message: if score.is_some() { String::new() } else { "no rows".into() },
        }))
    }

    /// The state of a fit that has begun.
    pub fn begun(metric: &str, higher_is_better: bool) -> State {
        State { shape: Some((150, 4)), metric: metric.into(), higher_is_better, ..State::default() }
    }

    fn told(state: &mut State, event: &Progress) -> Option<String> {
        state.note(event, 0.0);
        state.line(event)
    }

    #[test]
    fn lines_name_the_trial_its_score_and_the_best() {
        let mut state = begun("auc", true);
        assert_eq!(told(&mut state, &ended(0, "knn", Some(0.75))).unwrap(), "trial 0 knn  auc 0.75000  (best 0.75000)");
        let Progress::Finished(mut few) = ended(9, "gbdt", Some(0.5)) else { unreachable!() };
        few.params.insert("train_rows".into(), 120_000.into());
        let few = state.line(&Progress::Finished(few)).unwrap();
        assert_eq!(few, "trial 9 gbdt  auc 0.50000 from 120,000 rows  (best 0.75000)");
        assert_eq!(told(&mut state, &ended(1, "gbdt", Some(0.5))).unwrap(), "trial 1 gbdt  auc 0.50000  (best 0.75000)");
        assert_eq!(told(&mut state, &ended(2, "svm", None)).unwrap(), "trial 2 svm  failed: no rows  (best 0.75000)");
    }

    #[test]
    fn the_best_five_are_kept_in_the_direction_of_the_metric() {
        let kept = |higher_is_better| {
            let mut state = begun("metric", higher_is_better);
            for (trial, score) in [(0, 2.0), (1, 3.0), (2, 1.0), (3, 2.0), (4, 5.0), (5, 4.0), (6, 0.5)] {
                state.note(&ended(trial, "knn", Some(score)), 0.0);
            }
            assert_eq!(state.finished, 7);
            state.best.into_iter().filter_map(|entry| entry.trial).collect::<Vec<_>>()
        };
        assert_eq!(kept(false), [6, 2, 0, 3, 1], "of equals the first");
        assert_eq!(kept(true), [4, 5, 1, 0, 3]);
    }
}
