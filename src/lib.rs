//! Automated machine learning on tables: a table goes in, a leaderboard and one exportable model come out,
//! inside a time budget that is kept.
//!
//! ```
//! use std::time::Duration;
//!
//! # fn main() -> automl::Result<()> {
//! let iris = automl_datasets::find("iris")?.frame()?;
//! let fit = automl::fit(iris.clone(), "species").time_budget(Duration::from_secs(2)).run()?;
//! println!("{} {:.3}", fit.leaderboard.metric, fit.leaderboard.best().and_then(|e| e.score).unwrap_or(f64::NAN));
//!
//! let (frame, _) = automl::Frame::from_data(iris)?;
//! let predicted = fit.model.predict(&frame, 2)?;
//! assert_eq!(predicted.predictions.rows(), 150);
//! # Ok(())
//! # }
//! ```
//!
//! [`fit()`] is the entry; it gives a [`FitBuilder`] whose methods are the options of the command line.
//! A [`Model`] predicts frames and single rows ([`Model::predict_row`]), and lives in one file through [`save`] and
//! [`load`], or in memory through [`to_bytes`] and [`from_bytes`]. Learners and metrics of
//! your own join by [`registry()`] and [`Registry::with_learner`](automl_core::registry::Registry::with_learner).
//!
//! A run with a [run folder](FitBuilder::run_folder) that was killed, or whose budget was too short, is gone on with by
//! [`resume()`].
//!
//! [`inspect`](fn@inspect) tells what is in a table before anything is fitted.
//! [`import`] makes such a model of one that another program has fitted.
//!
//! polars reads and computes with a thread pool of its own, sized once per process from
//! `POLARS_MAX_THREADS`; it lies outside [`FitBuilder::threads`].

mod builder;
pub mod import;
mod run_config;

use std::path::Path;

pub use automl_core::clock::{Cancel, Stopwatch};
pub use automl_core::config::{ClassWeights, Direction, FitConfig, Optimize, Preset};
pub use automl_core::contributions::{Contributions, Scale};
pub use automl_core::ensemble::Estimate;
pub use automl_core::error::{Error, Kind as ErrorKind, Result};
pub use automl_core::explain::{Explanation, MeanContributions};
pub use automl_core::fit::{Fit, FitPlan};
pub use automl_core::frame::{self, Frame};
pub use automl_core::inspect::{ColumnProfile, InspectConfig, Inspection, inspect};
pub use automl_core::leaderboard::{Bargain, Entry, EntryStatus, Leaderboard};
pub use automl_core::model::{Evaluation, Model, Predicted};
pub use automl_core::portfolio::{Line, Portfolio};
pub use automl_core::progress::Progress;
pub use automl_core::registry::Registry;
pub use automl_core::row::PredictedRow;
pub use automl_core::run_folder::RunFolder;
pub use automl_core::schema::{Field, Finding, Kind, Role, Schema, SchemaFile, Status};
pub use automl_core::search::Ended;
pub use automl_core::shape_function::ShapeFunctions;
pub use automl_core::task::{Task, TaskKind};
pub use automl_core::transform::{FeatureColumn, LeftOut, MemberFeatures, Transformed};
pub use automl_core::{
    artifact, association, clock, config, contributions, decision, error, explain, featurizer, findings, fit_context, inspect,
    leaderboard, learner, matrix, memory, metric, model, page, pipeline, predictions, progress, schema, search, seed,
    shape_function, space, target_transform, task, temperature, transform,
};
pub use builder::{FitBuilder, Source, fit, replay, resume};
pub use polars::prelude::DataFrame;
pub use run_config::RunConfig;

/// Every component that comes with the library.
pub fn registry() -> Registry {
    Registry::new(automl_learners::ALL, automl_featurizers::ALL)
}

/// The pipelines that are tried first, in order.
pub fn portfolio() -> Portfolio {
    // The file is part of the library and a test reads it.
    Portfolio::parse(include_str!("portfolio.jsonl")).unwrap_or_default()
}

/// Reads a model from an artifact or from the folder of a run.
///
/// # Errors
/// No such file, or one that is no sound artifact of a version and with components that this program has.
pub fn load(path: impl AsRef<Path>) -> Result<Model> {
    Model::load(path.as_ref(), &registry())
}

/// Reads the model of a row of the leaderboard from the folder of a run: of a trial, by its number or by the name of its
/// pipeline.
///
/// # Errors
/// This is not the folder of a run, there is no such row, or its model was not kept; the message lists those that were.
pub fn load_trial(run: impl AsRef<Path>, trial: &str) -> Result<Model> {
    RunFolder::load_trial(run.as_ref(), trial, &registry())
}

/// Writes a model to a file; returns its size in bytes.
///
/// # Errors
/// The operating system refuses.
pub fn save(model: &Model, path: impl AsRef<Path>) -> Result<u64> {
    artifact::save(model, path.as_ref())
}

/// The bytes of a model, as they stand in a file: for a database, a cache or another process.
///
/// # Errors
/// A part of the model cannot be written, which is a failure of its learner or featurizer.
pub fn to_bytes(model: &Model) -> Result<Vec<u8>> {
    artifact::to_bytes(model)
}

/// The model that [`to_bytes`] or [`save`] wrote. Every length, checksum and version is checked; it holds no code.
///
/// # Errors
/// The bytes are no sound artifact of a version and with components that this program has.
pub fn from_bytes(bytes: &[u8]) -> Result<Model> {
    artifact::from_bytes(bytes, &registry())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portfolio_can_be_read_and_its_pipelines_exist() {
        let portfolio = Portfolio::parse(include_str!("portfolio.jsonl")).unwrap();
        assert_eq!(portfolio.lines[0].learner, "featureless", "the first line is the baseline");
        let shape = matrix::Shape { rows: 1000, columns: 10, width: 10, nonzeros: 0, outputs: 2 };
        for line in &portfolio.lines {
            let learner = registry().learner(&line.learner).unwrap();
            let (_, mut params) = pipeline::FeatureParams::split(&line.params, &registry()).unwrap();
            params.retain(|name, _| name != "target_transform" && name != "train_rows");
            learner.cost(&params, shape).unwrap_or_else(|e| panic!("{}: {e}", line.name));
        }
        for kind in TaskKind::ALL {
            assert!(portfolio.fitting(kind, 1000).count() >= 4, "{kind:?}");
        }
    }
}
