//! Folds of whole groups.
//!
//! For k folds the largest group goes first, each to the fold that has the fewest rows so far. A hold-out
//! takes groups in random order as long as they fit. Which of equal groups comes first depends on the seed.

use rand::seq::SliceRandom;

use super::{Fold, Rule, Split, Strategy, folds_of, held_out};
use crate::error::{Error, Result};
use crate::seed::{derive, rng};

/// Purpose of the random numbers of this file.
const PURPOSE: u64 = 0x6772_6f75;

/// Assigns the groups, whatever their codes.
pub fn split(strategy: &Strategy, groups: &[u32], seed: u64) -> Result<Split> {
    let mut order: Vec<u32> = (0..groups.len() as u32).collect();
    order.sort_unstable_by_key(|&row| (groups[row as usize], row));
    let mut members: Vec<&[u32]> = order.chunk_by(|a, b| groups[*a as usize] == groups[*b as usize]).collect();
    if members.len() < 2 {
        return Err(Error::data(
            "all rows belong to one group, so no other is left to judge a model; drop the role of the group column",
        ));
    }
    members.shuffle(&mut rng(derive(seed, PURPOSE)));
    let mut assigned = vec![None; groups.len()];
    let folds = match *strategy {
        Strategy::Holdout { fraction } => hold_out(&members, held_out(fraction, groups.len()), &mut assigned),
        Strategy::KFold { folds } => deal(&mut members, folds, &mut assigned),
    };
    Ok(Split { folds, rule: Rule::Group })
}

/// Gives each group to the fold with the fewest rows, the largest group first.
fn deal(members: &mut [&[u32]], folds: usize, assigned: &mut [Option<u32>]) -> Vec<Fold> {
    let folds = folds.min(members.len());
    members.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    let mut sizes = vec![0; folds];
    for rows in members.iter() {
        let emptiest = (0..folds).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[emptiest] += rows.len();
        assign(rows, emptiest as u32, assigned);
    }
    folds_of(assigned, folds)
}

/// Holds out groups of at most `wanted` rows together, or the smallest group if all are larger.
fn hold_out(members: &[&[u32]], wanted: usize, assigned: &mut [Option<u32>]) -> Vec<Fold> {
    let mut left = wanted;
    for rows in members {
        if rows.len() <= left {
            left -= rows.len();
            assign(rows, 0, assigned);
        }
    }
    if left == wanted
        && let Some(smallest) = members.iter().min_by_key(|rows| rows.len())
    {
        assign(smallest, 0, assigned);
    }
    folds_of(assigned, 1)
}

/// Writes the fold of a group.
fn assign(rows: &[u32], fold: u32, assigned: &mut [Option<u32>]) {
    for &row in rows {
        assigned[row as usize] = Some(fold);
    }
}
