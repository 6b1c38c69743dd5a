//! What a person says about columns, which no guess overrules.

use super::{ColumnEntry, Decimal, Format, Kind, Role, SchemaFile, Unit};
use crate::error::{Error, Result};
use crate::frame::Frame;

/// What is told of columns by their names; of two values for the same the last counts.
///
/// A column with a told role is never dropped. A column with a told kind is never taken for an identifier.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// In the order in which it was told.
    pub columns: Vec<ColumnEntry>,
}

impl From<SchemaFile> for Overrides {
    fn from(file: SchemaFile) -> Overrides {
        Overrides { columns: file.columns }
    }
}

impl Overrides {
    /// The same overrides and one more kind.
    pub fn with_kind(self, column: impl Into<String>, kind: Kind) -> Overrides {
        self.with(ColumnEntry { kind: Some(kind), ..ColumnEntry::new(column) })
    }

    /// The same overrides and one more role.
    pub fn with_role(self, column: impl Into<String>, role: Role) -> Overrides {
        self.with(ColumnEntry { role: Some(role), ..ColumnEntry::new(column) })
    }

    /// The same overrides and more of one column.
    pub fn with(mut self, entry: ColumnEntry) -> Overrides {
        self.columns.push(entry);
        self
    }

    /// All that is told of one column.
    pub fn of(&self, column: &str) -> ColumnEntry {
        self.columns.iter().filter(|entry| entry.name == column).fold(ColumnEntry::new(column), |told, entry| {
            let ColumnEntry { name: _, kind, role, is_code, format, decimal, unit, order } = entry.clone();
            ColumnEntry {
                kind: kind.or(told.kind),
                role: role.or(told.role),
                is_code: is_code.or(told.is_code),
                format: format.or(told.format),
                decimal: decimal.or(told.decimal),
                unit: unit.or(told.unit),
                order: order.or(told.order),
                name: told.name,
            }
        })
    }

    /// Checks that every column spoken of exists, and that what is said of it can be done.
    ///
    /// # Errors
    /// A column is not in the frame; the message has the nearest names. A format that is none, a key that does not
    /// go with the kind, or an order that has a level twice.
    pub fn check(&self, frame: &Frame) -> Result<()> {
        for entry in &self.columns {
            if !frame.contains(&entry.name) {
                return Err(Error::unknown("column", &entry.name, frame.names()));
            }
            check_entry(&self.of(&entry.name)).map_err(|problem| Error::usage(format!("column `{}`: {problem}", entry.name)))?;
        }
        Ok(())
    }
}

fn check_entry(entry: &ColumnEntry) -> Result<(), String> {
    let needs = |key: &str, is_told: bool, kinds: &[Kind]| match entry.kind {
        Some(kind) if is_told && !kinds.contains(&kind) => {
            let accepted: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
            Err(format!("`{key}` goes with the kind {}, not with `{}`", accepted.join(" or "), kind.name()))
        }
        _ => Ok(()),
    };
    needs("format", entry.format.is_some(), &[Kind::Datetime])?;
    needs("decimal", entry.decimal == Some(Decimal::Comma), &[Kind::Numeric])?;
    needs("unit", entry.unit.is_some(), &[Kind::Numeric])?;
    needs("is_code", entry.is_code == Some(true), &[Kind::Numeric])?;
    needs("order", entry.order.as_ref().is_some_and(|order| !order.is_empty()), &[Kind::Categorical, Kind::Bool])?;
    if let Some(format) = &entry.format
        && Format::new(format).is_none()
    {
        return Err(format!("`{format}` is not a format of moments; one is `%Y-%m-%d %H:%M:%S`"));
    }
    if let Some(Unit::Named(unit)) = &entry.unit
        && unit.trim().is_empty()
    {
        return Err("`unit` is empty; name one, or leave it out".to_owned());
    }
    let order = entry.order.as_deref().unwrap_or_default();
    if entry.kind == Some(Kind::Bool) && !order.is_empty() && order.len() != 2 {
        return Err(format!("`order` has {} values; a bool has two, the one that says no first", order.len()));
    }
    match order.iter().enumerate().find(|(i, level)| order[..*i].contains(level)) {
        Some((_, twice)) => Err(format!("`order` has `{twice}` twice")),
        None => Ok(()),
    }
}
