//! One row at a time: from a struct or a map to its prediction.
//!
//! [`Model::predict_row`] is for services that answer single questions. It looks at the row once, starts no thread and
//! reads cells by the rules of a table, so that the prediction is the same, bit for bit. Many rows are faster together,
//! in a [`Frame`].

use polars::prelude::{Column, DataFrame};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::model::{Model, Predicted};

/// The prediction of one row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PredictedRow {
    /// The class that is said: the most probable one, or by the decision of the model; none where a number is predicted.
    pub label: Option<String>,
    /// The probability of every class, in the order of [`Task::classes`](crate::task::Task::classes); or the predicted
    /// number alone.
    pub values: Vec<f64>,
    /// Columns whose cell was there but could not be read as the column's kind; it counts as missing.
    pub unreadable: Vec<String>,
}

impl Model {
    /// Predicts one row: whatever serialises as a map from names of columns to numbers, texts, truth values or nothing,
    /// such as a struct, a `HashMap` or a JSON object. Columns that the model does not use are passed over.
    ///
    /// A text is read as in a file: `"12.5"` is a number in a column of numbers, `"2024-05-31"` a date in one of dates.
    ///
    /// # Errors
    /// The row is no map, a column that the model uses is not in it, or its cell is a list or a map. Strange values are no
    /// error: they count as missing.
    pub fn predict_row(&self, row: &impl Serialize) -> Result<PredictedRow> {
        let row = match serde_json::to_value(row) {
            Ok(Value::Object(row)) => row,
            Ok(other) => return Err(Error::data(format!("the row is {other}; a map from names of columns to values is needed"))),
            Err(error) => return Err(Error::data(format!("the row cannot be read as a map: {error}"))),
        };
        let frame = self.frame_of(&row).map_err(|e| e.context("the row"))?;
        let Predicted { predictions, unreadable } = self.predict(&frame, 1).map_err(|e| e.context("the row"))?;
        let label = if self.task.kind.is_classification() { self.task.classes.get(predictions.class(0)).cloned() } else { None };
        let values = predictions.values().to_vec();
        Ok(PredictedRow { label, values, unreadable: unreadable.into_iter().map(|(column, _)| column).collect() })
    }

    /// The cells that the model may need.
    fn frame_of(&self, row: &Map<String, Value>) -> Result<Frame> {
        let cells = self.schema.features().filter_map(|field| Some((field.name.as_str(), row.get(&field.name)?)));
        let columns = cells.map(|(name, value)| column(name, value)).collect::<Result<Vec<_>>>()?;
        Ok(Frame::new(DataFrame::new(1, columns)?))
    }
}

/// A column of one cell.
fn column(name: &str, value: &Value) -> Result<Column> {
    let title = name.into();
    Ok(match value {
        Value::Null => Column::new(title, [None::<&str>]),
        Value::Bool(truth) => Column::new(title, [if *truth { "true" } else { "false" }]),
        Value::String(text) => Column::new(title, [text.as_str()]),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Column::new(title, [integer]),
            None => Column::new(title, [number.as_f64()]),
        },
        Value::Array(_) | Value::Object(_) => {
            return Err(Error::data(format!("column `{name}` is {value}; a number, a text, true, false or null is needed")));
        }
    })
}
