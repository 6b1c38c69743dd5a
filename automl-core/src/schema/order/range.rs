//! Ranges of numbers (`<5`, `5-10`, `20 or more`) and ordinals (`1st`).

use crate::schema::parse_number;

/// The place of every range; `None` for what is none. Some level must be more than a number, and all must have the same
/// unit, if any.
pub(super) fn places(levels: &[&str]) -> Vec<Option<f64>> {
    let ranges: Vec<Option<Range>> = levels.iter().map(|level| Range::parse(level)).collect();
    let mut units: Vec<&str> = ranges.iter().flatten().map(|r| r.unit.as_str()).filter(|unit| !unit.is_empty()).collect();
    units.sort_unstable();
    units.dedup();
    if units.len() > 1 || !ranges.iter().flatten().any(|r| r.is_range) {
        return vec![None; levels.len()];
    }
    ranges.into_iter().map(|range| range.map(|r| r.place)).collect()
}

struct Range {
    /// The lower end; a little less or more for what lies below or above a number.
    place: f64,
    /// More than a number alone.
    is_range: bool,
    /// The words that say nothing of an order, without a plural.
    unit: String,
}

const BELOW: [&str; 8] = ["lt", "less", "under", "below", "up", "younger", "fewer", "until"];
const ABOVE: [&str; 8] = ["gt", "more", "over", "above", "greater", "older", "plus", "least"];
const ORDINAL: [&str; 4] = ["st", "nd", "rd", "th"];
const BETWEEN: [&str; 12] = ["than", "to", "or", "and", "of", "at", "from", "between", "x", "equal", "inclusive", "through"];

impl Range {
    fn parse(level: &str) -> Option<Range> {
        let text = level.to_lowercase().replace(['–', '—', '−'], "-").replace('≤', "<=").replace('≥', ">=");
        let (numbers, words, signs) = parts(&text)?;
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let is_below = has(&BELOW) || signs.starts_with('<');
        let is_above = has(&ABOVE) || signs.starts_with('>') || signs.ends_with('+');
        let is_word = |word: &&String| [&BELOW[..], &ABOVE, &ORDINAL, &BETWEEN].iter().all(|list| !list.contains(&word.as_str()));
        let unit: Vec<&str> = words.iter().filter(is_word).map(|word| word.trim_end_matches('s')).collect();
        let (place, is_range) = match numbers[..] {
            [] if words == ["more"] => (f64::INFINITY, true),
            [value] if is_below => (value.next_down(), true),
            [value] if is_above => (value.next_up(), true),
            [value] => (value, has(&ORDINAL)),
            [low, high] if low <= high => (low, true),
            _ => return None,
        };
        Some(Range { place, is_range, unit: unit.join(" ") })
    }
}

/// The numbers, the words and the other signs of a text; `None` if there are signs that no range has.
fn parts(text: &str) -> Option<(Vec<f64>, Vec<String>, String)> {
    const SIGNS: &str = "<>=-+()[],$€£%~";
    let (mut numbers, mut words, mut signs) = (Vec::new(), Vec::new(), String::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |is: fn(char) -> bool| rest.find(|c: char| !is(c)).unwrap_or(rest.len());
        let end = if first.is_ascii_digit() {
            let end = run(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
            numbers.push(parse_number(rest[..end].trim_end_matches(['.', ',']))?);
            end
        } else if first.is_alphabetic() {
            let end = run(char::is_alphabetic);
            words.push(rest[..end].to_owned());
            end
        } else {
            if !first.is_whitespace() {
                signs.push(Some(first).filter(|c| SIGNS.contains(*c))?);
            }
            first.len_utf8()
        };
        rest = &rest[end..];
    }
    Some((numbers, words, signs))
}
