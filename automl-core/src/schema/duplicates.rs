//! Columns and rows that occur twice.

use std::collections::BTreeMap;

use super::Role;
use super::cells::{Cells, mix};
use super::findings::Noticed;

/// Columns that are exact copies: pairs of a column to leave out and the one it copies.
///
/// Only features that nobody spoke of are left out; the original is the target or an earlier column that is in
/// use. A hash of up to 1,000 evenly spaced cells picks the pairs that are compared in full.
pub(super) fn duplicate_columns(cells: &[Cells], noticed: &[Noticed]) -> Vec<(usize, usize)> {
    let can_be_original = |i: &usize| noticed[*i].field.role.is_feature() || noticed[*i].field.role == Role::Target;
    let mut order: Vec<usize> = (0..cells.len()).filter(can_be_original).collect();
    order.sort_by_key(|&i| !noticed[i].is_told());
    let mut originals: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut copies = Vec::new();
    for i in order {
        let alike = originals.entry(sample_hash(&cells[i])).or_default();
        let original = alike.iter().copied().find(|&j| cells[j].equal(&cells[i]));
        match original {
            Some(original) if !noticed[i].is_told() => copies.push((i, original)),
            Some(_) => {}
            None => alike.push(i),
        }
    }
    copies.sort_unstable();
    copies
}

fn sample_hash(cells: &Cells) -> u64 {
    const SAMPLE: usize = 1_000;
    let step = cells.len().div_ceil(SAMPLE).max(1);
    (0..cells.len()).step_by(step).fold(0, |hash, i| mix(hash, cells.hash(i)))
}

/// Number of rows that repeat an earlier row in every column.
///
/// Rows are compared by 64-bit hashes: among a million rows one false repetition is expected once in 3·10⁷
/// tables.
pub(super) fn duplicate_rows(cells: &[Cells], rows: usize) -> usize {
    if cells.is_empty() {
        return 0;
    }
    let mut hashes = vec![0u64; rows];
    for column in cells {
        column.mix_into(&mut hashes);
    }
    hashes.sort_unstable();
    hashes.dedup();
    rows - hashes.len()
}
