//! What does each column mean? The guesses of [`infer`](fn@infer), put together.

use super::cells::Cells;
use super::datetime::Formats;
use super::duplicates::{duplicate_columns, duplicate_rows};
use super::findings::{Noticed, findings};
use super::profile::{Profile, spaced};
use super::{Field, Finding, Kind, Overrides, Role, Schema};
use crate::error::Result;
use crate::frame::Frame;

/// Guesses the kind and the role of every column, and tells what it noticed.
///
/// The rules, in the order in which they are tried (the thresholds are published in the architecture, §9):
///
/// | Guess | Rule |
/// |---|---|
/// | left out | all missing, constant, or an exact copy of an earlier column; never merely near-constant |
/// | bool | two distinct values |
/// | numeric | integers and floats; text of which 95 % read as numbers, those with leading zeros aside |
/// | … as codes too | integers with at most 20 and 5 % of the rows distinct values, or with more than 100 that occur twice on average and show no order |
/// | datetime | text of which one format reads 95 % |
/// | text | more than 1 % distinct and three words on average |
/// | id | other text, or integers, that are 95 % distinct in 100 rows or more; floats never |
/// | categorical | other text |
///
/// Infinite numbers and blank text count as missing. What `overrides` say is kept: a column with a told role is
/// never left out, one with a told kind is never taken for an id. There is one finding per check, in a fixed
/// order, also for checks that found nothing.
///
/// The guesses are a pure function of the frame; large columns are judged by evenly spaced samples where
/// looking at every cell is expensive.
///
/// # Errors
/// An override names a column that is not in the frame.
pub fn infer(frame: &Frame, overrides: &Overrides) -> Result<(Schema, Vec<Finding>)> {
    overrides.check(frame)?;
    let formats = Formats::default();
    let cells: Vec<Cells> = frame.data().columns().iter().map(Cells::read).collect();
    let mut noticed: Vec<Noticed> =
        frame.names().zip(&cells).map(|(name, cells)| judge(name, cells, overrides, &formats)).collect();
    for (copy, original) in duplicate_columns(&cells, &noticed) {
        noticed[copy].copy_of = Some(noticed[original].field.name.clone());
        noticed[copy].field.role = Role::Ignore;
    }
    let findings = findings(&noticed, frame.rows(), duplicate_rows(&cells, frame.rows()));
    Ok((Schema { fields: noticed.into_iter().map(|n| n.field).collect() }, findings))
}

/// The field of one column, seen alone.
fn judge(name: &str, cells: &Cells, overrides: &Overrides, formats: &Formats) -> Noticed {
    let profile = Profile::of(cells, formats);
    let (kind_told, role_told) = (overrides.kind(name), overrides.role(name));
    let kind = kind_told.unwrap_or(profile.kind);
    let role = role_told.unwrap_or(if profile.distinct < 2 {
        Role::Ignore
    } else if profile.is_identifier && kind_told.is_none() {
        Role::Id
    } else {
        Role::Feature
    });
    let field = Field {
        name: name.to_owned(),
        kind,
        role,
        is_code: profile.is_code && kind_told.is_none(),
        datetime_format: if kind == Kind::Datetime { datetime_format(cells, &profile, formats) } else { None },
    };
    Noticed { field, profile, kind_told: kind_told.is_some(), role_told: role_told.is_some(), copy_of: None }
}

/// The format of a datetime column that is not stored as moments: the detected one, or the best there is.
fn datetime_format(cells: &Cells, profile: &Profile, formats: &Formats) -> Option<String> {
    if matches!(cells, Cells::Times(_)) {
        return None;
    }
    if let Some(detected) = &profile.date_in_text {
        return Some(detected.format.text().to_owned());
    }
    // A person calls the column a moment although no format fits well; 1,000 cells decide which fits best.
    const SAMPLE: usize = 1_000;
    let mut texts: Vec<String> = Vec::new();
    cells.for_each_text(|_, text| texts.extend(text.map(str::to_owned)));
    let sample = spaced(texts.iter().map(String::as_str), texts.len(), SAMPLE);
    formats.detect_told(&sample).map(|detected| detected.format.text().to_owned())
}
