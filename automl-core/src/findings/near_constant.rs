//! `near_constant_column`: a feature that holds one value in more than 99.9 % of the rows.

use super::{Subject, named};
use crate::association::sample_rows;
use crate::schema::{Cells, Finding, Status, counted_verb};

const CHECK: &str = "near_constant_column";
const SHARE: f64 = 0.999;
const RULE: &str = "one value, or none, in more than 99.9 % of the rows";

/// Columns are never dropped for it: the rare value may be the one that counts.
pub fn check(subject: &Subject<'_>) -> Finding {
    let is_near = |name: &&str| subject.features.column(name).is_ok_and(|column| is_near_constant(&Cells::read(column)));
    let found: Vec<&str> = subject.schema.features().map(|f| f.name.as_str()).filter(is_near).collect();
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No feature holds one value almost everywhere.").threshold(RULE);
    }
    let holds = counted_verb(found.len(), "feature", "holds", "hold");
    let message = format!("{holds} one value in more than 99.9 % of the rows: {}.", named(found.iter().copied()));
    Finding::new(CHECK, Status::Noted, message)
        .count(found.len())
        .columns(found)
        .threshold(RULE)
        .action("Nothing was changed. Leave them out if their rare values mean nothing.")
}

/// A sample picks the value, and only if it is frequent there all cells are looked at.
fn is_near_constant(cells: &Cells) -> bool {
    const SAMPLE: usize = 1_000;
    const SHARE_IN_SAMPLE: f64 = 0.99;
    let sample = sample_rows(cells.len(), SAMPLE);
    // The one value that may be a majority (Boyer and Moore 1981).
    let (mut candidate, mut lead) = (0, 0_usize);
    for &row in &sample {
        let hash = cells.hash(row as usize);
        match lead {
            0 => (candidate, lead) = (hash, 1),
            _ if hash == candidate => lead += 1,
            _ => lead -= 1,
        }
    }
    let count = |rows: &mut dyn Iterator<Item = usize>| rows.filter(|&row| cells.hash(row) == candidate).count() as f64;
    count(&mut sample.iter().map(|&row| row as usize)) >= SHARE_IN_SAMPLE * sample.len() as f64
        && count(&mut (0..cells.len())) > SHARE * cells.len() as f64
}
