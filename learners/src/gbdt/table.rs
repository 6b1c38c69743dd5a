//! The bins of the rows of one fit.

use std::borrow::Cow;

use automl_core::matrix::View;

use crate::bins::{Bins, FeatureBins, RowMajor};

/// Bins of some rows and of the features that are not constant.
///
/// A fit on some of the rows of a matrix (a fold) has copies, so that its rows lie side by side: the copy
/// costs less than one tree.
pub(super) struct Table<'a> {
    /// What the bins mean.
    pub(super) features: Vec<&'a FeatureBins>,
    /// The column of the matrix behind each feature.
    pub(super) sources: Vec<u32>,
    /// The bins by rows.
    pub(super) rows: Cow<'a, RowMajor>,
    /// The bins by features.
    columns: Vec<Cow<'a, [u8]>>,
}

impl<'a> Table<'a> {
    /// The rows of a view to be trained on.
    pub(super) fn training(bins: &'a Bins, view: View<'_>) -> Table<'a> {
        let sources = varying(bins);
        let columns = sources
            .iter()
            .map(|&j| match view.rows {
                None => Cow::Borrowed(&bins.columns[j as usize][..]),
                Some(rows) => Cow::Owned(rows.iter().map(|&i| bins.columns[j as usize][i as usize]).collect()),
            })
            .collect();
        Table { features: meanings(bins, &sources), rows: by_rows(bins, &sources, view), sources, columns }
    }

    /// The rows of a view to be predicted: the same features, by rows only.
    pub(super) fn validation(bins: &'a Bins, view: View<'_>) -> Table<'a> {
        let sources = varying(bins);
        Table { features: meanings(bins, &sources), rows: by_rows(bins, &sources, view), sources, columns: Vec::new() }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.rows.rows()
    }

    /// The bins of a feature.
    pub(super) fn column(&self, feature: usize) -> &[u8] {
        &self.columns[feature]
    }
}

fn varying(bins: &Bins) -> Vec<u32> {
    (0..bins.features.len()).filter(|&j| bins.features[j].count() > 1).map(|j| j as u32).collect()
}

fn meanings<'a>(bins: &'a Bins, sources: &[u32]) -> Vec<&'a FeatureBins> {
    sources.iter().map(|&j| &bins.features[j as usize]).collect()
}

fn by_rows<'a>(bins: &'a Bins, sources: &[u32], view: View<'_>) -> Cow<'a, RowMajor> {
    if view.rows.is_none() && sources.len() == bins.features.len() {
        Cow::Borrowed(&bins.row_major)
    } else {
        Cow::Owned(bins.row_major.select(view.rows(), |i| view.row(i), sources))
    }
}
