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
    /// In how many cells each of them stands.
    pub counts: Vec<usize>,
    /// What every cell holds.
    pub cells: Vec<Cell>,
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
    /// Counts the levels of a column, which holds text or numbers, and keeps some. Every cell is hashed once.
    ///
    /// # Errors
    /// No such column, or it holds neither text nor numbers.
    pub fn learn(rows: FrameView<'_>, column: &str, keep: Keep) -> Result<Counted> {
        Ok(match read(rows, column)? {
            Reading::Texts(texts) => number(texts.iter(), keep, |text| (*text).to_owned()),
            Reading::Numbers(numbers) => {
                let bits = numbers.iter().map(|&v| (!v.is_nan()).then(|| canonical(v).to_bits()));
                number(bits, keep, |bits| f64::from_bits(*bits).to_string())
            }
        })
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
        let mut cells = Vec::with_capacity(rows.rows());
        each_name(rows, column, |name| cells.push(to(name.map_or(Cell::Missing, cell))))?;
        Ok(cells)
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

/// Calls `take` with the name of every cell of a column, which holds text or numbers; `None` for missing cells.
///
/// # Errors
/// No such column, or it holds neither text nor numbers.
pub fn each_name(rows: FrameView<'_>, column: &str, mut take: impl FnMut(Option<&str>)) -> Result<()> {
    match read(rows, column)? {
        Reading::Texts(texts) => texts.iter().for_each(take),
        Reading::Numbers(values) => {
            let mut name = String::new();
            for value in values {
                name.clear();
                // Writing to a `String` never fails.
                let _ = write!(name, "{}", canonical(value));
                take((!value.is_nan()).then_some(name.as_str()));
            }
        }
    }
    Ok(())
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

/// Numbers the cells by first appearance, counts them, and then numbers anew what is kept: by falling count, then by name.
fn number<K: Hash + Eq>(cells: impl Iterator<Item = Option<K>>, keep: Keep, name: impl Fn(&K) -> String) -> Counted {
    const MISSING: u32 = u32::MAX;
    let mut numbers: HashMap<K, u32> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    let seen: Vec<u32> = cells
        .map(|cell| {
            let Some(key) = cell else { return MISSING };
            let number = *numbers.entry(key).or_insert(counts.len() as u32);
            if number as usize == counts.len() {
                counts.push(0);
            }
            counts[number as usize] += 1;
            number
        })
        .collect();
    let mut kept: Vec<(usize, String, u32)> = numbers
        .iter()
        .map(|(key, &number)| (counts[number as usize], key, number))
        .filter(|(count, ..)| *count >= keep.rows_min)
        .map(|(count, key, number)| (count, name(key), number))
        .collect();
    kept.sort_unstable_by(|a, b| (Reverse(a.0), &a.1).cmp(&(Reverse(b.0), &b.1)));
    kept.truncate(keep.levels_max);

    let mut renumbered = vec![Cell::Other; counts.len()];
    (0..).zip(&kept).for_each(|(level, (.., number))| renumbered[*number as usize] = Cell::Level(level));
    let missing = seen.len() - counts.iter().sum::<usize>();
    let other = seen.len() - missing - kept.iter().map(|(count, ..)| count).sum::<usize>();
    let cells = seen.into_iter().map(|number| renumbered.get(number as usize).copied().unwrap_or(Cell::Missing)).collect();
    let (counts, names) = kept.into_iter().map(|(count, name, _)| (count, name)).unzip();
    Counted { levels: Levels::of_names(names), counts, cells, missing, other }
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
        assert_eq!(cells, counted.cells);
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
            let counts: Vec<usize> = counted.levels.names().iter().map(count).collect();
            prop_assert_eq!(counts, counted.counts);
            prop_assert_eq!(counted.levels.read(texts(&values).view(), "x", |cell| cell).unwrap(), counted.cells);
        }
    }
}
