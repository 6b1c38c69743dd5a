//! Which rows may be seen?
//!
//! A [`Split`] holds the [`Fold`]s of one run: the rows a model may learn from, and the rows that judge it.
//! It is planned once, so every trial is judged on the same rows. The first of these that applies makes it:
//!
//! 1. [`Roles::folds`]: each value is one fold, whatever the [`Strategy`] says;
//! 2. [`Roles::time`]: a model sees only what came before the rows that judge it;
//! 3. [`Roles::groups`]: the rows of a group stay together;
//! 4. otherwise rows are spread so that the target looks alike in every fold.
//!
//! How many folds a budget affords is decided elsewhere.

mod by_group;
mod by_target;
mod by_time;
mod by_user;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::schema::{Finding, Status};
use crate::task::{Roles, Target};

/// The most folds there may be. Every fold holds the number of every row.
pub const FOLDS_MAX: usize = 100;

/// How much validation is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// One fold that validates a share of the rows.
    Holdout {
        /// The share of the rows that validate, strictly between 0 and 1.
        fraction: f64,
    },
    /// Every row validates once, as far as the data allows it.
    KFold {
        /// How many folds, from 2 to [`FOLDS_MAX`]; fewer where the data has no more.
        folds: usize,
    },
}

/// What decided which rows go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// One part of the rows, stratified by the target.
    Holdout,
    /// Folds stratified by the target.
    KFold,
    /// Groups stay together.
    Group,
    /// Only the past is seen.
    Time,
    /// A column of the data says it.
    User,
}

/// The rows of one fit, and the rows that judge it. Both ascend, neither is empty, and no row is in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to learn from.
    pub train: Vec<u32>,
    /// Rows to judge by.
    pub valid: Vec<u32>,
}

/// The folds of a run. No row validates in two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// At least one; exactly one for a hold-out.
    pub folds: Vec<Fold>,
    /// What decided which rows go together.
    pub rule: Rule,
}

impl Split {
    /// Plans the folds for the rows `0..target.len()`, and says what was decided.
    ///
    /// The finding `validation` describes the split; `validation_folds` says that there are fewer folds than
    /// wanted, and `single_row_classes` that some classes can't be validated. Models must cope with classes
    /// that a fold does not train on: by group or by time that can't be avoided.
    ///
    /// # Errors
    /// Fewer than two rows, a strategy out of its range, both a time and a group column, or a fold, time or
    /// group column with a single value.
    pub fn plan(strategy: &Strategy, target: &Target, roles: &Roles, seed: u64) -> Result<(Split, Vec<Finding>)> {
        check(strategy, target.len())?;
        let mut findings = Vec::new();
        let split = match roles {
            Roles { folds: Some(folds), .. } => by_user::split(folds)?,
            Roles { time: Some(_), groups: Some(_), .. } => {
                return Err(Error::usage(
                    "a time column and a group column can't be combined: drop one of the two roles, or give the folds in a fold column",
                ));
            }
            Roles { time: Some(time), .. } => by_time::split(strategy, time)?,
            Roles { groups: Some(groups), .. } => by_group::split(strategy, groups, seed)?,
            _ => by_target::split(strategy, target, seed, &mut findings),
        };
        if let Strategy::KFold { folds } = *strategy
            && split.folds.len() < folds
            && split.rule != Rule::User
        {
            findings.push(fewer_folds(folds, &split));
        }
        findings.insert(0, Finding::new("validation", Status::Passed, split.describe()));
        Ok((split, findings))
    }

    /// The rows that validate in some fold, ascending. The first rows in time and classes of a single row
    /// validate nowhere.
    pub fn validated_rows(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.folds.iter().flat_map(|fold| &fold.valid).copied().collect();
        rows.sort_unstable();
        rows
    }

    /// The split in a phrase: "5 folds, stratified by the target".
    pub fn describe(&self) -> String {
        let (folds, first) = (self.folds.len(), &self.folds[0]);
        let (valid, all) = (first.valid.len(), first.valid.len() + first.train.len());
        match (self.rule, folds) {
            (Rule::User, _) => format!("{folds} folds, given by the fold column"),
            (Rule::Time, 1) => format!("the last {valid} of {all} rows in time are held out"),
            (Rule::Time, _) => format!("{folds} folds, each later than the rows it learns from"),
            (Rule::Group, 1) => format!("{valid} of {all} rows are held out, in whole groups"),
            (Rule::Group, _) => format!("{folds} folds of whole groups"),
            (Rule::Holdout | Rule::KFold, 1) => format!("{valid} of {all} rows are held out, stratified by the target"),
            (Rule::Holdout | Rule::KFold, _) => format!("{folds} folds, stratified by the target"),
        }
    }
}

/// Rejects what no rule can split.
fn check(strategy: &Strategy, rows: usize) -> Result<()> {
    if rows < 2 {
        return Err(Error::data(format!("{rows} rows can't be split into training and validation; at least 2 are needed")));
    }
    match *strategy {
        Strategy::Holdout { fraction } if !(fraction > 0.0 && fraction < 1.0) => {
            Err(Error::usage(format!("a hold-out of {fraction} is not a share between 0 and 1")))
        }
        Strategy::KFold { folds } if !(2..=FOLDS_MAX).contains(&folds) => {
            Err(Error::usage(format!("{folds} folds can't be made; it takes 2 to {FOLDS_MAX}")))
        }
        _ => Ok(()),
    }
}

/// The finding that there are fewer folds than wanted.
fn fewer_folds(wanted: usize, split: &Split) -> Finding {
    let short_of = match split.rule {
        Rule::Group => "groups",
        Rule::Time => "different times",
        _ => "rows",
    };
    let message = format!("there are too few {short_of} for {wanted} folds");
    let action = format!("validated with {}", split.folds.len());
    Finding::new("validation_folds", Status::Fixed, message).count(split.folds.len()).action(action)
}

/// One fold for each number below `folds`: the rows with that number validate and all others train. A row
/// without a number trains in every fold.
fn folds_of(assigned: &[Option<u32>], folds: usize) -> Vec<Fold> {
    let fold = |number: u32| {
        let (valid, train) = (0..assigned.len() as u32).partition(|&row| assigned[row as usize] == Some(number));
        Fold { train, valid }
    };
    (0..folds as u32).map(fold).collect()
}

/// How many of `rows` a hold-out validates: the nearest whole number that leaves rows on both sides.
fn held_out(fraction: f64, rows: usize) -> usize {
    ((fraction * rows as f64).round() as usize).clamp(1, rows - 1)
}
