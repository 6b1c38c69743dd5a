//! Synthetic tables: how does one get data of any size whose answer is known?
//!
//! Each file has the parameters of one generator and its `generate`; [`GENERATORS`] lists all with their
//! defaults. The same parameters give the same table, bit for bit. The target column is always called
//! `target`, and class labels are text.

mod classification;
mod draw;
mod friedman1;
mod high_cardinality;
mod imbalanced;
mod mixed;
mod regression;

use automl_core::task::TaskKind;
pub use classification::Classification;
pub use friedman1::Friedman1;
pub use high_cardinality::HighCardinality;
pub use imbalanced::Imbalanced;
pub use mixed::Mixed;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
pub use regression::Regression;

/// A synthetic table.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The features and the target: numbers (`Float64`, `Int64`), booleans and text.
    pub frame: DataFrame,
    /// Name of the target column.
    pub target: &'static str,
    /// What is to be predicted.
    pub task: TaskKind,
}

/// A generator in the list.
#[derive(Debug, Clone, Copy)]
pub struct Generator {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// One sentence on what it makes.
    pub description: &'static str,
    /// What is to be predicted.
    pub task: TaskKind,
    /// A table of that many rows from a seed, all other parameters being the defaults.
    pub generate: fn(rows: usize, seed: u64) -> Generated,
}

/// Every generator, in the order of the lists.
pub const GENERATORS: &[Generator] = &[
    Generator {
        name: "classification",
        description: "Three classes around centres, from five informative and five noise features.",
        task: TaskKind::Multiclass,
        generate: |rows, seed| Classification { rows, seed, ..Classification::default() }.generate(),
    },
    Generator {
        name: "regression",
        description: "A linear target with noise, from five informative and five noise features.",
        task: TaskKind::Regression,
        generate: |rows, seed| Regression { rows, seed, ..Regression::default() }.generate(),
    },
    Generator {
        name: "friedman1",
        description: "Friedman's first function: a smooth target with an interaction, five of ten features matter.",
        task: TaskKind::Regression,
        generate: |rows, seed| Friedman1 { rows, seed, ..Friedman1::default() }.generate(),
    },
    Generator {
        name: "imbalanced",
        description: "Two classes of which one has two rows in a hundred.",
        task: TaskKind::Binary,
        generate: |rows, seed| Imbalanced { rows, seed, ..Imbalanced::default() }.generate(),
    },
    Generator {
        name: "high_cardinality",
        description: "Categories with thousands of levels, each with an effect of its own.",
        task: TaskKind::Binary,
        generate: |rows, seed| HighCardinality { rows, seed, ..HighCardinality::default() }.generate(),
    },
    Generator {
        name: "mixed",
        description: "Numbers of unequal scale, categories, booleans, dates, short texts, an id and missing values.",
        task: TaskKind::Binary,
        generate: |rows, seed| Mixed { rows, seed, ..Mixed::default() }.generate(),
    },
];

/// The name of the target column of every generated table.
const TARGET: &str = "target";

/// Columns on their way to a [`Generated`].
#[derive(Default)]
struct Columns(Vec<Column>);

impl Columns {
    fn numbers(&mut self, name: &str, values: Vec<f64>) {
        self.0.push(Series::new(name.into(), values).into());
    }

    fn gappy_numbers(&mut self, name: &str, values: Vec<Option<f64>>) {
        self.0.push(Series::new(name.into(), values).into());
    }

    fn integers(&mut self, name: &str, values: Vec<i64>) {
        self.0.push(Series::new(name.into(), values).into());
    }

    fn gappy_flags(&mut self, name: &str, values: Vec<Option<bool>>) {
        self.0.push(Series::new(name.into(), values).into());
    }

    fn texts(&mut self, name: &str, values: Vec<String>) {
        self.0.push(Series::new(name.into(), values).into());
    }

    fn gappy_texts(&mut self, name: &str, values: Vec<Option<String>>) {
        self.0.push(Series::new(name.into(), values).into());
    }

    fn finish(self, rows: usize, task: TaskKind) -> Generated {
        let frame = DataFrame::new(rows, self.0).unwrap_or_else(|e| unreachable!("columns of one generator agree: {e}"));
        Generated { frame, target: TARGET, task }
    }
}

/// The label of a class: `no` and `yes` for two, then `a`, `b`, … `z`, `class_27`, ….
fn label(class: usize, classes: usize) -> String {
    match (class, classes) {
        (0, ..=2) => "no".to_owned(),
        (_, ..=2) => "yes".to_owned(),
        (0..26, _) => char::from(b'a' + class as u8).to_string(),
        _ => format!("class_{}", class + 1),
    }
}

#[cfg(test)]
mod tests;
