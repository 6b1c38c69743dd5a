//! Leaves out one kind of member at a time and scores what the engine's selection makes of the others.
//!
//! A kind is a learner, or one pipeline of a learner that has several. The change of the leading metric is relative to
//! that of the full ensemble: above 0, the ensemble is worse without. In the mean no table counts for more than a tenth, or
//! one whose loss is next to nothing would decide. Losses of the same unseen row (log loss, squared
//! error) with and without are compared as well, in standard errors.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use automl::clock::Deadline;
use automl::metric::Measure;
use automl::predictions::Predictions;
use automl_core::ensemble::{Candidates, select};

use super::members::{Collected, Member};
use crate::versus::losses;
use crate::versus::paired::{Comparison, Verdict};

/// As many as the engine takes.
const STEPS: usize = 25;

/// Tells what all kinds of member add over all tables of a folder.
///
/// # Errors
/// The folder cannot be read, or holds no tables.
pub fn all(folder: &Path, tell: &mut dyn FnMut(&str)) -> Result<()> {
    let tables = tables(folder)?;
    let full: Vec<Ensemble> = tables.iter().map(|table| Ensemble::of(table, |_| true)).collect::<Result<_>>()?;
    tell(&format!("{} tables; change of the metric and of the losses where a kind is left out, above 0 is worse", tables.len()));
    for (table, full) in tables.iter().zip(&full) {
        let voting = table.members.iter().zip(&full.weights).filter(|(_, weight)| **weight > 0.0);
        let shares: Vec<String> = voting.map(|(member, weight)| format!("{} {weight:.2}", member.name)).collect();
        tell(&format!("  {:<20}{} {:.5}: {}", table.name, table.metric, full.loss, shares.join(", ")));
    }
    tell("  kind                tables   metric %   worst %    in s.e.  needed  better without  weight     fit s");
    for kind in kinds(&tables) {
        let mut changes = Vec::new();
        for (table, full) in tables.iter().zip(&full) {
            changes.extend(Change::without(&kind, table, full)?);
        }
        tell(&line(&kind, &changes));
    }
    Ok(())
}

/// The tables of a folder, by name.
///
/// # Errors
/// The folder cannot be read, or holds no tables.
pub fn tables(folder: &Path) -> Result<Vec<Collected>> {
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let place = entry?.path();
        if place.join("table.json").is_file() {
            tables.push(Collected::read(&place)?);
        }
    }
    anyhow::ensure!(!tables.is_empty(), "{} holds no tables; `ablation collect --out` writes them", folder.display());
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

/// The members that one line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Learner(String),
    Pipeline(String),
}

impl Kind {
    fn has(&self, member: &Member) -> bool {
        match self {
            Kind::Learner(id) => member.learner == *id,
            Kind::Pipeline(name) => member.name == *name,
        }
    }

    fn title(&self) -> String {
        match self {
            Kind::Learner(id) => id.clone(),
            Kind::Pipeline(name) => format!("  {name}"),
        }
    }
}

/// All learners, each followed by its pipelines if it has several.
fn kinds(tables: &[Collected]) -> Vec<Kind> {
    let members = || tables.iter().flat_map(|table| &table.members);
    let learners: BTreeSet<&String> = members().map(|member| &member.learner).collect();
    let mut kinds = Vec::new();
    for id in learners {
        let pipelines: BTreeSet<&String> = members().filter(|m| m.learner == *id).map(|m| &m.name).collect();
        kinds.push(Kind::Learner(id.clone()));
        if pipelines.len() > 1 {
            kinds.extend(pipelines.into_iter().map(|name| Kind::Pipeline(name.clone())));
        }
    }
    kinds
}

/// What the selection makes of some members.
pub struct Ensemble {
    /// Of every member of the table; 0 for those that were left out.
    weights: Vec<f64>,
    /// The leading metric of the unseen rows, smaller is better.
    pub loss: f64,
    /// The loss of each unseen row.
    rows: Vec<f64>,
}

impl Ensemble {
    /// Of the members that `keeps` says.
    ///
    /// # Errors
    /// The metric of the table is undefined for the unseen rows.
    pub fn of(table: &Collected, keeps: impl Fn(&Member) -> bool) -> Result<Ensemble> {
        let measure = Measure::parse(&table.metric, table.kind, automl::registry().metrics())?;
        let kept: Vec<usize> = (0..table.members.len()).filter(|&i| keeps(&table.members[i])).collect();
        let candidates = Candidates {
            predictions: kept.iter().map(|&i| table.members[i].scored.clone()).collect(),
            target: table.scored.clone(),
            weights: None,
            measure,
            positive: table.positive,
        };
        let chosen = select(&candidates, STEPS, table.seed, &Deadline::Never);
        let mut weights = vec![0.0; table.members.len()];
        kept.iter().zip(chosen).for_each(|(&i, weight)| weights[i] = weight);
        let mut blend = Predictions::zeros(table.unseen.len(), table.unseen.width());
        for (member, weight) in table.members.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0) {
            blend.add_scaled(&member.unseen, *weight);
        }
        let loss = measure.loss(&table.unseen, &blend, None, table.positive);
        let rows = losses::per_row(&table.unseen, blend.values());
        Ok(Ensemble { weights, loss: loss.with_context(|| format!("{}: {} is undefined", table.name, table.metric))?, rows })
    }
}

/// What changes on one table when a kind is left out.
struct Change {
    /// Of the metric, relative.
    metric: f64,
    /// Of the losses of unseen rows.
    losses: Comparison,
    /// Of the kind in the full ensemble.
    weight: f64,
    fit_s: f64,
}

impl Change {
    /// `None` if the table has no such member, or no other.
    fn without(kind: &Kind, table: &Collected, full: &Ensemble) -> Result<Option<Change>> {
        let of_kind = || table.members.iter().zip(&full.weights).filter(|(member, _)| kind.has(member));
        let count = of_kind().count();
        if count == 0 || count == table.members.len() {
            return Ok(None);
        }
        let without = Ensemble::of(table, |member| !kind.has(member))?;
        let pairs: Vec<(u32, f64, f64)> =
            without.rows.iter().zip(&full.rows).enumerate().map(|(i, (a, b))| (i as u32, *a, *b)).collect();
        Ok(Some(Change {
            metric: (without.loss - full.loss) / full.loss.abs(),
            losses: Comparison::of(&pairs),
            weight: of_kind().map(|(_, weight)| weight).sum(),
            fit_s: of_kind().map(|(member, _)| member.fit_s).sum(),
        }))
    }
}

fn line(kind: &Kind, changes: &[Change]) -> String {
    let mean = |of: fn(&Change) -> f64| changes.iter().map(of).sum::<f64>() / changes.len() as f64;
    let count = |verdict| changes.iter().filter(|change| change.losses.verdict() == verdict).count();
    let limited = |change: &Change| change.metric.clamp(-0.1, 0.1);
    let worst = changes.iter().map(|change| change.metric).fold(f64::NEG_INFINITY, f64::max);
    format!(
        "  {:<20}{:>6}{:>11.3}{:>10.3}{:>11.2}{:>8}{:>16}{:>8.3}{:>10.1}",
        kind.title(),
        changes.len(),
        100.0 * mean(limited),
        100.0 * worst,
        mean(|change| change.losses.in_standard_errors()),
        count(Verdict::Worse),
        count(Verdict::Better),
        mean(|change| change.weight),
        changes.iter().map(|change| change.fit_s).sum::<f64>(),
    )
}
