//! `mixed_types`: cells that hold something, but nothing of the kind of their column.

use super::{Subject, named};
use crate::schema::{Finding, Status, counted_verb};

const CHECK: &str = "mixed_types";
/// More than that may be another kind of column altogether; inference allows as much.
const SHARE_ALERTED: f64 = 0.05;
const RULE: &str = "any cell that cannot be read as its column's kind; alerted where they are more than 5 % of a column";

/// What cannot be read counts as missing.
pub fn check(subject: &Subject<'_>) -> Finding {
    let unreadable = &subject.conformed.unreadable;
    let Some((worst, most)) = unreadable.iter().max_by_key(|(_, cells)| *cells) else {
        return Finding::new(CHECK, Status::Passed, "Every cell is of its column's kind.").threshold(RULE);
    };
    let cells: usize = unreadable.iter().map(|(_, cells)| cells).sum();
    let are = counted_verb(cells, "cell", "is", "are");
    let columns = unreadable.iter().map(|(name, _)| name.as_str());
    let kind = subject.schema.get(worst).map_or("", |f| f.kind.name());
    let message = if unreadable.len() == 1 {
        format!("{are} not {kind}, as the rest of `{worst}` is.")
    } else {
        format!("{are} not of their column's kind, in {}; most are in `{worst}`.", named(columns.clone()))
    };
    let is_much = *most as f64 > SHARE_ALERTED * subject.rows() as f64;
    Finding::new(CHECK, if is_much { Status::Alerted } else { Status::Noted }, message)
        .count(cells)
        .columns(columns)
        .threshold(RULE)
        .action("They count as missing. `--column NAME=KIND` reads the column as another kind.")
}
