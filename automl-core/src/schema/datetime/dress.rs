//! What stands around a moment: the day of the week before it, a named zone behind it.

/// A cell, and what is left of it without a weekday and a named zone.
pub(super) struct Cell<'a> {
    /// All of it.
    pub text: &'a str,
    /// The moment alone, and how many seconds its zone is before UTC; `None` if nothing stands around it.
    pub bare: Option<(&'a str, i32)>,
}

impl<'a> Cell<'a> {
    pub fn new(text: &'a str) -> Cell<'a> {
        let without_day = strip_weekday(text);
        let (bare, offset) = strip_zone(without_day);
        Cell { text, bare: (bare.len() < text.len()).then_some((bare, offset)) }
    }
}

fn strip_weekday(text: &str) -> &str {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0);
    if !(3..=9).contains(&end) {
        return text;
    }
    let word = text[..end].to_ascii_lowercase();
    if DAYS.iter().any(|day| day.starts_with(&word)) { text[end..].trim_start_matches(['.', ',', ' ']) } else { text }
}

/// Takes off a zone (`EST`, `GMT+2`, `(UTC)`) or the name of a region in brackets, which repeats the offset before it.
fn strip_zone(text: &str) -> (&str, i32) {
    let text = match text.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((before, _)) => before,
        None => text,
    };
    let zone = || {
        let (before, word) = text.rsplit_once(' ')?;
        let word = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(word);
        Some((before.trim_end(), parse_zone(word)?))
    };
    zone().unwrap_or((text, 0))
}

/// Minutes that clocks are before UTC. Of abbreviations with several meanings, the one of more people.
const ZONES: [(&str, i32); 34] = [
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("WET", 0),
    ("BST", 60),
    ("WEST", 60),
    ("CET", 60),
    ("MEZ", 60),
    ("CEST", 120),
    ("MESZ", 120),
    ("EET", 120),
    ("SAST", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("IST", 330),
    ("SGT", 480),
    ("HKT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("HST", -600),
];

/// The seconds before UTC of `EST`, `GMT+2` or `UTC-05:30`.
fn parse_zone(word: &str) -> Option<i32> {
    let end = word.find(['+', '-', '\u{2212}']).unwrap_or(word.len());
    let (name, offset) = word.split_at(end);
    let (_, minutes) = ZONES.iter().find(|(zone, _)| zone.eq_ignore_ascii_case(name))?;
    if offset.is_empty() {
        return Some(60 * minutes);
    }
    let (sign, digits) = match offset.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, offset.trim_start_matches(['-', '\u{2212}'])),
    };
    let (hours, rest) =
        digits.split_once(':').unwrap_or(if digits.len() == 4 && digits.is_ascii() { digits.split_at(2) } else { (digits, "0") });
    let (hours, rest): (i32, i32) = (hours.parse().ok()?, rest.parse().ok()?);
    let is_sound = (0..=14).contains(&hours) && (0..60).contains(&rest);
    is_sound.then_some(60 * (minutes + sign * (60 * hours + rest)))
}
