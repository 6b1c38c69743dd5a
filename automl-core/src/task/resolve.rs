//! From a request to a task: what kind it is, which rows take part, and what their targets are.

use super::labels::{Labels, Slip};
use super::role_columns::{self, Weights};
use super::{Roles, Target, Task, TaskKind, classes};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::metric::{Measure, Metric};
use crate::schema::{Cells, Field, Finding, Kind, NumberReader, Role, Schema, Status, counted_verb};

/// What is asked of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskRequest {
    /// Name of the target column.
    pub target: String,
    /// The kind of the task; `None` decides by the target.
    pub kind: Option<TaskKind>,
    /// The leading metric; `None` takes the default of the kind.
    pub metric: Option<String>,
    /// The label that binary metrics call positive; `None` takes the last in order.
    pub positive: Option<String>,
}

/// A task and its data; everything is in the order of `rows`.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The task.
    pub task: Task,
    /// The target of every row.
    pub target: Target,
    /// The rows of the frame that are used: those with a target and a positive weight.
    pub rows: Vec<u32>,
    /// What the columns with a job say about every row.
    pub roles: Roles,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

impl Task {
    /// Makes a task of a request, and encodes its target.
    ///
    /// The kind follows §9 "task": at most two distinct values are binary; text, or at most 20 distinct integers
    /// that are fewer than 5 % of the rows, are multiclass; all else is regression. A target that reads as
    /// numbers in 99 % of its cells counts as numbers; one that the schema calls categorical or text does not.
    /// Classes are ordered by value if all are numbers, else by text, and keep the text of the file. Rows
    /// without a target or with a weight of zero are left out, with a finding.
    ///
    /// `schema` must have the target with [`Role::Target`].
    ///
    /// # Errors
    /// No such column; a kind that the target does not allow (the message names a row and its value); a single
    /// class or a constant target; fewer than two rows; more than 1,000 classes; an unknown metric or positive
    /// class; columns with a role that cannot be used in it; two columns for one role.
    pub fn resolve(frame: &Frame, schema: &Schema, request: &TaskRequest, metrics: &[&'static dyn Metric]) -> Result<Resolved> {
        let field = target_field(frame, schema, &request.target)?;
        role_columns::check_unique(schema)?;
        let cells = Cells::read(frame.column(&field.name)?);
        let weights = Weights::read(frame, schema)?;
        let labels = Labels::read(&cells, &NumberReader::of(field), |row| weights.is_used(row));
        if labels.rows.is_empty() {
            return Err(Error::data(format!("target `{}` has no value in any row that can be used", field.name)));
        }
        let mut findings = Vec::new();
        findings.push(missing_target(&field.name, labels.missing));
        findings.extend(weights.finding());
        let kind = request.kind.unwrap_or_else(|| guess_kind(&labels, field.kind));
        let encoded = Encoded::of(field, kind, &labels, &cells, &mut findings)?;
        if encoded.rows.len() < 2 {
            return Err(Error::data(format!("target `{}` has a value in a single row only; two are the least", field.name)));
        }
        let positive = classes::positive(request.positive.as_deref(), kind, &encoded.classes)?;
        let metric = Measure::parse(request.metric.as_deref().unwrap_or(Measure::default_id(kind)), kind, metrics)?.name();
        let roles = role_columns::read(frame, schema, &encoded.rows, &weights, &mut findings)?;
        let task = Task { kind, target: field.name.clone(), classes: encoded.classes, positive, metric };
        Ok(Resolved { task, target: encoded.target, rows: encoded.rows, roles, findings })
    }

    /// The target of another frame, in the encoding of this task, and the rows that have one. Its numbers are written
    /// as `reader` says.
    ///
    /// A label that is not a class by its text is one by its value if all that differs is the way the number is
    /// written.
    ///
    /// # Errors
    /// No target column, no row with a target, labels that are no class (the message names them), or, for
    /// regression, values that are no numbers.
    pub fn encode(&self, frame: &Frame, reader: &NumberReader) -> Result<(Target, Vec<u32>)> {
        let cells = Cells::read(frame.column(&self.target)?);
        let labels = Labels::read(&cells, reader, |_| true);
        if labels.rows.is_empty() {
            return Err(Error::data(format!("target `{}` has no value in any row", self.target)));
        }
        if !self.kind.is_classification() {
            let (rows, values, _) = labels.regression(&self.target, &cells)?;
            return Ok((Target::Numbers(values), rows));
        }
        let places: Vec<Option<usize>> = labels.names.iter().map(|name| super::labels::class_of(name, &self.classes)).collect();
        let unknown: Vec<String> =
            labels.names.iter().zip(&places).filter(|(_, p)| p.is_none()).map(|(name, _)| format!("`{name}`")).collect();
        if !unknown.is_empty() || labels.has_too_many() {
            let known: Vec<String> = self.classes.iter().map(|c| format!("`{c}`")).collect();
            return Err(Error::data(format!(
                "target `{}` has {} that the model does not know: {}; it knows {}",
                self.target,
                crate::schema::counted(unknown.len(), "label"),
                crate::schema::shortened(&unknown),
                crate::schema::shortened(&known)
            )));
        }
        let codes = labels.codes.iter().map(|&code| places[code as usize].unwrap_or_default() as u32).collect();
        Ok((Target::Classes { labels: codes, n_classes: self.classes.len() }, labels.rows))
    }
}

fn target_field<'a>(frame: &Frame, schema: &'a Schema, target: &str) -> Result<&'a Field> {
    let field = schema.get(target).filter(|_| frame.contains(target));
    let field = field.ok_or_else(|| Error::unknown("column", target, frame.names()))?;
    if field.role != Role::Target {
        let role = field.role.name();
        return Err(Error::usage(format!("column `{target}` is the target, but its role is `{role}`")));
    }
    Ok(field)
}

/// §9 "task".
fn guess_kind(labels: &Labels, kind: Kind) -> TaskKind {
    const INTEGERS_MAX: usize = 20;
    const INTEGERS_SHARE: f64 = 0.05;
    let distinct = labels.names.len();
    let is_text = matches!(kind, Kind::Categorical | Kind::Text) || !labels.are_numbers();
    let are_few_integers = distinct <= INTEGERS_MAX
        && (distinct as f64) < INTEGERS_SHARE * labels.rows.len() as f64
        && labels.numbers.iter().all(|v| v.is_nan() || v.fract() == 0.0);
    if distinct <= 2 {
        TaskKind::Binary
    } else if is_text || are_few_integers {
        TaskKind::Multiclass
    } else {
        TaskKind::Regression
    }
}

/// The target of the rows that take part.
struct Encoded {
    rows: Vec<u32>,
    target: Target,
    classes: Vec<String>,
}

impl Encoded {
    fn of(field: &Field, kind: TaskKind, labels: &Labels, cells: &Cells, findings: &mut Vec<Finding>) -> Result<Encoded> {
        if kind.is_classification() {
            classes::check(&field.name, kind, labels)?;
            let (classes, target) = classes::encode(labels);
            findings.extend(classes::findings(&field.name, labels));
            return Ok(Encoded { rows: labels.rows.clone(), target, classes });
        }
        let (rows, values, slip) = labels.regression(&field.name, cells)?;
        findings.extend(slip.map(|slip| target_slips(&field.name, &slip)));
        if values.len() > 1 && values.iter().all(|v| *v == values[0]) {
            return Err(Error::data(format!(
                "target `{}` is {} in all {} rows: there is nothing to predict",
                field.name,
                values[0],
                values.len()
            )));
        }
        Ok(Encoded { rows, target: Target::Numbers(values), classes: Vec::new() })
    }
}

fn missing_target(target: &str, missing: usize) -> Finding {
    const CHECK: &str = "missing_target";
    let finding = if missing == 0 {
        Finding::new(CHECK, Status::Passed, "Every row has a target.")
    } else {
        let message = format!("{} no target.", counted_verb(missing, "row", "has", "have"));
        let finding = Finding::new(CHECK, Status::Fixed, message).columns([target]).count(missing);
        finding.action("Rows without a target are left out.")
    };
    finding.threshold("any row without a target")
}

fn target_slips(target: &str, slip: &Slip) -> Finding {
    let message = format!(
        "{} something else than a number as target; the first is `{}` in data row {}.",
        counted_verb(slip.count, "row", "has", "have"),
        slip.value,
        slip.row + 1
    );
    let finding = Finding::new("target_not_a_number", Status::Alerted, message).columns([target]).count(slip.count);
    finding.threshold("any value that is no number, of at most 1 %").action("These rows are left out.")
}
