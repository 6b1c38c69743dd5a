//! Moments as people write them.
//!
//! One column is written in one format. [`Formats::detect`] finds it from a sample, [`Format::parse`] reads
//! a cell with it. Moments become microseconds since 1970; those with a zone are turned into UTC.

use chrono::Datelike;
use chrono::format::{Item, Parsed, StrftimeItems, parse};

/// Ways to write a day, of which each may be followed by one of [`TIMES`].
///
/// Where several read a sample equally well the first wins: with slashes the month comes first, with dots and
/// dashes the day. `%B` also reads short names of months.
const DAYS: [&str; 16] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d %B %Y",
    "%d-%B-%Y",
    "%d-%B-%y",
];

/// Ways to write the time of the day; `%.f` also reads whole seconds.
const TIMES: [&str; 5] = ["", " %H:%M", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p"];

/// Ways to write a moment that are not a day of [`DAYS`] with a time of [`TIMES`].
const MOMENTS: [&str; 11] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%Y-%m-%d %H:%M:%S%.f UTC",
    "%a, %d %B %Y %H:%M:%S %#z",
    "%a %B %d %H:%M:%S %Y",
    "%d/%B/%Y:%H:%M:%S %#z",
    "%Y-%m",
    "%B %Y",
];

/// Formats that are numbers as well: looked for only where a person says that the column holds moments.
const NUMBERS: [&str; 4] = ["%Y%m%d", "%Y%m%d%H%M%S", "%Y", "%s"];

/// One way to write moments.
#[derive(Debug, Clone)]
pub struct Format {
    text: String,
    items: Vec<Item<'static>>,
    length_min: usize,
}

impl Format {
    /// The format that a `chrono` format text describes; `None` if it is not one.
    pub fn new(text: &str) -> Option<Format> {
        let items = StrftimeItems::new(text).parse_to_owned().ok()?;
        // `1.10.2` is a version, `01.10.02` may be a day; years of two digits after dots need all digits.
        let length_min = if text.starts_with("%d.%m.%y") { 8 } else { 1 };
        Some(Format { text: text.to_owned(), items, length_min })
    }

    /// The `chrono` format text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The moment that a cell stands for, in microseconds since 1970 (UTC if the cell has a zone).
    ///
    /// A missing time is midnight, a missing day the first. `None` if the cell is written in another way, or
    /// its year has fewer than four digits where four are due.
    pub fn parse(&self, cell: &str) -> Option<i64> {
        // The longest format with a spelled weekday, a fraction and a zone stays below 64 bytes.
        if cell.len() < self.length_min || cell.len() > 64 {
            return None;
        }
        let mut parsed = Parsed::new();
        parse(&mut parsed, cell, self.items.iter()).ok()?;
        fill_missing(&mut parsed)?;
        let offset = parsed.offset().unwrap_or(0);
        let local = parsed.to_naive_datetime_with_offset(offset).ok()?;
        if local.year() < 1000 {
            return None;
        }
        let utc = local.checked_sub_offset(chrono::FixedOffset::east_opt(offset)?)?;
        Some(utc.and_utc().timestamp_micros())
    }
}

/// Completes what was read with the first day of the period and midnight.
fn fill_missing(parsed: &mut Parsed) -> Option<()> {
    if parsed.timestamp().is_some() {
        return Some(());
    }
    if parsed.month().is_none() {
        parsed.set_month(1).ok()?;
    }
    if parsed.day().is_none() {
        parsed.set_day(1).ok()?;
    }
    if parsed.hour_mod_12().is_none() {
        parsed.set_hour(0).ok()?;
        parsed.set_minute(0).ok()?;
    }
    Some(())
}

/// The formats that are looked for, ready for use on many columns.
#[derive(Debug, Clone)]
pub struct Formats {
    common: Vec<Format>,
    numbers: Vec<Format>,
}

impl Default for Formats {
    fn default() -> Formats {
        let days = DAYS.iter().flat_map(|day| TIMES.iter().map(move |time| format!("{day}{time}")));
        let texts = days.chain(MOMENTS.iter().map(|m| (*m).to_owned()));
        Formats {
            common: texts.filter_map(|text| Format::new(&text)).collect(),
            numbers: NUMBERS.iter().filter_map(|text| Format::new(text)).collect(),
        }
    }
}

/// A format that fits a sample.
#[derive(Debug, Clone)]
pub struct Detected {
    /// The format.
    pub format: Format,
    /// Another one that reads every cell of the sample as well: day and month cannot be told apart.
    pub other: Option<Format>,
}

/// The part of a sample that one format must read (§9 "date in text").
const SHARE_MIN: f64 = 0.95;

impl Formats {
    /// The format that reads at least 95 % of a sample; of several the one that reads most.
    ///
    /// `%d/%m/%Y` and `%m/%d/%Y` are thereby told apart by values above 12.
    pub fn detect(&self, sample: &[&str]) -> Option<Detected> {
        let misses_max = ((1.0 - SHARE_MIN) * sample.len() as f64 + 1e-9).floor() as usize;
        best(self.common.iter(), sample, misses_max)
    }

    /// The format that reads most of a sample which a person says to hold moments, also moments written as
    /// numbers (`20240131`, a year, seconds since 1970); `None` if nothing can be read.
    pub fn detect_told(&self, sample: &[&str]) -> Option<Detected> {
        best(self.common.iter().chain(&self.numbers), sample, sample.len().saturating_sub(1))
    }

    /// Reads one cell with the first format that fits, for columns without a format.
    pub fn parse_any(&self, cell: &str) -> Option<i64> {
        self.common.iter().chain(&self.numbers).find_map(|format| format.parse(cell))
    }
}

/// The format with the fewest misses, if these are at most `misses_max`; the first of equals.
fn best<'a>(formats: impl Iterator<Item = &'a Format>, sample: &[&str], misses_max: usize) -> Option<Detected> {
    if sample.is_empty() {
        return None;
    }
    let mut candidates: Vec<(usize, &Format)> =
        formats.filter_map(|format| misses(format, sample, misses_max).map(|misses| (misses, format))).collect();
    candidates.sort_by_key(|(misses, _)| *misses);
    let (fewest, format) = *candidates.first()?;
    let other = candidates.get(1).filter(|(misses, _)| *misses == fewest).map(|(_, other)| (*other).clone());
    Some(Detected { format: format.clone(), other })
}

/// How many cells a format cannot read; `None` as soon as they are more than `misses_max`.
fn misses(format: &Format, sample: &[&str], misses_max: usize) -> Option<usize> {
    let mut misses = 0;
    for cell in sample {
        // Every format has a digit; words are refused without a look at the format.
        if !cell.bytes().any(|b| b.is_ascii_digit()) || format.parse(cell).is_none() {
            misses += 1;
            if misses > misses_max {
                return None;
            }
        }
    }
    Some(misses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(cells: &[&str]) -> Option<String> {
        Formats::default().detect(cells).map(|d| d.format.text)
    }

    #[test]
    fn every_format_is_sound() {
        assert_eq!(Formats::default().common.len(), DAYS.len() * TIMES.len() + MOMENTS.len());
        assert_eq!(Formats::default().numbers.len(), NUMBERS.len());
    }

    #[test]
    fn common_ways_to_write_moments() {
        // 2021-03-04 05:06:07 UTC.
        const MOMENT: i64 = 1_614_834_367_000_000;
        const DAY: i64 = 1_614_816_000_000_000;
        let cases = [
            ("2021-03-04", DAY),
            ("2021/03/04", DAY),
            ("2021-3-4", DAY),
            ("04.03.2021", DAY),
            ("04.03.21", DAY),
            ("3/4/21", DAY),
            ("Mar 4, 2021", DAY),
            ("March 4, 2021", DAY),
            ("4 March 2021", DAY),
            ("04-MAR-2021", DAY),
            ("2021-03-04 05:06:07", MOMENT),
            ("2021-03-04T05:06:07", MOMENT),
            ("2021-03-04T05:06:07Z", MOMENT),
            ("2021-03-04T05:06:07.250Z", MOMENT + 250_000),
            ("2021-03-04T07:06:07+02:00", MOMENT),
            ("2021-03-04 05:06:07+00:00", MOMENT),
            ("2021-03-04 05:06:07 UTC", MOMENT),
            ("03/04/2021 05:06:07 AM", MOMENT),
            ("04.03.2021 05:06:07", MOMENT),
            ("Thu, 04 Mar 2021 05:06:07 +0000", MOMENT),
            ("04/Mar/2021:05:06:07 +0000", MOMENT),
            ("2021-03", DAY - 3 * 86_400_000_000),
            ("March 2021", DAY - 3 * 86_400_000_000),
        ];
        for (cell, micros) in cases {
            let found = Formats::default().detect(&[cell]).unwrap_or_else(|| panic!("{cell}"));
            assert_eq!(found.format.parse(cell), Some(micros), "{cell} as {}", found.format.text);
        }
    }

    #[test]
    fn what_is_no_moment() {
        for cell in ["", "12", "1.10.2", "10:30", "a-b-c", "2021-13-01", "2021-02-30", "12-05", "1/2", "March", "555-1234"] {
            assert_eq!(detect(&[cell]), None, "{cell}");
        }
    }

    #[test]
    fn values_above_twelve_tell_day_from_month() {
        assert_eq!(detect(&["01/02/2020", "25/02/2020"]).unwrap(), "%d/%m/%Y");
        assert_eq!(detect(&["01/02/2020", "02/25/2020"]).unwrap(), "%m/%d/%Y");
        let open = Formats::default().detect(&["01/02/2020"]).unwrap();
        assert_eq!((open.format.text(), open.other.unwrap().text()), ("%m/%d/%Y", "%d/%m/%Y"));
        assert!(Formats::default().detect(&["2020-01-02"]).unwrap().other.is_none());
    }

    #[test]
    fn ninety_five_percent_are_enough() {
        let mut cells = vec!["2020-01-02"; 95];
        cells.extend(["unknown"; 5]);
        assert_eq!(detect(&cells).unwrap(), "%Y-%m-%d");
        cells.push("unknown");
        assert_eq!(detect(&cells), None);
    }

    #[test]
    fn numbers_are_moments_only_when_told() {
        assert_eq!(detect(&["20210304"]), None);
        let told = |cell| Formats::default().detect_told(&[cell]).map(|d| d.format.text).unwrap();
        assert_eq!(told("20210304"), "%Y%m%d");
        assert_eq!(told("2021"), "%Y");
        assert_eq!(told("1614834367"), "%s");
    }
}
