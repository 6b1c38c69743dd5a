//! What is fitted? Seeded numbers with signal, interactions and noise, for us as a matrix and for the peers as files.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result};
use automl::matrix::{Column, Matrix};
use automl::seed::derive;
use automl::task::Target;

use crate::versus::files::Files;
use crate::versus::npy;

/// How many rows and columns, written `100000x30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

impl FromStr for Size {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Size> {
        let accepted = || format!("size `{text}`: write ROWSxCOLUMNS with at least 1 row and 1 column, such as 100000x30");
        let (rows, columns) = text.split_once('x').with_context(accepted)?;
        let size = Size { rows: rows.parse().with_context(accepted)?, columns: columns.parse().with_context(accepted)? };
        anyhow::ensure!(size.rows > 0 && size.columns > 0, accepted());
        Ok(size)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)
    }
}

/// Numbers and their classes, 0 or 1.
#[derive(Debug, Clone)]
pub struct Arrays {
    columns: Vec<Arc<Column>>,
    /// The class of every row.
    pub labels: Vec<u32>,
}

impl Arrays {
    /// Makes arrays. The first half of the columns (six at most) has something to do with the class, two pairs of
    /// them by interaction; one column in four has few distinct values, as many tables have. About one row in six
    /// has the less probable class.
    pub fn generate(size: Size, seed: u64) -> Arrays {
        let columns: Vec<Vec<f32>> = (0..size.columns).map(|j| column(j, size.rows, derive(seed, j as u64))).collect();
        let coins = derive(seed, u64::MAX);
        let label = |i: usize| {
            let x = |j: usize| f64::from(columns[j % size.columns.div_ceil(2)][i]);
            let score = x(0) - 0.7 * x(1) + 1.5 * x(2) * x(3) + if x(4) > 0.3 && x(0) < 0.5 { 2.0 } else { -0.5 } + x(5).sin();
            u32::from(uniform(derive(coins, i as u64)) < 1.0 / (1.0 + (-1.5 * score).exp()))
        };
        let labels = (0..size.rows).map(label).collect();
        Arrays { columns: columns.into_iter().map(|values| Arc::new(Column::Numeric(values))).collect(), labels }
    }

    /// Reads what [`Arrays::write`] wrote for arrays of this size.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn read(files: &Files, size: Size) -> Result<Arrays> {
        let mut columns = vec![Vec::with_capacity(size.rows); size.columns];
        npy::read(&files.x, |i, value| columns[i % size.columns].push(value))?;
        let mut labels = Vec::with_capacity(size.rows);
        npy::read(&files.y, |_, value| labels.push(value as u32))?;
        Ok(Arrays { columns: columns.into_iter().map(|values| Arc::new(Column::Numeric(values))).collect(), labels })
    }

    /// Writes the arrays into a folder, under a name.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> Result<Files> {
        Files::write(folder, name, self.matrix()?.view(), &self.target())
    }

    /// The number of rows and columns.
    pub fn size(&self) -> Size {
        Size { rows: self.labels.len(), columns: self.columns.len() }
    }

    /// The numbers as a matrix of its own: nothing that a learner has derived before is in it.
    ///
    /// # Errors
    /// Never; the columns are equally long.
    pub fn matrix(&self) -> Result<Matrix> {
        Ok(Matrix::new(self.labels.len(), self.columns.clone())?)
    }

    /// The classes as a target.
    pub fn target(&self) -> Target {
        Target::Classes { labels: self.labels.clone(), n_classes: 2 }
    }
}

/// Column `j`: in turn normal, exponential, uniform, and one of forty values; all about as wide.
fn column(j: usize, rows: usize, seed: u64) -> Vec<f32> {
    let draw = |i: usize| {
        let u = uniform(derive(seed, 2 * i as u64));
        match j % 4 {
            0 => (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * uniform(derive(seed, 2 * i as u64 + 1))).cos(),
            1 => -u.ln() - 1.0,
            2 => 3.5 * u - 1.75,
            _ => (40.0 * u).floor() / 12.0 - 1.6,
        }
    };
    (0..rows).map(|i| draw(i) as f32).collect()
}

/// A number between 0 and 1, neither of them, from 64 random bits.
fn uniform(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_seeded_and_survive_their_files() {
        let size: Size = "500x5".parse().unwrap();
        let arrays = Arrays::generate(size, 3);
        assert_eq!(arrays.columns, Arrays::generate(size, 3).columns);
        assert_ne!(arrays.columns, Arrays::generate(size, 4).columns);
        let ones = arrays.labels.iter().sum::<u32>();
        assert!((100..400).contains(&ones), "{ones} of 500 rows are of class 1");
        let folder = tempfile::tempdir().unwrap();
        let again = Arrays::read(&arrays.write(folder.path(), "train").unwrap(), size).unwrap();
        assert_eq!((again.columns, again.labels), (arrays.columns, arrays.labels));
    }

    #[test]
    fn a_size_that_is_none_says_how_to_write_one() {
        for text in ["", "100", "100x", "x3", "0x3", "3x0", "-1x2"] {
            let message = text.parse::<Size>().unwrap_err().to_string();
            assert!(message.contains(&format!("`{text}`")) && message.contains("100000x30"), "{message}");
        }
    }
}
