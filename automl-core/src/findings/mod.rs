//! What in the data deserves a look?
//!
//! Every check is one file with its rule and its threshold, and gives one [`Finding`], also where it passed.
//! The checks come in stages, each with more to look at:
//!
//! | Stage | Looks at | Function |
//! |---|---|---|
//! | a | the table alone | [`infer`](crate::schema::infer()), with the schema |
//! | b | the table and its target | [`of_subject`] |
//! | c | the split; a table to test on | [`of_split`]; [`of_test`] |
//! | d | predictions of unseen rows, after the search | [`of_predictions`] |
//!
//! An alert deserves a person's look; what is only noted is worth knowing. Large tables are judged by samples
//! where the rule permits. Nothing is changed here.

mod contradictions;
mod copies;
mod drift;
mod folds_and_groups;
mod groups;
mod label_noise;
mod leakage;
mod likeness;
mod mixed_types;
mod near_constant;
mod order;
mod outliers;
mod overlap;
mod skewed_target;
mod spellings;
mod subject;
mod wide_table;

pub use label_noise::of_predictions;
pub(crate) use skewed_target::skewness_and_kurtosis;
pub use subject::Subject;

use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::schema::{Finding, NumberReader, Status, counted};
use crate::split::Split;
use copies::Copies;

/// Stage b: the table and its target.
pub fn of_subject(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = vec![
        near_constant::check(subject),
        mixed_types::check(subject),
        spellings::check(subject),
        outliers::check(subject),
        wide_table::check(subject),
    ];
    findings.extend(skewed_target::check(subject));
    findings.extend(leakage::checks(subject));
    findings.extend(order::checks(subject));
    findings.push(groups::check(subject));
    findings
}

/// Stage c: rows that the split parts although they belong together.
pub fn of_split(subject: &Subject<'_>, split: &Split) -> Vec<Finding> {
    let copies = Copies::of(subject);
    let mut findings = vec![contradictions::check(subject, &copies), copies::check(subject, &copies, split)];
    findings.extend(folds_and_groups::check(subject, split));
    findings
}

/// Stage c: a table that the model will be tested on, beside the one it learns from.
///
/// # Errors
/// The table lacks feature columns, or has a target that cannot be scored: no value at all, or labels that the
/// task does not know. The message names them.
pub fn of_test(subject: &Subject<'_>, test: &Frame) -> Result<Vec<Finding>> {
    if test.contains(&subject.task.target) {
        let reader = subject.schema.get(&subject.task.target).map(NumberReader::of).unwrap_or_default();
        subject.task.encode(test, &reader)?;
    }
    let (features, _) = subject.schema.conform(test)?;
    let mut findings = vec![overlap::check(subject, &features)];
    findings.extend(drift::checks(subject, &features));
    Ok(findings)
}

/// Ends what was asked for where a finding deserves a person's look.
///
/// # Errors
/// There are alerts; the message has all of them.
pub fn refuse_alerts(findings: &[Finding]) -> Result<()> {
    let alerts: Vec<&Finding> = findings.iter().filter(|f| f.status == Status::Alerted).collect();
    if alerts.is_empty() {
        return Ok(());
    }
    let lines: String = alerts.iter().map(|f| format!("\n  {}: {}", f.check, f.message)).collect();
    let raise = counted(alerts.len(), "alert");
    Err(Error::data(format!("the data raise {raise}, and the fit was to be strict:{lines}")))
}

/// `` `a` and `b` ``, or the first five and how many more.
fn named<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    crate::schema::shortened(&columns.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
}
