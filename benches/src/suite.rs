//! Whole fits: score and time per table, on rows that the fit never saw, beside what an earlier build came to.

mod against;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use automl::{FitBuilder, Frame, Role, Source, Stopwatch};
use clap::Parser;
use serde_json::{Value, json};

use crate::versus::tables::{self, Table};

/// Fits tables and tells what got better or worse.
#[derive(Debug, Clone, Parser)]
#[command(name = "suite")]
pub struct Options {
    /// Seconds that each fit may take; several to measure with each of them.
    #[arg(long, value_delimiter = ',', default_value = "10")]
    pub budgets: Vec<f64>,
    /// Seeds of the splits and the fits.
    #[arg(long, value_delimiter = ',', default_value = "0")]
    pub seeds: Vec<u64>,
    /// Tables of the folder in $AUTOML_DATA, by their names; all by default, and without the folder the bundled ones.
    #[arg(long, value_delimiter = ',')]
    pub tables: Vec<String>,
    /// A file that the results are added to, one JSON object per line.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Results of an earlier build, to be compared with.
    #[arg(long)]
    pub against: Option<PathBuf>,
}

/// Fits every table with every budget and seed, and tells line by line.
///
/// # Errors
/// The tables or earlier results cannot be read, or the results not be written. A fit that fails is told of.
pub fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> Result<()> {
    let earlier = options.against.as_deref().map(against::read).transpose()?;
    let mut rows = Vec::new();
    for table in wanted(&options.tables)? {
        for (&budget, &seed) in options.budgets.iter().flat_map(|budget| options.seeds.iter().map(move |seed| (budget, seed))) {
            let row = fit(&table, budget, seed).unwrap_or_else(
                |reason| json!({ "table": table.name, "budget_s": budget, "seed": seed, "error": format!("{reason:#}") }),
            );
            tell(&row.to_string());
            if let Some(out) = &options.out {
                append(out, &row).with_context(|| out.display().to_string())?;
            }
            rows.push(row);
        }
    }
    if let Some(earlier) = earlier {
        against::compare(&earlier, &rows, tell);
    }
    Ok(())
}

/// The tables of these names, or all: of the folder in `$AUTOML_DATA`, without it the bundled ones.
pub fn wanted(names: &[String]) -> Result<Vec<Table>> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match std::env::var_os("AUTOML_DATA") {
        Some(folder) if names.is_empty() => tables::all(Path::new(&folder)),
        Some(folder) => tables::read(Path::new(&folder), &names),
        None => bundled(&names),
    }
}

pub(crate) fn bundled(names: &[&str]) -> Result<Vec<Table>> {
    let wanted = automl_datasets::BUNDLED.iter().filter(|bundled| names.is_empty() || names.contains(&bundled.name));
    let table = |bundled: &automl_datasets::Bundled| -> Result<Table> {
        let (source, target) = (bundled.frame()?.into(), bundled.target.into());
        Ok(Table { name: bundled.name.into(), source, target, drop: Vec::new() })
    };
    wanted.map(table).collect()
}

fn append(out: &Path, row: &Value) -> std::io::Result<()> {
    writeln!(OpenOptions::new().create(true).append(true).open(out)?, "{row}")
}

/// Fits one table within the budget on three quarters of its rows and scores the rest.
fn fit(table: &Table, budget: f64, seed: u64) -> Result<Value> {
    let (train, test) = split(table, seed)?;
    let watch = Stopwatch::start();
    let fit = ask(table, &train).time_budget(Duration::try_from_secs_f64(budget)?).seed(seed).run()?;
    let fit_s = watch.elapsed_s();
    let evaluation = fit.model.evaluate(&test, automl::registry().metrics(), 1)?;
    Ok(json!({
        "table": table.name,
        "budget_s": budget,
        "seed": seed,
        "metric": evaluation.metric,
        "higher_is_better": fit.leaderboard.higher_is_better,
        "score": evaluation.metrics.get(&evaluation.metric),
        "estimate": fit.leaderboard.best().and_then(|e| e.score),
        "trials": fit.leaderboard.entries.len(),
        "fit_s": fit_s,
    }))
}

/// Three quarters of the rows of a table, to fit on, and the rest; which is which follows from the seed.
pub(crate) fn split(table: &Table, seed: u64) -> Result<(Frame, Frame)> {
    let (frame, _) = match &table.source {
        Source::Path(path) => {
            let options = automl::frame::ReadOptions { text_columns: vec![table.target.clone()], ..Default::default() };
            automl::frame::read(path, &options)?
        }
        Source::Data(data) => Frame::from_data(data.clone())?,
    };
    let held_out = |row: u32| automl::seed::derive(seed, u64::from(row)).is_multiple_of(4);
    let (test, train): (Vec<u32>, Vec<u32>) = (0..frame.rows() as u32).partition(|&row| held_out(row));
    Ok((frame.take(&train)?, frame.take(&test)?))
}

/// A fit of rows of a table, without its columns that are no features.
pub(crate) fn ask(table: &Table, rows: &Frame) -> FitBuilder {
    let asked = automl::fit(rows.data().clone(), table.target.as_str());
    table.drop.iter().fold(asked, |asked, column| asked.role(column.clone(), Role::Ignore))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_compared_with_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("results.jsonl");
        let options =
            Options { budgets: vec![0.7], seeds: vec![0], tables: vec!["wine".into()], out: Some(out.clone()), against: None };
        let table = &bundled(&["wine"]).unwrap()[0];
        append(&out, &fit(table, 0.7, 0).unwrap()).unwrap();
        let earlier = against::read(&out).unwrap();
        assert!(earlier[0]["score"].is_f64(), "{earlier:?}");
        let mut lines = Vec::new();
        against::compare(&earlier, &earlier, &mut |line| lines.push(line.to_owned()));
        assert!(lines.last().unwrap().contains("better on 0, worse on 0 of 1"), "{lines:?}");
        let missing = Options { against: Some(folder.path().join("none.jsonl")), ..options };
        assert!(run(&missing, &mut |_| {}).unwrap_err().to_string().contains("none.jsonl"));
    }
}
