//! `target_leakage`, `missingness_leakage`, `identifier_leakage`: one column alone gives the target away.

use super::subject::short;
use super::{Subject, named};
use crate::association::{Association, Judge};
use crate::schema::{Cells, Field, Finding, Role, Status, counted_verb};
use crate::task::Target;

/// An AUC of .98 is a strength of .96; for numbers it is R² itself (§9 "leakage finding").
const AUC_LIMIT: f64 = 0.96;
const R2_LIMIT: f64 = 0.98;
const AUC_RULE: &str = "an AUC above 0.98 by one column alone, on rows it was not learned from";
const R2_RULE: &str = "an R² above 0.98 by one column alone, on rows it was not learned from";
const MISSINGNESS_RULE: &str = "an AUC above 0.98 by the lack of a value alone";

/// The three checks: a feature's values, whether it has any, and identifiers.
pub fn checks(subject: &Subject<'_>) -> [Finding; 3] {
    let (limit, rule) = match subject.target {
        Target::Classes { .. } => (AUC_LIMIT, AUC_RULE),
        Target::Numbers(_) => (R2_LIMIT, R2_RULE),
    };
    let measured = subject.associations();
    let by_missingness = |a: &&Association| a.of_missingness > AUC_LIMIT;
    let by_values = |a: &&Association| a.strength > limit && !by_missingness(a);
    let values = told("target_leakage", measured.iter().filter(by_values).collect(), |a| a.strength, "");
    let missingness =
        told("missingness_leakage", measured.iter().filter(by_missingness).collect(), |a| a.of_missingness, " by being empty");
    [values.threshold(rule), missingness.threshold(MISSINGNESS_RULE), identifiers(subject, limit).threshold(rule)]
}

fn told(check: &str, mut found: Vec<&Association>, strength: impl Fn(&Association) -> f64, how: &str) -> Finding {
    found.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    let Some(strongest) = found.first() else {
        return Finding::new(check, Status::Passed, format!("No feature alone gives the target away{how}."));
    };
    let names = || found.iter().map(|a| a.column.as_str());
    let gives = counted_verb(found.len(), "feature", "gives", "give");
    let (first, most) = (&strongest.column, short(strength(strongest)));
    let message = format!("{gives} the target away{how}: {}; `{first}` with a strength of {most} of 1.", named(names()));
    let action = "Nothing was changed. If new rows will not have it before the target is known, leave it out: `--ignore NAME`.";
    Finding::new(check, Status::Alerted, message).count(found.len()).columns(names()).action(action)
}

/// Identifiers are not given to learners, but one that knows the target tells how the table was made: other
/// columns that follow the same order will know it too.
fn identifiers(subject: &Subject<'_>, limit: f64) -> Finding {
    const CHECK: &str = "identifier_leakage";
    let judge = Judge::of_order(subject.target);
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
