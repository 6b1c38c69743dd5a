//! Fits every pipeline of the portfolio once, whole, with the split, folds and features of the engine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use automl::schema::{NumberReader, Overrides, infer};
use automl::{EntryStatus, Fit, Frame, Portfolio, Role, RunFolder, Source, Task};

use super::members::{Collected, Member};
use super::meta_features::MetaFeatures;
use super::{Collect, TABLES, read_portfolio};
use crate::versus::tables::{Table, read};

/// Collects all tables that were asked for and are not there yet.
///
/// # Errors
/// A table cannot be read or the folder not written. A table that cannot be fitted is told of and passed over.
pub fn all(asked: &Collect, tell: &mut dyn FnMut(&str)) -> Result<()> {
    let folder = std::env::var_os("AUTOML_DATA").context("name a folder of tables with a manifest.json in AUTOML_DATA")?;
    let names: Vec<&str> =
        if asked.tables.is_empty() { TABLES.to_vec() } else { asked.tables.iter().map(String::as_str).collect() };
    for of_table in read(Path::new(&folder), &names)? {
        if asked.out.join(&of_table.name).join("table.json").is_file() {
            tell(&format!("{:<20} is there", of_table.name));
            continue;
        }
        match table(&of_table, asked) {
            Ok(collected) => {
                let names: Vec<String> = collected.members.iter().map(|m| format!("{} {:.1} s", m.name, m.fit_s)).collect();
                tell(&format!("{:<20} {} members: {}", of_table.name, names.len(), names.join(", ")));
            }
            Err(reason) => tell(&format!("{:<20} failed: {reason:#}", of_table.name)),
        }
    }
    Ok(())
}

/// Collects one table, into a folder of its name.
///
/// # Errors
/// It cannot be read, fitted or kept.
pub fn table(table: &Table, asked: &Collect) -> Result<Collected> {
    let frame = frame(table)?;
    let drawn = |row: &u32| automl::seed::derive(asked.seed, u64::from(*row));
    let mut rows: Vec<u32> = (0..frame.rows() as u32).collect();
    if rows.len() > asked.rows_max {
        rows.sort_by_key(|row| drawn(row) >> 2);
        rows.truncate(asked.rows_max);
        rows.sort_unstable();
    }
    let (unseen, seen): (Vec<u32>, Vec<u32>) = rows.into_iter().partition(|row| drawn(row).is_multiple_of(4));
    let portfolio = read_portfolio(asked.portfolio.as_deref())?;
    // The models are large and only needed until they have predicted.
    let run = tempfile::tempdir()?;
    let seen = frame.take(&seen)?;
    let fit = fit(table, &seen, &portfolio, asked, run.path())?;
    let meta = meta(table, &seen, &fit.task)?;
    let collected = members(table, &fit, meta, &portfolio, &frame.take(&unseen)?, asked, run.path())?;
    collected.write(&asked.out.join(&table.name))?;
    Ok(collected)
}

fn frame(table: &Table) -> Result<Frame> {
    let (frame, _) = match &table.source {
        Source::Path(path) => {
            let options = automl::frame::ReadOptions { text_columns: vec![table.target.clone()], ..Default::default() };
            automl::frame::read(path, &options)?
        }
        Source::Data(data) => Frame::from_data(data.clone())?,
    };
    Ok(frame)
}

fn fit(table: &Table, seen: &Frame, portfolio: &Portfolio, asked: &Collect, run: &Path) -> Result<Fit> {
    let trials = portfolio.lines.iter().filter(|line| !line.on_request).count();
    let mut fit = automl::fit(seen.data().clone(), table.target.as_str())
        .time_budget(Duration::try_from_secs_f64(asked.budget)?)
        .trials_max(trials as u32)
        .threads(asked.threads)
        .seed(asked.seed)
        .portfolio(portfolio.clone())
        .run_folder(run, true);
    for column in &table.drop {
        fit = fit.role(column.clone(), Role::Ignore);
    }
    Ok(fit.run()?)
}

/// What the rows look like that were learned from.
fn meta(table: &Table, seen: &Frame, task: &Task) -> Result<MetaFeatures> {
    let told = Overrides::default().with_role(&table.target, Role::Target);
    let told = table.drop.iter().fold(told, |told, column| told.with_role(column, Role::Ignore));
    let (schema, _) = infer(seen, &told)?;
    let (target, _) = task.encode(seen, &NumberReader::default())?;
    Ok(MetaFeatures::of(&schema, seen, &target))
}

/// The pipelines of the portfolio that are complete, without the baseline, which the engine does not let vote either.
fn members(
    table: &Table,
    fit: &Fit,
    meta: MetaFeatures,
    portfolio: &Portfolio,
    unseen: &Frame,
    asked: &Collect,
    run: &Path,
) -> Result<Collected> {
    let registry = automl::registry();
    let (truth, rows) = fit.task.encode(unseen, &NumberReader::default())?;
    let mut members = Vec::new();
    for entry in fit.leaderboard.entries.iter().filter(|entry| entry.status == EntryStatus::Complete) {
        let is_line = portfolio.lines.iter().skip(1).any(|line| line.name == entry.name);
        let (Some(trial), true) = (entry.trial, is_line) else { continue };
        // A trial whose models are too large is not kept by the run.
        let Ok((model, scored)) = RunFolder::read_trial(run, trial, &registry) else { continue };
        let made = model.predict(unseen, asked.threads)?.predictions.select(&rows);
        members.push(Member {
            name: entry.name.clone(),
            learner: entry.learner.clone(),
            fit_s: entry.fit_s,
            scored: Arc::new(scored),
            unseen: Arc::new(made),
        });
    }
    Ok(Collected {
        name: table.name.clone(),
        kind: fit.task.kind,
        meta,
        metric: fit.task.metric.clone(),
        positive: fit.task.positive,
        seed: asked.seed,
        scored: fit.scored.clone(),
        unseen: truth,
        members,
    })
}
