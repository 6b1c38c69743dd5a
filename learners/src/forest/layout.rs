//! Which codes do the trees of a forest read?
//!
//! Few rows are told apart exactly by two bytes per value, many are served by the one byte that boosting reads
//! too. Everything after the choice speaks of codes, whatever their width.

use std::sync::Arc;

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::matrix::View;

use super::sample::Item;
use crate::bins::{Bins, FINE_ROWS_MAX, FeatureBins, FineBins, max_bin};

/// The codes of a matrix.
pub(super) enum Layout {
    /// A byte per value.
    Coarse(Arc<Bins>),
    /// Two bytes per value, every distinct number by itself.
    Fine(Arc<FineBins>),
}

/// The codes of one column, by the rows of the matrix.
#[derive(Clone, Copy)]
pub(super) enum Column<'a> {
    Bytes(&'a [u8]),
    Words(&'a [u16]),
}

impl Layout {
    /// The layout for the number of rows of the matrix behind a view.
    ///
    /// # Errors
    /// The matrix has a sparse block.
    pub fn of(view: View<'_>, ctx: &FitContext<'_>) -> Result<Layout> {
        let rows = view.matrix.rows();
        if rows <= FINE_ROWS_MAX {
            return FineBins::of(view, ctx).map(Layout::Fine);
        }
        Bins::of(view, max_bin(0, rows), ctx).map(Layout::Coarse)
    }

    /// What the codes mean, per column.
    pub fn features(&self) -> &[FeatureBins] {
        self.as_ref()
    }

    /// The codes of a column.
    pub fn column(&self, feature: usize) -> Column<'_> {
        match self {
            Layout::Coarse(bins) => Column::Bytes(&bins.columns[feature]),
            Layout::Fine(bins) => Column::Words(&bins.columns[feature]),
        }
    }

    /// Codes of the column that has the most.
    pub fn codes_max(&self) -> usize {
        self.features().iter().map(FeatureBins::count).max().unwrap_or(0)
    }
}

impl AsRef<[FeatureBins]> for Layout {
    fn as_ref(&self) -> &[FeatureBins] {
        match self {
            Layout::Coarse(bins) => &bins.features,
            Layout::Fine(bins) => &bins.features,
        }
    }
}

impl Column<'_> {
    /// Collects the codes of the rows of a node.
    pub fn gather<V: Copy>(self, items: &[Item<V>], codes: &mut Vec<u16>) {
        codes.clear();
        match self {
            Column::Bytes(column) => codes.extend(items.iter().map(|item| u16::from(column[item.place as usize]))),
            Column::Words(column) => codes.extend(items.iter().map(|item| column[item.place as usize])),
        }
    }
}
