//! Polars columns from cells.

use polars::prelude::{
    ChunkedArray, Column, DataFrame, Float64Type, Int64Type, IntoColumn, IntoSeries, NewChunkedArray, PlSmallStr,
    PolarsNumericType, StringChunkedBuilder,
};
use rayon::prelude::*;

use super::header::Layout;
use super::infer::{Class, float, integer};
use super::tokens::Tokens;
use crate::error::Result;

/// The rows of all parts as columns of the given types, each in one piece; missing cells are null.
///
/// Runs on the rayon pool that it is called from.
pub(super) fn build(parts: &[Tokens], layout: &Layout, classes: &[Class]) -> Result<DataFrame> {
    let rows: usize = parts.iter().map(Tokens::rows).sum();
    let places = |wanted: &[Class]| -> Vec<usize> { (0..classes.len()).filter(|&j| wanted.contains(&classes[j])).collect() };
    // A NaN that is no missing marker is missing all the same: frames know null only.
    let number = |cell: &str| float(cell).filter(|value| !value.is_nan());
    let mut columns = numbers::<Int64Type>(parts, layout, places(&[Class::Integer]), rows, integer);
    columns.extend(numbers::<Float64Type>(parts, layout, places(&[Class::Float]), rows, number));
    let texts = places(&[Class::Missing, Class::Text]).into_par_iter();
    columns.par_extend(texts.map(|j| (j, text(parts, layout, j, rows))));
    columns.sort_unstable_by_key(|(j, _)| *j);
    Ok(DataFrame::new(rows, columns.into_iter().map(|(_, column)| column).collect())?)
}

/// Numeric columns with their places. They are read part by part, as a part stays in the cache while its columns are read,
/// and into the memory that they keep.
fn numbers<T: PolarsNumericType>(
    parts: &[Tokens],
    layout: &Layout,
    places: Vec<usize>,
    rows: usize,
    parse: impl Fn(&str) -> Option<T::Native> + Sync,
) -> Vec<(usize, Column)>
where
    ChunkedArray<T>: NewChunkedArray<T, T::Native> + IntoSeries,
{
    let mut values = vec![vec![T::Native::default(); rows]; places.len()];
    let mut present = vec![vec![false; rows]; places.len()];
    let (of_values, of_present) = (cut(parts, &mut values), cut(parts, &mut present));
    parts.par_iter().zip(of_values).zip(of_present).for_each(|((tokens, values), present)| {
        for ((&j, values), present) in places.iter().zip(values).zip(present) {
            let markers = layout.markers_of(j);
            for (row, (value, is_present)) in values.iter_mut().zip(present).enumerate() {
                let cell = tokens.cell(row, j);
                if let Some(number) = (!markers.is_missing(cell)).then(|| parse(cell)).flatten() {
                    (*value, *is_present) = (number, true);
                }
            }
        }
    });
    let finished = places.into_par_iter().zip(values).zip(present).map(|((j, values), present)| {
        let name = PlSmallStr::from_str(&layout.names[j]);
        let column = if present.contains(&false) {
            let cells = values.into_iter().zip(present).map(|(value, is_present)| is_present.then_some(value));
            ChunkedArray::<T>::from_iter_options(name, cells)
        } else {
            ChunkedArray::<T>::from_vec(name, values)
        };
        (j, column.into_column())
    });
    finished.collect()
}

/// The stretch of every column that each part fills.
fn cut<'a, V>(parts: &[Tokens], columns: &'a mut [Vec<V>]) -> Vec<Vec<&'a mut [V]>> {
    let mut stretches: Vec<Vec<&mut [V]>> = parts.iter().map(|_| Vec::with_capacity(columns.len())).collect();
    for column in columns {
        let mut rest = &mut column[..];
        for (stretches, tokens) in stretches.iter_mut().zip(parts) {
            let (stretch, behind) = rest.split_at_mut(tokens.rows());
            stretches.push(stretch);
            rest = behind;
        }
    }
    stretches
}

fn text(parts: &[Tokens], layout: &Layout, j: usize, rows: usize) -> Column {
    let markers = layout.markers_of(j);
    let mut builder = StringChunkedBuilder::new(PlSmallStr::from_str(&layout.names[j]), rows);
    for tokens in parts {
        for row in 0..tokens.rows() {
            let cell = tokens.cell(row, j);
            builder.append_option((!markers.is_missing(cell)).then_some(cell));
        }
    }
    builder.finish().into_column()
}
