//! The cells of a target column, read as labels and as numbers at once.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::schema::{Cells, NumberReader, parse_number};

/// Tasks with more classes are refused: they want a number or another kind of system.
pub(super) const CLASSES_MAX: usize = 1000;

/// The target of the rows that have one.
pub(super) struct Labels {
    /// Row of the frame.
    pub rows: Vec<u32>,
    /// The value as a number, NaN if it is none; aligned with `rows`.
    pub numbers: Vec<f64>,
    /// Index into `names`; aligned with `rows`, but empty if there are more than [`CLASSES_MAX`] labels.
    pub codes: Vec<u32>,
    /// The distinct labels by first appearance; at most one more than [`CLASSES_MAX`].
    pub names: Vec<String>,
    /// Rows without a usable value (missing, or infinite).
    pub missing: usize,
}

impl Labels {
    /// Reads the cells of the rows that `is_used` allows. Labels are the trimmed text of the file; numbers are
    /// read as in any numeric column.
    pub fn read(cells: &Cells, reader: &NumberReader, is_used: impl Fn(usize) -> bool) -> Labels {
        let mut labels = Labels { rows: Vec::new(), numbers: Vec::new(), codes: Vec::new(), names: Vec::new(), missing: 0 };
        let mut known: HashMap<String, u32> = HashMap::new();
        let infinite = infinite_rows(cells);
        cells.for_each_text(|i, label| {
            if !is_used(i) {
                return;
            }
            let Some(label) = label.filter(|_| infinite.binary_search(&i).is_err()) else {
                labels.missing += 1;
                return;
            };
            labels.rows.push(i as u32);
            labels.numbers.push(number(cells, reader, i, label));
            if labels.names.len() <= CLASSES_MAX {
                let code = known.get(label).copied().unwrap_or_else(|| {
                    let code = labels.names.len() as u32;
                    labels.names.push(label.to_owned());
                    known.insert(label.to_owned(), code);
                    code
                });
                labels.codes.push(code);
            }
        });
        if labels.has_too_many() {
            labels.codes.clear();
        }
        labels
    }

    /// Whether there are more labels than a task can have classes.
    pub fn has_too_many(&self) -> bool {
        self.names.len() > CLASSES_MAX
    }

    /// Whether at least 99 % of the values are numbers: a few slips do not make a column text.
    pub fn are_numbers(&self) -> bool {
        let numbers = self.numbers.iter().filter(|v| !v.is_nan()).count();
        numbers > 0 && numbers as f64 >= 0.99 * self.numbers.len() as f64
    }

    /// How often each label occurs.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.names.len()];
        for &code in &self.codes {
            counts[code as usize] += 1;
        }
        counts
    }

    /// The rows that hold numbers, with these; and how many rows hold something else.
    ///
    /// # Errors
    /// More than 1 % of the values are no numbers; the message names the first.
    pub fn regression(&self, target: &str, cells: &Cells) -> Result<(Vec<u32>, Vec<f64>, Option<Slip>)> {
        let slips = self.numbers.iter().filter(|v| v.is_nan()).count();
        let first = self.numbers.iter().position(|v| v.is_nan()).map(|i| self.rows[i]);
        let slip = first.map(|row| Slip { row, value: value_at(cells, row), count: slips });
        if let Some(slip) = &slip
            && !self.are_numbers()
        {
            return Err(Error::data(format!(
                "target `{target}` must hold numbers for regression, but data row {} holds `{}` ({} of {} values are no \
                 numbers)",
                slip.row + 1,
                slip.value,
                slip.count,
                self.rows.len()
            )));
        }
        let kept = |i: &usize| !self.numbers[*i].is_nan();
        let rows = (0..self.rows.len()).filter(kept).map(|i| self.rows[i]).collect();
        let values = self.numbers.iter().copied().filter(|v| !v.is_nan()).collect();
        Ok((rows, values, slip))
    }
}

/// Values that are no numbers in a target of numbers.
pub(super) struct Slip {
    /// The first such row of the frame.
    pub row: u32,
    /// What stands there.
    pub value: String,
    /// How many there are.
    pub count: usize,
}

/// The rows of infinite floats, in order.
fn infinite_rows(cells: &Cells) -> Vec<usize> {
    match cells {
        Cells::Floats(floats) => {
            floats.iter().enumerate().filter(|(_, v)| v.is_some_and(f64::is_infinite)).map(|(i, _)| i).collect()
        }
        _ => Vec::new(),
    }
}

/// The number in a cell; typed numbers are taken as they are, not by way of their text.
fn number(cells: &Cells, reader: &NumberReader, i: usize, label: &str) -> f64 {
    match cells {
        Cells::Ints(ints) => ints.get(i).map_or(f64::NAN, |v| v as f64),
        Cells::Floats(floats) => floats.get(i).unwrap_or(f64::NAN),
        Cells::Texts(_) => reader.read(label).unwrap_or(f64::NAN),
        Cells::Times(_) => f64::NAN,
    }
}

/// The text of one cell, for a message.
fn value_at(cells: &Cells, row: u32) -> String {
    let mut value = String::new();
    cells.for_each_text(|i, text| {
        if i == row as usize {
            value = text.unwrap_or_default().to_owned();
        }
    });
    value
}

/// The place of a label among the classes: the same text, or the only class that is the same number (`1.0` in
/// one file is the `1` of another).
pub(super) fn class_of(label: &str, classes: &[String]) -> Option<usize> {
    classes.iter().position(|class| class == label).or_else(|| {
        let value = parse_number(label)?;
        let mut same = classes.iter().enumerate().filter(|(_, class)| parse_number(class) == Some(value));
        let (place, _) = same.next()?;
        same.next().is_none().then_some(place)
    })
}
