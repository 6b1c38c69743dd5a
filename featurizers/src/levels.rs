//! The levels of a categorical column: which there are, and which one a cell has.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::Hash;
use std::sync::OnceLock;

use automl_core::frame::{FrameView, Texts};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// Which levels are kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Levels in fewer rows are dropped.
    pub rows_min: usize,
    /// So many of the most frequent are kept at most.
    pub levels_max: usize,
}

/// The kept levels of a column, by falling count and then by text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels {
    names: Vec<String>,
    /// Number of each level; built when first needed, since it follows from the names.
    #[serde(skip)]
    numbers: OnceLock<HashMap<String, u32>>,
}

/// What was learned from a column.
#[derive(Debug)]
pub struct Counted {
    /// The kept levels.
    pub levels: Levels,
    /// Missing cells.
    pub missing: usize,
    /// Cells whose level was not kept.
    pub other: usize,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Missing,
    /// The level of that number, from 0.
    Level(u32),
    /// A level that was not kept or never seen.
    Other,
}

impl Levels {
    /// Counts the levels of a column, which holds text or numbers, and keeps some.
    ///
    /// # Errors
    /// No such column, or it holds neither text nor numbers.
    pub fn learn(rows: FrameView<'_>, column: &str, keep: Keep) -> Result<Counted> {
        let (mut kept, missing) = match read(rows, column)? {
            Reading::Texts(texts) => {
                let counts = count(texts.iter().flatten());
                (sorted(&counts, keep.rows_min, |text| (*text).to_owned()), texts.len() - counts.values().sum::<usize>())
            }
            Reading::Numbers(numbers) => {
                let counts = count(numbers.iter().filter(|v| !v.is_nan()).map(|&v| canonical(v).to_bits()));
                let missing = numbers.len() - counts.values().sum::<usize>();
                (sorted(&counts, keep.rows_min, |bits| f64::from_bits(*bits).to_string()), missing)
            }
        };
        kept.truncate(keep.levels_max);
        let other = rows.rows() - missing - kept.iter().map(|(count, _)| count).sum::<usize>();
        let names = kept.into_iter().map(|(_, name)| name).collect();
        Ok(Counted { levels: Levels::of_names(names), missing, other })
    }

    /// Levels that are known, in this order.
    pub fn of_names(names: Vec<String>) -> Levels {
        Levels { names, numbers: OnceLock::new() }
    }

    /// The levels, most frequent first.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.names.len() as u32
    }

    /// What every cell of a column holds, turned into what the caller needs.
    ///
    /// # Errors
    /// No such column, or it holds neither text nor numbers.
    pub fn read<T>(&self, rows: FrameView<'_>, column: &str, to: impl Fn(Cell) -> T) -> Result<Vec<T>> {
        let numbers = self.numbers.get_or_init(|| self.names.iter().cloned().zip(0..).collect());
        let cell = |name: &str| numbers.get(name).map_or(Cell::Other, |&i| Cell::Level(i));
        Ok(match read(rows, column)? {
            Reading::Texts(texts) => texts.iter().map(|text| to(text.map_or(Cell::Missing, cell))).collect(),
            Reading::Numbers(values) => {
                let mut name = String::new();
                let mut read = |value: f64| {
                    if value.is_nan() {
                        return Cell::Missing;
                    }
                    name.clear();
                    // Writing to a `String` never fails.
                    let _ = write!(name, "{}", canonical(value));
                    cell(&name)
                };
                values.into_iter().map(|value| to(read(value))).collect()
            }
        })
    }

    /// Checks levels from a file.
    ///
    /// # Errors
    /// Too many levels, or one twice.
    pub fn validate(&self, column: &str, levels_max: usize) -> Result<()> {
        let distinct: std::collections::HashSet<&String> = self.names.iter().collect();
        if self.names.len() > levels_max || distinct.len() < self.names.len() {
            return Err(Error::artifact(format!("the levels of column `{column}` are too many or not distinct")));
        }
        Ok(())
    }
}

enum Reading<'a> {
    Texts(Texts<'a>),
    /// Codes that are numbers; their names are the numbers as they are printed: `3`, `2.5`.
    Numbers(Vec<f64>),
}

fn read<'a>(rows: FrameView<'a>, column: &str) -> Result<Reading<'a>> {
    match rows.texts(column) {
        Ok(texts) => Ok(Reading::Texts(texts)),
        Err(error) => rows.numbers(column).map(Reading::Numbers).map_err(|_| error),
    }
}

/// The same number with one name: -0 becomes 0.
fn canonical(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}

fn count<K: Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

/// Counts and names of the levels that are frequent enough, by falling count and then by name.
fn sorted<K>(counts: &HashMap<K, usize>, rows_min: usize, name: impl Fn(&K) -> String) -> Vec<(usize, String)> {
    let mut levels: Vec<(usize, String)> =
        counts.iter().filter(|(_, count)| **count >= rows_min).map(|(key, count)| (*count, name(key))).collect();
    levels.sort_unstable_by(|a, b| (Reverse(a.0), &a.1).cmp(&(Reverse(b.0), &b.1)));
    levels
}

#[cfg(test)]
mod tests {
    use automl_core::frame::Frame;
    use polars::prelude::{Column, DataFrame};
    use proptest::prelude::*;

    use super::*;

    const ALL: Keep = Keep { rows_min: 1, levels_max: usize::MAX };

    fn frame(column: Column) -> Frame {
        Frame::new(DataFrame::new(column.len(), vec![column]).unwrap())
    }

    fn texts(values: &[Option<&str>]) -> Frame {
        frame(Column::new("x".into(), values))
    }

    #[test]
    fn numbers_are_named_as_they_are_printed() {
        let frame = frame(Column::new("x".into(), [3.0, 3.0, 3.0, -0.0, 0.0, 2.5, f64::NAN]));
        let counted = Levels::learn(frame.view(), "x", ALL).unwrap();
        assert_eq!(counted.levels.names(), ["3", "0", "2.5"]);
        assert_eq!((counted.missing, counted.other), (1, 0));
        let cells = counted.levels.read(frame.view(), "x", |cell| cell).unwrap();
        assert_eq!(cells[3..], [Cell::Level(1), Cell::Level(1), Cell::Level(2), Cell::Missing]);
    }

    #[test]
    fn rare_levels_and_those_beyond_the_cap_are_other() {
        let frame = texts(&[Some("b"), Some("a"), Some("a"), Some("b"), Some("c"), Some("c"), Some("d"), None]);
        let counted = Levels::learn(frame.view(), "x", Keep { rows_min: 2, levels_max: 2 }).unwrap();
        assert_eq!(counted.levels.names(), ["a", "b"]);
        assert_eq!((counted.missing, counted.other), (1, 3));
    }

    #[test]
    fn the_error_names_the_column() {
        let error = Levels::learn(texts(&[]).view(), "colour", ALL).unwrap_err();
        assert!(error.to_string().contains("`colour`"), "{error}");
    }

    proptest! {
        #[test]
        fn order_is_by_falling_count_then_text_whatever_the_order_of_rows(
            values in prop::collection::vec(prop::option::of("[a-dß]{1,2}"), 0..60),
            seed in any::<u64>(),
        ) {
            let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
            let counted = Levels::learn(texts(&values).view(), "x", ALL).unwrap();
            let count = |name: &String| values.iter().filter(|v| **v == Some(name.as_str())).count();
            for pair in counted.levels.names().windows(2) {
                let (a, b) = (count(&pair[0]), count(&pair[1]));
                prop_assert!(a > b || a == b && pair[0] < pair[1]);
            }
            let mut shuffled = values.clone();
            shuffled.rotate_left(if values.is_empty() { 0 } else { seed as usize % values.len() });
            let again = Levels::learn(texts(&shuffled).view(), "x", ALL).unwrap();
            prop_assert_eq!(counted.levels.names(), again.levels.names());
        }
    }
}
