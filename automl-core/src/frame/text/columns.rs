//! Polars columns from cells.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{
    ChunkedArray, Column, DataFrame, Float64Type, Int64Type, IntoColumn, IntoSeries, NewChunkedArray, PlSmallStr,
    PolarsNumericType, StringChunkedBuilder,
};
use rayon::prelude::*;

use super::infer::{Class, float, integer};
use super::markers::Rules;
use super::tokens::Tokens;
use crate::error::Result;

/// The columns that parts of a table are brought into.
#[derive(Debug, Default)]
pub(in crate::frame) struct Columns {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl Columns {
    /// Takes in those that are not known yet.
    pub(in crate::frame) fn extend(&mut self, names: &[String]) {
        if self.names == names {
            return;
        }
        for name in names {
            if !self.index.contains_key(name) {
                self.index.insert(name.clone(), self.names.len());
                self.names.push(name.clone());
            }
        }
    }

    /// Their names.
    pub(in crate::frame) fn names(&self) -> &[String] {
        &self.names
    }

    /// The type of every column that holds the cells of all parts.
    pub(super) fn classes(&self, parts: &[Tokens]) -> Vec<Class> {
        let mut classes = vec![Class::Missing; self.names.len()];
        for part in parts {
            for (name, class) in part.names.iter().zip(&part.classes) {
                let all = &mut classes[self.index[name]];
                *all = (*all).max(*class);
            }
        }
        classes
    }

    /// The type of one column.
    pub(super) fn class_of(&self, name: &str, classes: &[Class]) -> Option<Class> {
        self.index.get(name).map(|&j| classes[j])
    }

    /// Where each column stands in the records of every part; `None` where a part does not have it.
    fn places(&self, parts: &[Tokens]) -> Vec<Arc<[Option<usize>]>> {
        let mut places: Vec<Arc<[Option<usize>]>> = Vec::with_capacity(parts.len());
        for (i, part) in parts.iter().enumerate() {
            // The parts of one file mostly share their names.
            if i > 0 && Arc::ptr_eq(&part.names, &parts[i - 1].names) {
                places.push(Arc::clone(&places[i - 1]));
                continue;
            }
            let mut here = vec![None; self.names.len()];
            for (place, name) in part.names.iter().enumerate() {
                here[self.index[name]] = Some(place);
            }
            places.push(here.into());
        }
        places
    }

    /// The rows of all parts as columns of the given types, each in one piece; missing cells are null.
    ///
    /// Runs on the rayon pool that it is called from.
    pub(super) fn build(&self, parts: &[Tokens], rules: &Rules, classes: &[Class]) -> Result<DataFrame> {
        let rows: usize = parts.iter().map(|part| part.rows).sum();
        let parts: Vec<Part> = parts.iter().zip(self.places(parts)).map(|(tokens, places)| Part { tokens, places }).collect();
        let of = |wanted: &[Class]| -> Vec<usize> { (0..classes.len()).filter(|&j| wanted.contains(&classes[j])).collect() };
        // A NaN that is no missing marker is missing all the same: frames know null only.
        let number = |cell: &str| float(cell).filter(|value| !value.is_nan());
        let mut columns = self.numbers::<Int64Type>(&parts, rules, of(&[Class::Integer]), rows, integer);
        columns.extend(self.numbers::<Float64Type>(&parts, rules, of(&[Class::Float]), rows, number));
        let texts = of(&[Class::Missing, Class::Text, Class::Nested]).into_par_iter();
        columns.par_extend(texts.map(|j| (j, self.text(&parts, rules, j, rows))));
        columns.sort_unstable_by_key(|(j, _)| *j);
        Ok(DataFrame::new(rows, columns.into_iter().map(|(_, column)| column).collect())?)
    }

    /// The columns `which`, which are numeric, with their places in the table. They are read part by part, as a part stays in
    /// the cache while its columns are read, and into the memory that they keep.
    fn numbers<T: PolarsNumericType>(
        &self,
        parts: &[Part],
        rules: &Rules,
        which: Vec<usize>,
        rows: usize,
        parse: impl Fn(&str) -> Option<T::Native> + Sync,
    ) -> Vec<(usize, Column)>
    where
        ChunkedArray<T>: NewChunkedArray<T, T::Native> + IntoSeries,
    {
        let mut values = vec![vec![T::Native::default(); rows]; which.len()];
        let mut present = vec![vec![false; rows]; which.len()];
        let (of_values, of_present) = (cut(parts, &mut values), cut(parts, &mut present));
        parts.par_iter().zip(of_values).zip(of_present).for_each(|((part, values), present)| {
            for ((&j, values), present) in which.iter().zip(values).zip(present) {
                let Some(place) = part.places[j] else { continue };
                let markers = rules.markers_of(&self.names[j]);
                for (row, (value, is_present)) in values.iter_mut().zip(present).enumerate() {
                    let cell = part.tokens.cell(row, place);
                    if let Some(number) = (!markers.is_missing(cell)).then(|| parse(cell)).flatten() {
                        (*value, *is_present) = (number, true);
                    }
                }
            }
        });
        let finished = which.into_par_iter().zip(values).zip(present).map(|((j, values), present)| {
            let name = PlSmallStr::from_str(&self.names[j]);
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

    fn text(&self, parts: &[Part], rules: &Rules, j: usize, rows: usize) -> Column {
        let markers = rules.markers_of(&self.names[j]);
        let mut builder = StringChunkedBuilder::new(PlSmallStr::from_str(&self.names[j]), rows);
        for part in parts {
            for row in 0..part.tokens.rows {
                let cell = part.places[j].map_or("", |place| part.tokens.cell(row, place));
                builder.append_option((!markers.is_missing(cell)).then_some(cell));
            }
        }
        builder.finish().into_column()
    }
}

/// Some rows, and where in their records the columns of the table stand.
struct Part<'a> {
    tokens: &'a Tokens,
    places: Arc<[Option<usize>]>,
}

/// The stretch of every column that each part fills.
fn cut<'a, V>(parts: &[Part], columns: &'a mut [Vec<V>]) -> Vec<Vec<&'a mut [V]>> {
    let mut stretches: Vec<Vec<&mut [V]>> = parts.iter().map(|_| Vec::with_capacity(columns.len())).collect();
    for column in columns {
        let mut rest = &mut column[..];
        for (stretches, part) in stretches.iter_mut().zip(parts) {
            let (stretch, behind) = rest.split_at_mut(part.tokens.rows);
            stretches.push(stretch);
            rest = behind;
        }
    }
    stretches
}
