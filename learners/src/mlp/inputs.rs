//! How a row of the matrix becomes the inputs of a net.
//!
//! A number is standardised and clipped smoothly; beside it stand its pieces: for each interval between quantiles how
//! much of it lies below the number, from 0 to 1. A category is a row of a table that the net learns. Words (features of
//! sparse blocks) go into the first layer by themselves, as most of them are zero.

use automl_core::error::{Error, Result};
use automl_core::matrix::{Column, Csr, View};
use serde::{Deserialize, Serialize};

use crate::design::standardise;

/// Rows that quantiles are taken of.
const QUANTILE_ROWS: usize = 10_000;
/// Numbers of a table for a category, at most.
const DIMENSIONS_MAX: usize = 24;

/// A numeric column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// Index in the matrix.
    pub column: usize,
    /// Mean of the training rows.
    pub mean: f64,
    /// Standard deviation of the training rows.
    pub deviation: f64,
    /// Slope and offset of every piece: `clamp(slope · x + offset, 0, 1)` of the clipped number.
    pub pieces: Vec<(f32, f32)>,
}

/// A column of codes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// Index in the matrix.
    pub column: usize,
    /// Rows of its table: the codes from 0 on.
    pub codes: usize,
    /// Numbers per code.
    pub dimensions: usize,
}

/// A sparse block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// Index in the matrix.
    pub column: usize,
    /// The features that are used, rising.
    pub features: Vec<u32>,
    /// Factor of their values.
    pub scale: f32,
}

/// The inputs of a net.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Inputs {
    /// Numbers.
    pub numbers: Vec<Number>,
    /// Categories.
    pub categories: Vec<Category>,
    /// Sparse blocks.
    pub words: Vec<Words>,
}

/// Rows in the form that inputs are made of.
pub(super) struct Prepared {
    /// Clipped numbers, row-major.
    numbers: Vec<f32>,
    /// Codes, row-major.
    codes: Vec<u32>,
    /// Where the words of each row start; one more than there are rows, or empty.
    starts: Vec<usize>,
    /// Words: numbered over all blocks, with their values.
    words: Vec<(u32, f32)>,
}

impl Prepared {
    /// The words of a row.
    pub fn words(&self, row: usize) -> &[(u32, f32)] {
        if self.starts.is_empty() { &[] } else { &self.words[self.starts[row]..self.starts[row + 1]] }
    }
}

impl Inputs {
    /// What the training rows suggest, with up to `pieces` pieces per number and `words_max` words per block.
    pub fn new(x: View<'_>, weights: &[f64], pieces: usize, words_max: usize) -> Inputs {
        let mut inputs = Inputs::default();
        for (column, values) in x.columns().iter().enumerate() {
            match &**values {
                Column::Numeric(values) => {
                    if let Some(scale) = standardise(column, values, x, weights) {
                        let mut number = Number { column, mean: scale.mean, deviation: scale.deviation, pieces: Vec::new() };
                        number.pieces = number.cut(values, x, pieces);
                        inputs.numbers.push(number);
                    }
                }
                Column::Codes { levels, .. } => {
                    let codes = *levels as usize + 1;
                    let dimensions = (1.6 * (codes as f64).powf(0.56)).round() as usize;
                    inputs.categories.push(Category { column, codes, dimensions: dimensions.clamp(1, DIMENSIONS_MAX) });
                }
                Column::Sparse(csr) => inputs.words.push(Words::new(column, csr, x, words_max)),
            }
        }
        inputs
    }

    /// Numbers per row, without words.
    pub fn width(&self) -> usize {
        let numbers: usize = self.numbers.iter().map(|n| 1 + n.pieces.len()).sum();
        numbers + self.categories.iter().map(|c| c.dimensions).sum::<usize>()
    }

    /// Where the numbers that come from tables begin.
    pub fn first_of_tables(&self) -> usize {
        self.numbers.iter().map(|n| 1 + n.pieces.len()).sum()
    }

    /// Number of words over all blocks.
    pub fn words(&self) -> usize {
        self.words.iter().map(|w| w.features.len()).sum()
    }

    /// Numbers in all tables.
    pub fn tables(&self) -> usize {
        self.categories.iter().map(|c| c.codes * c.dimensions).sum()
    }

    /// The rows of a view, ready to be written as inputs.
    pub(super) fn prepare(&self, x: View<'_>) -> Prepared {
        let (rows, m, c) = (x.rows(), self.numbers.len(), self.categories.len());
        let (mut numbers, mut codes) = (vec![0.0; rows * m], vec![0; rows * c]);
        for (j, number) in self.numbers.iter().enumerate() {
            if let Some(Column::Numeric(values)) = x.columns().get(number.column).map(|c| &**c) {
                (0..rows).for_each(|i| numbers[i * m + j] = number.clip(values[x.row(i)]));
            }
        }
        for (j, category) in self.categories.iter().enumerate() {
            if let Some(Column::Codes { codes: values, .. }) = x.columns().get(category.column).map(|c| &**c) {
                // A code that the table does not have stands for an unseen level.
                let known = |code: u32| if (code as usize) < category.codes { code } else { 0 };
                (0..rows).for_each(|i| codes[i * c + j] = known(values[x.row(i)]));
            }
        }
        let (starts, words) = self.prepare_words(x);
        Prepared { numbers, codes, starts, words }
    }

    fn prepare_words(&self, x: View<'_>) -> (Vec<usize>, Vec<(u32, f32)>) {
        let (mut starts, mut words) = (Vec::new(), Vec::new());
        if self.words.is_empty() {
            return (starts, words);
        }
        starts.push(0);
        for i in 0..x.rows() {
            let mut offset = 0;
            for block in &self.words {
                if let Some(Column::Sparse(csr)) = x.columns().get(block.column).map(|c| &**c) {
                    let (features, values) = csr.row(x.row(i));
                    for (feature, value) in features.iter().zip(values).filter(|(_, v)| v.is_finite()) {
                        if let Ok(at) = block.features.binary_search(feature) {
                            words.push((offset + at as u32, value * block.scale));
                        }
                    }
                }
                offset += block.features.len() as u32;
            }
            starts.push(words.len());
        }
        (starts, words)
    }

    /// Writes the inputs of one row; `tables` holds the tables of the categories, one after the other.
    pub(super) fn write(&self, prepared: &Prepared, row: usize, tables: &[f32], out: &mut [f32]) {
        let numbers = &prepared.numbers[row * self.numbers.len()..][..self.numbers.len()];
        let (plain, mut rest) = out.split_at_mut(numbers.len());
        plain.copy_from_slice(numbers);
        for (number, &x) in self.numbers.iter().zip(numbers) {
            let (own, after) = rest.split_at_mut(number.pieces.len());
            own.iter_mut().zip(&number.pieces).for_each(|(out, (slope, offset))| *out = (slope * x + offset).clamp(0.0, 1.0));
            rest = after;
        }
        for (at, category) in self.entries(prepared, row) {
            let (own, after) = rest.split_at_mut(category.dimensions);
            own.copy_from_slice(&tables[at..at + category.dimensions]);
            rest = after;
        }
    }

    /// Adds the gradient of the numbers that came from tables to that of the tables.
    pub(super) fn add_to_tables(&self, prepared: &Prepared, row: usize, gradient: &[f32], tables: &mut [f32]) {
        let mut rest = gradient;
        for (at, category) in self.entries(prepared, row) {
            let (own, after) = rest.split_at(category.dimensions);
            tables[at..at + category.dimensions].iter_mut().zip(own).for_each(|(sum, g)| *sum += g);
            rest = after;
        }
    }

    /// Where in the tables the numbers of each category of a row begin.
    fn entries<'a>(&'a self, prepared: &'a Prepared, row: usize) -> impl Iterator<Item = (usize, &'a Category)> {
        let codes = &prepared.codes[row * self.categories.len()..][..self.categories.len()];
        let mut start = 0;
        self.categories.iter().zip(codes).map(move |(category, &code)| {
            let at = start + code as usize * category.dimensions;
            start += category.codes * category.dimensions;
            (at, category)
        })
    }

    /// Checks inputs that came from a file.
    pub fn validate(&self, columns: usize) -> Result<()> {
        let wrong = |what: String| Err(Error::artifact(format!("net: {what}")));
        for n in &self.numbers {
            let finite =
                n.mean.is_finite() && n.deviation.is_finite() && n.pieces.iter().all(|p| p.0.is_finite() && p.1.is_finite());
            if n.column >= columns || !finite || n.deviation <= 0.0 {
                return wrong(format!("the number in column {} of {columns}", n.column));
            }
        }
        for c in &self.categories {
            if c.column >= columns || c.codes == 0 || c.codes > 1 << 28 || c.dimensions == 0 || c.dimensions > DIMENSIONS_MAX {
                return wrong(format!("the category in column {} of {columns}: {c:?}", c.column));
            }
        }
        for w in &self.words {
            if w.column >= columns || !w.scale.is_finite() || !w.features.windows(2).all(|f| f[0] < f[1]) {
                return wrong(format!("the words in column {} of {columns}", w.column));
            }
        }
        Ok(())
    }
}

impl Number {
    /// Standardised; far out it grows ever more slowly, up to 3. Missing is the mean.
    fn clip(&self, value: f32) -> f32 {
        let x = (f64::from(value) - self.mean) / self.deviation;
        if x.is_finite() { (x / (1.0 + (x / 3.0).powi(2)).sqrt()) as f32 } else { 0.0 }
    }

    /// The pieces between quantiles of the clipped training rows; none for a column of two values.
    fn cut(&self, values: &[f32], x: View<'_>, pieces: usize) -> Vec<(f32, f32)> {
        let step = x.rows().div_ceil(QUANTILE_ROWS).max(1);
        let mut sorted: Vec<f32> = (0..x.rows()).step_by(step).map(|i| self.clip(values[x.row(i)])).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let at = |k: usize| sorted[k * (sorted.len() - 1) / pieces.max(1)];
        let mut edges: Vec<f32> = if sorted.is_empty() { Vec::new() } else { (0..=pieces).map(at).collect() };
        edges.dedup_by(|a, b| *a - *b < 1e-4);
        if edges.len() < 3 {
            return Vec::new();
        }
        edges.windows(2).map(|e| (1.0 / (e[1] - e[0]), -e[0] / (e[1] - e[0]))).collect()
    }
}

impl Words {
    /// The most frequent features that occur in two rows at least, scaled so that rows have a mean square length of one.
    fn new(column: usize, csr: &Csr, x: View<'_>, words_max: usize) -> Words {
        let mut counts = vec![0u32; csr.width()];
        let mut squares = 0.0;
        for i in 0..x.rows() {
            let (features, values) = csr.row(x.row(i));
            for (&feature, &value) in features.iter().zip(values).filter(|(_, v)| v.is_finite() && **v != 0.0) {
                counts[feature as usize] += 1;
                squares += f64::from(value).powi(2);
            }
        }
        let mut features: Vec<u32> = (0..csr.width() as u32).filter(|&f| counts[f as usize] >= 2).collect();
        if features.len() > words_max {
            features.select_nth_unstable_by_key(words_max, |&f| (std::cmp::Reverse(counts[f as usize]), f));
            features.truncate(words_max);
            features.sort_unstable();
        }
        let length = (squares / x.rows().max(1) as f64).sqrt();
        Words { column, features, scale: if length > 1e-30 { (1.0 / length) as f32 } else { 1.0 } }
    }
}
