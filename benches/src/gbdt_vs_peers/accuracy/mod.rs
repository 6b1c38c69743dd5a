//! Who is less wrong on rows of real tables that no side has seen?
//!
//! Every table is split into three quarters to fit and a quarter to compare on, several times. Both sides get the same
//! matrix, made by the featurizers of this project from the rows to fit. The losses of the same row are compared, so
//! that a difference far smaller than the spread of the losses can be seen.
//!
//! | Variant | Ours | Theirs | Trees |
//! |---|---|---|---|
//! | `same` | [`Settings::ours`] | LightGBM, [`Settings::theirs`] | 100 (`--trees`), 31 leaves (`--leaves`) |
//! | `defaults` | defaults | LightGBM, defaults | 1000 at most, stopped early |
//! | `oblivious` | symmetric trees | CatBoost, defaults, codes as `cat_features` | 1000 at most, stopped early |
//!
//! Early stopping is the same on both sides: a tenth of the rows to fit is held out, and the fit ends when its loss has
//! not fallen for 50 trees. `oblivious` takes only tables that have categories, and fits what the symmetric member of
//! the portfolio is: `grow_policy` "oblivious", `feature_fraction` 1 and `bagging_fraction` 0.8, all else by default.
//!
//! The target is given as 32-bit numbers to the peers, as all of them keep it.

use std::path::Path;

use anyhow::Result;
use automl::fit_context::FitContext;
use automl::learner::TrainData;
use automl::matrix::Shape;
use automl::space::Params;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::options::Options;
use super::settings::{Settings, object};
use super::{LEARNER, LIBRARIES};
use crate::versus::files::Files;
use crate::versus::losses;
use crate::versus::ours::{Ours, fresh};
use crate::versus::paired::{self, Comparison};
use crate::versus::peer::{Peer, seconds};
use crate::versus::problem::{Problem, Rows};
use crate::versus::report::Report;
use crate::versus::stopping::Stopping;
use crate::versus::tables::{Table, read};
use crate::versus::timing::Seconds;

/// The tables that are compared on by default: four of every task, from 1,700 to 54,000 rows, eight of them with
/// categories.
pub const TABLES: [&str; 12] = [
    "adult",
    "amazon_access",
    "bank_marketing",
    "magic_telescope",
    "car",
    "covertype_15k",
    "dry_bean",
    "segment",
    "abalone",
    "california_housing",
    "diamonds",
    "kc_housing",
];

/// What both sides are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Variant {
    /// The same settings, against LightGBM.
    Same,
    /// Each side's own defaults, against LightGBM.
    Defaults,
    /// Symmetric trees, against CatBoost's own defaults.
    Oblivious,
}

/// Trees without a fall of the loss after which a fit ends.
const PATIENCE: u32 = 50;
/// Trees at most where fits are stopped early.
const TREES_MAX: u32 = 1000;

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Variant::Same => "same",
            Variant::Defaults => "defaults",
            Variant::Oblivious => "oblivious",
        }
    }

    fn peer(self) -> &'static str {
        match self {
            Variant::Same | Variant::Defaults => "lightgbm",
            Variant::Oblivious => "catboost-symmetric",
        }
    }

    fn is_stopped_early(self) -> bool {
        self != Variant::Same
    }

    fn ours(self, settings: Settings) -> Params {
        match self {
            Variant::Same => settings.ours(),
            Variant::Defaults => object(json!({ "iterations": TREES_MAX })),
            Variant::Oblivious => object(json!({
                "iterations": TREES_MAX,
                "grow_policy": "oblivious",
                "feature_fraction": 1,
                "bagging_fraction": 0.8,
            })),
        }
    }

    fn theirs(self, settings: Settings) -> Value {
        match self {
            Variant::Same => settings.theirs(),
            Variant::Defaults | Variant::Oblivious => Settings { trees: TREES_MAX, ..settings }.theirs_by_default(),
        }
    }
}

/// Compares losses on the tables of the folder in `$AUTOML_DATA`. Without it, or without a peer, the report says so.
///
/// # Errors
/// A table cannot be read, or a side failed.
pub fn measure(options: &Options, report: &mut Report<'_>) -> Result<()> {
    let Some(folder) = std::env::var_os("AUTOML_DATA") else {
        report.note("accuracy is skipped: name a folder of tables with a manifest.json in AUTOML_DATA");
        return Ok(());
    };
    let names: Vec<&str> =
        if options.tables.is_empty() { TABLES.to_vec() } else { options.tables.iter().map(String::as_str).collect() };
    let tables = read(Path::new(&folder), &names)?;
    for &variant in &options.variants {
        for settings in options.settings() {
            let peers = LIBRARIES.started(&[variant.peer().to_owned()], options.threads, report);
            for mut peer in peers {
                Match { variant, settings, ours: Ours::new(LEARNER, options.threads)? }.over(
                    &tables,
                    &mut peer,
                    options.seeds,
                    report,
                )?;
            }
        }
    }
    Ok(())
}

/// One variant against one peer.
struct Match {
    variant: Variant,
    settings: Settings,
    ours: Ours,
}

/// What a side made of some rows: the loss of every test row, and what the fit took.
struct Attempt {
    losses: Vec<f64>,
    seconds: Seconds,
}

impl Match {
    fn over(&self, tables: &[Table], peer: &mut Peer, seeds: u64, report: &mut Report<'_>) -> Result<()> {
        let shape = Shape { rows: 1, columns: 1, width: 1, nonzeros: 0, outputs: 1 };
        let params = self.variant.ours(self.settings);
        if let Err(reason) = self.ours.learner.cost(&params, shape) {
            report.note(&format!("{} is skipped: {reason}", self.variant.name()));
            return Ok(());
        }
        report.note(&format!("accuracy, {}: ours against {}, {seeds} seeds", self.variant.name(), peer.title()));
        report.note(&paired::header());
        let mut comparisons = Vec::new();
        for table in tables {
            let problem = Problem::of(table)?;
            if self.variant == Variant::Oblivious && !problem.has_categories() {
                continue;
            }
            let (comparison, ours_s, theirs_s) = self.on(&problem, peer, seeds)?;
            let mut measurement = json!({ "mode": "accuracy", "variant": self.variant.name(), "table": table.name });
            measurement["side"] = peer.title().into();
            measurement["comparison"] = comparison.json();
            measurement["seconds"] = json!({ "ours": ours_s, "theirs": theirs_s });
            report.keep(&format!("{}  {ours_s:>8.2}{theirs_s:>10.2}", comparison.line(&table.name)), measurement);
            comparisons.push(comparison);
        }
        report.note(&paired::summary(&comparisons));
        Ok(())
    }

    /// The comparison on one table, and the seconds of all fits of either side.
    fn on(&self, problem: &Problem, peer: &mut Peer, seeds: u64) -> Result<(Comparison, f64, f64)> {
        let (mut pairs, mut ours_s, mut theirs_s) = (Vec::new(), 0.0, 0.0);
        for seed in 0..seeds {
            let rows = problem.split(self.ours.learner, seed, self.variant.is_stopped_early())?;
            let (ours, theirs) = (self.ours(problem, &rows, seed)?, self.theirs(problem, &rows, peer)?);
            ours_s += ours.seconds.wall;
            theirs_s += theirs.seconds.wall;
            let losses = ours.losses.into_iter().zip(theirs.losses);
            pairs.extend(rows.test_rows.iter().zip(losses).map(|(&row, (ours, theirs))| (row, ours, theirs)));
        }
        Ok((Comparison::of(&pairs), ours_s, theirs_s))
    }

    fn ours(&self, problem: &Problem, rows: &Rows, seed: u64) -> Result<Attempt> {
        let params = self.variant.ours(self.settings);
        let (target, valid_target) = (problem.target.select(&rows.fit_rows()), problem.target.select(&rows.valid_rows()));
        let mut stopping = Stopping::new(valid_target, PATIENCE);
        let (model, seconds) = Seconds::of(|| {
            // A matrix of its own, so that no bins are there yet.
            let matrix = fresh(&rows.train)?;
            let valid = (!rows.valid.is_empty()).then(|| matrix.select(&rows.valid));
            let data = TrainData { x: matrix.select(&rows.fit), target: &target, weights: None, valid };
            let mut context = FitContext::new(seed).with_pool(&self.ours.pool);
            if valid.is_some() {
                context = context.with_monitor(&mut stopping);
            }
            Ok(self.ours.learner.fit(&params, &data, &mut context)?.model)
        })?;
        let predictions = self.ours.predict(&*model, &rows.test);
        let losses = losses::per_row(&problem.target.select(&rows.test_rows), predictions.values());
        Ok(Attempt { losses, seconds })
    }

    fn theirs(&self, problem: &Problem, rows: &Rows, peer: &mut Peer) -> Result<Attempt> {
        let folder = tempfile::tempdir()?;
        let mut load = |name: &str, view, target_rows: &[u32]| -> Result<()> {
            peer.load(name, &Files::write(folder.path(), name, view, &problem.target.select(target_rows))?)
        };
        load("train", rows.train.select(&rows.fit), &rows.fit_rows())?;
        load("test", rows.test.view(), &rows.test_rows)?;
        let task = json!({ "kind": problem.target.kind().name(), "classes": problem.target.width() });
        let mut request = json!({ "data": "train", "task": task, "settings": self.variant.theirs(self.settings) });
        if !rows.valid.is_empty() {
            load("valid", rows.train.select(&rows.valid), &rows.valid_rows())?;
            request["valid"] = "valid".into();
            request["patience"] = PATIENCE.into();
        }
        let seconds = seconds(&peer.ask("fit", request)?);
        let (predictions, _) = peer.predict("test", self.settings.threads, folder.path())?;
        Ok(Attempt { losses: losses::per_row(&problem.target.select(&rows.test_rows), &predictions), seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Our half of every variant, on a bundled table of each task.
    #[test]
    fn ours_runs_tiny() {
        let settings = Settings { trees: 5, leaves: 4, threads: 1 };
        for (name, guess) in [("breast_cancer", 0.6), ("wine", 1.1), ("diabetes", 6000.0)] {
            let bundled = automl_datasets::find(name).unwrap();
            let source = bundled.frame().unwrap().into();
            let table = Table { name: name.into(), source, target: bundled.target.into(), drop: Vec::new() };
            let problem = Problem::of(&table).unwrap();
            for variant in [Variant::Same, Variant::Defaults, Variant::Oblivious] {
                let ours = Ours::new(LEARNER, 1).unwrap();
                let rows = problem.split(ours.learner, 0, variant.is_stopped_early()).unwrap();
                let attempt = Match { variant, settings, ours }.ours(&problem, &rows, 0).unwrap();
                assert_eq!(attempt.losses.len(), rows.test_rows.len());
                let loss = losses::mean(&attempt.losses);
                assert!(loss < guess, "{name}, {variant:?}: a loss of {loss} is no better than guessing");
            }
        }
    }
}
