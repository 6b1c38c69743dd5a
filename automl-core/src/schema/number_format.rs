//! How the numbers of one text column are written: the decimal sign, and what stands behind them.

use serde::{Deserialize, Serialize};

use super::Field;
use super::duration::parse_duration;
use super::number::{looks_like_number, parse_number_with};
use super::profile::share_at_least;

/// The sign before the fraction of a number. One cell cannot tell `1,234` from 1.234, so it is decided per column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// `1,234.5`
    #[default]
    Point,
    /// `1.234,5`
    Comma,
}

impl Decimal {
    /// Whether it is the usual sign, which files leave out.
    pub fn is_point(&self) -> bool {
        *self == Decimal::Point
    }
}

/// What stands behind the numbers of a text column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Unit {
    /// `1.2k`, `800`, `3M`: thousands, millions, billions.
    Magnitude,
    /// `01:30:00`, `90:15`, `1h 30m`, `2 days 03:04:05`, `PT1H30M`: seconds.
    Duration,
    /// The same unit everywhere, as in `5 kg`.
    Named(String),
}

impl From<String> for Unit {
    fn from(name: String) -> Unit {
        match name.as_str() {
            "magnitude" => Unit::Magnitude,
            "duration" => Unit::Duration,
            _ => Unit::Named(name),
        }
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> String {
        match unit {
            Unit::Magnitude => "magnitude".to_owned(),
            Unit::Duration => "duration".to_owned(),
            Unit::Named(name) => name,
        }
    }
}

/// Reads the numbers of one column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberReader {
    /// The decimal sign.
    pub decimal: Decimal,
    /// What stands behind the numbers.
    pub unit: Option<Unit>,
}

/// The part of a sample that must read as numbers (§9 "number in text").
const SHARE_MIN: f64 = 0.95;

impl NumberReader {
    /// The reader of a field.
    pub fn of(field: &Field) -> NumberReader {
        NumberReader { decimal: field.decimal, unit: field.unit.clone() }
    }

    /// The number that a cell stands for. A cell without the unit is a number too, one with another unit is none.
    pub fn read(&self, text: &str) -> Option<f64> {
        let text = text.trim();
        match &self.unit {
            None => parse_number_with(text, self.decimal),
            Some(Unit::Magnitude) => parse_magnitude(text, self.decimal),
            Some(Unit::Duration) => parse_duration(text),
            Some(Unit::Named(unit)) => parse_number_with(text.strip_suffix(unit.trim()).unwrap_or(text).trim_end(), self.decimal),
        }
    }

    /// The reader of plain numbers for a column of which this is a sample; `None` if fewer than 95 % are numbers.
    ///
    /// The comma is the decimal sign where more cells can be read with it than without.
    pub(super) fn detect(sample: &[&str]) -> Option<NumberReader> {
        let with = |decimal| move |text: &str| looks_like_number(text, decimal);
        let decimal = if sample.iter().any(|text| text.contains(',') || text.matches('.').count() > 1) {
            let count = |decimal| sample.iter().filter(|text| with(decimal)(text)).count();
            if count(Decimal::Comma) > count(Decimal::Point) { Decimal::Comma } else { Decimal::Point }
        } else {
            Decimal::Point
        };
        share_at_least(sample, SHARE_MIN, with(decimal)).then_some(NumberReader { decimal, unit: None })
    }

    /// The reader that reads most of a sample which a person says to hold numbers.
    pub(super) fn of_most(sample: &[&str]) -> NumberReader {
        let with = |decimal| NumberReader { decimal, unit: None };
        let count = |reader: &NumberReader| sample.iter().filter(|text| reader.read(text).is_some()).count();
        let (point, comma) = (with(Decimal::Point), with(Decimal::Comma));
        let plain = if count(&comma) > count(&point) { comma } else { point };
        Self::detect_with_unit(sample).filter(|unit| count(unit) > count(&plain)).unwrap_or(plain)
    }

    /// The reader of numbers with something behind them; `None` if fewer than 95 % of the sample can be read.
    pub(super) fn detect_with_unit(sample: &[&str]) -> Option<NumberReader> {
        Self::detect_named(sample).or_else(|| Self::detect_magnitude(sample)).or_else(|| Self::detect_duration(sample))
    }

    fn detect_named(sample: &[&str]) -> Option<NumberReader> {
        // Of two neighbours at least one has the unit that nearly all have.
        let unit = sample.iter().take(2).find_map(|text| {
            let (_, unit) = split_unit(text)?;
            share_at_least(sample, SHARE_MIN, |other| split_unit(other).is_some_and(|(_, u)| u == unit)).then_some(unit)
        })?;
        let bare: Vec<&str> = sample.iter().filter_map(|text| split_unit(text)).map(|(number, _)| number).collect();
        let decimal = NumberReader::detect(&bare)?.decimal;
        Some(NumberReader { decimal, unit: Some(Unit::Named(unit.to_owned())) })
    }

    fn detect_magnitude(sample: &[&str]) -> Option<NumberReader> {
        let is_number = |text: &str| {
            let (number, factor) = split_magnitude(text);
            looks_like_number(number, Decimal::Point).then_some(factor)
        };
        let reads = share_at_least(sample, SHARE_MIN, |text| is_number(text).is_some());
        let has_some = sample.iter().any(|text| is_number(text).is_some_and(|factor| factor > 1.0));
        (reads && has_some).then_some(NumberReader { decimal: Decimal::Point, unit: Some(Unit::Magnitude) })
    }

    fn detect_duration(sample: &[&str]) -> Option<NumberReader> {
        share_at_least(sample, SHARE_MIN, |text| parse_duration(text).is_some())
            .then_some(NumberReader { decimal: Decimal::Point, unit: Some(Unit::Duration) })
    }
}

/// A number and the unit behind it.
///
/// A single capital directly behind digits is no unit: `12A` is a name. Neither are the endings of `1st` and `5th`.
fn split_unit(text: &str) -> Option<(&str, &str)> {
    const LENGTH_MAX: usize = 16;
    let digits = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (number, behind) = text.split_at(digits);
    let unit = behind.trim_start();
    let begins_well = |c: char| c.is_alphabetic() || matches!(c, '°' | '"' | '\'' | '′' | '″');
    let is_name = unit.len() == behind.len() && unit.len() == 1 && unit.starts_with(char::is_uppercase);
    let is_place = matches!(unit, "st" | "nd" | "rd" | "th");
    let is_unit = unit.starts_with(begins_well) && unit.len() <= LENGTH_MAX && !is_name && !is_place;
    is_unit.then_some((number, unit))
}

/// A number with `k`, `M`, `B` or `T` behind it, in either case, or with nothing.
fn parse_magnitude(text: &str, decimal: Decimal) -> Option<f64> {
    let (number, factor) = split_magnitude(text);
    let value = parse_number_with(number, decimal)? * factor;
    value.is_finite().then_some(value)
}

/// What stands before a magnitude, and the factor that it means: 1 if there is none.
fn split_magnitude(text: &str) -> (&str, f64) {
    const MAGNITUDES: [(&str, f64); 6] = [("bn", 1e9), ("mn", 1e6), ("k", 1e3), ("m", 1e6), ("b", 1e9), ("t", 1e12)];
    let before = |name: &str| {
        let start = text.len().checked_sub(name.len())?;
        text.get(start..).filter(|end| end.eq_ignore_ascii_case(name))?;
        Some(text[..start].trim_end())
    };
    let found = MAGNITUDES.iter().find_map(|(name, factor)| Some((before(name)?, *factor)));
    found.unwrap_or((text, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(sample: &[&str]) -> Option<Decimal> {
        NumberReader::detect(sample).map(|reader| reader.decimal)
    }

    fn unit(sample: &[&str]) -> Option<Unit> {
        NumberReader::detect_with_unit(sample).and_then(|reader| reader.unit)
    }

    #[test]
    fn the_column_tells_the_decimal_sign() {
        assert_eq!(decimal(&["1,234", "5,678"]), Some(Decimal::Point), "both readings fit: thousands");
        assert_eq!(decimal(&["1,234", "5,6"]), Some(Decimal::Comma));
        assert_eq!(decimal(&["1.234,56", "12"]), Some(Decimal::Comma));
        assert_eq!(decimal(&["1.234.567", "1.234"]), Some(Decimal::Comma));
        assert_eq!(decimal(&["1,234.5", "7"]), Some(Decimal::Point));
        assert_eq!(decimal(&["1,5", "1.5"]), None);
        assert_eq!(decimal(&["1.2.3", "1.10.2"]), None);
    }

    #[test]
    fn one_unit_behind_all_numbers_is_a_unit() {
        assert_eq!(unit(&["5 kg", "12 kg", "1,200 kg"]), Some(Unit::Named("kg".into())));
        assert_eq!(unit(&["5.5cm", "7cm"]), Some(Unit::Named("cm".into())));
        assert_eq!(unit(&["20 °C", "-3 °C"]), Some(Unit::Named("°C".into())));
        assert_eq!(unit(&["5 kg", "7 lb"]), None);
        assert_eq!(unit(&["12A", "13A"]), None);
        assert_eq!(unit(&["4th", "5th"]), None);
        let commas = NumberReader::detect_with_unit(&["3,5 kg", "10 kg"]).unwrap();
        assert_eq!(["3,5 kg", "4 kg", "7", "7 lb"].map(|text| commas.read(text)), [Some(3.5), Some(4.0), Some(7.0), None]);
    }

    #[test]
    fn magnitudes_and_durations() {
        assert_eq!(unit(&["1.2k", "800", "3M"]), Some(Unit::Magnitude));
        assert_eq!(unit(&["1h 30m", "2h", "45m"]), Some(Unit::Duration));
        assert_eq!(unit(&["45 min", "1 h 10 min"]), Some(Unit::Duration));
        assert_eq!(parse_magnitude("€1.5M", Decimal::Point), Some(1_500_000.0));
        assert_eq!(parse_magnitude("k", Decimal::Point), None);
        assert_eq!(parse_magnitude("é", Decimal::Point), None);
    }
}
