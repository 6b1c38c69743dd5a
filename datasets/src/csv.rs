//! A data frame as CSV text.

use std::fmt::Write;

use automl_core::{Error, Result};
use polars::prelude::{AnyValue, DataFrame};

/// The frame as CSV with a header: `,` between cells, `\n` after each row, empty cells for what is missing,
/// and quotes where RFC 4180 needs them.
///
/// # Errors
/// A column that holds neither numbers, booleans nor text.
pub fn of_frame(frame: &DataFrame) -> Result<String> {
    let mut csv = String::new();
    for (j, column) in frame.columns().iter().enumerate() {
        separate(&mut csv, j);
        quote(&mut csv, column.name());
    }
    csv.push('\n');
    for i in 0..frame.height() {
        for (j, column) in frame.columns().iter().enumerate() {
            separate(&mut csv, j);
            let value = column.get(i)?;
            if !write_value(&mut csv, &value) {
                return Err(Error::internal(format!("column `{}` holds {}, which CSV does not", column.name(), column.dtype())));
            }
        }
        csv.push('\n');
    }
    Ok(csv)
}

fn separate(csv: &mut String, j: usize) {
    if j > 0 {
        csv.push(',');
    }
}

/// Writes a cell, and says whether it is of a type that can be written.
fn write_value(csv: &mut String, value: &AnyValue<'_>) -> bool {
    // Writing to a `String` cannot fail.
    let written = match value {
        AnyValue::Null => Ok(()),
        AnyValue::Boolean(b) => write!(csv, "{b}"),
        AnyValue::Float64(x) if x.is_nan() => Ok(()),
        AnyValue::Float64(x) => write!(csv, "{x}"),
        AnyValue::Int64(x) => write!(csv, "{x}"),
        AnyValue::String(text) => {
            quote(csv, text);
            Ok(())
        }
        _ => return false,
    };
    written.is_ok()
}

fn quote(csv: &mut String, text: &str) {
    if !text.contains([',', '"', '\n', '\r']) {
        csv.push_str(text);
        return;
    }
    csv.push('"');
    csv.push_str(&text.replace('"', "\"\""));
    csv.push('"');
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, NamedFrom, Series};

    use super::*;

    #[test]
    fn cells_are_quoted_only_where_needed() {
        let columns: Vec<Column> = vec![
            Series::new("a,b".into(), [Some(1.5), None]).into(),
            Series::new("t".into(), ["x", "say \"no\", then\ngo"]).into(),
            Series::new("b".into(), [Some(true), Some(false)]).into(),
            Series::new("i".into(), [Some(-3_i64), None]).into(),
        ];
        let csv = of_frame(&DataFrame::new(2, columns).unwrap()).unwrap();
        assert_eq!(csv, "\"a,b\",t,b,i\n1.5,x,true,-3\n,\"say \"\"no\"\", then\ngo\",false,\n");
    }

    #[test]
    fn a_type_without_a_text_form_is_refused() {
        let bytes: Column = Series::new("x".into(), [1_u8]).into();
        assert!(of_frame(&DataFrame::new(1, vec![bytes]).unwrap()).unwrap_err().to_string().contains("`x`"));
    }
}
