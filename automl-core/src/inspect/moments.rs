//! What moments are like: from when to when, and how dense.

use chrono::DateTime;
use serde::Serialize;

use super::histogram::{BINS, count};
use super::{Seen, Summary};
use crate::error::Result;
use crate::schema::{Cells, Field, moment_reader};

/// What the moments of a column are like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MomentSummary {
    /// The first, as `2021-03-04 05:06:07` (UTC if the cells have a zone), without the time if it is midnight.
    pub first: String,
    /// The last.
    pub last: String,
    /// How they are written (a `chrono` format); `None` if they are stored as moments.
    pub format: Option<String>,
    /// How many lie in each of equally long stretches from the first to the last.
    pub counts: Vec<usize>,
}

pub(super) fn summarise(cells: &Cells, field: &Field, seen: &mut Seen) -> Result<(usize, Option<Summary>)> {
    let mut moments: Vec<i64> = Vec::with_capacity(cells.len());
    if let Cells::Times(times) = cells {
        for (row, time) in times.iter().enumerate() {
            match time {
                Some(time) => moments.push(time),
                None => seen.note_missing(row),
            }
        }
    } else {
        let read = moment_reader(field)?;
        cells.for_each_text(|row, text| match text.map(&read) {
            None => seen.note_missing(row),
            Some(None) => seen.unreadable += 1,
            Some(Some(moment)) => moments.push(moment),
        });
    }
    moments.sort_unstable();
    let distinct = moments.chunk_by(|a, b| a == b).count();
    let (Some(&first), Some(&last)) = (moments.first(), moments.last()) else { return Ok((0, None)) };
    let summary = MomentSummary {
        first: shown(first),
        last: shown(last),
        format: field.datetime_format.clone(),
        counts: count(moments.iter().map(|&v| v as f64), first as f64, last as f64, BINS),
    };
    Ok((distinct, Some(Summary::Moments(summary))))
}

/// `2021-03-04`, with the time of the day unless it is midnight.
fn shown(micros: i64) -> String {
    const MICROS_PER_DAY: i64 = 86_400_000_000;
    let Some(moment) = DateTime::from_timestamp_micros(micros) else { return format!("{micros} µs since 1970") };
    let format = if micros.rem_euclid(MICROS_PER_DAY) == 0 { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" };
    moment.naive_utc().format(format).to_string()
}
