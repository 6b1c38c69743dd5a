//! Moments as people write them.
//!
//! One column is written in one format, or in two. [`Formats::detect`] finds it from a sample, [`Format::parse`] reads
//! a cell with it. Moments become microseconds since 1970; those with a zone are turned into UTC.

mod dress;
mod numbers;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{Datelike, Weekday};
use dress::Cell;
pub(crate) use numbers::format_of_integers;
use numbers::parse_epoch;

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
const MOMENTS: [&str; 17] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%d %B %Y %H:%M:%S %#z",
    "%B %d %H:%M:%S %Y",
    "%B %d %H:%M:%S UTC %Y",
    "%B %d %H:%M:%S %#z %Y",
    "%d/%B/%Y:%H:%M:%S %#z",
    "%Y-%m",
    "%B %Y",
    "%YQ%q",
    "%Y-Q%q",
    "Q%q %Y",
    "%G-W%V",
    "%GW%V",
];

/// Formats that are numbers as well: looked for only where a person says that the column holds moments.
const NUMBERS: [&str; 7] = ["%Y%m%d", "%Y%m%d%H%M%S", "%Y", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns"];

/// One way to write moments, or several of which each cell has one.
///
/// It is described by a text: a `chrono` format (`%Y-%m-%d %H:%M`), or `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`
/// for the time since 1970 as a number; alternatives stand between ` | `. Whatever the format, a weekday before the
/// moment and a named zone behind it (`EST`, `GMT+2`) are understood.
#[derive(Debug, Clone)]
pub struct Format {
    text: String,
    ways: Vec<Way>,
}

#[derive(Debug, Clone)]
enum Way {
    /// A `chrono` format; shorter cells are something else.
    Pattern { items: Vec<Item<'static>>, length_min: usize },
    /// So many units per second since 1970.
    Epoch(i64),
}

impl Format {
    /// The format that a text describes; `None` if it is not one.
    pub fn new(text: &str) -> Option<Format> {
        let ways: Option<Vec<Way>> = text.split(" | ").map(Way::new).collect();
        Some(Format { text: text.to_owned(), ways: ways? })
    }

    /// The text that describes it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The moment that a cell stands for, in microseconds since 1970 (UTC if the cell has a zone).
    ///
    /// A missing time is midnight, a missing day the first. `None` if the cell is written in another way, or
    /// its year has fewer than four digits where four are due.
    pub fn parse(&self, cell: &str) -> Option<i64> {
        self.read(&Cell::new(cell))
    }

    fn read(&self, cell: &Cell<'_>) -> Option<i64> {
        // The longest format with a spelled weekday, a fraction and a zone stays below 64 bytes; a region may follow.
        if cell.text.len() > 96 {
            return None;
        }
        self.ways
            .iter()
            .find_map(|way| way.parse(cell.text, 0).or_else(|| cell.bare.and_then(|(bare, offset)| way.parse(bare, offset))))
    }
}

impl Way {
    fn new(text: &str) -> Option<Way> {
        Some(match text {
            "epoch_s" => Way::Epoch(1),
            "epoch_ms" => Way::Epoch(1_000),
            "epoch_us" => Way::Epoch(1_000_000),
            "epoch_ns" => Way::Epoch(1_000_000_000),
            _ => {
                let items = StrftimeItems::new(text).parse_to_owned().ok()?;
                if !items.iter().any(|item| matches!(item, Item::Numeric(..) | Item::Fixed(_))) {
                    return None;
                }
                // `1.10.2` is a version, `01.10.02` may be a day; years of two digits after dots need all digits.
                let length_min = if text.starts_with("%d.%m.%y") { 8 } else { 1 };
                Way::Pattern { items, length_min }
            }
        })
    }

    /// The moment of a text whose zone is `offset` seconds before UTC, unless the text has one itself.
    fn parse(&self, text: &str, offset: i32) -> Option<i64> {
        let (items, length_min) = match self {
            Way::Pattern { items, length_min } => (items, *length_min),
            Way::Epoch(per_second) => return parse_epoch(text, *per_second),
        };
        if text.len() < length_min {
            return None;
        }
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, items.iter()).ok()?;
        fill_missing(&mut parsed)?;
        let offset = parsed.offset().unwrap_or(offset);
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
    if parsed.isoweek().is_some() {
        parsed.set_weekday(parsed.weekday().unwrap_or(Weekday::Mon)).ok()?;
    } else {
        let first_month = parsed.quarter().map_or(1, |quarter| 3 * i64::from(quarter) - 2);
        parsed.set_month(parsed.month().map_or(first_month, i64::from)).ok()?;
        parsed.set_day(parsed.day().map_or(1, i64::from)).ok()?;
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

/// The part of a sample that one format, or two together, must read (§9 "date in text").
const SHARE_MIN: f64 = 0.95;
/// Cells that show which formats are worth a look.
const PROBE: usize = 16;
/// Cells that are tried first when two formats are looked for.
const FIRST: usize = 64;

impl Formats {
    /// The format that reads at least 95 % of a sample; of several the one that reads most. If there is none, two
    /// formats that together read as many and contradict each other nowhere.
    ///
    /// `%d/%m/%Y` and `%m/%d/%Y` are thereby told apart by values above 12.
    pub fn detect(&self, sample: &[&str]) -> Option<Detected> {
        let cells = dressed(sample);
        let likely = self.likely(&cells);
        best(likely.iter().copied(), &cells, misses_max(cells.len())).or_else(|| self.detect_two(&likely, &cells))
    }

    /// The formats that read any of a few evenly spaced cells: one that reads half of all does.
    fn likely(&self, cells: &[Cell<'_>]) -> Vec<&Format> {
        // An odd step meets both of two formats that take turns.
        let step = cells.len().div_ceil(PROBE).max(1) | 1;
        let probe: Vec<&Cell<'_>> = cells.iter().step_by(step).filter(|cell| has_digit(cell)).collect();
        self.common.iter().filter(|format| probe.iter().any(|cell| format.read(cell).is_some())).collect()
    }

    /// The format that reads most of a sample which a person says to hold moments, also moments written as
    /// numbers (`20240131`, a year, seconds since 1970); `None` if nothing can be read.
    pub fn detect_told(&self, sample: &[&str]) -> Option<Detected> {
        let cells = dressed(sample);
        best(self.common.iter().chain(&self.numbers), &cells, cells.len().saturating_sub(1))
    }

    /// Reads one cell with the first format that fits, for columns without a format.
    pub fn parse_any(&self, cell: &str) -> Option<i64> {
        let cell = Cell::new(cell);
        self.common.iter().chain(&self.numbers).find_map(|format| format.read(&cell))
    }

    fn detect_two(&self, likely: &[&Format], cells: &[Cell<'_>]) -> Option<Detected> {
        // What two formats read together one of them reads half of, also of the first cells, but for the scatter.
        let first = &cells[..cells.len().min(FIRST)];
        let one = best(likely.iter().copied(), first, first.len() * 2 / 3)?.format;
        let others: Vec<&Format> = self.common.iter().filter(|other| !contradict(&one, other, cells)).collect();
        let rest = |format: &Format| cells.iter().filter(|cell| format.read(cell).is_none() && one.read(cell).is_none()).count();
        let first_rest: Vec<&Cell<'_>> =
            cells.iter().filter(|cell| has_digit(cell) && one.read(cell).is_none()).take(3).collect();
        let reads_some = |format: &&&Format| first_rest.iter().any(|cell| format.read(cell).is_some());
        let two = others.iter().filter(reads_some).min_by_key(|other| rest(other))?;
        if rest(two) > misses_max(cells.len()) {
            return None;
        }
        Some(Detected { format: Format::new(&format!("{} | {}", one.text, two.text))?, other: None })
    }
}

fn dressed<'a>(sample: &[&'a str]) -> Vec<Cell<'a>> {
    sample.iter().map(|text| Cell::new(text)).collect()
}

fn misses_max(cells: usize) -> usize {
    ((1.0 - SHARE_MIN) * cells as f64 + 1e-9).floor() as usize
}

/// Whether two formats read some cell as two moments.
fn contradict(one: &Format, other: &Format, cells: &[Cell<'_>]) -> bool {
    cells.iter().any(|cell| one.read(cell).is_some_and(|moment| other.read(cell).is_some_and(|m| m != moment)))
}

/// The format with the fewest misses, if these are at most `misses_max`; the first of equals.
fn best<'a>(formats: impl Iterator<Item = &'a Format>, cells: &[Cell<'_>], misses_max: usize) -> Option<Detected> {
    if cells.is_empty() {
        return None;
    }
    let mut candidates: Vec<(usize, &Format)> =
        formats.filter_map(|format| misses(format, cells, misses_max).map(|misses| (misses, format))).collect();
    candidates.sort_by_key(|(misses, _)| *misses);
    let (fewest, format) = *candidates.first()?;
    let other = candidates.get(1).filter(|(misses, _)| *misses == fewest).map(|(_, other)| (*other).clone());
    Some(Detected { format: format.clone(), other })
}

/// How many cells a format cannot read; `None` as soon as they are more than `misses_max`.
fn misses(format: &Format, cells: &[Cell<'_>], misses_max: usize) -> Option<usize> {
    let mut misses = 0;
    for cell in cells {
        if !has_digit(cell) || format.read(cell).is_none() {
            misses += 1;
            if misses > misses_max {
                return None;
            }
        }
    }
    Some(misses)
}

/// Every format has a digit; words are refused without a look at the format.
fn has_digit(cell: &Cell<'_>) -> bool {
    cell.text.bytes().any(|b| b.is_ascii_digit())
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
            ("2021-03-04 07:06:07 CEST", MOMENT),
            ("2021-03-04 00:06:07 EST", MOMENT),
            ("2021-03-04 07:06:07 GMT+2", MOMENT),
            ("2021-03-03 23:36:07 UTC-05:30", MOMENT),
            ("2021-03-04T07:06:07+0200", MOMENT),
            ("2021-03-04T05:06:07.250000000Z", MOMENT + 250_000),
            ("2021-03-04T06:06:07+01:00[Europe/Paris]", MOMENT),
            ("Thursday, March 4, 2021", DAY),
            ("Thu 04.03.2021", DAY),
            ("Thu Mar 04 05:06:07 2021", MOMENT),
            ("Thu Mar 04 05:06:07 UTC 2021", MOMENT),
            ("Thu Mar 04 06:06:07 +0100 2021", MOMENT),
            ("2021Q1", DAY - 62 * 86_400_000_000),
            ("Q1 2021", DAY - 62 * 86_400_000_000),
            ("2021-W09", DAY - 3 * 86_400_000_000),
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
        assert_eq!(told("1614834367"), "epoch_s");
        assert_eq!(told("1614834367000"), "epoch_ms");
        assert_eq!(told("1614834367000000000"), "epoch_ns");
    }

    #[test]
    fn two_formats_may_share_a_column() {
        let cells: Vec<String> =
            (1..=28).map(|day| if day % 3 > 0 { format!("2020-02-{day:02}") } else { format!("{day}.02.2020") }).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let found = Formats::default().detect(&cells).unwrap();
        assert_eq!(found.format.text(), "%Y-%m-%d | %d.%m.%Y");
        assert!(cells.iter().all(|cell| found.format.parse(cell).is_some()));
        // Day and month in both orders are no two formats.
        let mixed: Vec<String> = (1..=28).flat_map(|day| [format!("{day}/02/2020"), format!("02/{day}/2020")]).collect();
        assert_eq!(detect(&mixed.iter().map(String::as_str).collect::<Vec<_>>()), None);
    }
}
