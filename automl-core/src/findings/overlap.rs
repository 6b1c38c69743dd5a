//! `test_overlap`: rows of the test table that stand in the training table too.

use super::Subject;
use super::copies::row_hashes;
use crate::frame::Frame;
use crate::schema::{Finding, Status, counted_verb, percent};

const CHECK: &str = "test_overlap";
/// The part of the test rows from which on scores are misled.
const SHARE: f64 = 0.01;
const RULE: &str = "rows of the test table whose features equal those of a training row; alerted from 1 % on, beyond twice the share that \
                    rows of the training table have among themselves";

/// Counts the test rows of which a model has learned a copy.
pub fn check(subject: &Subject<'_>, test: &Frame) -> Finding {
    let mut known = row_hashes(&subject.features);
    known.sort_unstable();
    let repeated: usize = known.chunk_by(|a, b| a == b).filter(|equal| equal.len() > 1).map(<[u64]>::len).sum();
    let of_itself = repeated as f64 / subject.rows() as f64;
    let shared = row_hashes(test).iter().filter(|hash| known.binary_search(hash).is_ok()).count();
    if shared == 0 {
        return Finding::new(CHECK, Status::Passed, "No row of the test table is in the training table.").threshold(RULE);
    }
    let share = shared as f64 / test.rows() as f64;
    let is_much = share >= SHARE && share > 2.0 * of_itself;
    let message = format!(
        "{} a row of the training table in all features ({}).",
        counted_verb(shared, "test row", "equals", "equal"),
        percent(shared, test.rows())
    );
    Finding::new(CHECK, if is_much { Status::Alerted } else { Status::Noted }, message).count(shared).threshold(RULE).action(
        "Nothing was changed. Scores on rows that were learned from look better than they are: take them out of one table.",
    )
}
