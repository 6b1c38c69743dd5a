//! The loops that fits and predictions spend their time in, alone and on made-up data, for a program that measures them.
//!
//! Each function makes data of the sizes it is given, and a [`Kernel`] that does its work on them once per run, on one
//! thread. No clock is read here. The feature `bench` has this module compiled.

use std::hint::black_box;
use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::matrix::{Column, Matrix};
use automl_core::seed::rng;
use rand::RngExt;

use crate::bins::{Bins, MAX_VALUE_BINS};
pub use crate::gbdt::bench::{histograms, partition, split_search};
pub use crate::trees::bench::{Forest, Way, prediction};

/// A loop and its data.
pub struct Kernel {
    /// What one run does so many of; each function says what that is.
    pub count: usize,
    /// Runs it once.
    pub run: Box<dyn FnMut()>,
}

/// Bins for columns of numbers, nearly all distinct, by rows and by columns; counts values.
pub fn binning(rows: usize, columns: usize) -> Kernel {
    let mut rng = rng(1);
    let mut column = |_| Arc::new(Column::Numeric((0..rows).map(|_| rng.random()).collect()));
    let columns: Vec<Arc<Column>> = (0..columns).map(&mut column).collect();
    let count = rows * columns.len();
    let run = move || {
        // A matrix of its own, or it would remember the bins.
        let matrix = Matrix::new(rows, columns.clone());
        let bins = matrix.and_then(|matrix| Bins::of(matrix.view(), MAX_VALUE_BINS, &FitContext::new(0)));
        assert!(black_box(bins).is_ok(), "columns of numbers, equally long, have bins");
    };
    Kernel { count, run: Box::new(run) }
}
