//! Whose is what a column adds that is made of categories?
//!
//! Trees may split on the mean target of a category, a [`Statistic`], beside the category itself. Both tell of one
//! column of the matrix: what they add is summed.

use std::sync::Arc;

use automl_core::contributions::Contributions;
use automl_core::error::Result;
use automl_core::matrix::{Column, Matrix, View};

use super::statistics::Statistic;

/// The matrix with its statistics behind its columns; rows that are not in view have none.
pub(super) fn widened(statistics: &[Statistic], x: View<'_>) -> Result<Matrix> {
    let rows = x.matrix.rows();
    let mut derived = vec![vec![f32::NAN; rows]; statistics.len()];
    for (derived, statistic) in derived.iter_mut().zip(statistics) {
        if let Column::Codes { codes, .. } = &*x.columns()[statistic.column as usize] {
            (0..x.rows()).map(|i| x.row(i)).for_each(|row| derived[row] = statistic.value(codes[row] as usize));
        }
    }
    let derived = derived.into_iter().map(|values| Arc::new(Column::Numeric(values)));
    Matrix::new(rows, x.columns().iter().cloned().chain(derived).collect())
}

/// The contributions to a widened matrix as contributions to the columns that it was made of.
pub(super) fn folded(statistics: &[Statistic], found: &Contributions) -> Contributions {
    let columns = found.columns() - statistics.len();
    let mut folded = Contributions::zeros(found.scale, found.rows(), found.outputs(), columns);
    for i in 0..found.rows() {
        for output in 0..found.outputs() {
            let (from, to) = (found.row(i, output), folded.row_mut(i, output));
            to[..columns].copy_from_slice(&from[..columns]);
            let of_statistics = &from[columns..found.columns()];
            statistics.iter().zip(of_statistics).for_each(|(s, value)| to[s.column as usize] += value);
            to[columns] = from[found.columns()];
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use automl_core::fit_context::FitContext;
    use automl_core::learner::{Learner, Model, TrainData};
    use automl_core::seed::rng;
    use automl_core::task::Target;
    use rand::RngExt;

    use super::*;
    use crate::gbdt::{Gbdt, GbdtParams, GrowPolicy};

    /// A number, noise, categories that the number goes with, and other categories.
    fn sample(rows: usize) -> (Matrix, Vec<f64>) {
        let mut rng = rng(12);
        let values: Vec<f32> = (0..rows).map(|_| rng.random()).collect();
        let noise = (0..rows).map(|_| rng.random()).collect();
        let near: Vec<u32> = values.iter().map(|v| (v * 20.0) as u32 + rng.random_range(0..3)).collect();
        let codes: Vec<u32> = (0..rows).map(|_| rng.random_range(0..=8)).collect();
        let y = (0..rows).map(|i| f64::from(values[i]) + f64::from(near[i] % 5) * f64::from(codes[i] % 3)).collect();
        let columns = [
            Column::Numeric(values),
            Column::Numeric(noise),
            Column::Codes { codes: near, levels: 22 },
            Column::Codes { codes, levels: 8 },
        ];
        (Matrix::new(rows, columns.map(Arc::new).to_vec()).unwrap(), y)
    }

    #[test]
    fn they_sum_to_the_prediction_whatever_the_trees() {
        let (matrix, y) = sample(400);
        let target = Target::Numbers(y);
        let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
        let base = GbdtParams { iterations: 40, learning_rate: Some(0.2), min_data_in_leaf: 1, ..GbdtParams::default() };
        let oblivious = GbdtParams { grow_policy: GrowPolicy::Oblivious, max_depth: 7, ..base.clone() };
        let ways = [
            ("categories as sets", GbdtParams { target_statistics: Some(usize::MAX), ..base.clone() }),
            ("categories as means", GbdtParams { target_statistics: Some(2), ..base }),
            ("oblivious, as sets", GbdtParams { target_statistics: Some(usize::MAX), ..oblivious.clone() }),
            ("oblivious, as means", oblivious),
        ];
        for (name, params) in ways {
            let model = Gbdt.fit(&params, &data, &mut FitContext::new(1)).unwrap().model;
            model.validate(4).unwrap();
            let rows: Vec<u32> = (0..400).rev().step_by(3).collect();
            let x = matrix.select(&rows);
            let (found, predicted) = (model.contributions(x).unwrap(), model.predict(x));
            assert_eq!((found.rows(), found.columns()), (rows.len(), 4), "{name}");
            for i in 0..rows.len() {
                let (sum, prediction) = (found.score(i, 0), predicted.row(i)[0]);
                assert!((sum - prediction).abs() < 1e-9, "{name}, row {i}: {sum} instead of {prediction}");
            }
            let added = |j: usize| (0..rows.len()).map(|i| found.row(i, 0)[j].abs()).sum::<f64>();
            assert!(added(3) > added(1), "{name}: noise adds more than categories");
        }
    }
}
