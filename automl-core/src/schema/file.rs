//! A schema as a file that people read and change.

use serde::{Deserialize, Serialize};

use super::{Decimal, Field, Kind, Role, Schema, Unit};

/// A schema as it is written into a file, and what a person says of columns in such a file.
///
/// A column that is left out is guessed, and so is every key that is left out. In YAML:
///
/// ```yaml
/// columns:
/// - name: zip
///   kind: categorical
/// - name: sold_at
///   kind: datetime
///   format: "%d.%m.%Y %H:%M"
/// - name: price
///   kind: numeric
///   decimal: comma
/// - name: size
///   kind: categorical
///   order: [S, M, L, XL]
/// - name: id
///   role: ignore
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaFile {
    /// One per column; of two for one column the last counts, key by key.
    #[serde(default)]
    pub columns: Vec<ColumnEntry>,
}

/// What is said of one column; what is not said is guessed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnEntry {
    /// Name of the column.
    pub name: String,
    /// What the values are. A column with a told kind is never taken for an identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The job of the column. A column with a told role is never left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether numbers may as well be names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_code: Option<bool>,
    /// How moments are written: see [`Format`](super::Format).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The decimal sign of numbers in text: `point` or `comma`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<Decimal>,
    /// What stands behind numbers in text: `kg` or another unit, `magnitude` (`1.2k`, `3M`), or `duration`
    /// (`01:30:00`, `2 days`; the number is seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The levels of ordered categories, lowest first; of a bool, the value that says no and the one that says yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<String>>,
}

impl SchemaFile {
    /// Everything that a schema says.
    pub fn of(schema: &Schema) -> SchemaFile {
        SchemaFile { columns: schema.fields.iter().map(ColumnEntry::of).collect() }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl ColumnEntry {
    /// An entry that says nothing of a column yet.
    pub fn new(name: impl Into<String>) -> ColumnEntry {
        ColumnEntry { name: name.into(), ..ColumnEntry::default() }
    }

    fn of(field: &Field) -> ColumnEntry {
        ColumnEntry {
            name: field.name.clone(),
            kind: Some(field.kind),
            role: Some(field.role),
            is_code: field.is_code.then_some(true),
            format: field.datetime_format.clone(),
            decimal: Some(field.decimal).filter(|decimal| *decimal != Decimal::Point),
            unit: field.unit.clone(),
            order: Some(field.order.clone()).filter(|order| !order.is_empty()),
        }
    }
}
