//! `duplicates_across_split`: validated rows of which a model has learned a copy.

use super::Subject;
use super::likeness::Values;
use crate::frame::Frame;
use crate::schema::{Cells, Finding, Status, counted_verb, percent};
use crate::split::Split;
use crate::task::Target;

const CHECK: &str = "duplicates_across_split";
/// The part of the validated rows from which on scores are misled.
const SHARE: f64 = 0.01;
/// Fewer copies mislead nobody, however few rows there are.
const ROWS_MIN: usize = 10;
/// Rows of few coarse features coincide without being copies; their targets then differ as well.
const LIKENESS: f64 = 0.9;
const RULE: &str = "validated rows with a copy, target included, among those learned from; alerted from 1 % and 10 rows on, where rows with equal \
                    features are alike in the target by at least 0.9 of 1";

/// Rows with equal features.
pub struct Copies {
    /// The rows of each group of two or more.
    pub groups: Vec<Vec<u32>>,
}

impl Copies {
    /// Finds them by 64-bit hashes of the features: one sort of all rows.
    pub fn of(subject: &Subject<'_>) -> Copies {
        let hashes = row_hashes(&subject.features);
        let mut order: Vec<(u64, u32)> = hashes.into_iter().zip(0..).collect();
        order.sort_unstable();
        let equal = order.chunk_by(|a, b| a.0 == b.0).filter(|rows| rows.len() > 1);
        Copies { groups: equal.map(|rows| rows.iter().map(|(_, row)| *row).collect()).collect() }
    }
}

/// A hash of every row of a conformed frame.
pub fn row_hashes(features: &Frame) -> Vec<u64> {
    let mut hashes = vec![0; features.rows()];
    for column in features.data().columns() {
        Cells::read(column).mix_into(&mut hashes);
    }
    hashes
}

/// Whether two rows have the same target.
pub fn same_target(target: &Target, a: u32, b: u32) -> bool {
    match target {
        Target::Classes { labels, .. } => labels[a as usize] == labels[b as usize],
        Target::Numbers(values) => values[a as usize] == values[b as usize],
    }
}

/// Counts validated rows that some training row equals, features and target.
pub fn check(subject: &Subject<'_>, copies: &Copies, split: &Split) -> Finding {
    let mut trains = vec![false; subject.rows()];
    let mut validates = vec![false; subject.rows()];
    let (mut parted, mut validated) = (0, 0);
    for fold in &split.folds {
        fold.train.iter().for_each(|&row| trains[row as usize] = true);
        fold.valid.iter().for_each(|&row| validates[row as usize] = true);
        validated += fold.valid.len();
        for rows in &copies.groups {
            let is_parted = |&&row: &&u32| {
                validates[row as usize]
                    && rows.iter().any(|&other| trains[other as usize] && same_target(subject.target, row, other))
            };
            parted += rows.iter().filter(is_parted).count();
        }
        trains.fill(false);
        validates.fill(false);
    }
    if parted == 0 {
        return Finding::new(CHECK, Status::Passed, "No validated row has a copy among the rows learned from.").threshold(RULE);
    }
    let are_copies = Values::of_target(subject.target).likeness(&copies.groups).is_none_or(|likeness| likeness >= LIKENESS);
    let is_much = are_copies && parted >= ROWS_MIN && parted as f64 >= SHARE * validated as f64;
    let have = counted_verb(parted, "validated row", "has a copy", "have copies");
    let message = format!("{have} among the rows learned from ({}).", percent(parted, validated));
    Finding::new(CHECK, if is_much { Status::Alerted } else { Status::Noted }, message).count(parted).threshold(RULE).action(
        "Nothing was changed. If these are repeated records and not like cases, scores look better than they are: take them out.",
    )
}
