//! What is there to predict?

use serde::Serialize;

use super::levels::Level;
use crate::error::Result;
use crate::findings::{Subject, of_split, of_subject, of_test};
use crate::frame::Frame;
use crate::metric;
use crate::schema::{Finding, Schema, Status};
use crate::split::{Split, Strategy};
use crate::task::{Resolved, Target, Task, TaskKind, TaskRequest};

/// What there is to predict. The distribution of a number is in the profile of its column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetProfile {
    /// Name of the column.
    pub column: String,
    /// What a fit would make of it.
    pub task: TaskKind,
    /// Rows that can be used: those with a target and a weight.
    pub rows: usize,
    /// The classes in the order of predicted probabilities, with their rows; empty for regression.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Level>,
}

/// What a fit would make of a target, and what was noticed of it; `None` with a finding if it cannot be predicted.
pub(super) fn resolve(frame: &Frame, schema: &Schema, target: &str, findings: &mut Vec<Finding>) -> Option<Resolved> {
    let request = TaskRequest { target: target.to_owned(), ..TaskRequest::default() };
    match Task::resolve(frame, schema, &request, metric::ALL) {
        Ok(mut resolved) => {
            findings.append(&mut resolved.findings);
            Some(resolved)
        }
        Err(error) => {
            findings.push(refused("target", &error.to_string()).columns([target]));
            None
        }
    }
}

impl TargetProfile {
    pub(super) fn of(resolved: &Resolved) -> TargetProfile {
        let rows = resolved.rows.len();
        let classes = match &resolved.target {
            Target::Numbers(_) => Vec::new(),
            Target::Classes { labels, n_classes } => {
                let mut counts = vec![0; *n_classes];
                labels.iter().for_each(|&label| counts[label as usize] += 1);
                resolved.task.classes.iter().zip(counts).map(|(class, count)| Level::new(class, count, rows)).collect()
            }
        };
        TargetProfile { column: resolved.task.target.clone(), task: resolved.task.kind, rows, classes }
    }
}

/// What deserves a look once there is a target; rows that belong together are looked for in the five folds that a
/// fit would make.
pub(super) fn checks(subject: &Subject<'_>, test: Option<&Frame>) -> Result<Vec<Finding>> {
    let mut findings = of_subject(subject);
    match Split::plan(&Strategy::KFold { folds: 5 }, subject.target, subject.roles, 0) {
        Ok((split, _)) => findings.extend(of_split(subject, &split)),
        Err(error) => findings.push(refused("split", &error.to_string())),
    }
    if let Some(test) = test {
        findings.extend(of_test(subject, test).map_err(|e| e.context("the table to test on"))?);
    }
    Ok(findings)
}

fn refused(check: &str, message: &str) -> Finding {
    Finding::new(check, Status::Alerted, sentence(message)).action("A fit would be refused.")
}

/// An error as a sentence.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
