//! Splits of single columns against all that there are, found from raw values.

use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::matrix::{Column, Matrix};
use proptest::prelude::*;

use super::super::gini::Gini;
use super::super::layout::Layout;
use super::super::sample::Item;
use super::super::squared_error::SquaredError;
use super::{Found, Impurity, NodeColumn};
use crate::trees::Rule;

/// A column and the rows of a node.
#[derive(Debug, Clone)]
struct Node {
    values: Vec<f32>,
    /// Weight and target of every row.
    rows: Vec<(f32, f32)>,
    least: usize,
}

impl Node {
    fn items<V>(&self, value: impl Fn(f32) -> V) -> Vec<Item<V>> {
        let item = |(place, &(weight, y)): (usize, &(f32, f32))| Item { place: place as u32, weight, value: value(y) };
        self.rows.iter().enumerate().map(item).collect()
    }

    /// By how much the impurity falls when those rows go left; `None` if a side has too few.
    fn fall(&self, impurity: fn(&[(f64, f64)]) -> f64, goes_left: impl Fn(f32) -> bool) -> Option<f64> {
        let wide = |(w, y): &(f32, f32)| (f64::from(*w), f64::from(*y));
        let all: Vec<(f64, f64)> = self.rows.iter().map(wide).collect();
        let (left, right): (Vec<_>, Vec<_>) = self.values.iter().zip(&all).partition(|(value, _)| goes_left(**value));
        if left.len().min(right.len()) < self.least {
            return None;
        }
        let [left, right] = [left, right].map(|side| side.into_iter().map(|(_, row)| *row).collect::<Vec<_>>());
        Some(impurity(&all) - impurity(&left) - impurity(&right))
    }

    /// The best fall of all thresholds, with the missing values on either side.
    fn best_fall(&self, impurity: fn(&[(f64, f64)]) -> f64) -> Option<f64> {
        let at = |threshold: f32| {
            let right = self.fall(impurity, |v| v <= threshold);
            right.into_iter().chain(self.fall(impurity, |v| v <= threshold || v.is_nan()))
        };
        self.values.iter().copied().filter(|v| !v.is_nan()).flat_map(at).max_by(f64::total_cmp)
    }
}

/// `Σ w (y - mean)²`.
fn squared_error(rows: &[(f64, f64)]) -> f64 {
    let weight: f64 = rows.iter().map(|(w, _)| w).sum();
    let mean = rows.iter().map(|(w, y)| w * y).sum::<f64>() / weight;
    rows.iter().map(|(w, y)| w * (y - mean).powi(2)).sum()
}

/// `W (1 - Σ p²)`.
fn gini(rows: &[(f64, f64)]) -> f64 {
    let weight: f64 = rows.iter().map(|(w, _)| w).sum();
    let of = |class: usize| rows.iter().filter(|(_, y)| *y as usize == class).map(|(w, _)| w).sum::<f64>();
    weight - (0..CLASSES).map(|class| of(class).powi(2)).sum::<f64>() / weight
}

const CLASSES: usize = 7;

/// From two rows, which are ranked one by one, to hundreds, which are summed up by codes.
fn node() -> impl Strategy<Value = Node> {
    let value = prop_oneof![4 => (-5000..5000i32).prop_map(|v| v as f32 / 1000.0), 3 => (-3..3i32).prop_map(|v| v as f32), 1 => Just(f32::NAN)];
    let row = (value, prop_oneof![Just(1.0f32), Just(2.0), (100..9000i32).prop_map(|v| v as f32 / 1000.0)], 0..CLASSES as u32);
    let rows = prop_oneof![prop::collection::vec(row.clone(), 2..40), prop::collection::vec(row, 40..400)];
    (rows, 1usize..4).prop_map(|(rows, least)| Node {
        values: rows.iter().map(|row| row.0).collect(),
        rows: rows.iter().map(|row| (row.1, row.2 as f32)).collect(),
        least,
    })
}

/// The best cut of the node, and the rows that go left by the raw threshold that a model keeps of it.
fn best_cut<I: Impurity>(node: &Node, mut impurity: I, items: &[Item<I::Value>]) -> Option<(Found, f32, bool)> {
    let matrix = Matrix::new(node.values.len(), vec![Arc::new(Column::Numeric(node.values.clone()))]).unwrap();
    let layout = Layout::of(matrix.view(), &FitContext::new(0)).unwrap();
    let bins = &layout.features()[0];
    let mut codes = Vec::new();
    layout.column(0).gather(items, &mut codes);
    impurity.enter(items);
    let column = NodeColumn::of(&codes, bins.missing_bin(), node.least)?;
    let found = impurity.best_cut(&column)?;
    // The buffers are as they were: the next node has the same answer.
    assert_eq!(impurity.best_cut(&column).map(|again| again.rule), Some(found.rule));
    let Rule::UpTo { bin, missing_left } = found.rule else { panic!("a number is cut by a threshold") };
    Some((found, bins.threshold(bin), missing_left))
}

fn agrees(node: &Node, found: Option<(Found, f32, bool)>, impurity: fn(&[(f64, f64)]) -> f64) -> Result<(), TestCaseError> {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs());
    let Some((found, threshold, missing_left)) = found else {
        prop_assert_eq!(node.best_fall(impurity), None);
        return Ok(());
    };
    let best = node.best_fall(impurity).unwrap();
    prop_assert!(near(best, found.fall), "found {}, the best is {best}", found.fall);
    let raw = node.fall(impurity, |v| v <= threshold || missing_left && v.is_nan());
    prop_assert!(raw.is_some_and(|raw| near(raw, best)), "by raw values {raw:?}, the best is {best}");
    Ok(())
}

proptest! {
    #[test]
    fn no_threshold_is_better_for_numbers(node in node()) {
        let items = node.items(|y| y);
        let found = best_cut(&node, SquaredError::new(0.0, 1_000), &items);
        agrees(&node, found, squared_error)?;
    }

    #[test]
    fn no_threshold_is_better_for_classes(node in node()) {
        let items = node.items(|y| y as u32);
        let found = best_cut(&node, Gini::new(CLASSES), &items);
        agrees(&node, found, gini)?;
    }

    /// A drawn threshold is told its own worth.
    #[test]
    fn thresholds_are_worth_what_raw_values_say(node in node(), place in (0..1000i32).prop_map(|v| f64::from(v) / 1000.0), missing_left: bool) {
        let least = Node { least: 1, ..node };
        let cut = |fall: Option<Found>, column: &NodeColumn<'_>, bin: u16, impurity: fn(&[(f64, f64)]) -> f64| {
            let first_right = least.values.iter().zip(column.codes).filter(|(v, code)| **code > bin && !v.is_nan());
            let bound = first_right.map(|(v, _)| *v).min_by(f32::total_cmp).unwrap();
            (fall.unwrap().fall, least.fall(impurity, |v| v < bound || missing_left && v.is_nan()).unwrap())
        };
        let matrix = Matrix::new(least.values.len(), vec![Arc::new(Column::Numeric(least.values.clone()))]).unwrap();
        let layout = Layout::of(matrix.view(), &FitContext::new(0)).unwrap();
        let (numbers, classes) = (least.items(|y| y), least.items(|y| y as u32));
        let mut codes = Vec::new();
        layout.column(0).gather(&numbers, &mut codes);
        if let Some(column) = NodeColumn::of(&codes, layout.features()[0].missing_bin(), 1).filter(|c| c.first < c.last) {
            let bin = column.first + (place * f64::from(column.last - column.first)) as u16;
            let (mut squares, mut shares) = (SquaredError::new(0.0, 1_000), Gini::new(CLASSES));
            squares.enter(&numbers);
            shares.enter(&classes);
            for (told, is) in [
                cut(squares.cut_at(&column, bin, missing_left), &column, bin, squared_error),
                cut(shares.cut_at(&column, bin, missing_left), &column, bin, gini),
            ] {
                prop_assert!((told - is).abs() <= 1e-6 * (1.0 + is.abs()), "told {told}, is {is}");
            }
        }
    }
}
