//! What does one tree of the text say?

use automl_core::error::Result;

use super::text::{Block, Field};
use crate::trees::Child;

/// One tree in the terms of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub splits: Vec<Split>,
    /// What each leaf adds to its score.
    pub values: Vec<f64>,
    /// Training rows that reached each leaf, its cover; empty if the text does not say.
    pub counts: Vec<u64>,
}

/// One split of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Split {
    /// Index of the feature in the header.
    pub feature: usize,
    pub test: Test,
    pub left: Child,
    pub right: Child,
}

/// Which rows go left.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// Numbers up to a threshold.
    UpTo { threshold: f64, missing: Missing, missing_left: bool },
    /// These categories; no others, and not the missing ones.
    In(Vec<u32>),
}

/// What counts as missing at a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing: a missing number is read as 0.
    Nothing,
    /// Zeros and missing numbers.
    Zero,
    /// Missing numbers.
    Number,
}

/// Bits of `decision_type`.
const IS_CATEGORICAL: u8 = 1;
const MISSING_LEFT: u8 = 2;
const MISSING_SHIFT: u8 = 2;

impl Tree {
    /// Reads a tree over so many features.
    pub fn read(block: &Block<'_>, features: usize) -> Result<Tree> {
        if let Some(linear) = block.find("is_linear").filter(|field| field.text != "0") {
            return Err(linear.error("is set: leaves that are linear models cannot be read, only those that are numbers"));
        }
        let leaves: usize = block.get("num_leaves")?.value("a number of leaves")?;
        if leaves == 0 {
            return Err(block.get("num_leaves")?.error("is 0; a tree has one leaf at least"));
        }
        let value_field = block.get("leaf_value")?;
        let values: Vec<f64> = value_field.values(leaves, "leaf")?;
        if let Some(leaf) = values.iter().position(|value| !value.is_finite()) {
            return Err(value_field.error(format_args!("is {} in leaf {leaf}; a finite number is needed", values[leaf])));
        }
        let counts = match block.find("leaf_count").filter(|field| !field.text.is_empty()) {
            Some(field) => field.values(leaves, "leaf")?,
            None => Vec::new(),
        };
        Ok(Tree { splits: splits(block, leaves - 1, features)?, values, counts })
    }
}

fn splits(block: &Block<'_>, count: usize, features: usize) -> Result<Vec<Split>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    const PER: &str = "split";
    let feature_field = block.get("split_feature")?;
    let used: Vec<usize> = feature_field.values(count, PER)?;
    if let Some(feature) = used.iter().find(|&&feature| feature >= features) {
        return Err(feature_field.error(format_args!("names feature {feature}, but the model has {features}, counted from 0")));
    }
    let thresholds: Vec<f64> = block.get("threshold")?.values(count, PER)?;
    let decisions: Vec<u8> = block.get("decision_type")?.values(count, PER)?;
    let left: Vec<i32> = block.get("left_child")?.values(count, PER)?;
    let right: Vec<i32> = block.get("right_child")?.values(count, PER)?;
    check_children(block.get("left_child")?, &left, &right)?;
    let sets = if decisions.iter().any(|decision| decision & IS_CATEGORICAL != 0) { sets(block)? } else { Vec::new() };
    let split = |i: usize| {
        let test = test(block, thresholds[i], decisions[i], &sets)?;
        Ok(Split { feature: used[i], test, left: child(left[i]), right: child(right[i]) })
    };
    (0..count).map(split).collect()
}

/// A child that is not negative is a split, others the complement of the number of a leaf.
fn child(child: i32) -> Child {
    if child < 0 { Child::Leaf(!child as u32) } else { Child::Node(child as u32) }
}

/// Every split but the first, and every leaf, is the child of one split, and splits follow their parents.
fn check_children(field: &Field<'_>, left: &[i32], right: &[i32]) -> Result<()> {
    let (mut splits, mut leaves) = (vec![false; left.len()], vec![false; left.len() + 1]);
    for (parent, &child) in left.iter().chain(right).enumerate().map(|(i, child)| (i % left.len(), child)) {
        let place = if child < 0 { leaves.get_mut(!child as usize) } else { splits.get_mut(child as usize) };
        let is_new = place.is_some_and(|seen| !std::mem::replace(seen, true));
        if !is_new || child >= 0 && child as usize <= parent {
            return Err(field.error(format_args!("or `right_child` leads from split {parent} to {child}: that makes no tree")));
        }
    }
    Ok(())
}

fn test(block: &Block<'_>, threshold: f64, decision: u8, sets: &[Vec<u32>]) -> Result<Test> {
    if decision & IS_CATEGORICAL != 0 {
        let is_number = threshold >= 0.0 && threshold.fract() == 0.0;
        return match sets.get(threshold as usize).filter(|_| is_number) {
            Some(set) => Ok(Test::In(set.clone())),
            None => Err(block.get("threshold")?.error(format_args!("names set {threshold}, but there are {}", sets.len()))),
        };
    }
    if threshold.is_nan() {
        return Err(block.get("threshold")?.error("is not a number"));
    }
    let missing = match decision >> MISSING_SHIFT {
        0 => Missing::Nothing,
        1 => Missing::Zero,
        2 => Missing::Number,
        _ => return Err(block.get("decision_type")?.error(format_args!("is {decision}; up to 11 is known"))),
    };
    Ok(Test::UpTo { threshold, missing, missing_left: decision & MISSING_LEFT != 0 })
}

/// Words of a set at most: its codes are whole numbers below 2²⁴, where 32-bit floats are exact.
const WORDS_MAX: usize = (1 << 24) / 32;

/// The sets of categories: bits in words of 32, and where the words of each set end.
fn sets(block: &Block<'_>) -> Result<Vec<Vec<u32>>> {
    let count: usize = block.get("num_cat")?.value("a number of sets")?;
    let ends_field = block.get("cat_boundaries")?;
    let ends: Vec<usize> = ends_field.values(count.saturating_add(1), "set, and one more")?;
    let words: Vec<u32> = {
        let field = block.get("cat_threshold")?;
        field.values(ends.last().copied().unwrap_or(0), "word of a set")?
    };
    if ends.first() != Some(&0) || ends.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(ends_field.error("does not rise from 0"));
    }
    if ends.windows(2).any(|pair| pair[1] - pair[0] > WORDS_MAX) {
        return Err(ends_field
            .error(format_args!("has a set of codes beyond {}, which 32-bit floats cannot tell apart", 32 * WORDS_MAX - 1)));
    }
    let members = |pair: &[usize]| {
        let bits = (0u32..).zip(&words[pair[0]..pair[1]]);
        bits.flat_map(|(i, word)| (0..32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| 32 * i + bit)).collect()
    };
    Ok(ends.windows(2).map(members).collect())
}
