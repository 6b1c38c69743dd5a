//! Moments that are written as whole numbers.

use chrono::{Datelike, NaiveDate};

use crate::schema::names::speaks_of_time;

/// Distinct values from which days are told from other numbers by their digits alone: of numbers between 19000101 and
/// 21001231 one in 27 is a day, so that ten by chance are out of the question.
const DAYS_MIN: usize = 10;
/// Fewer distinct values say nothing, whatever the name.
const DISTINCT_MIN: usize = 3;

/// The format in which all of these whole numbers are moments, if a careful reader would take them for such.
///
/// Days (`20240131`) by their digits. Seconds, milliseconds, microseconds or nanoseconds since 1970, and months
/// (`202401`), only if the name of the column speaks of time and all are in a usual range: from 2000 to 2040, and from
/// 1900 to 2100.
pub(crate) fn format_of_integers<I: Iterator<Item = i64>>(
    values: &impl Fn() -> I,
    distinct: usize,
    name: &str,
) -> Option<&'static str> {
    let min = values().min()?;
    // Most columns begin below all of these.
    if min < 190_001 || distinct < DISTINCT_MIN {
        return None;
    }
    let max = values().max()?;
    let is_named = speaks_of_time(name);
    if min >= 19_000_101 && max <= 21_001_231 && (is_named || distinct >= DAYS_MIN) && values().all(is_day) {
        return Some("%Y%m%d");
    }
    if !is_named {
        return None;
    }
    if max <= 210_012 && values().all(|v| (1..=12).contains(&(v % 100))) {
        return Some("%Y%m");
    }
    // From 2000 to 2040 in seconds.
    const RANGE: std::ops::Range<i64> = 946_684_800..2_208_988_800;
    let units = [("epoch_s", 1), ("epoch_ms", 1_000), ("epoch_us", 1_000_000), ("epoch_ns", 1_000_000_000)];
    units.into_iter().find(|(_, unit)| RANGE.contains(&(min / unit)) && RANGE.contains(&(max / unit))).map(|(name, _)| name)
}

fn is_day(value: i64) -> bool {
    let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
    NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32).is_some_and(|date| (1900..=2100).contains(&date.year()))
}

/// Microseconds of a text that is a number of seconds (or a thousandth, millionth, billionth) since 1970; `None` for
/// what is none, or lies outside the years 1900 to 2200.
pub(super) fn parse_epoch(text: &str, per_second: i64) -> Option<i64> {
    const RANGE: std::ops::Range<i64> = -2_208_988_800_000_000..7_258_118_400_000_000;
    let micros = match text.parse::<i64>() {
        Ok(value) => i64::try_from(i128::from(value) * 1_000_000 / i128::from(per_second)).ok()?,
        Err(_) => (text.parse::<f64>().ok()? * (1e6 / per_second as f64)) as i64,
    };
    RANGE.contains(&micros).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_plainly_time_is_read_as_time() {
        let format = |values: &[i64], name| format_of_integers(&|| values.iter().copied(), values.len(), name);
        let seconds: Vec<i64> = (0..30).map(|i| 1_600_000_000 + 3600 * i).collect();
        let scaled = |by: i64| seconds.iter().map(|s| s * by).collect::<Vec<_>>();
        assert_eq!(format(&seconds, "ts"), Some("epoch_s"));
        assert_eq!(format(&scaled(1_000), "ts"), Some("epoch_ms"));
        assert_eq!(format(&scaled(1_000_000), "ts"), Some("epoch_us"));
        assert_eq!(format(&scaled(1_000_000_000), "ts"), Some("epoch_ns"));
        assert_eq!(format(&seconds, "phone"), None);
        let days: Vec<i64> = (1..=30).map(|day| 20_240_600 + day).collect();
        assert_eq!(format(&days, "x"), Some("%Y%m%d"));
        assert_eq!(format(&days[..5], "x"), None);
        assert_eq!(format(&days[..5], "day"), Some("%Y%m%d"));
        assert_eq!(format(&[20_240_631, 20_240_601, 20_240_602], "day"), None, "June has thirty days");
        assert_eq!(format(&[202_401, 202_402, 202_512], "month"), Some("%Y%m"));
        assert_eq!(format(&[2020, 2021, 2022], "date"), None);
    }
}
