//! The columns with a job: weight, group, time and fold.

use std::collections::HashMap;

use super::Roles;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::schema::{
    Cells, Field, Finding, Formats, Kind, NumberReader, Role, Schema, Status, counted, counted_verb, moment_reader,
};

/// Checks that no job is given to two columns.
pub(super) fn check_unique(schema: &Schema) -> Result<()> {
    for role in [Role::Target, Role::Time, Role::Group, Role::Weight, Role::Fold] {
        let columns: Vec<&str> = schema.fields.iter().filter(|f| f.role == role).map(|f| f.name.as_str()).collect();
        if let [first, second, ..] = columns[..] {
            return Err(Error::usage(format!(
                "the role `{}` can be given to one column only, not to both `{first}` and `{second}`",
                role.name()
            )));
        }
    }
    Ok(())
}

/// The weight column, before it is known which rows have a target.
pub(super) struct Weights {
    /// Name of the column, and the weight of every row of the frame; not above zero where the row is not used.
    column: Option<(String, Vec<f64>)>,
}

impl Weights {
    /// Reads the weight column, if there is one. Missing and infinite weights become zero.
    ///
    /// # Errors
    /// A weight that is negative or no number; the message names the row and the value.
    pub fn read(frame: &Frame, schema: &Schema) -> Result<Weights> {
        let Some(field) = schema.with_role(Role::Weight) else {
            return Ok(Weights { column: None });
        };
        let cells = Cells::read(frame.column(&field.name)?);
        let mut values = Vec::with_capacity(cells.len());
        let mut wrong = None;
        cells.for_each_number(&NumberReader::of(field), |row, number| {
            let problem = match number {
                Ok(Some(value)) if value < 0.0 => Some((format!("{value}"), "is negative")),
                Err(text) => Some((format!("`{text}`"), "is not a number")),
                Ok(_) => None,
            };
            wrong = wrong.take().or(problem.map(|(value, is)| (row, value, is)));
            values.push(number.ok().flatten().unwrap_or(0.0));
        });
        if let Some((row, value, is)) = wrong {
            return Err(Error::data(format!("weight column `{}`: {value} in data row {} {is}", field.name, row + 1)));
        }
        if values.iter().all(|v| *v <= 0.0) {
            return Err(Error::data(format!("weight column `{}` has no row with a weight above zero", field.name)));
        }
        Ok(Weights { column: Some((field.name.clone(), values)) })
    }

    /// Whether a row takes part.
    pub fn is_used(&self, row: usize) -> bool {
        self.column.as_ref().is_none_or(|(_, values)| values[row] > 0.0)
    }

    /// What is to be told about rows that do not take part.
    pub fn finding(&self) -> Option<Finding> {
        let (name, values) = self.column.as_ref()?;
        let unused = values.iter().filter(|v| **v <= 0.0).count();
        if unused == 0 {
            return None;
        }
        let message = format!("{} no weight above zero.", counted_verb(unused, "row", "has", "have"));
        let finding = Finding::new("zero_weight", Status::Fixed, message).columns([name.as_str()]).count(unused);
        Some(finding.action("Rows without a weight are left out."))
    }
}

/// Reads what the columns with a job say about `rows`.
///
/// # Errors
/// A column that cannot do its job; the message names it, and the row and the value where there is one.
pub(super) fn read(
    frame: &Frame,
    schema: &Schema,
    rows: &[u32],
    weights: &Weights,
    findings: &mut Vec<Finding>,
) -> Result<Roles> {
    let cells_of = |role: Role| -> Result<Option<(&Field, Cells)>> {
        schema.with_role(role).map(|field| Ok((field, Cells::read(frame.column(&field.name)?)))).transpose()
    };
    let mut roles = Roles::default();
    if let Some((_, values)) = &weights.column {
        roles.weights = Some(rows.iter().map(|&row| values[row as usize]).collect());
    }
    if let Some((field, cells)) = cells_of(Role::Group)? {
        roles.groups = Some(groups(field, &cells, rows, findings));
    }
    if let Some((field, cells)) = cells_of(Role::Time)? {
        roles.time = Some(time(field, &cells, rows)?);
    }
    if let Some((field, cells)) = cells_of(Role::Fold)? {
        roles.folds = Some(folds(field, &cells, rows)?);
    }
    Ok(roles)
}

/// Codes by first appearance. A row without a group is a group of its own.
fn groups(field: &Field, cells: &Cells, rows: &[u32], findings: &mut Vec<Finding>) -> Vec<u32> {
    let mut known: HashMap<String, u32> = HashMap::new();
    let (mut next, mut missing) = (0, 0);
    let codes = each_row(cells, rows, |text| {
        let fresh = next;
        let code = match text {
            Some(text) => known.get(text).copied().unwrap_or_else(|| {
                known.insert(text.to_owned(), fresh);
                fresh
            }),
            None => {
                missing += 1;
                fresh
            }
        };
        next += u32::from(code == fresh);
        code
    });
    if missing > 0 {
        let message = format!("{} no group.", counted_verb(missing, "row", "has", "have"));
        let finding = Finding::new("missing_group", Status::Alerted, message).columns([field.name.as_str()]).count(missing);
        findings.push(finding.action("Each of them is a group of its own."));
    }
    codes
}

/// Dense ranks of the moments, from 0; equal moments have equal ranks.
fn time(field: &Field, cells: &Cells, rows: &[u32]) -> Result<Vec<u32>> {
    let moments = moments(field, cells, rows)?;
    let missing = moments.iter().filter(|m| m.is_none()).count();
    if missing > 0 {
        return Err(Error::data(format!(
            "time column `{}` has no moment in {}; give each row one, or leave these rows out",
            field.name,
            counted(missing, "row")
        )));
    }
    let moments: Vec<f64> = moments.into_iter().flatten().collect();
    Ok(dense_ranks(&moments))
}

/// The order of rows in time as numbers: microseconds, which are whole in 53 bits until the year 2255, or the
/// numbers of the column. `None` for a missing one.
fn moments(field: &Field, cells: &Cells, rows: &[u32]) -> Result<Vec<Option<f64>>> {
    if let Cells::Times(times) = cells {
        return Ok(rows.iter().map(|&row| times.get(row as usize).map(|v| v as f64)).collect());
    }
    if field.kind == Kind::Datetime {
        let read = moment_reader(field)?;
        return Ok(each_row(cells, rows, |text| text.and_then(&read).map(|v| v as f64)));
    }
    let mut numbers = Vec::with_capacity(cells.len());
    let mut all_numbers = true;
    cells.for_each_number(&NumberReader::of(field), |_, number| {
        all_numbers &= number.is_ok();
        numbers.push(number.ok().flatten());
    });
    if all_numbers {
        return Ok(rows.iter().map(|&row| numbers[row as usize]).collect());
    }
    let texts = each_row(cells, rows, |text| text.map(str::to_owned));
    let present: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
    let detected = Formats::default().detect(&present).ok_or_else(|| {
        let example = present.first().copied().unwrap_or_default();
        Error::data(format!("time column `{}` holds neither moments nor numbers: `{example}`", field.name))
    })?;
    Ok(texts.iter().map(|text| text.as_deref().and_then(|t| detected.format.parse(t)).map(|v| v as f64)).collect())
}

/// Folds from 0 in the order of their numbers.
fn folds(field: &Field, cells: &Cells, rows: &[u32]) -> Result<Vec<u32>> {
    let mut numbers = Vec::with_capacity(cells.len());
    cells.for_each_number(&NumberReader::of(field), |_, number| numbers.push(number.map_err(str::to_owned)));
    let mut values = Vec::with_capacity(rows.len());
    for &row in rows {
        let problem = match &numbers[row as usize] {
            Ok(Some(value)) if value.fract() == 0.0 => {
                values.push(*value);
                continue;
            }
            Ok(Some(value)) => format!("holds {value}, which is not a whole number"),
            Ok(None) => "has no fold".to_owned(),
            Err(text) => format!("holds `{text}`, which is not a whole number"),
        };
        return Err(Error::data(format!("fold column `{}`: data row {} {problem}", field.name, row + 1)));
    }
    let folds = dense_ranks(&values);
    if folds.iter().all(|fold| *fold == 0) {
        return Err(Error::data(format!("fold column `{}` has a single fold only; two are the least", field.name)));
    }
    Ok(folds)
}

/// What a function makes of the text of each of the rows.
fn each_row<T: Clone>(cells: &Cells, rows: &[u32], mut make: impl FnMut(Option<&str>) -> T) -> Vec<T> {
    let mut wanted = rows.iter().peekable();
    let mut made = Vec::with_capacity(rows.len());
    cells.for_each_text(|i, text| {
        // The rows of a task rise.
        if wanted.next_if(|row| **row as usize == i).is_some() {
            made.push(make(text));
        }
    });
    made
}

/// The rank of each value among the distinct values, from 0.
fn dense_ranks(values: &[f64]) -> Vec<u32> {
    let mut distinct = values.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    values.iter().map(|value| distinct.partition_point(|d| d < value) as u32).collect()
}
