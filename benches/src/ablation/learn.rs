//! Learns the order of a portfolio: greedy forward selection of the pipeline that makes the ensemble better most per second
//! (after Salinas and Erickson, "TabRepo", 2024).
//!
//! The ensemble is the engine's own selection on the scored rows, and its loss that of rows that nothing has seen,
//! relative to the ensemble of all candidates. Seconds are relative to those of the first pipeline. What is learned is judged
//! on tables that it was not learned on: the tables are cut into five parts, each of which is judged by the order that the
//! others give. So is the order that the nearest of the others give, by their meta-features.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use automl::Portfolio;
use rayon::prelude::*;

use super::mask::{Ensemble, tables};
use super::members::{Collected, Member};
use super::nearest::{Order, ordered};

/// The most pipelines of a portfolio.
const LINES_MAX: usize = 20;
/// No table counts for more than so much.
const RELATIVE_MAX: f64 = 0.25;
/// Seconds, as multiples of those of the first pipeline, after which orders are compared.
const BUDGETS: [f64; 6] = [2.5, 5.0, 10.0, 20.0, 40.0, 80.0];

/// Tells the order that the tables of a folder give, and how good such orders are on tables that they were not learned on,
/// beside the order of a portfolio that is there already.
///
/// # Errors
/// The folder cannot be read, or a metric is undefined.
pub fn all(folder: &Path, portfolio: &Portfolio, tell: &mut dyn FnMut(&str)) -> Result<()> {
    let tables: Vec<Known> = tables(folder)?.into_iter().map(Known::of).collect::<Result<_>>()?;
    let first = first(&tables)?;
    let now: Vec<String> = portfolio.lines.iter().map(|line| line.name.clone()).collect();
    tell(&format!(
        "{} tables; loss of the ensemble above that of all candidates, in %, after so many times the seconds of {first}",
        tables.len()
    ));
    tell(&format!("  {:<24}{}", "", BUDGETS.map(|budget| format!("{budget:>9}")).concat()));
    let of_all = |name: &str, orders: &[(&Known, Vec<String>)]| -> Result<String> {
        let curves: Vec<[f64; BUDGETS.len()]> =
            orders.par_iter().map(|(table, names)| table.curve(names)).collect::<Result<_>>()?;
        let mean = |at: usize| curves.iter().map(|curve| curve[at]).sum::<f64>() / curves.len() as f64;
        Ok(format!("  {name:<24}{}", [0, 1, 2, 3, 4, 5].map(|at| format!("{:>9.2}", 100.0 * mean(at))).concat()))
    };
    tell(&of_all("the portfolio", &tables.iter().map(|table| (table, now.clone())).collect::<Vec<_>>())?);
    let mut judged: Vec<(&Known, Vec<String>)> = Vec::new();
    let mut nearest: Vec<(&Known, Vec<String>)> = Vec::new();
    for part in 0..5.min(tables.len()) {
        let (out, seen): (Vec<_>, Vec<_>) = tables.iter().enumerate().partition(|(i, _)| i % 5 == part);
        let seen: Vec<&Known> = seen.into_iter().map(|(_, table)| table).collect();
        let names = names(&learn(&seen, &first, |_| true)?);
        let orders = orders(&seen, &first, &names)?;
        for (_, table) in out {
            nearest.push((table, ordered(&names, &orders, &table.table.meta)));
            judged.push((table, names.clone()));
        }
    }
    tell(&of_all("learned on others", &judged)?);
    tell(&of_all("  by the nearest", &nearest)?);
    let all: Vec<&Known> = tables.iter().collect();
    let steps = learn(&all, &first, |_| true)?;
    let learned = names(&steps);
    tell(&of_all("learned on these", &tables.iter().map(|table| (table, learned.clone())).collect::<Vec<_>>())?);
    tell("  order                   loss %  seconds  tables");
    for step in steps {
        tell(&format!("  {:<22}{:>8.2}{:>9.2}{:>8}", step.name, 100.0 * step.loss, step.cost, step.tables));
    }
    Ok(())
}

fn names(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.name.clone()).collect()
}

/// The orders of single tables, among these pipelines.
fn orders(tables: &[&Known], first: &str, among: &[String]) -> Result<Vec<Order>> {
    let order = |table: &&Known| -> Result<Order> {
        let names = names(&learn(&[table], first, |name| among.contains(name))?);
        Ok(Order { meta: table.table.meta, names })
    };
    tables.iter().map(order).collect()
}

/// A table with what its losses and seconds are relative to.
struct Known {
    table: Collected,
    /// Of the ensemble of all candidates.
    loss: f64,
    /// What is known of the losses of others, relative, by the names of their pipelines.
    losses: Mutex<BTreeMap<Vec<String>, f64>>,
}

impl Known {
    fn of(table: Collected) -> Result<Known> {
        let loss = Ensemble::of(&table, |_| true)?.loss;
        Ok(Known { table, loss, losses: Mutex::default() })
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.table.members.iter().find(|member| member.name == name)
    }

    /// The loss of the ensemble of these pipelines, relative; the most that counts where there is none.
    fn relative(&self, names: &[String]) -> Result<f64> {
        let mut names: Vec<String> = names.iter().filter(|name| self.member(name).is_some()).cloned().collect();
        names.sort();
        if names.is_empty() {
            return Ok(RELATIVE_MAX);
        }
        let losses = || self.losses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = losses().get(&names) {
            return Ok(*known);
        }
        let loss = Ensemble::of(&self.table, |member| names.contains(&member.name))?.loss;
        let relative = ((loss - self.loss) / self.loss.abs().max(1e-6)).clamp(-RELATIVE_MAX, RELATIVE_MAX);
        losses().insert(names, relative);
        Ok(relative)
    }

    /// The relative loss after each of the [`BUDGETS`].
    fn curve(&self, names: &[String]) -> Result<[f64; BUDGETS.len()]> {
        let seconds = |name: &String| self.member(name).map_or(0.0, |member| member.fit_s);
        let unit = names.iter().find_map(|name| self.member(name)).map_or(1.0, |member| member.fit_s);
        let mut curve = [RELATIVE_MAX; BUDGETS.len()];
        for (at, budget) in curve.iter_mut().zip(BUDGETS) {
            let mut spent = 0.0;
            let fits = |name: &&String| {
                let fits = spent + seconds(name) <= budget * unit;
                spent += if fits { seconds(name) } else { 0.0 };
                fits
            };
            let those: Vec<String> = names.iter().filter(fits).cloned().collect();
            *at = self.relative(&those)?;
        }
        Ok(curve)
    }
}

/// The pipeline that every order begins with, as every run does.
fn first(tables: &[Known]) -> Result<String> {
    const FIRST: &str = "gbdt";
    tables.iter().find_map(|table| table.member(FIRST)).map(|member| member.name.clone()).context("no table has `gbdt`")
}

/// One pipeline of a learned order.
struct Step {
    name: String,
    /// The mean relative loss with it.
    loss: f64,
    /// Its seconds, relative, in the mean of all tables: on those that it is not made for it takes none.
    cost: f64,
    /// Tables that it was fitted on.
    tables: usize,
}

/// The order that these tables give, of the pipelines that are wanted.
fn learn(tables: &[&Known], first: &str, is_wanted: impl Fn(&String) -> bool) -> Result<Vec<Step>> {
    let mut costs: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for table in tables {
        let unit = table.member(first).map_or(1.0, |member| member.fit_s.max(1e-3));
        for member in &table.table.members {
            costs.entry(member.name.clone()).or_default().push(member.fit_s / unit);
        }
    }
    let step = |name: &str, loss: f64| {
        let costs = &costs[name];
        Step { name: name.to_owned(), loss, cost: costs.iter().sum::<f64>() / tables.len() as f64, tables: costs.len() }
    };
    let mean_loss = |names: &[String]| -> Result<f64> {
        let losses: Vec<f64> = tables.iter().map(|table| table.relative(names)).collect::<Result<_>>()?;
        Ok(losses.iter().sum::<f64>() / losses.len() as f64)
    };
    let mut names = vec![first.to_owned()];
    let mut steps = vec![step(first, mean_loss(&names)?)];
    while steps.len() < LINES_MAX {
        let left: Vec<&String> = costs.keys().filter(|name| !names.contains(name) && is_wanted(name)).collect();
        let tried: Vec<Step> = left
            .par_iter()
            .map(|name| Ok(step(name, mean_loss(&[&names[..], &[(*name).clone()]].concat())?)))
            .collect::<Result<_>>()?;
        let loss = steps[steps.len() - 1].loss;
        let gain = |step: &Step| (loss - step.loss) / step.cost;
        let Some(best) = tried.into_iter().max_by(|a, b| gain(a).total_cmp(&gain(b))).filter(|best| gain(best) > 0.0) else {
            break;
        };
        names.push(best.name.clone());
        steps.push(best);
    }
    Ok(steps)
}
