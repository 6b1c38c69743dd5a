//! What kind of values does one column hold? The guesses for a single column.

use super::Kind;
use super::cells::{Cells, float_bits, hash_text, present};
use super::datetime::{Detected, Formats};
use super::number::{looks_like_number, parse_plain_integer};
use polars::prelude::{Float64Chunked, Int64Chunked, StringChunked};

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
    /// The column is text that holds moments.
    pub date_in_text: Option<Detected>,
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
/// The part of a sample that must read as numbers (§9 "number in text").
const NUMBER_SHARE_MIN: f64 = 0.95;
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
            date_in_text: None,
        }
    }

    /// The guesses for a column by the rules of §9. Cheap questions are asked of the whole column, expensive ones
    /// of an evenly spaced sample.
    pub fn of(cells: &Cells, formats: &Formats) -> Profile {
        match cells {
            Cells::Ints(ints) => profile_integers(ints),
            Cells::Floats(floats) => profile_floats(floats),
            Cells::Texts(texts) => profile_texts(texts, formats),
            Cells::Times(times) => {
                let distinct = few_distinct(times.iter().flatten()).map_or(FEW + 1, |few| few.len());
                Profile::new(Kind::Datetime, times.len() - times.null_count(), distinct)
            }
        }
    }
}

fn profile_integers(ints: &Int64Chunked) -> Profile {
    profile_whole(|| ints.iter().flatten(), ints.len() - ints.null_count(), true)
}

/// §9 "boolean", "integer codes" and "identifier" for whole numbers, whatever their physical type.
fn profile_whole<I: Iterator<Item = i64>>(values: impl Fn() -> I, present: usize, may_identify: bool) -> Profile {
    if let Some(few) = few_distinct(values()) {
        let kind = if few.len() == 2 { Kind::Bool } else { Kind::Numeric };
        let mut profile = Profile::new(kind, present, few.len());
        profile.is_code = few.len() > 2 && few.len() as f64 <= CODES_SHARE_MAX * present as f64;
        return profile;
    }
    let counts = counts_by_value(values().collect());
    let mut profile = Profile::new(Kind::Numeric, present, counts.len());
    profile.is_identifier = may_identify && is_identifier(counts.len(), present) && numbers_rows(&values, present);
    profile.is_code = counts.len() > MANY_CODES_MIN && present >= 2 * counts.len() && !shows_order(&counts);
    profile
}

/// Whether whole numbers number the rows: they rise from row to row, or leave few gaps. Others that are all
/// distinct may measure something.
fn numbers_rows<I: Iterator<Item = i64>>(values: &impl Fn() -> I, present: usize) -> bool {
    let range = values().max().zip(values().min()).map_or(0, |(max, min)| max.abs_diff(min));
    range < 2 * present as u64 || values().zip(values().skip(1)).all(|(a, b)| a < b)
}

fn profile_floats(floats: &Float64Chunked) -> Profile {
    let finite = || floats.iter().flatten().filter(|v| v.is_finite());
    let infinite = floats.iter().flatten().filter(|v| v.is_infinite()).count();
    let present = finite().count();
    // 2⁵³: from there on every float is whole, which says nothing.
    let is_whole = |v: f64| v.fract() == 0.0 && v.abs() < 9_007_199_254_740_992.0;
    let mut profile = if finite().all(is_whole) {
        profile_whole(|| finite().map(|v| v as i64), present, false)
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

/// §9 for text: boolean, number in text, date in text, text, identifier, else categorical.
///
/// Moments stay moments even if there are only two of them.
fn profile_texts(texts: &StringChunked, formats: &Formats) -> Profile {
    let values = || texts.iter().flatten().filter_map(present);
    let count = values().count();
    let sample = spaced(values(), count, SAMPLE);
    let dates = || formats.detect(&spaced(sample.iter().copied(), sample.len(), DATE_SAMPLE));
    let few = few_distinct(values()).map(|few| few.len());
    let known = |kind| Profile::new(kind, count, few.unwrap_or(FEW + 1));
    if few.is_some_and(|few| few < 2) {
        return known(Kind::Categorical);
    }
    let are_numbers = !are_padded(&sample) && share_at_least(&sample, NUMBER_SHARE_MIN, looks_like_number);
    if few != Some(2) && are_numbers {
        return profile_numbers_in_text(texts, count, few.unwrap_or(FEW + 1), &sample);
    }
    if let Some(detected) = dates() {
        return Profile { date_in_text: Some(detected), ..known(Kind::Datetime) };
    }
    if few == Some(2) {
        return known(Kind::Bool);
    }
    let distinct = few.unwrap_or_else(|| count_distinct(values().map(hash_text).collect()));
    if has_words(&sample) && distinct as f64 > TEXT_DISTINCT_SHARE * count as f64 {
        return Profile::new(Kind::Text, count, distinct);
    }
    Profile { is_identifier: is_identifier(distinct, count), ..Profile::new(Kind::Categorical, count, distinct) }
}

/// Numbers that lie in a text column. Plain integers are judged as an integer column is; numbers with signs or
/// separators are quantities, never codes or identifiers.
fn profile_numbers_in_text(texts: &StringChunked, present_count: usize, distinct: usize, sample: &[&str]) -> Profile {
    let mut numbers = sample.iter().filter(|text| looks_like_number(text));
    let profile = if numbers.all(|text| parse_plain_integer(text).is_some()) {
        let integers = || texts.iter().flatten().filter_map(parse_plain_integer);
        profile_whole(integers, integers().count(), true)
    } else {
        Profile::new(Kind::Numeric, present_count, distinct)
    };
    Profile { present: present_count, number_in_text: true, ..profile }
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

/// Whether at least a share of a sample passes; stops as soon as too many have not.
fn share_at_least(sample: &[&str], share: f64, passes: impl Fn(&str) -> bool) -> bool {
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

/// The distinct values in order if they are at most [`FEW`], else `None` after the first that is too many.
fn few_distinct<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let mut few: Vec<T> = Vec::with_capacity(FEW + 1);
    let mut last = None;
    for value in values {
        if last == Some(value) {
            continue;
        }
        last = Some(value);
        if let Err(place) = few.binary_search(&value) {
            if few.len() == FEW {
                return None;
            }
            few.insert(place, value);
        }
    }
    Some(few)
}

fn count_distinct(mut hashes: Vec<u64>) -> usize {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len()
}

/// How often each distinct value occurs, in the order of the values.
///
/// Values in a narrow range are counted in a table, others are sorted.
fn counts_by_value(mut values: Vec<i64>) -> Vec<u32> {
    let (Some(&min), Some(&max)) = (values.iter().min(), values.iter().max()) else {
        return Vec::new();
    };
    let range = i128::from(max) - i128::from(min);
    if range < 4 * values.len() as i128 {
        let mut table = vec![0u32; range as usize + 1];
        for value in values {
            table[(value - min) as usize] += 1;
        }
        table.retain(|count| *count > 0);
        return table;
    }
    values.sort_unstable();
    values.chunk_by(|a, b| a == b).map(|run| run.len() as u32).collect()
}

/// Whether some stretches of the ordered values occur more often than others, as in measured quantities, which
/// crowd somewhere, and not in codes: the "order signal" of §9.
///
/// Analysis of variance of the logarithms of the counts in ten stretches of the values. At more than 100
/// values, chance exceeds 3.5 once in a thousand columns of codes.
fn shows_order(counts: &[u32]) -> bool {
    const STRETCHES: usize = 10;
    const F_MIN: f64 = 3.5;
    let logs: Vec<f64> = counts.iter().map(|&count| f64::from(count).ln()).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let overall = mean(&logs);
    let (mut between, mut within) = (0.0, 0.0);
    for i in 0..STRETCHES {
        let stretch = &logs[i * logs.len() / STRETCHES..(i + 1) * logs.len() / STRETCHES];
        let own = mean(stretch);
        between += stretch.len() as f64 * (own - overall).powi(2);
        within += stretch.iter().map(|v| (v - own).powi(2)).sum::<f64>();
    }
    between / (STRETCHES - 1) as f64 > F_MIN * within / (logs.len() - STRETCHES) as f64
}

#[cfg(test)]
mod tests;
