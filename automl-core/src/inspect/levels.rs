//! What names are like: which there are, and how often.

use std::collections::HashMap;

use serde::Serialize;

use super::{Seen, Summary, share};
use crate::schema::Cells;

/// One of the values, and how often it occurs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// The value as text.
    pub value: String,
    /// How often it occurs.
    pub count: usize,
    /// The same as a part of all cells that hold a value, 0 to 1.
    pub share: f64,
}

impl Level {
    pub(super) fn new(value: impl Into<String>, count: usize, present: usize) -> Level {
        Level { value: value.into(), count, share: share(count, present) }
    }
}

/// What the names of a column are like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelSummary {
    /// The most frequent, at most twenty; of equally frequent ones the first in the alphabet.
    pub top: Vec<Level>,
    /// Cells with other names.
    pub rest: usize,
    /// Names that occur once.
    pub once: usize,
}

/// So many names are listed.
pub const LEVELS_SHOWN: usize = 20;

pub(super) fn summarise(cells: &Cells, seen: &mut Seen) -> (usize, Option<Summary>) {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    cells.for_each_text(|row, text| match text {
        None => seen.note_missing(row),
        Some(text) => match places.get(text) {
            Some(&place) => counts[place] += 1,
            None => {
                places.insert(text.to_owned(), counts.len());
                counts.push(1);
            }
        },
    });
    if counts.is_empty() {
        return (0, None);
    }
    let present: usize = counts.iter().sum();
    let once = counts.iter().filter(|count| **count == 1).count();
    let distinct = counts.len();
    let mut levels: Vec<(usize, String)> = places.into_iter().map(|(name, place)| (counts[place], name)).collect();
    let order = |a: &(usize, String), b: &(usize, String)| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1));
    if levels.len() > LEVELS_SHOWN {
        levels.select_nth_unstable_by(LEVELS_SHOWN, order);
        levels.truncate(LEVELS_SHOWN);
    }
    levels.sort_unstable_by(order);
    let rest = present - levels.iter().map(|(count, _)| count).sum::<usize>();
    let top = levels.into_iter().map(|(count, name)| Level::new(name, count, present)).collect();
    (distinct, Some(Summary::Levels(LevelSummary { top, rest, once })))
}
