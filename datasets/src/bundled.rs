//! Classic small tables, compiled in.

use automl_core::frame::{ReadOptions, read_bytes};
use automl_core::task::TaskKind;
use automl_core::{Error, Result};
use polars::prelude::DataFrame;

/// A small classic table and where it comes from.
///
/// `data/README.md` has the references.
#[derive(Debug, Clone, Copy)]
pub struct Bundled {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// One sentence on what it holds.
    pub description: &'static str,
    /// Name of the target column.
    pub target: &'static str,
    /// What is to be predicted.
    pub task: TaskKind,
    /// Number of rows, without the header.
    pub rows: usize,
    /// Number of columns, with the target.
    pub columns: usize,
    /// The licence, as far as it is stated.
    pub licence: &'static str,
    /// Where the data was published.
    pub source: &'static str,
    /// The table: CSV with a header.
    pub csv: &'static str,
}

impl Bundled {
    /// The table as a polars `DataFrame`.
    ///
    /// # Errors
    /// None for the tables of this list: a test reads them all.
    pub fn frame(&self) -> Result<DataFrame> {
        let (frame, _) = read_bytes(self.csv.into(), &ReadOptions::default())?;
        Ok(frame.data().clone())
    }
}

const UCI: &str = "CC BY 4.0 (UCI); copy BSD-3-Clause (scikit-learn)";
const SCIKIT_LEARN: &str = "none stated at the source; copy BSD-3-Clause (scikit-learn)";

/// Every bundled table, in the order of the lists.
pub const BUNDLED: &[Bundled] = &[
    Bundled {
        name: "iris",
        description: "Three species of iris from four measurements of the flower.",
        target: "species",
        task: TaskKind::Multiclass,
        rows: 150,
        columns: 5,
        licence: UCI,
        source: "https://archive.ics.uci.edu/dataset/53/iris",
        csv: include_str!("../data/iris.csv"),
    },
    Bundled {
        name: "wine",
        description: "Three cultivars from thirteen chemical measurements of the wine.",
        target: "cultivar",
        task: TaskKind::Multiclass,
        rows: 178,
        columns: 14,
        licence: UCI,
        source: "https://archive.ics.uci.edu/dataset/109/wine",
        csv: include_str!("../data/wine.csv"),
    },
    Bundled {
        name: "breast_cancer",
        description: "Malignant or benign, from thirty measurements of cell nuclei.",
        target: "diagnosis",
        task: TaskKind::Binary,
        rows: 569,
        columns: 31,
        licence: UCI,
        source: "https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
        csv: include_str!("../data/breast_cancer.csv"),
    },
    Bundled {
        name: "diabetes",
        description: "Progression of diabetes after a year, from ten baseline measurements.",
        target: "progression",
        task: TaskKind::Regression,
        rows: 442,
        columns: 11,
        licence: SCIKIT_LEARN,
        source: "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        csv: include_str!("../data/diabetes.csv"),
    },
    Bundled {
        name: "linnerud",
        description: "Weight of twenty men, from three exercises and two body measurements.",
        target: "weight",
        task: TaskKind::Regression,
        rows: 20,
        columns: 6,
        licence: SCIKIT_LEARN,
        source: "https://scikit-learn.org/stable/datasets/toy_dataset.html#linnerrud-dataset",
        csv: include_str!("../data/linnerud.csv"),
    },
];

/// The bundled table of that name.
///
/// # Errors
/// No such table; the message has the nearest names.
pub fn find(name: &str) -> Result<&'static Bundled> {
    BUNDLED.iter().find(|b| b.name == name).ok_or_else(|| Error::unknown("dataset", name, BUNDLED.iter().map(|b| b.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bundled files quote nothing, so that a line splits at its commas.
    fn cells(line: &str) -> Vec<&str> {
        line.split(',').collect()
    }

    #[test]
    fn every_table_has_the_declared_shape_and_target() {
        for table in BUNDLED {
            let name = table.name;
            assert!(!table.csv.contains(['"', '\r']), "{name}: quotes or carriage returns");
            let lines: Vec<&str> = table.csv.lines().collect();
            let header = cells(lines[0]);
            assert_eq!(lines.len() - 1, table.rows, "{name}: rows");
            assert_eq!(header.len(), table.columns, "{name}: columns");
            assert!(header.iter().all(|h| h.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')), "{name}");
            assert_eq!(*header.last().unwrap(), table.target, "{name}: target");
            for line in &lines[1..] {
                assert_eq!(cells(line).len(), table.columns, "{name}: {line}");
            }
        }
    }

    #[test]
    fn features_are_numbers_and_targets_fit_the_task() {
        for table in BUNDLED {
            let mut labels: Vec<&str> = Vec::new();
            for line in table.csv.lines().skip(1) {
                let mut row = cells(line);
                labels.push(row.pop().unwrap());
                assert!(row.iter().all(|cell| cell.parse::<f64>().is_ok_and(f64::is_finite)), "{}: {line}", table.name);
            }
            let numbers = labels.iter().filter(|l| l.parse::<f64>().is_ok()).count();
            assert_eq!(numbers, if table.task.is_classification() { 0 } else { table.rows }, "{}", table.name);
            labels.sort_unstable();
            labels.dedup();
            match table.task {
                TaskKind::Binary => assert_eq!(labels.len(), 2),
                TaskKind::Multiclass => assert_eq!(labels.len(), 3),
                TaskKind::Regression => assert!(labels.len() > 10),
            }
        }
    }

    #[test]
    fn class_counts_are_the_published_ones() {
        let count =
            |name: &str, label: &str| find(name).unwrap().csv.lines().filter(|l| l.ends_with(&format!(",{label}"))).count();
        assert_eq!((count("breast_cancer", "benign"), count("breast_cancer", "malignant")), (357, 212));
        assert_eq!(["cultivar_1", "cultivar_2", "cultivar_3"].map(|c| count("wine", c)), [59, 71, 48]);
        assert_eq!(["setosa", "versicolor", "virginica"].map(|c| count("iris", c)), [50, 50, 50]);
    }

    #[test]
    fn a_misspelled_name_gets_the_nearest() {
        assert_eq!(find("iriss").unwrap_err().to_string(), "no dataset `iriss`; nearest: `iris`");
    }
}
