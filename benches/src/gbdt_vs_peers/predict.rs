//! How fast does a model predict: many rows at once, and one alone?

use std::sync::Arc;

use anyhow::Result;
use automl::Stopwatch;
use automl::learner::DynModel;
use automl::matrix::{Column, Matrix};
use serde_json::json;

use super::LEARNER;
use super::arrays::Arrays;
use super::fit::{Prepared, request};
use super::options::Options;
use super::report::Case;
use crate::versus::ours::Ours;
use crate::versus::peer::Peer;
use crate::versus::report::Report;
use crate::versus::timing::{Seconds, Side, Spread, Turn, take_turns};

/// Compares predictions of all rows that a model was fitted on.
///
/// Ours is given blocks of rows on all threads; a peer is given the array and the number of threads.
///
/// # Errors
/// A side failed.
pub fn measure(options: &Options, peers: &mut [Peer], report: &mut Report<'_>) -> Result<()> {
    let ours = Ours::new(LEARNER, options.threads)?;
    for size in options.sizes() {
        let arrays = Prepared::new(size, peers)?;
        for settings in options.settings() {
            let (model, _) = ours.fit(&settings.ours(), &arrays.train.matrix()?, &arrays.train.target())?;
            let matrix = arrays.train.matrix()?;
            let mut sides = vec![Side {
                name: "ours".into(),
                run: Box::new(|| {
                    let (_, seconds) = Seconds::of(|| Ok(ours.predict(&*model, &matrix)))?;
                    Ok(Turn { seconds, loss: None })
                }),
            }];
            for peer in &mut *peers {
                peer.ask("fit", request(settings))?;
                let told = json!({ "data": "train", "threads": settings.threads });
                let name = peer.title();
                let run = move || Ok(Turn { seconds: peer.time("predict", told.clone())?, loss: None });
                sides.push(Side { name, run: Box::new(run) });
            }
            let outcomes = take_turns(options.repeats, sides)?;
            let rows_per_s = |wall: f64| format!("{:.0} rows/s", size.rows as f64 / wall);
            report.compare(Case { mode: "prediction", size, settings }, &outcomes, rows_per_s);
        }
    }
    Ok(())
}

/// Rows that are predicted one by one.
const SINGLE_ROWS: usize = 1000;

/// Compares how long one row takes, on one thread: the median of a thousand rows.
///
/// # Errors
/// A side failed.
pub fn measure_single_rows(options: &Options, peers: &mut [Peer], report: &mut Report<'_>) -> Result<()> {
    let ours = Ours::new(LEARNER, options.threads)?;
    for size in options.sizes() {
        let arrays = Prepared::new(size, peers)?;
        let rows = SINGLE_ROWS.min(arrays.test.labels.len());
        for settings in options.settings() {
            let case = Case { mode: "single rows", size, settings };
            report.note(&case.title());
            let (model, _) = ours.fit(&settings.ours(), &arrays.train.matrix()?, &arrays.train.target())?;
            keep(report, case, "ours", single_rows(&*model, &arrays.test, rows, false)?);
            keep(report, case, "ours, with its matrix", single_rows(&*model, &arrays.test, rows, true)?);
            for peer in &mut *peers {
                peer.ask("fit", request(settings))?;
                let answer = peer.ask("single_rows", json!({ "data": "test", "rows": rows }))?;
                let micros = answer["micros"].as_array().into_iter().flatten().filter_map(|v| v.as_f64());
                keep(report, case, &peer.title(), micros.collect());
            }
        }
    }
    Ok(())
}

fn keep(report: &mut Report<'_>, case: Case, side: &str, micros: Vec<f64>) {
    let Spread { median, min, max } = Spread::of(micros);
    let mut measurement = case.json(side);
    measurement["micros"] = json!({ "median": median, "min": min, "max": max });
    report.keep(&format!("  {side:<26}{median:>10.1} us  ({min:.1}..{max:.1})"), measurement);
}

/// Microseconds of each of the first rows; with or without making its matrix.
fn single_rows(model: &dyn DynModel, arrays: &Arrays, rows: usize, with_matrix: bool) -> Result<Vec<f64>> {
    let all = arrays.matrix()?;
    let one = |i: usize| -> Result<f64> {
        let value = |column: &Arc<Column>| match &**column {
            Column::Numeric(values) => values[i],
            _ => unreachable!("these arrays are numbers"),
        };
        let values: Vec<f32> = all.columns().iter().map(value).collect();
        let matrix = || Matrix::new(1, values.iter().map(|v| Arc::new(Column::Numeric(vec![*v]))).collect());
        let ready = matrix()?;
        let watch = Stopwatch::start();
        let predictions = if with_matrix { model.predict(matrix()?.view()) } else { model.predict(ready.view()) };
        std::hint::black_box(predictions);
        Ok(watch.elapsed_s() * 1e6)
    };
    (0..rows).map(one).collect()
}
