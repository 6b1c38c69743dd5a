//! What did each column add to the margins of a linear model?
//!
//! Numbers count from the mean of the training rows, a missing one like the mean; sparse blocks count from a row
//! that has none of their features.

use automl_core::contributions::Contributions;
use automl_core::matrix::{Column, View};

use super::model::LinearModel;

impl LinearModel {
    /// `None` where the margins are no scale that adds up.
    pub(super) fn added(&self, x: View<'_>) -> Option<Contributions> {
        let scale = self.head.scale()?;
        let (columns, m) = (x.columns().len(), self.intercepts.len());
        let mut contributions = Contributions::zeros(scale, x.rows(), m, columns);
        let mut add = |column: usize, margins: &[f64]| {
            for (i, row) in margins.chunks_exact(m).enumerate() {
                row.iter().enumerate().for_each(|(output, value)| contributions.row_mut(i, output)[column] += value);
            }
        };
        add(columns, &self.intercepts.repeat(x.rows()));
        for term in &self.dense {
            let Some(Column::Numeric(values)) = x.columns().get(term.column).map(|c| &**c) else { continue };
            let centred = (0..x.rows()).map(|i| f64::from(values[x.row(i)]) - term.mean);
            let centred = centred.map(|value| if value.is_finite() { value } else { 0.0 });
            add(term.column, &centred.flat_map(|value| term.coefficients.iter().map(move |w| w * value)).collect::<Vec<f64>>());
        }
        for term in &self.sparse {
            if let Some(Column::Sparse(csr)) = x.columns().get(term.column).map(|c| &**c) {
                let mut margins = vec![0.0; x.rows() * m];
                term.add(csr, x, &mut margins, m);
                add(term.column, &margins);
            }
        }
        Some(contributions)
    }
}
