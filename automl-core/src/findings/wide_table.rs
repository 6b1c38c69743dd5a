//! `wide_table`: more features than rows.

use super::Subject;
use crate::schema::{Finding, Status};

const CHECK: &str = "wide_table";
const RULE: &str = "more features than rows";

/// A learner can then know every row by heart.
pub fn check(subject: &Subject<'_>) -> Finding {
    let (features, rows) = (subject.schema.features().count(), subject.rows());
    if features <= rows {
        return Finding::new(CHECK, Status::Passed, "There are more rows than features.").threshold(RULE);
    }
    Finding::new(CHECK, Status::Noted, format!("There are {features} features for {rows} rows."))
        .count(features)
        .threshold(RULE)
        .action("Scores on so few rows vary. More rows, or features that are chosen by knowledge, help.")
}
