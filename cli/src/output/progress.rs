//! What runs now, on stderr: one live line on a terminal, a line per event elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use automl::{Entry, EntryStatus, FitConfig, Progress, Stopwatch};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::number::{counted, score};
use super::remark;

/// Tells a person how a fit is getting on.
pub struct Reporter {
    started: Stopwatch,
    form: Form,
    state: Mutex<State>,
}

enum Form {
    Quiet,
    Lines,
    Live(ProgressBar),
}

#[derive(Default)]
struct State {
    metric: String,
    higher_is_better: bool,
    finished: usize,
    best: Option<(f64, String)>,
    running: BTreeMap<u32, String>,
    shape: Option<(usize, usize)>,
}

impl Reporter {
    /// A reporter of a process that began at `started`.
    pub fn new(config: &FitConfig, started: Stopwatch, quiet: bool) -> Reporter {
        let form = if quiet {
            Form::Quiet
        } else if io::stderr().is_terminal() {
            Form::Live(live_line(config, started))
        } else {
            Form::Lines
        };
        Reporter { started, form, state: Mutex::default() }
    }

    /// Takes note of an event and shows it.
    pub fn tell(&self, event: &Progress) {
        let mut state = self.state();
        state.note(event);
        match &self.form {
            Form::Quiet => {}
            Form::Lines => {
                if let Some(line) = state.line(event) {
                    remark(&format!("{:7.1} s  {line}", self.started.elapsed_s()));
                }
            }
            Form::Live(bar) => {
                if let Progress::Remark(text) = event {
                    bar.suspend(|| remark(text));
                }
                bar.set_position(state.finished as u64);
                bar.set_message(state.now(event));
            }
        }
    }

    /// Prints something while the live line keeps out of the way.
    pub fn beside(&self, print: impl FnOnce()) {
        match &self.form {
            Form::Live(bar) => bar.suspend(print),
            Form::Quiet | Form::Lines => print(),
        }
    }

    /// Tells something that is no event of the fit.
    pub fn remark(&self, text: &str) {
        if !matches!(self.form, Form::Quiet) {
            self.beside(|| remark(text));
        }
    }

    /// Takes the live line away.
    pub fn finish(&self) {
        if let Form::Live(bar) = &self.form {
            bar.finish_and_clear();
        }
    }

    /// Rows and features, once they are known.
    pub fn shape(&self) -> Option<(usize, usize)> {
        self.state().shape
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, event: &Progress) {
        match event {
            Progress::Planned { rows, features, metric, higher_is_better, .. } => {
                self.shape = Some((*rows, *features));
                self.metric.clone_from(metric);
                self.higher_is_better = *higher_is_better;
            }
            Progress::Resumed { finished } => finished.iter().for_each(|entry| self.note_entry(entry)),
            Progress::Remark(_) => {}
            Progress::Started { trial, name } => {
                self.running.insert(*trial, name.clone());
            }
            Progress::Finished(entry) => self.note_entry(entry),
            Progress::Combining { .. } => self.running.clear(),
        }
    }

    fn note_entry(&mut self, entry: &Entry) {
        self.finished += 1;
        if let Some(trial) = entry.trial {
            self.running.remove(&trial);
        }
        let is_better = |score: f64, best: f64| if self.higher_is_better { score > best } else { score < best };
        if entry.status == EntryStatus::Complete
            && let Some(score) = entry.score
            && self.best.as_ref().is_none_or(|(best, _)| is_better(score, *best))
        {
            self.best = Some((score, entry.name.clone()));
        }
    }

    /// The event as a line of a log; nothing for those that only begin something.
    fn line(&self, event: &Progress) -> Option<String> {
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
            Progress::Combining { trials } => Some(format!("combining {}", counted(*trials, "trial"))),
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
        line + &self.so_far()
    }

    /// The best score, in brackets behind a line.
    fn so_far(&self) -> String {
        self.best.as_ref().map_or(String::new(), |(best, _)| format!("  (best {})", score(*best)))
    }

    /// How things stand, on one line.
    fn now(&self, event: &Progress) -> String {
        let mut parts = vec![counted(self.finished, "trial")];
        if let Some((best, name)) = &self.best {
            parts.push(format!("best {} {} {name}", self.metric, score(*best)));
        }
        if matches!(event, Progress::Combining { .. }) {
            parts.push("combining".to_owned());
        } else if !self.running.is_empty() {
            let names: Vec<&str> = self.running.values().map(String::as_str).collect();
            parts.push(format!("running {}", names.join(", ")));
        }
        parts.join(" · ")
    }
}

fn live_line(config: &FitConfig, started: Stopwatch) -> ProgressBar {
    const TICK: Duration = Duration::from_millis(100);
    let limit_s = config.time_limit_s();
    let fraction = move |state: &ProgressState| match limit_s {
        Some(limit_s) => state.elapsed().as_secs_f64() / limit_s,
        None => f64::from(state.fraction()),
    };
    let left = move |state: &ProgressState, out: &mut dyn Write| {
        let elapsed_s = state.elapsed().as_secs_f64();
        let _ = match limit_s {
            Some(limit_s) => write!(out, "{:.0} s left", (limit_s - elapsed_s).max(0.0)),
            None => write!(out, "{elapsed_s:.0} s"),
        };
    };
    let bar = move |state: &ProgressState, out: &mut dyn Write| {
        let _ = out.write_str(&strip(fraction(state)));
    };
    let style = ProgressStyle::with_template("{spinner} {strip} {left} · {wide_msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("strip", bar).with_key("left", left);
    let line = ProgressBar::new(config.trials_max.map_or(0, u64::from))
        .with_style(style)
        .with_elapsed(Duration::from_secs_f64(started.elapsed_s()))
        .with_message("reading");
    line.enable_steady_tick(TICK);
    line
}

/// A strip of twenty cells, as full as the fraction says.
fn strip(fraction: f64) -> String {
    const CELLS: usize = 20;
    let full = ((fraction * CELLS as f64) as usize).min(CELLS);
    "━".repeat(full) + &"╌".repeat(CELLS - full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(trial: u32, name: &str, score: Option<f64>) -> Progress {
        Progress::Finished(Box::new(Entry {
            trial: Some(trial),
            name: name.into(),
            learner: name.into(),
            params: Default::default(),
            status: if score.is_some() { EntryStatus::Complete } else { EntryStatus::Failed },
            score,
            spread: None,
            metrics: BTreeMap::new(),
            fit_s: 0.0,
            predict_s: 0.0,
            model_bytes: 0,
            weight: 0.0,
            message: if score.is_some() { String::new() } else { "no rows".into() },
        }))
    }

    fn state(higher_is_better: bool) -> State {
        State { metric: "auc".into(), higher_is_better, ..State::default() }
    }

    fn told(state: &mut State, event: &Progress) -> Option<String> {
        state.note(event);
        state.line(event)
    }

    #[test]
    fn lines_name_the_trial_its_score_and_the_best() {
        let mut state = state(true);
        assert_eq!(told(&mut state, &entry(0, "knn", Some(0.75))).unwrap(), "trial 0 knn  auc 0.75000  (best 0.75000)");
        assert_eq!(told(&mut state, &entry(1, "gbdt", Some(0.5))).unwrap(), "trial 1 gbdt  auc 0.50000  (best 0.75000)");
        assert_eq!(told(&mut state, &entry(2, "svm", None)).unwrap(), "trial 2 svm  failed: no rows  (best 0.75000)");
    }

    #[test]
    fn the_best_follows_the_direction() {
        let mut state = state(false);
        for (trial, score) in [(0, 2.0), (1, 3.0), (2, 1.0)] {
            state.note(&entry(trial, "knn", Some(score)));
        }
        assert_eq!(state.best.unwrap().0, 1.0);
    }

    #[test]
    fn the_live_line_tells_what_runs() {
        let mut state = state(true);
        let started = Progress::Started { trial: 1, name: "gbdt".into() };
        state.note(&entry(0, "knn", Some(0.75)));
        state.note(&started);
        assert_eq!(state.now(&started), "1 trial · best auc 0.75000 knn · running gbdt");
    }

    #[test]
    fn the_strip_is_never_wider_than_its_cells() {
        for fraction in [0.0, 0.5, 1.0, 7.0, f64::NAN] {
            assert_eq!(strip(fraction).chars().count(), 20);
        }
    }
}
