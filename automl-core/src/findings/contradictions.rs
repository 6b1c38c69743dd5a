//! `contradicting_rows`: rows with equal features and different targets.

use super::Subject;
use super::copies::{Copies, same_target};
use crate::schema::{Finding, Status, counted_verb, percent};

const CHECK: &str = "contradicting_rows";
/// Beyond this part of the rows, what is missing may be a column.
const SHARE_ALERTED: f64 = 0.1;
const RULE: &str = "rows with equal features and different targets; alerted from 10 % of the rows on";

/// No model can get all of them right.
pub fn check(subject: &Subject<'_>, copies: &Copies) -> Finding {
    let contradict = |rows: &&Vec<u32>| rows.iter().any(|&row| !same_target(subject.target, rows[0], row));
    let count: usize = copies.groups.iter().filter(contradict).map(Vec::len).sum();
    if count == 0 {
        return Finding::new(CHECK, Status::Passed, "Rows with equal features have equal targets.").threshold(RULE);
    }
    let share = percent(count, subject.rows());
    let message =
        format!("{} others in all features but not in the target ({share}).", counted_verb(count, "row", "equals", "equal"));
    let is_much = count as f64 >= SHARE_ALERTED * subject.rows() as f64;
    Finding::new(CHECK, if is_much { Status::Alerted } else { Status::Noted }, message)
        .count(count)
        .threshold(RULE)
        .action("Nothing was changed. No model can get all of them right; a column that tells them apart may be missing.")
}
