//! How fast does a model tell what each column added to its scores, and do these parts sum to the score?
//!
//! Both sides give exact Shapley values that follow the paths of the trees, on the log odds. CatBoost and XGBoost are
//! not asked: LightGBM has the same trees, number by number.

use anyhow::{Context, Result};
use automl::contributions::Contributions;
use automl::learner::DynModel;
use automl::matrix::View;
use serde_json::json;

use super::LEARNER;
use super::fit::{Prepared, request};
use super::options::Options;
use super::report::Case;
use crate::versus::ours::Ours;
use crate::versus::peer::Peer;
use crate::versus::report::Report;
use crate::versus::timing::{Seconds, Side, Turn, take_turns};

/// The peer that is asked.
pub const PEER: &str = "lightgbm";

/// Compares the contributions to the first rows of those that a model was fitted on.
///
/// Ours is given a block of rows per thread, as an explanation of a table is made; a peer is given the rows and the
/// number of threads.
///
/// # Errors
/// A side failed.
pub fn measure(options: &Options, peers: &mut [Peer], report: &mut Report<'_>) -> Result<()> {
    let ours = Ours::new(LEARNER, options.threads)?;
    for size in options.sizes() {
        let arrays = Prepared::new(size, peers)?;
        let matrix = arrays.train.matrix()?;
        let rows: Vec<u32> = (0..options.rows.min(size.rows) as u32).collect();
        for settings in options.settings() {
            let (model, _) = ours.fit(&settings.ours(), &arrays.train.matrix()?, &arrays.train.target())?;
            let mut sides = vec![Side {
                name: "ours".into(),
                run: Box::new(|| {
                    let (_, seconds) = Seconds::of(|| ours.contributions(&*model, &matrix, &rows))?;
                    Ok(Turn { seconds, loss: None })
                }),
            }];
            for peer in peers.iter_mut().filter(|peer| peer.name == PEER) {
                peer.ask("fit", request(settings))?;
                let told = json!({ "data": "train", "rows": rows.len(), "threads": settings.threads });
                let name = peer.title();
                let run = move || Ok(Turn { seconds: peer.time("contributions", told.clone())?, loss: None });
                sides.push(Side { name, run: Box::new(run) });
            }
            let outcomes = take_turns(options.repeats, sides)?;
            let case = Case { mode: "contributions", size, settings };
            report.compare(case, &outcomes, |wall| format!("{:.0} rows/s", rows.len() as f64 / wall));
            let found = ours.contributions(&*model, &matrix, &rows)?;
            let error = largest_error(&*model, matrix.select(&rows), &found)?;
            let mut measurement = case.json("ours");
            (measurement["rows"], measurement["largest_error"]) = (rows.len().into(), error.into());
            report.keep(&format!("  ours: sums of {} rows are off the log odds by {error:.1e} at most", rows.len()), measurement);
        }
    }
    Ok(())
}

/// How far the sums of contributions are from the log odds of the predictions, at most.
fn largest_error(model: &dyn DynModel, x: View<'_>, found: &Contributions) -> Result<f64> {
    let predictions = model.predict(x);
    let off = |i: usize| match predictions.row(i) {
        [first, second] => Some((found.score(i, 0) - (second / first).ln()).abs()),
        _ => None,
    };
    let all: Option<Vec<f64>> = (0..found.rows()).map(off).collect();
    Ok(all
        .context("the arrays have two classes, the predictions other than two numbers per row")?
        .into_iter()
        .fold(0.0, f64::max))
}
