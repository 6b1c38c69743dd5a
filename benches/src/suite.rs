//! Whole fits: score and time per table, on rows that the fit never saw.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use automl::{Frame, Source, Stopwatch};
use serde_json::{Value, json};

/// One table to fit.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// The column to predict.
    pub target: String,
}

/// The bundled tables.
///
/// # Errors
/// A bundled table cannot be read.
pub fn bundled() -> Result<Vec<Table>> {
    let table = |b: &automl_datasets::Bundled| -> Result<Table> {
        Ok(Table { name: b.name.into(), source: b.frame()?.into(), target: b.target.into() })
    };
    automl_datasets::BUNDLED.iter().map(table).collect()
}

/// The tables of a folder with a `manifest.json`: a list of objects with `name`, `task`, `target` and `files`.
///
/// # Errors
/// The manifest cannot be read.
pub fn folder(path: &Path) -> Result<Vec<Table>> {
    let manifest = path.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    let entries: Vec<Value> = serde_json::from_str(&text)?;
    let table = |entry: &Value| {
        let text = |key: &str| entry[key].as_str().map(str::to_owned);
        let tabular = entry["task"] != "forecast";
        let file = entry["files"][0].as_str().filter(|_| tabular)?;
        Some(Table { name: text("name")?, source: path.join(file).into(), target: text("target")? })
    };
    Ok(entries.iter().filter_map(table).collect())
}

/// Fits one table within the budget on three quarters of its rows and scores the rest.
///
/// # Errors
/// The table cannot be read or fitted.
pub fn run(table: &Table, budget: Duration, seed: u64) -> Result<Value> {
    let (frame, _) = match &table.source {
        Source::Path(path) => {
            let options = automl::frame::ReadOptions { text_columns: vec![table.target.clone()], ..Default::default() };
            automl::frame::read(path, &options)?
        }
        Source::Data(data) => Frame::from_data(data.clone())?,
    };
    let held_out = |row: u32| automl::seed::derive(seed, u64::from(row)).is_multiple_of(4);
    let (test, train): (Vec<u32>, Vec<u32>) = (0..frame.rows() as u32).partition(|&row| held_out(row));
    let watch = Stopwatch::start();
    let fit = automl::fit(frame.take(&train)?.data().clone(), table.target.as_str()).time_budget(budget).seed(seed).run()?;
    let fit_s = watch.elapsed_s();
    let evaluation = fit.model.evaluate(&frame.take(&test)?, automl::registry().metrics(), 1)?;
    Ok(json!({
        "table": table.name,
        "budget_s": budget.as_secs_f64(),
        "seed": seed,
        "metric": evaluation.metric,
        "score": evaluation.metrics.get(&evaluation.metric),
        "estimate": fit.leaderboard.best().and_then(|e| e.score),
        "trials": fit.leaderboard.entries.len(),
        "fit_s": fit_s,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_tiny() {
        for table in bundled().unwrap() {
            let row = run(&table, Duration::from_millis(700), 0).unwrap();
            assert!(row["score"].is_f64(), "{row}");
        }
    }
}
