//! What does each column mean? The guesses of [`infer`](fn@infer), put together.

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::cells::Cells;
use super::datetime::Formats;
use super::duplicates::{duplicate_columns, duplicate_rows};
use super::findings::{Noticed, findings};
use super::profile::{Profile, spaced};
use super::{ColumnEntry, Field, Finding, Kind, NumberReader, Overrides, Role, Schema};
use crate::error::Result;
use crate::frame::Frame;

/// Guesses the kind and the role of every column, and tells what it noticed.
///
/// The rules, in the order in which they are tried (the thresholds are published in the architecture, §9):
///
/// | Guess | Rule |
/// |---|---|
/// | left out | all missing, constant, or an exact copy of an earlier column; never merely near-constant |
/// | bool | two distinct values, or spellings of yes and no |
/// | numeric | integers and floats; text of which 95 % read as numbers, those with leading zeros aside; the comma is the decimal sign where more cells read so |
/// | … as codes too | integers with at most 20 and 5 % of the rows distinct values, or with more than 100 that occur twice on average and show no order, or are scattered thinly and not round; or by their name (`zip`, `store_id`) |
/// | datetime | text of which one format reads 95 %, or two together; integers that are days (`20240131`), or by range and name seconds since 1970 and their parts |
/// | categorical, ordered | text of at most 20 levels that are words of one scale, or ranges |
/// | numeric, with a unit | other text of which 95 % read as numbers with one unit, with magnitudes (`1.2k`), or as durations |
/// | text | more than 1 % distinct and three words on average |
/// | id | other text, or integers that number the rows or are called `id`, that are 95 % distinct in 100 rows or more; floats never |
/// | categorical | other text |
///
/// Infinite numbers and blank text count as missing. What `overrides` say is kept: a column with a told role is
/// never left out, one with a told kind is never taken for an id. There is one finding per check, in a fixed
/// order, also for checks that found nothing.
///
/// The guesses are a pure function of the frame; large columns are judged by evenly spaced samples where
/// looking at every cell is expensive. Runs on the rayon pool that it is called from, a column per task.
///
/// # Errors
/// An override names a column that is not in the frame.
pub fn infer(frame: &Frame, overrides: &Overrides) -> Result<(Schema, Vec<Finding>)> {
    overrides.check(frame)?;
    let formats = Formats::default();
    let names: Vec<&str> = frame.names().collect();
    let (cells, mut noticed): (Vec<Cells>, Vec<Noticed>) = names
        .par_iter()
        .zip(frame.data().columns())
        .map(|(name, column)| {
            let cells = Cells::read(column);
            let noticed = judge(name, &cells, overrides, &formats);
            (cells, noticed)
        })
        .unzip();
    for (copy, original) in duplicate_columns(&cells, &noticed) {
        noticed[copy].copy_of = Some(noticed[original].field.name.clone());
        noticed[copy].field.role = Role::Ignore;
    }
    let findings = findings(&noticed, frame.rows(), duplicate_rows(&cells, frame.rows()));
    Ok((Schema { fields: noticed.into_iter().map(|n| n.field).collect() }, findings))
}

/// The field of one column, seen alone.
fn judge(name: &str, cells: &Cells, overrides: &Overrides, formats: &Formats) -> Noticed {
    let profile = Profile::of(name, cells, formats);
    let told = overrides.of(name);
    let kind_told = told.kind.or_else(|| implied_kind(&told, profile.kind));
    let kind = kind_told.unwrap_or(profile.kind);
    let role = told.role.unwrap_or(if profile.distinct < 2 {
        Role::Ignore
    } else if profile.is_identifier && kind_told.is_none() {
        Role::Id
    } else {
        Role::Feature
    });
    let numbers = if kind == Kind::Numeric { number_reader(cells, &profile) } else { NumberReader::default() };
    let guessed_order = if kind == profile.kind { profile.order.clone() } else { Vec::new() };
    let field = Field {
        name: name.to_owned(),
        kind,
        role,
        is_code: told.is_code.unwrap_or(profile.is_code && kind_told.is_none()),
        datetime_format: match told.format {
            _ if kind != Kind::Datetime => None,
            None => datetime_format(cells, &profile, formats),
            format => format,
        },
        decimal: told.decimal.unwrap_or(numbers.decimal),
        unit: told.unit.or(numbers.unit),
        order: told.order.unwrap_or(guessed_order),
    };
    Noticed { field, profile, kind_told: kind_told.is_some(), role_told: told.role.is_some(), copy_of: None }
}

/// The kind that goes with what else is told of a column.
fn implied_kind(told: &ColumnEntry, guessed: Kind) -> Option<Kind> {
    let has_order = told.order.as_ref().is_some_and(|order| !order.is_empty());
    if told.format.is_some() {
        Some(Kind::Datetime)
    } else if told.decimal.is_some() || told.unit.is_some() || told.is_code == Some(true) {
        Some(Kind::Numeric)
    } else if has_order {
        Some(if guessed == Kind::Bool { Kind::Bool } else { Kind::Categorical })
    } else {
        None
    }
}

/// How the numbers of a column are written. Where a person calls a column numeric that does not look like it, the
/// decimal sign and the unit that are right for most of it.
fn number_reader(cells: &Cells, profile: &Profile) -> NumberReader {
    match cells {
        Cells::Texts(texts) if !profile.number_in_text => NumberReader::of_most(&sample_of(&cell_texts(cells, texts.len()))),
        _ => profile.numbers.clone(),
    }
}

/// The format of a datetime column that is not stored as moments: the detected one, or the best there is.
fn datetime_format(cells: &Cells, profile: &Profile, formats: &Formats) -> Option<String> {
    if matches!(cells, Cells::Times(_)) {
        return None;
    }
    if let Some(format) = profile.moments_as_numbers {
        return Some(format.to_owned());
    }
    if let Some(detected) = &profile.date_in_text {
        return Some(detected.format.text().to_owned());
    }
    // A person calls the column a moment although no format fits well.
    let texts = cell_texts(cells, cells.len());
    formats.detect_told(&sample_of(&texts)).map(|detected| detected.format.text().to_owned())
}

fn cell_texts(cells: &Cells, count: usize) -> Vec<String> {
    let mut texts: Vec<String> = Vec::with_capacity(count);
    cells.for_each_text(|_, text| texts.extend(text.map(str::to_owned)));
    texts
}

/// 1,000 cells decide what fits best.
fn sample_of(texts: &[String]) -> Vec<&str> {
    const SAMPLE: usize = 1_000;
    spaced(texts.iter().map(String::as_str), texts.len(), SAMPLE)
}
