//! Which columns may the prediction only rise or only fall with, and which learners keep to that?
//!
//! A caller names columns of the table, and means the number or the probability of the positive class. A learner
//! knows columns of its matrix, and means the number or the probability of the second class. [`Directions`] stand
//! between the two. The weighted mean of models that keep them keeps them too, so that ensembles need no more.

use std::collections::BTreeMap;

use serde_json::json;

use crate::config::{Direction, FitConfig};
use crate::error::{Error, Result};
use crate::learner::DynLearner;
use crate::matrix::Feature;
use crate::registry::Registry;
use crate::schema::{Finding, Kind, Role, Schema, Status};
use crate::space::Params;
use crate::task::{Task, TaskKind};

/// The parameter that learners take directions by.
const PARAMETER: &str = "monotone";

/// Columns of the table with the direction of what learners predict: 1 or -1.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Directions(BTreeMap<String, i8>);

impl Directions {
    /// The directions that the configuration asks for.
    ///
    /// # Errors
    /// A column that is not there or no numeric feature, or a target of more than two classes.
    pub fn resolve(config: &FitConfig, schema: &Schema, task: &Task) -> Result<Directions> {
        if !config.monotone.is_empty() && task.kind == TaskKind::Multiclass {
            return Err(Error::usage(format!(
                "monotone columns need a target that is a number or has two classes, but `{}` has {}",
                task.target,
                task.classes.len()
            )));
        }
        let is_turned = task.kind == TaskKind::Binary && task.positive == 0;
        let resolve = |(name, direction): (&String, &Direction)| {
            check_column(name, schema)?;
            let rises = (*direction == Direction::Rising) != is_turned;
            Ok((name.clone(), if rises { 1 } else { -1 }))
        };
        Ok(Directions(config.monotone.iter().map(resolve).collect::<Result<_>>()?))
    }

    /// Whether a column has a direction. Nothing but its reading may be given to learners: what else is made of it need
    /// not have its order.
    pub fn holds(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    /// The parameters that make a learner keep the directions on a matrix of these features; none if there is nothing
    /// to keep, or if it keeps them whatever it is told.
    ///
    /// # Errors
    /// A column that the learner does not see as it is: what is made of it need not have its order.
    pub fn params(&self, learner: &dyn DynLearner, features: &[Feature]) -> Result<Params> {
        let mut params = Params::new();
        if self.0.is_empty() || !learner.default_params().contains_key(PARAMETER) {
            return Ok(params);
        }
        let mut by_feature = vec![0i8; features.len()];
        for (column, direction) in &self.0 {
            let is_itself = |f: &Feature| f.name == *column && f.sources == [column.as_str()] && f.width == 1;
            let place = features.iter().position(is_itself).ok_or_else(|| {
                Error::internal(format!("learner `{}` does not see the monotone column `{column}` as it is", learner.id()))
            })?;
            by_feature[place] = *direction;
        }
        // What is behind the last direction is free anyway.
        by_feature.truncate(by_feature.iter().rposition(|d| *d != 0).map_or(0, |last| last + 1));
        params.insert(PARAMETER.to_owned(), json!(by_feature));
        Ok(params)
    }
}

fn check_column(name: &str, schema: &Schema) -> Result<()> {
    let Some(field) = schema.get(name) else {
        return Err(Error::unknown("column", name, schema.fields.iter().map(|f| f.name.as_str())));
    };
    let refuse = |what: &str, is: &str| {
        Err(Error::usage(format!("column `{name}` is to be monotone, but its {what} is `{is}`; it must be a numeric feature")))
    };
    match (field.role, field.kind) {
        (role, _) if !role.is_feature() => refuse("role", role.name()),
        (_, Kind::Numeric) => Ok(()),
        (_, kind) => refuse("kind", kind.name()),
    }
}

/// The roles of monotone columns where none is told: who names a direction wants the column used, even if it looks
/// like an identifier or holds a single value.
pub(super) fn roles(config: &FitConfig) -> impl Iterator<Item = (String, Role)> {
    config.monotone.keys().map(|name| (name.clone(), Role::Feature))
}

/// Takes the reading as categories away from monotone columns: sets of codes have no order.
pub(super) fn read_as_numbers(config: &FitConfig, schema: &mut Schema) {
    schema.fields.iter_mut().filter(|f| config.monotone.contains_key(&f.name)).for_each(|f| f.is_code = false);
}

/// Whether a learner keeps what the configuration asks for.
pub(super) fn is_kept_by(learner: &dyn DynLearner, config: &FitConfig) -> bool {
    config.monotone.is_empty() || learner.supports().monotone
}

/// The learners for this kind of task that are left out because they keep no direction, as a finding.
///
/// # Errors
/// One of them was asked for.
pub(super) fn left_out(config: &FitConfig, registry: &Registry, task: TaskKind) -> Result<Option<Finding>> {
    let quoted = |ids: Vec<&str>| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let learners = || registry.learners().iter().filter(|l| l.supports().tasks.contains(&task));
    for id in &config.learners {
        if !is_kept_by(registry.learner(id)?, config) {
            let able = quoted(learners().filter(|l| l.supports().monotone).map(|l| l.id()).collect());
            return Err(Error::usage(format!("learner `{id}` keeps no direction in monotone columns; these do: {able}")));
        }
    }
    let is_wanted = |id: &str| config.learners.is_empty() && !config.exclude_learners.iter().any(|e| e == id);
    let unable: Vec<&str> = learners().filter(|l| !is_kept_by(**l, config) && is_wanted(l.id())).map(|l| l.id()).collect();
    if unable.is_empty() {
        return Ok(None);
    }
    let count = unable.len();
    let message = format!("Learners that keep no direction in monotone columns are left out: {}.", quoted(unable));
    Ok(Some(Finding::new("monotone_learners", Status::Fixed, message).count(count)))
}
