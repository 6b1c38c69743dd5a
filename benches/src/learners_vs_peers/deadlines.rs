//! When does each learner come back that is asked to stop after a tenth of a second?
//!
//! All rows of large tables are there to fit on, as a matrix that is ready. Cold fits are the first on their matrix, and
//! make what a learner keeps with it (bins, say); warm fits find it, as far as a first fit without a deadline made it.

use anyhow::Result;
use automl::clock::Deadline;
use automl::fit_context::FitContext;
use automl::learner::{DynLearner, TrainData};
use automl::matrix::Matrix;
use automl::{Stopwatch, TaskKind};
use serde_json::json;

use super::options::Options;
use crate::versus::ours::{Ours, SEED, fresh};
use crate::versus::problem::Problem;
use crate::versus::report::Report;
use crate::versus::timing::Spread;

/// The tables: many rows of few columns, and many columns of several kinds.
pub const TABLES: [&str; 2] = ["hotel_bookings", "skin_segmentation"];

/// When learners are asked to stop, in seconds.
const STOP_S: f64 = 0.1;
/// When they have to be back.
const BACK_S: f64 = 0.15;
/// A first fit that makes what is kept with a matrix takes no longer.
const FIRST_S: f64 = 10.0;

/// Measures all learners of the list, or those that `--cases` names, with their defaults.
///
/// # Errors
/// There is no such table or learner.
pub fn measure(options: &Options, report: &mut Report<'_>) -> Result<()> {
    let names: Vec<&str> =
        if options.tables.is_empty() { TABLES.to_vec() } else { options.tables.iter().map(String::as_str).collect() };
    let Some(tables) = super::tables(&names, report)? else { return Ok(()) };
    let registry = automl::registry();
    let ids: Vec<&str> = match options.cases.is_empty() {
        true => registry.learners().iter().map(|learner| learner.id()).collect(),
        false => options.cases.iter().map(String::as_str).collect(),
    };
    for table in &tables {
        let problem = Problem::of(table)?;
        report.note(&format!("{}: {} rows, asked to stop at {:.0} ms", table.name, problem.target.len(), STOP_S * 1e3));
        report.note("  learner               cold ms  (median, max)    warm ms  (median, max)");
        for id in &ids {
            let ours = Ours::new(id, options.threads)?;
            if ours.learner.supports().tasks.contains(&problem.target.kind()) {
                of_learner(&ours, &problem, &table.name, options.repeats.unwrap_or(5), report)?;
            }
        }
    }
    Ok(())
}

fn of_learner(ours: &Ours, problem: &Problem, table: &str, repeats: usize, report: &mut Report<'_>) -> Result<()> {
    let matrix = problem.whole(ours.learner, SEED)?;
    let (mut cold, mut warm, mut trouble) = (Vec::new(), Vec::new(), None);
    let mut stop = |matrix: &Matrix, seconds: &mut Vec<f64>| {
        let (took, problem) = stopped(ours, problem, matrix, STOP_S);
        seconds.push(took);
        trouble = trouble.take().or(problem);
    };
    for _ in 0..repeats.max(1) {
        stop(&fresh(&matrix)?, &mut cold);
    }
    stopped(ours, problem, &matrix, FIRST_S);
    for _ in 0..repeats.max(1) {
        stop(&matrix, &mut warm);
    }
    let (cold, warm) = (Spread::of(cold), Spread::of(warm));
    let is_late = cold.max.max(warm.max) > BACK_S;
    let id = ours.learner.id();
    let ms = |spread: Spread| format!("{:>14.0}{:>12.0}", spread.median * 1e3, spread.max * 1e3);
    let verdict = if is_late { "LATE  " } else { "      " };
    let said = trouble.clone().unwrap_or_else(|| "predicts".into());
    let part = |spread: Spread| json!({ "median_s": spread.median, "max_s": spread.max });
    report.keep(
        &format!("  {id:<16}{}{}  {verdict}{said}", ms(cold), ms(warm)),
        json!({ "mode": "deadlines", "table": table, "learner": id, "cold": part(cold), "warm": part(warm), "trouble": trouble }),
    );
    Ok(())
}

/// One fit that is asked to stop: when it came back, and what is wrong with what it brought.
fn stopped(ours: &Ours, problem: &Problem, matrix: &Matrix, stop_s: f64) -> (f64, Option<String>) {
    let learner: &dyn DynLearner = ours.learner;
    let data = TrainData { x: matrix.view(), target: &problem.target, weights: None, valid: None };
    let watch = Stopwatch::start();
    let mut context = FitContext::new(SEED).with_pool(&ours.pool).with_deadline(Deadline::after(stop_s));
    let fitted = learner.fit(&learner.default_params(), &data, &mut context);
    let seconds = watch.elapsed_s();
    let checked = fitted.and_then(|fitted| {
        fitted.model.validate(matrix.columns().len())?;
        let some: Vec<u32> = (0..matrix.rows().min(1000) as u32).collect();
        let classes = (problem.target.kind() != TaskKind::Regression).then(|| problem.target.width());
        fitted.model.predict(matrix.select(&some)).validate(some.len(), classes)
    });
    (seconds, checked.err().map(|e| e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versus::tables::Table;

    #[test]
    fn every_learner_comes_back_with_a_model() {
        let bundled = automl_datasets::find("wine").unwrap();
        let source = bundled.frame().unwrap().into();
        let table = Table { name: "wine".into(), source, target: bundled.target.into(), drop: Vec::new() };
        let problem = Problem::of(&table).unwrap();
        let (mut lines, mut keep) = (Vec::new(), 0);
        let mut tell = |line: &str| lines.push(line.to_owned());
        let mut report = Report::new(&mut tell);
        for learner in automl::registry().learners() {
            of_learner(&Ours::new(learner.id(), 1).unwrap(), &problem, "wine", 1, &mut report).unwrap();
            keep += 1;
        }
        assert_eq!(report.measurements.len(), keep);
        assert!(report.measurements.iter().all(|m| m["trouble"].is_null()), "{lines:?}");
    }
}
