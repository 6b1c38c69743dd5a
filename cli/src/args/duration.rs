//! Durations on the command line.

/// Reads `60s`, `2m`, `1.5h`, `500ms` or a plain number of seconds.
pub fn parse(text: &str) -> Result<f64, String> {
    const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let text = text.trim();
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let seconds_per_unit = match unit.trim() {
        "" => Some(1.0),
        unit => UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds),
    };
    let number = text[..text.len() - unit.len()].parse::<f64>().ok();
    match (number, seconds_per_unit) {
        (Some(number), Some(seconds_per_unit)) if number > 0.0 && number.is_finite() => Ok(number * seconds_per_unit),
        _ => Err("a positive duration is needed, as in `90s`, `2m`, `1.5h` or `500ms`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_are_read() {
        let cases = [("60s", 60.0), ("2m", 120.0), ("1h", 3600.0), ("1.5m", 90.0), ("500ms", 0.5), ("45", 45.0), (" 3 s", 3.0)];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "s", "0", "0s", "-5s", "5x", "1.2.3s", "1h30", "inf", "nan", "1e999"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
