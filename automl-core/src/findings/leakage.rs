//! `target_leakage`, `missingness_leakage`, `identifier_leakage`: one column alone gives the target away.

use super::subject::short;
use super::{Subject, named};
use crate::association::{Association, Judge, associations};
use crate::schema::{Cells, Field, Finding, Role, Status, counted_verb};
use crate::task::Target;

/// An AUC of .98 is a strength of .96; for numbers it is R² itself (§9 "leakage finding").
const AUC: f64 = 0.98;
const R2: f64 = 0.98;

/// The strength from which on a column gives the target away, and the rule in words.
fn limit(target: &Target) -> (f64, &'static str) {
    match target {
        Target::Classes { .. } => (2.0 * AUC - 1.0, "an AUC above 0.98 by one column alone, on rows it was not learned from"),
        Target::Numbers(_) => (R2, "an R² above 0.98 by one column alone, on rows it was not learned from"),
    }
}

/// The three checks: a feature's values, whether it has any, and identifiers.
pub fn checks(subject: &Subject<'_>) -> [Finding; 3] {
    let (limit, rule) = limit(subject.target);
    let measured = associations(&subject.features, subject.schema, subject.target);
    let values = measured.iter().filter(|a| a.strength > limit && a.of_missingness <= limit).collect();
    let missingness = measured.iter().filter(|a| a.of_missingness > limit).collect();
    [
        told("target_leakage", values, "gives the target away", "give the target away")
            .unwrap_or_else(|| Finding::new("target_leakage", Status::Passed, "No feature alone gives the target away.")),
        told("missingness_leakage", missingness, "gives the target away by being empty", "give the target away by being empty")
            .unwrap_or_else(|| {
                Finding::new("missingness_leakage", Status::Passed, "No feature gives the target away by being empty.")
            }),
        identifiers(subject, limit),
    ]
    .map(|finding| finding.threshold(rule))
}

fn told(check: &str, mut found: Vec<&Association>, gives: &str, give: &str) -> Option<Finding> {
    found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    let strongest = found.first()?;
    let strength = short(strongest.strength.max(strongest.of_missingness));
    let names = || found.iter().map(|a| a.column.as_str());
    let gives = counted_verb(found.len(), "feature", gives, give);
    let message = format!("{gives}: {}; `{}` with a strength of {strength} of 1.", named(names()), strongest.column);
    let action = "Nothing was changed. If new rows will not have it before the target is known, leave it out: `--ignore NAME`.";
    Some(Finding::new(check, Status::Alerted, message).count(found.len()).columns(names()).action(action))
}

/// Identifiers are not given to learners, but one that knows the target tells how the table was made: other
/// columns that follow the same order will know it too.
fn identifiers(subject: &Subject<'_>, limit: f64) -> Finding {
    const CHECK: &str = "identifier_leakage";
    let judge = Judge::of(subject.target);
    let knows = |field: &&Field| {
        let cells = subject.frame.column(&field.name).map(Cells::read);
        cells.is_ok_and(|cells| judge.of_column(&serial_numbers(&cells)) > limit)
    };
    let ids = subject.schema.fields.iter().filter(|f| f.role == Role::Id);
    let found: Vec<&str> = ids.filter(knows).map(|f| f.name.as_str()).collect();
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No identifier gives the target away.");
    }
    let message = format!(
        "{} by its order: {}.",
        counted_verb(found.len(), "identifier", "gives the target away", "give the target away"),
        named(found.iter().copied())
    );
    Finding::new(CHECK, Status::Alerted, message).count(found.len()).columns(found).action(
        "It is not given to the learners. Any column that follows the same order, as a time or a counter, must not be either.",
    )
}

/// The number in an identifier: all its digits, up to 15 of them.
fn serial_numbers(cells: &Cells) -> Vec<f64> {
    let mut numbers = Vec::with_capacity(cells.len());
    cells.for_each_text(|_, text| {
        let digits = text.unwrap_or_default().bytes().filter(u8::is_ascii_digit).take(15);
        let number = digits.fold(None, |number: Option<f64>, digit| Some(number.unwrap_or(0.0) * 10.0 + f64::from(digit - b'0')));
        numbers.push(number.unwrap_or(f64::NAN));
    });
    numbers
}
