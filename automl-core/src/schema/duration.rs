//! Lengths of time as people write them.

/// The seconds that a text stands for, or `None`.
///
/// It reads clocks (`01:30:00`, `1:30:00.5`, `2 days 03:04:05`; of two parts, as in `90:15`, the first is minutes;
/// `3:15 pm` is the time since midnight), amounts with units (`1h 30m`, `2 days 3 hours`, `45 min`) and ISO 8601
/// (`PT1H30M`, `P2W`). A minus before all of it makes it negative.
pub(super) fn parse_duration(text: &str) -> Option<f64> {
    let text = text.trim();
    // The longest reasonable one has days, hours, minutes and seconds in words.
    if text.len() > 64 || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (text, sign) = text.strip_prefix('-').map_or((text, 1.0), |rest| (rest, -1.0));
    let seconds = parse_clock(text).or_else(|| parse_amounts(text)).or_else(|| parse_iso(text))?;
    Some(sign * seconds)
}

/// Seconds per unit; longer names of a unit are looked for as whole words.
const UNITS: [(&str, f64); 20] = [
    ("w", 604_800.0),
    ("week", 604_800.0),
    ("weeks", 604_800.0),
    ("d", 86_400.0),
    ("day", 86_400.0),
    ("days", 86_400.0),
    ("h", 3600.0),
    ("hr", 3600.0),
    ("hrs", 3600.0),
    ("hour", 3600.0),
    ("hours", 3600.0),
    ("m", 60.0),
    ("min", 60.0),
    ("mins", 60.0),
    ("minute", 60.0),
    ("minutes", 60.0),
    ("s", 1.0),
    ("sec", 1.0),
    ("second", 1.0),
    ("seconds", 1.0),
];

/// `H:MM:SS`, `M:SS`, `D days, HH:MM:SS` or a time of the day with `am` or `pm`.
fn parse_clock(text: &str) -> Option<f64> {
    if !text.contains(':') {
        return None;
    }
    let (days, clock) = split_days(text);
    let (clock, noon) = split_half(clock);
    let parts: Vec<&str> = clock.split(':').collect();
    let first: f64 = whole(parts[0], 6)?;
    let seconds = match parts[1..] {
        [minutes] if days.is_some() || noon.is_some() => 3600.0 * first + 60.0 * below_sixty(minutes)?,
        [seconds] => 60.0 * first + below_sixty(seconds)?,
        [minutes, seconds] => 3600.0 * first + 60.0 * below_sixty(minutes)? + below_sixty(seconds)?,
        _ => return None,
    };
    let seconds = match noon {
        Some(_) if !(1.0..=12.0).contains(&first) => return None,
        // Twelve is the hour before one.
        Some(after) => seconds % 43_200.0 + if after { 43_200.0 } else { 0.0 },
        None => seconds,
    };
    Some(86_400.0 * days.unwrap_or(0.0) + seconds)
}

/// Whole days before a clock.
fn split_days(text: &str) -> (Option<f64>, &str) {
    let split = || {
        let (days, rest) = text.split_once("day").or_else(|| text.split_once('d'))?;
        let days = whole(days.trim(), 6)?;
        Some((days, rest.strip_prefix('s').unwrap_or(rest).trim_start_matches([',', ' '])))
    };
    split().map_or((None, text), |(days, rest)| (Some(days), rest))
}

/// Whether a time of the day is after noon, and the time.
fn split_half(text: &str) -> (&str, Option<bool>) {
    let Some(start) = text.len().checked_sub(2).filter(|start| text.is_char_boundary(*start)) else {
        return (text, None);
    };
    let (clock, half) = text.split_at(start);
    match half {
        "am" | "AM" | "Am" => (clock.trim_end(), Some(false)),
        "pm" | "PM" | "Pm" => (clock.trim_end(), Some(true)),
        _ => (text, None),
    }
}

/// Digits alone, at most so many.
fn whole(text: &str, length_max: usize) -> Option<f64> {
    let is_whole = (1..=length_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_whole { text.parse().ok() } else { None }
}

/// Two digits below sixty, with or without a fraction.
fn below_sixty(text: &str) -> Option<f64> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_sound = digits.len() == 2 && fraction.bytes().all(|b| b.is_ascii_digit());
    let value = whole(digits, 2).filter(|value| is_sound && *value < 60.0)?;
    Some(value + format!("0.{fraction}").parse::<f64>().ok()?)
}

/// Amounts with units, the largest unit first.
fn parse_amounts(text: &str) -> Option<f64> {
    let (mut rest, mut sum, mut last) = (text, 0.0, f64::INFINITY);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest[..end].parse().ok()?;
        let behind = rest[end..].trim_start();
        let end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (name, after) = behind.split_at(end);
        let (_, seconds) = UNITS.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(name))?;
        if *seconds >= last {
            return None;
        }
        (sum, last) = (sum + amount * seconds, *seconds);
        rest = after.trim_start_matches(['.', ',', ' ']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    last.is_finite().then_some(sum)
}

/// `P1W`, `P1DT2H3M4.5S`.
fn parse_iso(text: &str) -> Option<f64> {
    let text = text.strip_prefix('P')?;
    let (days, times) = text.split_once('T').unwrap_or((text, ""));
    // `M` before the `T` is a month, which has no length.
    if days.contains(['M', 'Y', 'H', 'S']) || times.contains(['D', 'W', 'Y']) || text.ends_with('T') {
        return None;
    }
    let amounts = |text: &str| if text.is_empty() { Some(0.0) } else { parse_amounts(text) };
    Some(amounts(days)? + amounts(times)?).filter(|_| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        let cases = [
            ("01:30:00", 5400.0),
            ("1:30:00.25", 5400.25),
            ("90:15", 5415.0),
            ("100:00:01", 360_001.0),
            ("2 days 03:04:05", 183_845.0),
            ("1 day, 0:00:10", 86_410.0),
            ("1d 02:00", 93_600.0),
            ("-00:00:30", -30.0),
            ("12:05 am", 300.0),
            ("3:15 PM", 54_900.0),
            ("1h 30m", 5400.0),
            ("1h30m", 5400.0),
            ("1.5h", 5400.0),
            ("2 days 3 hours", 183_600.0),
            ("1 hr, 5 mins and 3 sec", 3903.0),
            ("45 min", 2700.0),
            ("PT1H30M", 5400.0),
            ("P1DT0.5S", 86_400.5),
            ("P2W", 1_209_600.0),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_duration(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration() {
        let cases = [
            "", "12", "1.5", "1:2", "10:75", "10:30:99", "1:2:3:4", "P", "PT", "P1M", "5 kg", "30m 1h", "13:00 pm", "a:10",
            "1h x", "é",
        ];
        for text in cases {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
