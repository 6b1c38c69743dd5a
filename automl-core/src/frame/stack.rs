//! Rows under rows, from parts that need not agree in the order and the types of their columns.

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series};

use super::write::shown;
use crate::error::Result;

/// Puts `part` below `data`.
///
/// Columns are matched by name, and missing where a part lacks one. Of two types the wider is taken: any over missing values
/// alone, `Float64` over `Int64`, text over all others, with cells as they are written to CSV.
pub(super) fn append(data: &mut DataFrame, part: DataFrame) -> Result<()> {
    if data.shape() == (0, 0) {
        *data = part;
        return Ok(());
    }
    if data.schema() == part.schema() && data.width() > 0 {
        data.vstack_mut_owned(part)?;
        return Ok(());
    }
    let mut names: Vec<String> = data.get_column_names().into_iter().map(|name| name.to_string()).collect();
    names.extend(part.get_column_names().into_iter().filter(|name| data.column(name).is_err()).map(|name| name.to_string()));
    let mut upper = Vec::with_capacity(names.len());
    let mut lower = Vec::with_capacity(names.len());
    for name in &names {
        let (above, below) = unify(column(data, name), column(&part, name))?;
        upper.push(above);
        lower.push(below);
    }
    if names.is_empty() {
        *data = DataFrame::empty_with_height(data.height() + part.height());
        return Ok(());
    }
    let mut stacked = DataFrame::new(data.height(), upper)?;
    stacked.vstack_mut_owned(DataFrame::new(part.height(), lower)?)?;
    *data = stacked;
    Ok(())
}

/// A column, missing throughout if there is none.
fn column(data: &DataFrame, name: &str) -> Column {
    match data.column(name) {
        Ok(column) => column.clone(),
        Err(_) => Column::full_null(name.into(), data.height(), &DataType::String),
    }
}

/// Both columns in the same type.
fn unify(above: Column, below: Column) -> Result<(Column, Column)> {
    let is_missing = |column: &Column| column.null_count() == column.len();
    let missing_as = |column: &Column, like: &Column| Column::full_null(column.name().clone(), column.len(), like.dtype());
    Ok(match (above.dtype(), below.dtype()) {
        (a, b) if a == b => (above, below),
        _ if is_missing(&above) => (missing_as(&above, &below), below),
        _ if is_missing(&below) => {
            let below = missing_as(&below, &above);
            (above, below)
        }
        (DataType::Int64 | DataType::Float64, DataType::Int64 | DataType::Float64) => {
            (above.cast(&DataType::Float64)?, below.cast(&DataType::Float64)?)
        }
        _ => (as_text(&above)?, as_text(&below)?),
    })
}

fn as_text(column: &Column) -> Result<Column> {
    if column.dtype() == &DataType::String {
        return Ok(column.clone());
    }
    Ok(Series::new(column.name().clone(), shown(column)?).into_column())
}
