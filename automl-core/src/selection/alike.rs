//! Which columns say what another one says already?

use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::association::sample_rows;
use crate::matrix::Column;

/// Columns of which both the values and the ranks are correlated by more, either way, are alike.
const CORRELATION_MIN: f32 = 0.98;

/// The columns of `order`, at most so many, without the numeric ones that are like one before them. Values alone would
/// make columns alike that have an outlier in the same row, ranks alone a number and its logarithm.
///
/// Correlations are those of 2,000 of the rows: at this limit they are known to a thousandth. Memory: 16 KB per column.
pub fn without_likes(columns: &[Arc<Column>], rows: &[usize], order: &[u32], columns_max: usize) -> Vec<u32> {
    const ROWS_MAX: usize = 2_000;
    let rows: Vec<usize> = sample_rows(rows.len(), ROWS_MAX).iter().map(|&i| rows[i as usize]).collect();
    let directions: Vec<Option<Directions>> =
        order.par_iter().map(|&column| Directions::of(&columns[column as usize], &rows)).collect();
    let (mut kept, mut numeric): (Vec<u32>, Vec<Directions>) = (Vec::new(), Vec::new());
    for (&column, directions) in order.iter().zip(directions) {
        if kept.len() == columns_max {
            break;
        }
        if let Some(directions) = directions {
            if numeric.par_iter().any(|before| before.are_like(&directions)) {
                continue;
            }
            numeric.push(directions);
        }
        kept.push(column);
    }
    kept
}

/// A column as vectors of length one: its values and its ranks, less their mean; missing values lie at the mean.
struct Directions {
    values: Vec<f32>,
    ranks: Vec<f32>,
}

impl Directions {
    fn of(column: &Column, rows: &[usize]) -> Option<Directions> {
        let Column::Numeric(all) = column else { return None };
        let values: Vec<f64> = rows.iter().map(|&row| f64::from(all[row])).collect();
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = |v: &f64| {
            let (below, up_to) = (sorted.partition_point(|w| w < v), sorted.partition_point(|w| w <= v));
            if v.is_finite() { (below + up_to) as f64 } else { f64::NAN }
        };
        Some(Directions { ranks: direction(values.iter().map(rank).collect()), values: direction(values) })
    }

    fn are_like(&self, other: &Directions) -> bool {
        let is_much = |correlation: f32| correlation.abs() > CORRELATION_MIN;
        is_much(dot(&self.values, &other.values)) && is_much(dot(&self.ranks, &other.ranks))
    }
}

fn direction(mut values: Vec<f64>) -> Vec<f32> {
    let known = || values.iter().filter(|v| v.is_finite());
    let mean = known().sum::<f64>() / known().count().max(1) as f64;
    values.iter_mut().for_each(|v| *v = if v.is_finite() { *v - mean } else { 0.0 });
    let length = values.iter().map(|v| v * v).sum::<f64>().sqrt();
    values.iter().map(|v| if length > 0.0 { (v / length) as f32 } else { 0.0 }).collect()
}

/// In eight sums, which a processor makes at once.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f32>() + rest
}
