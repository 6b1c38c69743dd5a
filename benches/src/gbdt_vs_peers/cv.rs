//! How long do five folds of one configuration take?
//!
//! Ours are fitted side by side, each on one thread, from one matrix whose bins all of them share, and every
//! iteration scores the validation rows. Theirs is the function that each library has for this.

use std::path::PathBuf;

use anyhow::Result;
use automl::fit_context::{FitContext, Monitor, Signal};
use automl::learner::TrainData;
use automl::predictions::Predictions;
use automl::seed::derive;
use automl::space::Params;
use automl::task::Target;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::json;

use super::LEARNER;
use super::arrays::{Arrays, Size};
use super::fit::Prepared;
use super::options::Options;
use super::report::Case;
use super::settings::Settings;
use crate::versus::losses;
use crate::versus::npy;
use crate::versus::ours::{Ours, SEED};
use crate::versus::peer::{Peer, seconds};
use crate::versus::report::Report;
use crate::versus::timing::{Outcome, Seconds, Side, Turn, take_turns};

/// The number of folds.
const FOLDS: u32 = 5;

/// Compares cross-validations of all sizes and numbers of leaves.
///
/// # Errors
/// A side failed.
pub fn measure(options: &Options, peers: &mut [Peer], report: &mut Report<'_>) -> Result<()> {
    let ours = Ours::new(LEARNER, options.threads)?;
    for peer in peers.iter().filter(|peer| !is_asked(peer)) {
        report.note(&format!("{} is skipped: only lightgbm and xgboost are asked for cross-validations", peer.name));
    }
    for size in options.sizes() {
        let arrays = Prepared::new(size, peers)?;
        let folds = Folds::draw(size, &arrays)?;
        for settings in options.settings() {
            let outcomes = folds.compare(&arrays.train, &ours, peers, settings, options.repeats)?;
            report.compare(Case { mode: "cross-validation", size, settings }, &outcomes, |_| String::new());
        }
    }
    Ok(())
}

fn is_asked(peer: &Peer) -> bool {
    !peer.name.starts_with("catboost")
}

/// Rows to fit and rows to validate on, the same for all sides.
struct Folds {
    rows: Vec<(Vec<u32>, Vec<u32>)>,
    /// The fold in which each row validates.
    file: PathBuf,
}

impl Folds {
    fn draw(size: Size, arrays: &Prepared) -> Result<Folds> {
        let fold_of = |row: u32| (derive(SEED, u64::from(row)) % u64::from(FOLDS)) as u32;
        let all = || 0..size.rows as u32;
        let rows = (0..FOLDS).map(|fold| all().partition(|&row| fold_of(row) != fold)).collect();
        let file = arrays.folder.path().join("folds.npy");
        npy::write_list(&file, &all().map(|row| fold_of(row) as f32).collect::<Vec<_>>())?;
        Ok(Folds { rows, file })
    }

    fn compare(
        &self,
        arrays: &Arrays,
        ours: &Ours,
        peers: &mut [Peer],
        settings: Settings,
        repeats: usize,
    ) -> Result<Vec<Outcome>> {
        let (params, mut told) = (settings.ours(), super::fit::request(settings));
        told["fold_of_row"] = json!(self.file);
        let mut sides = vec![Side {
            name: "ours".into(),
            run: Box::new(|| {
                let (loss, seconds) = Seconds::of(|| self.cross_validate(ours, &params, arrays))?;
                Ok(Turn { seconds, loss: Some(loss) })
            }),
        }];
        for peer in peers.iter_mut().filter(|peer| is_asked(peer)) {
            let told = &told;
            sides.push(Side {
                name: peer.title(),
                run: Box::new(move || {
                    let answer = peer.ask("cross_validate", told.clone())?;
                    Ok(Turn { seconds: seconds(&answer), loss: answer["loss"].as_f64() })
                }),
            });
        }
        take_turns(repeats, sides)
    }

    /// The mean over the folds of the loss after all trees.
    fn cross_validate(&self, ours: &Ours, params: &Params, arrays: &Arrays) -> Result<f64> {
        let (matrix, target) = (arrays.matrix()?, arrays.target());
        let fit = |(train, valid): &(Vec<u32>, Vec<u32>)| -> Result<f64> {
            let mut curve = Curve { target: target.select(valid), last: f64::NAN };
            let train_target = target.select(train);
            let (x, valid) = (matrix.select(train), Some(matrix.select(valid)));
            let data = TrainData { x, target: &train_target, weights: None, valid };
            ours.learner.fit(params, &data, &mut FitContext::new(SEED).with_monitor(&mut curve))?;
            Ok(curve.last)
        };
        let losses: Vec<f64> = ours.pool.install(|| self.rows.par_iter().map(fit).collect::<Result<_>>())?;
        Ok(losses::mean(&losses))
    }
}

/// Follows the loss on the validation rows to the end.
struct Curve {
    target: Target,
    last: f64,
}

impl Monitor for Curve {
    fn report(&mut self, _step: u32, predictions: &Predictions) -> Signal {
        self.last = losses::mean(&losses::per_row(&self.target, predictions.values()));
        Signal::Continue
    }

    fn best_step(&self) -> Option<u32> {
        None
    }
}
