//! What does a learner see?
//!
//! A [`Matrix`] is a list of shared columns; a [`View`] is a matrix and some of its rows. Columns come in
//! three forms ([`Column`]): `f32` numbers with NaN for missing, codes of categories, and sparse blocks of
//! many features. A learner's own layout (bins, say) is made once per matrix by [`Matrix::derived`] and
//! shared by all folds and trials.

mod completion;
mod csr;
mod memo;

use std::sync::Arc;

pub use completion::{Completion, CompletionParams, Imputation, Scaling};
pub use csr::Csr;
use memo::Memo;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The form of a column, which featurizers give and learners take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Numbers of any scale, NaN for missing.
    Numeric,
    /// Numbers near zero in size, none missing.
    Complete,
    /// Codes of categories: 0 for missing, rare and unseen, then 1, 2, … by falling count.
    Codes,
    /// Many features, most of them zero.
    Sparse,
}

impl Form {
    /// The name used in lists.
    pub fn name(self) -> &'static str {
        match self {
            Form::Numeric => "numeric",
            Form::Complete => "complete",
            Form::Codes => "codes",
            Form::Sparse => "sparse",
        }
    }
}

/// One feature (or a sparse block of features): its readable name and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// A readable name: `price`, `year(date)`, `tfidf(review)`.
    pub name: String,
    /// The columns of the frame it is made of.
    pub sources: Vec<String>,
    /// How many features it stands for: 1, or the width of a sparse block.
    pub width: usize,
}

impl Feature {
    /// A single feature from a single column.
    pub fn single(name: impl Into<String>, source: impl Into<String>) -> Feature {
        Feature { name: name.into(), sources: vec![source.into()], width: 1 }
    }
}

/// The values of one feature, or of one sparse block of features.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; NaN for missing.
    Numeric(Vec<f32>),
    /// Codes from 0 (missing, rare, unseen) to `levels`.
    Codes {
        /// One code per row.
        codes: Vec<u32>,
        /// The largest code that can occur.
        levels: u32,
    },
    /// Many features, most of them zero.
    Sparse(Csr),
}

impl Column {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Column::Numeric(values) => values.len(),
            Column::Codes { codes, .. } => codes.len(),
            Column::Sparse(csr) => csr.rows(),
        }
    }

    /// Some of the rows, in that order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Column {
        match self {
            Column::Numeric(values) => Column::Numeric(rows.iter().map(|&row| values[row as usize]).collect()),
            Column::Codes { codes, levels } => {
                Column::Codes { codes: rows.iter().map(|&row| codes[row as usize]).collect(), levels: *levels }
            }
            Column::Sparse(block) => {
                let mut some = Csr::new(block.width());
                for &row in rows {
                    let (indices, values) = block.row(row as usize);
                    some.push_row(indices.iter().copied().zip(values.iter().copied()));
                }
                Column::Sparse(some)
            }
        }
    }

    /// Number of features it stands for.
    pub fn width(&self) -> usize {
        match self {
            Column::Numeric(_) | Column::Codes { .. } => 1,
            Column::Sparse(csr) => csr.width(),
        }
    }
}

/// Columns of equal length, shared and never changed.
#[derive(Debug, Clone)]
pub struct Matrix {
    rows: usize,
    columns: Vec<Arc<Column>>,
    /// One per column, shared by all matrices that have the column from this one.
    column_memos: Vec<Arc<Memo>>,
    memo: Arc<Memo>,
}

impl Matrix {
    /// A matrix of `rows` rows.
    ///
    /// # Errors
    /// A column has another number of rows.
    pub fn new(rows: usize, columns: Vec<Arc<Column>>) -> Result<Matrix> {
        if let Some((j, column)) = columns.iter().enumerate().find(|(_, c)| c.rows() != rows) {
            return Err(Error::internal(format!("matrix column {j} has {} rows instead of {rows}", column.rows())));
        }
        let column_memos = columns.iter().map(|_| Arc::default()).collect();
        Ok(Matrix { rows, columns, column_memos, memo: Arc::default() })
    }

    /// The matrix with more columns behind its own, which stay shared, layouts included.
    ///
    /// # Errors
    /// A column has another number of rows.
    pub fn with_columns(&self, more: Vec<Arc<Column>>) -> Result<Matrix> {
        let more = Matrix::new(self.rows, more)?;
        Ok(Matrix {
            rows: self.rows,
            columns: self.columns.iter().cloned().chain(more.columns).collect(),
            column_memos: self.column_memos.iter().cloned().chain(more.column_memos).collect(),
            memo: Arc::default(),
        })
    }

    /// The matrix of some of the columns, which stay shared, layouts included.
    ///
    /// # Panics
    /// A number is not that of a column: a mistake of the caller.
    pub fn select_columns(&self, chosen: &[u32]) -> Matrix {
        Matrix {
            rows: self.rows,
            columns: chosen.iter().map(|&j| self.columns[j as usize].clone()).collect(),
            column_memos: chosen.iter().map(|&j| self.column_memos[j as usize].clone()).collect(),
            memo: Arc::default(),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns.
    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    /// Number of features, sparse blocks counted with their width.
    pub fn width(&self) -> usize {
        self.columns.iter().map(|c| c.width()).sum()
    }

    /// All rows.
    pub fn view(&self) -> View<'_> {
        View { matrix: self, rows: None }
    }

    /// The chosen rows, in the order of `rows`.
    pub fn select<'a>(&'a self, rows: &'a [u32]) -> View<'a> {
        View { matrix: self, rows: Some(rows) }
    }

    /// A learner's own layout of this matrix, built at the first call and shared afterwards.
    ///
    /// `key` must name everything that `build` depends on besides the matrix. Only label-free layouts may
    /// be kept here: all folds see them.
    pub fn derived<T: Send + Sync + 'static>(&self, key: &str, build: impl FnOnce(&Matrix) -> T) -> Arc<T> {
        self.memo.get_or_build(key, || build(self))
    }

    /// A learner's own layout of one column, built at the first call and shared by all matrices that have the column:
    /// see [`Matrix::derived`].
    pub fn derived_column<T: Send + Sync + 'static>(&self, j: usize, key: &str, build: impl FnOnce(&Column) -> T) -> Arc<T> {
        self.column_memos[j].get_or_build(key, || build(&self.columns[j]))
    }

    /// What costs depend on.
    pub fn shape(&self, outputs: usize) -> Shape {
        Shape {
            rows: self.rows,
            columns: self.columns.len(),
            width: self.width(),
            nonzeros: self.columns.iter().map(|c| if let Column::Sparse(csr) = &**c { csr.nonzeros() } else { 0 }).sum(),
            outputs,
        }
    }
}

/// What the cost of a fit depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Rows to fit on.
    pub rows: usize,
    /// Columns of the matrix; a sparse block is one.
    pub columns: usize,
    /// Features, sparse blocks counted with their width.
    pub width: usize,
    /// Values that are not zero in all sparse blocks.
    pub nonzeros: usize,
    /// Numbers per predicted row: the classes, or 1.
    pub outputs: usize,
}

/// A matrix and, maybe, some of its rows.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The matrix.
    pub matrix: &'a Matrix,
    /// Row numbers in the order of the view; `None` for all.
    pub rows: Option<&'a [u32]>,
}

impl<'a> View<'a> {
    /// Number of rows in view.
    pub fn rows(&self) -> usize {
        self.rows.map_or(self.matrix.rows, <[u32]>::len)
    }

    /// The row of the matrix behind row `i` of the view.
    #[inline]
    pub fn row(&self, i: usize) -> usize {
        self.rows.map_or(i, |rows| rows[i] as usize)
    }

    /// The columns of the matrix (all rows of it).
    pub fn columns(&self) -> &'a [Arc<Column>] {
        &self.matrix.columns
    }
}
