//! Going on with a run that was begun before: what was decided stands, and what is complete is not done again.

use serde::{Deserialize, Serialize};

use super::data::FitData;
use super::evaluator::Evaluator;
use crate::error::{Error, Result};
use crate::run_folder::RunFolder;
use crate::search::{Status, Study};
use crate::split::Strategy;
use crate::task::Target;

/// What was decided before the first trial of a run, and on what: `plan.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RunPlan {
    /// How rows are held out. It was chosen by the time that was left.
    pub strategy: Strategy,
    /// Hash of what all trials depend on: the features, the target, the weights and the folds.
    data: String,
}

impl RunPlan {
    /// The plan for these data, whose features have this fingerprint.
    pub fn new(strategy: Strategy, data: &FitData, features: &str) -> RunPlan {
        let mut hasher = blake3::Hasher::new();
        hasher.update(features.as_bytes());
        hasher.update(data.task.classes.join("\u{0}").as_bytes());
        match &data.target {
            Target::Classes { labels, .. } => hash(&mut hasher, labels, |label| label.to_le_bytes()),
            Target::Numbers(values) => hash(&mut hasher, values, |value| value.to_le_bytes()),
        }
        hash(&mut hasher, data.roles.weights.as_deref().unwrap_or_default(), |weight| weight.to_le_bytes());
        for fold in &data.split.folds {
            hash(&mut hasher, &fold.train, |row| row.to_le_bytes());
            hash(&mut hasher, &fold.valid, |row| row.to_le_bytes());
        }
        RunPlan { strategy, data: hasher.finalize().to_hex()[..32].to_owned() }
    }

    /// Writes the plan of a run that begins; `begun` is the one of a run that is gone on with.
    ///
    /// # Errors
    /// The run was begun with other data; or the operating system refuses.
    pub fn settle(&self, begun: Option<&RunPlan>, folder: &RunFolder) -> Result<()> {
        match begun {
            None => folder.write_plan(self),
            Some(begun) if begun == self => Ok(()),
            Some(_) => Err(Error::data(format!(
                "the data are not those that the run in {} began with: rows, columns or what they mean have changed since",
                folder.path().display()
            ))),
        }
    }
}

/// Values and how many they are.
fn hash<T, const N: usize>(hasher: &mut blake3::Hasher, values: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    hasher.update(&(values.len() as u64).to_le_bytes());
    hasher.update(&values.iter().flat_map(bytes).collect::<Vec<u8>>());
}

/// Gives all complete trials of a replayed study out again.
pub(super) fn repeat(study: &mut Study, evaluator: &Evaluator) {
    let ended = study.history().finished();
    let complete: Vec<_> = ended.filter(|(_, outcome)| outcome.status == Status::Complete).cloned().collect();
    for (trial, outcome) in complete {
        study.reopen(trial.id);
        evaluator.repeat(trial.id, outcome);
    }
}

/// Reads the complete trials of a replayed study from the folder of the run. One that cannot be read is given out again;
/// what is wrong with each is told.
pub(super) fn restore(study: &mut Study, evaluator: &Evaluator, folder: &RunFolder) -> Vec<String> {
    let ended = study.history().finished();
    let complete: Vec<_> = ended.filter(|(_, outcome)| outcome.status == Status::Complete).cloned().collect();
    let mut lost = Vec::new();
    for (trial, outcome) in complete {
        if let Err(e) = evaluator.restore(&trial, &outcome, folder) {
            study.reopen(trial.id);
            evaluator.repeat(trial.id, outcome);
            lost.push(format!("trial {} is fitted again: {e}", trial.id.0));
        }
    }
    lost
}
