//! Featurizers that see the target do not give a row its own.

use super::tables::{NOISE_ROWS, pairs_of_rows};
use super::{Fit, fit_to, groups, row, tables_for};
use crate::featurizer::DynFeaturizer;
use crate::matrix::Column;
use crate::schema::Kind;
use crate::seed::derive;
use crate::task::Target;

/// What a fit row is given does not depend on its own target: with another one, all its columns keep their bits.
///
/// Columns that a choice by the target drops or adds are not compared.
pub fn does_not_tell_a_row_its_own_target(featurizer: &dyn DynFeaturizer) {
    if !featurizer.uses_target() {
        return;
    }
    for table in tables_for(featurizer) {
        let rows = table.frame.rows();
        for target in targets(rows) {
            let before = fit_to(featurizer, &table.frame, &table, &target);
            let names = |fit: &Fit| fit.fitted.features().into_iter().map(|feature| feature.name).collect::<Vec<_>>();
            for i in (0..rows).step_by((rows / 5).max(1)) {
                let after = fit_to(featurizer, &table.frame, &table, &with_another(&target, i));
                let (old, new) = (names(&before), names(&after));
                for (name, column) in old.iter().zip(&before.columns) {
                    let Some(at) = new.iter().position(|other| other == name) else { continue };
                    let place = format!("{}: {}: `{name}` of row {i}", featurizer.id(), table.name);
                    let cells = [column, &after.columns[at]].map(|column| row(std::slice::from_ref(column), i));
                    assert_eq!(cells[0], cells[1], "{place} changes with its own target");
                }
            }
        }
    }
}

/// Given a target that is pure noise, and a level for every other row, the columns of the fit rows have nothing to do with
/// it; those of a fit that is not cross-fitted would, since half of what a level says would be the row itself.
pub fn finds_nothing_in_noise(featurizer: &dyn DynFeaturizer) {
    if !featurizer.uses_target() {
        return;
    }
    // Four standard errors of a correlation that is none.
    let limit = 4.0 / (NOISE_ROWS as f64).sqrt();
    let noise: Vec<f64> = (0..NOISE_ROWS as u64).map(|i| f64::from(u8::from(derive(3, i).is_multiple_of(2)))).collect();
    let labels = noise.iter().map(|&v| v as u32).collect();
    for table in Kind::ALL.into_iter().map(pairs_of_rows).filter(|table| !groups(featurizer, table).is_empty()) {
        for target in [Target::Numbers(noise.clone()), Target::Classes { labels: Vec::clone(&labels), n_classes: 2 }] {
            let fit = fit_to(featurizer, &table.frame, &table, &target);
            for (feature, column) in fit.fitted.features().iter().zip(&fit.columns) {
                let Column::Numeric(values) = column else { continue };
                let correlation = correlation(values, &noise);
                let place = format!("{}: {}: `{}`", featurizer.id(), table.name, feature.name);
                assert!(correlation.abs() < limit, "{place} has a correlation of {correlation:.3} with noise");
            }
        }
    }
}

/// Two classes, four, and numbers of which some are large: what columns of several levels tell together, and noise.
fn targets(rows: usize) -> [Target; 3] {
    let values = |n: u64| (0..rows as u64).map(move |i| (i % 13) * (i % 3) + derive(n, i) % 2);
    let classes = |n: u64| values(n).map(|v| (v % n) as u32).collect();
    [
        Target::Classes { labels: classes(2), n_classes: 2 },
        Target::Classes { labels: classes(4), n_classes: 4 },
        Target::Numbers(values(9).map(|v| (v as f64).powi(3) - 9.0).collect()),
    ]
}

/// The target with another value in one row.
fn with_another(target: &Target, at: usize) -> Target {
    let mut target = target.clone();
    match &mut target {
        Target::Classes { labels, n_classes } => labels[at] = (labels[at] + 1) % *n_classes as u32,
        Target::Numbers(values) => values[at] = -3.0 * values[at] - 1.0,
    }
    target
}

/// Of the values that are there.
fn correlation(values: &[f32], truth: &[f64]) -> f64 {
    let pairs = || values.iter().map(|&v| f64::from(v)).zip(truth.iter().copied()).filter(|(v, _)| !v.is_nan());
    let n = pairs().count().max(1) as f64;
    let (x, y) = pairs().fold((0.0, 0.0), |(x, y), (a, b)| (x + a / n, y + b / n));
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs().map(|(a, b)| of(a - x, b - y)).sum::<f64>();
    let size = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if size > 0.0 { sum(&|a, b| a * b) / size } else { 0.0 }
}
