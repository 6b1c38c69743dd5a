//! One fit of either side, and how wrong it is.

use std::path::Path;

use anyhow::Result;
use automl::fit_context::FitContext;
use automl::learner::TrainData;
use automl::space::Params;
use serde_json::{Value, json};

use super::cases::Case;
use crate::versus::files::Files;
use crate::versus::ours::{Ours, fresh};
use crate::versus::peer::{Peer, seconds};
use crate::versus::problem::{Problem, Rows};
use crate::versus::stopping::Stopping;
use crate::versus::timing::Seconds;

/// What a side made of some rows.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The loss of every test row.
    pub losses: Vec<f64>,
    /// What the fit took.
    pub fit: Seconds,
    /// What the predictions of all test rows took.
    pub predict: Seconds,
}

impl Attempt {
    /// The same with the seconds of another attempt where these are fewer.
    pub fn or_faster(mut self, other: &Attempt) -> Attempt {
        let faster = |a: Seconds, b: Seconds| Seconds { wall: a.wall.min(b.wall), cpu: a.cpu.min(b.cpu) };
        (self.fit, self.predict) = (faster(self.fit, other.fit), faster(self.predict, other.predict));
        self
    }
}

/// Our fit of a split.
///
/// # Errors
/// The parameters or the data cannot be used.
pub fn ours(case: &Case, ours: &Ours, params: &Params, problem: &Problem, rows: &Rows, seed: u64) -> Result<Attempt> {
    let target = problem.target.select(&rows.fit_rows());
    let mut stopping = Stopping::new(problem.target.select(&rows.valid_rows()), case.patience.unwrap_or_default());
    let (model, fit) = Seconds::of(|| {
        let matrix = fresh(&rows.train)?;
        let valid = case.patience.map(|_| matrix.select(&rows.valid));
        let data = TrainData { x: matrix.select(&rows.fit), target: &target, weights: None, valid };
        let mut context = FitContext::new(seed).with_pool(&ours.pool);
        if valid.is_some() {
            context = context.with_monitor(&mut stopping);
        }
        Ok(ours.learner.fit(params, &data, &mut context)?.model)
    })?;
    let test = fresh(&rows.test)?;
    let (predictions, predict) = Seconds::of(|| Ok(ours.predict(&*model, &test)))?;
    let losses = case.loss.per_row(&problem.target.select(&rows.test_rows), predictions.values());
    Ok(Attempt { losses, fit, predict })
}

/// Has a peer read a split.
///
/// # Errors
/// The peer cannot.
pub fn load(peer: &mut Peer, problem: &Problem, rows: &Rows, folder: &Path) -> Result<()> {
    let mut load = |name: &str, view, of_target: &[u32]| -> Result<()> {
        peer.load(name, &Files::write(folder, name, view, &problem.target.select(of_target))?)
    };
    load("train", rows.train.select(&rows.fit), &rows.fit_rows())?;
    load("test", rows.test.view(), &rows.test_rows)?;
    if rows.valid.is_empty() { Ok(()) } else { load("valid", rows.train.select(&rows.valid), &rows.valid_rows()) }
}

/// A peer's fit of the split that it has read.
///
/// # Errors
/// The peer cannot.
pub fn theirs(
    case: &Case,
    peer: &mut Peer,
    (problem, rows): (&Problem, &Rows),
    (threads, seed): (usize, u64),
    folder: &Path,
) -> Result<Attempt> {
    let task = json!({ "kind": problem.target.kind().name(), "classes": problem.target.width() });
    let settings: Value = serde_json::from_str(case.settings)?;
    let mut request = json!({ "data": "train", "task": task, "settings": settings, "threads": threads, "seed": seed });
    if case.patience.is_some() {
        request["valid"] = "valid".into();
    }
    let fit = seconds(&peer.ask("fit", request)?);
    let (predictions, predict) = peer.predict("test", threads, folder)?;
    let losses = case.loss.per_row(&problem.target.select(&rows.test_rows), &predictions);
    Ok(Attempt { losses, fit, predict })
}
