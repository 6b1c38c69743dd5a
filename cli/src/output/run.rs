//! What a run folder holds.

use std::path::PathBuf;

use automl::{EntryStatus, Finding, FitConfig, Leaderboard, RunConfig};
use serde_json::{Map, Value, json};

use super::described::Described;
use super::number::{counted, seconds};
use super::ranking;
use super::table::facts;
use super::understood::all_noted;

/// A run folder, as far as it came.
pub struct Run {
    pub path: PathBuf,
    pub config: RunConfig,
    /// There is one when the search was over.
    pub leaderboard: Option<Leaderboard>,
    pub findings: Vec<Finding>,
    /// There is one when the run ended well.
    pub model: Option<Described>,
}

impl Run {
    /// What was asked and tried, the best of the leaderboard, and the model with its members and findings.
    pub fn text(&self) -> String {
        const TOP: usize = 5;
        let mut text = self.heading();
        if let Some(leaderboard) = &self.leaderboard {
            text.push_str(&format!("\n{}", ranking::best(leaderboard, TOP)));
        }
        match &self.model {
            Some(model) => text.push_str(&format!("\n{}", model.text())),
            None => text.push_str(&facts(all_noted(&self.findings))),
        }
        text
    }

    /// The object of the model, if there is one, and `run`: `path`, `config`, `trials` by their status, `fit_s`,
    /// `predict_s`, `best`, the row of the leaderboard that came first.
    pub fn json(&self) -> Value {
        let mut all = match self.model.as_ref().map(Described::json) {
            Some(Value::Object(model)) => model,
            _ => Map::from_iter([("model".to_owned(), Value::Null), ("findings".to_owned(), json!(self.findings))]),
        };
        let run = json!({
            "path": self.path,
            "config": self.config,
            "trials": {
                "complete": self.trials(EntryStatus::Complete),
                "pruned": self.trials(EntryStatus::Pruned),
                "failed": self.trials(EntryStatus::Failed),
            },
            "fit_s": self.spent().0,
            "predict_s": self.spent().1,
            "best": self.leaderboard.as_ref().and_then(Leaderboard::best),
        });
        all.insert("run".to_owned(), run);
        Value::Object(all)
    }

    fn heading(&self) -> String {
        let mut lines = vec![("Run", self.path.display().to_string()), ("Asked", self.asked())];
        if self.leaderboard.is_some() {
            lines.push(("Tried", self.tried()));
        }
        if self.model.is_none() {
            lines.push(("Model", "none: the run has not come to its end".to_owned()));
        }
        facts(lines)
    }

    /// The target, the tables, and every option that is not as it is by itself.
    fn asked(&self) -> String {
        let RunConfig { data, test, fit, .. } = &self.config;
        let data = if data.as_os_str().is_empty() { "a table in memory".to_owned() } else { data.display().to_string() };
        let test = test.as_ref().map_or(String::new(), |test| format!(", tested on {}", test.display()));
        let (Value::Object(asked), Value::Object(usual)) = (json!(fit), json!(FitConfig::new(fit.target.clone()))) else {
            return String::new();
        };
        let options = asked.iter().filter(|(name, value)| usual.get(*name) != Some(*value));
        let options: Vec<String> =
            options.map(|(name, value)| format!("{name} {}", value.to_string().replace('"', ""))).collect();
        let options = if options.is_empty() { String::new() } else { format!("; {}", options.join(", ")) };
        format!("`{}` of {data}{test}{options}", fit.target)
    }

    fn tried(&self) -> String {
        let words =
            [(EntryStatus::Complete, "complete"), (EntryStatus::Pruned, "stopped early"), (EntryStatus::Failed, "failed")];
        let trials = words.iter().map(|(status, word)| (self.trials(*status), word)).filter(|(count, _)| *count > 0);
        let trials: Vec<String> = trials.map(|(count, word)| format!("{} {word}", counted(count, "trial"))).collect();
        let (fit_s, predict_s) = self.spent();
        format!("{}; {} s of fits and {} s of predictions", trials.join(", "), seconds(fit_s), seconds(predict_s))
    }

    fn trials(&self, status: EntryStatus) -> usize {
        let entries = self.leaderboard.iter().flat_map(|leaderboard| &leaderboard.entries);
        entries.filter(|entry| entry.trial.is_some() && entry.status == status).count()
    }

    /// Seconds spent fitting, and predicting the rows that trials were scored on, by all threads together.
    fn spent(&self) -> (f64, f64) {
        let trials = self.leaderboard.iter().flat_map(|leaderboard| &leaderboard.entries).filter(|entry| entry.trial.is_some());
        trials.fold((0.0, 0.0), |(fit_s, predict_s), entry| (fit_s + entry.fit_s, predict_s + entry.predict_s))
    }
}
