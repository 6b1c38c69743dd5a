//! What kind of values does one column hold? The guesses for a single column.

mod distinct;

use distinct::{count_distinct, counts_by_value, few_distinct, looks_like_codes};
use polars::prelude::{Float64Chunked, Int64Chunked, StringChunked};

use super::cells::{Cells, float_bits, hash_text, present};
use super::datetime::{Detected, Formats, format_of_integers};
use super::names::{speaks_of_codes, speaks_of_identifiers};
use super::number::{canonical, parse_plain_integer};
use super::truth::two_truths;
use super::{Kind, NumberReader, order_of, parse_number};

/// What one column looks like.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The guessed kind.
    pub kind: Kind,
    /// Numeric codes that may as well be names.
    pub is_code: bool,
    /// Almost every row has a value of its own, and the values measure nothing.
    pub is_identifier: bool,
    /// Cells that hold a value.
    pub present: usize,
    /// Cells that are infinite; they count as missing.
    pub infinite: usize,
    /// Distinct values; exact up to [`FEW`] and for integers, names and text, otherwise "more than [`FEW`]".
    pub distinct: usize,
    /// The column is text that holds numbers.
    pub number_in_text: bool,
    /// How they are written.
    pub numbers: NumberReader,
    /// The column is text that holds moments.
    pub date_in_text: Option<Detected>,
    /// The format of moments that are stored as numbers.
    pub moments_as_numbers: Option<&'static str>,
    /// The order of the categories, or no and yes of a bool with usual spellings.
    pub order: Vec<String>,
    /// The share of the values in a sample that are not of the kind: they will count as missing.
    #[allow(dead_code, reason = "told by the check of mixed types")]
    pub unreadable: f64,
    /// The share of numbers among the values of categories and text, in a sample.
    #[allow(dead_code, reason = "told by the check of mixed types")]
    pub numbers_share: f64,
}

/// Up to this many distinct values an integer column may be codes (§9 "integer codes").
pub(crate) const FEW: usize = 20;
/// The part of the rows that the distinct values of small codes may be (§9 "integer codes").
const CODES_SHARE_MAX: f64 = 0.05;
/// High-cardinality codes have more distinct values than this (§9 "integer codes").
const MANY_CODES_MIN: usize = 100;
/// Identifiers need this many rows (§9 "identifier").
const IDENTIFIER_ROWS_MIN: usize = 100;
/// The part of the rows with a value of their own that makes an identifier (§9 "identifier").
const IDENTIFIER_SHARE_MIN: f64 = 0.95;
/// The part of the values that must be distinct in text (§9 "text").
const TEXT_DISTINCT_SHARE: f64 = 0.01;
/// Words per value that make text (§9 "text").
const TEXT_WORDS_MIN: f64 = 3.0;
/// Cells that are parsed and split into words: the share of a property in so many is within 1 % of the truth.
const SAMPLE: usize = 2_000;
/// Cells that are tried with about a hundred date formats.
const DATE_SAMPLE: usize = 1_000;

impl Profile {
    fn new(kind: Kind, present: usize, distinct: usize) -> Profile {
        Profile {
            kind,
            is_code: false,
            is_identifier: false,
            present,
            infinite: 0,
            distinct,
            number_in_text: false,
            numbers: NumberReader::default(),
            date_in_text: None,
            moments_as_numbers: None,
            order: Vec::new(),
            unreadable: 0.0,
            numbers_share: 0.0,
        }
    }

    /// The guesses for a column by the rules of §9. Cheap questions are asked of the whole column, expensive ones
    /// of an evenly spaced sample.
    pub fn of(name: &str, cells: &Cells, formats: &Formats) -> Profile {
        match cells {
            Cells::Ints(ints) => profile_integers(name, ints),
            Cells::Floats(floats) => profile_floats(name, floats),
            Cells::Texts(texts) => profile_texts(name, texts, formats),
            Cells::Times(times) => {
                let distinct = few_distinct(times.iter().flatten()).map_or(FEW + 1, |few| few.len());
                Profile::new(Kind::Datetime, times.len() - times.null_count(), distinct)
            }
        }
    }
}

fn profile_integers(name: &str, ints: &Int64Chunked) -> Profile {
    profile_whole(name, || ints.iter().flatten(), ints.len() - ints.null_count(), true)
}

/// §9 "boolean", "integer codes", "moments as numbers" and "identifier" for whole numbers, whatever their physical type.
fn profile_whole<I: Iterator<Item = i64>>(name: &str, values: impl Fn() -> I, present: usize, may_identify: bool) -> Profile {
    let as_moments = |distinct| Profile {
        moments_as_numbers: format_of_integers(&values, distinct, name),
        ..Profile::new(Kind::Datetime, present, distinct)
    };
    if let Some(few) = few_distinct(values()) {
        let moments = as_moments(few.len());
        if moments.moments_as_numbers.is_some() {
            return moments;
        }
        let kind = if few.len() == 2 { Kind::Bool } else { Kind::Numeric };
        let mut profile = Profile::new(kind, present, few.len());
        let is_repeated = few.len() as f64 <= CODES_SHARE_MAX * present as f64;
        profile.is_code = few.len() > 2 && (is_repeated || speaks_of_codes(name));
        return profile;
    }
    let counts = counts_by_value(values().collect());
    let moments = as_moments(counts.len());
    if moments.moments_as_numbers.is_some() {
        return moments;
    }
    let mut profile = Profile::new(Kind::Numeric, present, counts.len());
    let numbers_rows = || numbers_rows(&values, present) || speaks_of_identifiers(name);
    profile.is_identifier = may_identify && is_identifier(counts.len(), present) && numbers_rows();
    let is_many = counts.len() > MANY_CODES_MIN && looks_like_codes(&counts);
    profile.is_code = present >= 2 * counts.len() && (is_many || speaks_of_codes(name));
    profile
}

/// Whether whole numbers number the rows: they rise from row to row, or leave few gaps. Others that are all
/// distinct may measure something.
fn numbers_rows<I: Iterator<Item = i64>>(values: &impl Fn() -> I, present: usize) -> bool {
    let range = values().max().zip(values().min()).map_or(0, |(max, min)| max.abs_diff(min));
    range < 2 * present as u64 || values().zip(values().skip(1)).all(|(a, b)| a < b)
}

fn profile_floats(name: &str, floats: &Float64Chunked) -> Profile {
    let finite = || floats.iter().flatten().filter(|v| v.is_finite());
    let infinite = floats.iter().flatten().filter(|v| v.is_infinite()).count();
    let present = finite().count();
    // 2⁵³: from there on every float is whole, which says nothing.
    let is_whole = |v: f64| v.fract() == 0.0 && v.abs() < 9_007_199_254_740_992.0;
    let mut profile = if finite().all(is_whole) {
        profile_whole(name, || finite().map(|v| v as i64), present, false)
    } else {
        match few_distinct(finite().filter_map(|v| float_bits(Some(v)))) {
            Some(few) if few.len() == 2 => Profile::new(Kind::Bool, present, 2),
            Some(few) => Profile::new(Kind::Numeric, present, few.len()),
            None => Profile::new(Kind::Numeric, present, FEW + 1),
        }
    };
    profile.infinite = infinite;
    profile
}

/// §9 for text: boolean, number in text, date in text, ordered categories, number with a unit, text, identifier, else
/// categorical.
///
/// Moments stay moments even if there are only two of them.
fn profile_texts(name: &str, texts: &StringChunked, formats: &Formats) -> Profile {
    let values = || texts.iter().flatten().filter_map(present);
    let count = values().count();
    let few = few_distinct(values());
    let known = |kind| Profile::new(kind, count, few.as_ref().map_or(FEW + 1, Vec::len));
    if few.as_ref().is_some_and(|few| few.len() < 2) {
        return known(Kind::Categorical);
    }
    if let Some(truths) = few.as_ref().and_then(|few| truths(few, values)) {
        return Profile { order: truths.to_vec(), ..known(Kind::Bool) };
    }
    let sample = spaced(values(), count, SAMPLE);
    let may_be_number = few.as_ref().is_none_or(|few| few.len() != 2);
    if may_be_number
        && !are_padded(&sample)
        && let Some(numbers) = NumberReader::detect(&sample)
    {
        return profile_numbers_in_text(name, texts, numbers, known(Kind::Numeric), &sample);
    }
    let dates = spaced(sample.iter().copied(), sample.len(), DATE_SAMPLE);
    if let Some(detected) = formats.detect(&dates) {
        let unreadable = share(&dates, |text| detected.format.parse(text).is_none());
        return Profile { date_in_text: Some(detected), unreadable, ..known(Kind::Datetime) };
    }
    if !may_be_number {
        return known(Kind::Bool);
    }
    let order = few.as_ref().map_or(Vec::new(), |few| canonical_order(few));
    if order.is_empty()
        && let Some(numbers) = NumberReader::detect_with_unit(&sample)
    {
        let unreadable = share(&sample, |text| numbers.read(text).is_none());
        return Profile { number_in_text: true, numbers, unreadable, ..known(Kind::Numeric) };
    }
    let distinct = few.as_ref().map_or_else(|| count_distinct(values().map(hash_text).collect()), Vec::len);
    let is_text = has_words(&sample) && distinct as f64 > TEXT_DISTINCT_SHARE * count as f64 && order.is_empty();
    Profile {
        order,
        is_identifier: !is_text && is_identifier(distinct, count),
        numbers_share: share(&sample, |text| parse_number(text).is_some()),
        ..Profile::new(if is_text { Kind::Text } else { Kind::Categorical }, count, distinct)
    }
}

/// No and yes, if a few distinct values are spellings of the two.
fn truths<'a, I: Iterator<Item = &'a str>>(few: &[&str], values: impl Fn() -> I) -> Option<[String; 2]> {
    // Most columns fail here, before anything is counted.
    two_truths(&few.iter().map(|text| (*text, 0)).collect::<Vec<_>>())?;
    let count = |text: &&str| values().filter(|value| value == text).count();
    two_truths(&few.iter().map(|text| (*text, count(text))).collect::<Vec<_>>())
}

/// The order of levels as categories are written.
fn canonical_order(few: &[&str]) -> Vec<String> {
    let mut order: Vec<String> = order_of(few).iter().map(|level| canonical(level).into_owned()).collect();
    order.dedup();
    order
}

/// Numbers that lie in a text column. Plain integers are judged as an integer column is; numbers with signs or
/// separators are quantities, never codes or identifiers.
fn profile_numbers_in_text(name: &str, texts: &StringChunked, numbers: NumberReader, known: Profile, sample: &[&str]) -> Profile {
    let present = known.present;
    let mut readable = sample.iter().filter(|text| numbers.read(text).is_some());
    let profile = if readable.all(|text| parse_plain_integer(text).is_some()) {
        let integers = || texts.iter().flatten().filter_map(parse_plain_integer);
        profile_whole(name, integers, integers().count(), true)
    } else {
        known
    };
    let unreadable = share(sample, |text| numbers.read(text).is_none());
    Profile { present, number_in_text: profile.kind != Kind::Datetime, numbers, unreadable, ..profile }
}

fn is_identifier(distinct: usize, present: usize) -> bool {
    present >= IDENTIFIER_ROWS_MIN && distinct as f64 >= IDENTIFIER_SHARE_MIN * present as f64
}

/// Whether the values are digits filled up with zeros to one length, as post codes are: names, although few of
/// them may begin with a zero.
fn are_padded(sample: &[&str]) -> bool {
    let length = sample.first().map_or(0, |text| text.len());
    let is_digits = |text: &&str| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    length > 1 && sample.iter().any(|text| text.starts_with('0')) && sample.iter().all(is_digits)
}

/// Three words or more on average.
fn has_words(sample: &[&str]) -> bool {
    let words: usize = sample.iter().map(|text| text.split_whitespace().count()).sum();
    words as f64 >= TEXT_WORDS_MIN * sample.len() as f64
}

/// The share of a sample that passes.
fn share(sample: &[&str], passes: impl Fn(&str) -> bool) -> f64 {
    sample.iter().filter(|text| passes(text)).count() as f64 / sample.len().max(1) as f64
}

/// Whether at least a share of a sample passes; stops as soon as too many have not.
pub(super) fn share_at_least(sample: &[&str], share: f64, passes: impl Fn(&str) -> bool) -> bool {
    let misses_max = ((1.0 - share) * sample.len() as f64 + 1e-9).floor() as usize;
    let mut misses = 0;
    sample.iter().all(|text| {
        misses += usize::from(!passes(text));
        misses <= misses_max
    })
}

/// At most `size` of `count` values, evenly spaced.
pub(crate) fn spaced<'a>(values: impl Iterator<Item = &'a str>, count: usize, size: usize) -> Vec<&'a str> {
    if count <= size {
        return values.collect();
    }
    // Value i is taken where floor(i · size / count) steps up: exactly `size` of them.
    values.enumerate().filter(|(i, _)| (i + 1) * size / count > i * size / count).map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests;
