//! Polars columns from cells.

use polars::prelude::{
    Column, DataFrame, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray, PlSmallStr, StringChunkedBuilder,
};

use super::header::Layout;
use super::infer::{Class, float, integer};
use super::tokens::Tokens;
use crate::error::Result;

/// The rows of a block as columns of the given types; missing cells are null.
///
/// Works column by column, which is fast as long as the block stays in the cache.
pub(super) fn build(tokens: &Tokens, layout: &Layout, classes: &[Class]) -> Result<DataFrame> {
    let columns = (0..classes.len()).map(|j| column(tokens, layout, j, classes[j])).collect();
    Ok(DataFrame::new(tokens.rows(), columns)?)
}

fn column(tokens: &Tokens, layout: &Layout, j: usize, class: Class) -> Column {
    let name = PlSmallStr::from_str(&layout.names[j]);
    let markers = layout.markers_of(j);
    let cells = (0..tokens.rows()).map(|i| tokens.cell(i, j)).map(|cell| (!markers.is_missing(cell)).then_some(cell));
    match class {
        Class::Integer => Int64Chunked::from_iter_options(name, cells.map(|cell| cell.and_then(integer))).into_column(),
        Class::Float => {
            // A NaN that is no missing marker is missing all the same: frames know null only.
            let number = |cell| float(cell).filter(|value| !value.is_nan());
            Float64Chunked::from_iter_options(name, cells.map(|cell| cell.and_then(number))).into_column()
        }
        Class::Missing | Class::Text => {
            let mut builder = StringChunkedBuilder::new(name, tokens.rows());
            for cell in cells {
                builder.append_option(cell);
            }
            builder.finish().into_column()
        }
    }
}
