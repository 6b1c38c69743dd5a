//! A table and its target, as the checks read them.

use std::sync::OnceLock;

use crate::association::{Association, associations};
use crate::error::Result;
use crate::frame::Frame;
use crate::schema::{Conformed, Field, Kind, Role, Schema};
use crate::task::{Resolved, Roles, Target, Task};

/// A table and its target: the rows that are used.
pub struct Subject<'a> {
    /// Every column as it was read.
    pub frame: Frame,
    /// The features as learners get them: [`Schema::conform`].
    pub features: Frame,
    /// What could not be read.
    pub conformed: Conformed,
    /// What the columns mean.
    pub schema: &'a Schema,
    /// What is asked.
    pub task: &'a Task,
    /// The target of every row.
    pub target: &'a Target,
    /// What the columns with a job say.
    pub roles: &'a Roles,
    associations: OnceLock<Vec<Association>>,
}

impl<'a> Subject<'a> {
    /// The rows of a frame that a task uses, and their features.
    ///
    /// # Errors
    /// The frame is not the one that the schema was made of.
    pub fn new(frame: &Frame, schema: &'a Schema, resolved: &'a Resolved) -> Result<Subject<'a>> {
        let frame = if resolved.rows.len() == frame.rows() { frame.clone() } else { frame.take(&resolved.rows)? };
        let (features, conformed) = schema.conform(&frame)?;
        let Resolved { task, target, roles, .. } = resolved;
        Ok(Subject { frame, features, conformed, schema, task, target, roles, associations: OnceLock::new() })
    }

    /// What every feature alone says about the target: [`associations`], measured once.
    pub fn associations(&self) -> &[Association] {
        self.associations.get_or_init(|| associations(&self.features, self.schema, self.target))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.target.len()
    }

    /// The features of that kind.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Field> {
        self.schema.features().filter(move |f| f.kind == kind)
    }

    /// The numbers of a numeric feature or the moments of a datetime one, NaN for missing.
    pub(super) fn numbers(&self, field: &Field) -> Vec<f64> {
        numbers(&self.features, field)
    }

    /// Whether a column has a role.
    pub(super) fn has_role(&self, role: Role) -> bool {
        self.schema.with_role(role).is_some()
    }
}

/// The numbers of a numeric feature or the moments of a datetime one, NaN for missing; nothing for names.
pub(super) fn numbers(features: &Frame, field: &Field) -> Vec<f64> {
    let view = features.view();
    let moments = |moments: Vec<Option<i64>>| moments.iter().map(|m| m.map_or(f64::NAN, |m| m as f64)).collect();
    match field.kind {
        Kind::Numeric => view.numbers(&field.name).unwrap_or_default(),
        Kind::Datetime => view.times(&field.name).map(moments).unwrap_or_default(),
        Kind::Categorical | Kind::Bool | Kind::Text => Vec::new(),
    }
}

/// The names of a text feature, `None` for missing; nothing for numbers.
pub(super) fn names<'a>(features: &'a Frame, field: &Field) -> Vec<Option<&'a str>> {
    features.view().texts(&field.name).map(|texts| texts.iter().collect()).unwrap_or_default()
}

/// A number in a sentence: three digits.
pub(super) fn short(value: f64) -> String {
    format!("{value:.3}")
}
