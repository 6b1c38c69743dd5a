//! Numbers as people read them.

/// A score or measurement with five significant digits: `0.91402`, `12346`, `1.2300e-7`.
pub fn score(value: f64) -> String {
    significant(value, 5)
}

/// How far scores lie apart, with two significant digits: `0.012`, `350`.
pub fn spread(value: f64) -> String {
    significant(value, 2)
}

/// A score and the interval around it, as exact as the width of the interval gives sense to: `0.862`, `0.831`, `0.893`.
pub fn within(value: f64, low: f64, high: f64) -> [String; 3] {
    let decimals = if high > low { (1 - (high - low).log10().floor() as i32).clamp(0, 9) as usize } else { 5 };
    [value, low, high].map(|value| format!("{value:.decimals$}"))
}

/// Plain notation within reason, never fewer digits than stand before the point, never more than five behind it.
fn significant(value: f64, digits: i32) -> String {
    const SMALLEST_PLAIN: f64 = 1e-4;
    const LARGEST_PLAIN: f64 = 1e9;
    const DECIMALS_MAX: i32 = 5;
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    if !(SMALLEST_PLAIN..LARGEST_PLAIN).contains(&value.abs()) {
        return format!("{value:.*e}", (digits - 1) as usize);
    }
    let decimals = (digits - 1 - value.abs().log10().floor() as i32).clamp(0, DECIMALS_MAX);
    format!("{value:.*}", decimals as usize)
}

/// A value among others: four significant digits, without zeros at the end: `0.42`, `80`, `1234567`, `1.2e-7`.
pub fn brief(value: f64) -> String {
    const LARGEST_WHOLE: f64 = 1e9;
    if value.fract() == 0.0 && value.abs() < LARGEST_WHOLE {
        return format!("{value:.0}");
    }
    let text = significant(value, 4);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, ""));
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    if exponent.is_empty() { digits.to_owned() } else { format!("{digits}e{exponent}") }
}

/// The same where room is scarce: millions and more in three digits, `19.7M`, `2.1G`.
pub fn short(value: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e12, "T"), (1e9, "G"), (1e6, "M")];
    match UNITS.iter().find(|(unit, _)| (*unit..unit * 1e3).contains(&value.abs())) {
        Some((unit, letter)) => brief(significant(value / unit, 3).parse().unwrap_or(value / unit)) + letter,
        None => brief(value),
    }
}

/// A part as percents: `62 %`, `0.4 %`, `<0.1 %`, and 100 % only for all.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        0.0 => "0 %".to_owned(),
        p if p < 0.1 => "<0.1 %".to_owned(),
        p if p < 9.95 => format!("{p:.1} %"),
        p if p > 99.0 && p < 100.0 => format!("{:.1} %", p.min(99.9)),
        p => format!("{p:.0} %"),
    }
}

/// A strength between 0 and 1: `0.31`, and 1 only for all.
pub fn strength(value: f64) -> String {
    if value > 0.99 && value < 1.0 { format!("{:.3}", value.min(0.999)) } else { format!("{value:.2}") }
}

/// A duration in seconds: `0.04`, `3.21`, `12.3`, `128`.
pub fn seconds(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

/// A size: `812 B`, `12.3 kB`, `1.2 MB`.
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    const STEP: f64 = 1000.0;
    if value < STEP as u64 {
        return format!("{value} B");
    }
    let mut value = value as f64 / STEP;
    let mut unit = 0;
    // 999.95 and more would be printed with four digits before the point.
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= STEP;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A count with its thousands apart: `20,640`.
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 row`, `2,000 rows`.
pub fn counted(value: usize, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_five_significant_digits() {
        let cases = [
            (0.914_023_4, "0.91402"),
            (0.001_234_56, "0.00123"),
            (1.0, "1.0000"),
            (-3.271_592_6, "-3.2716"),
            (12_345.6, "12346"),
            (2e12, "2.0000e12"),
            (1.23e-7, "1.2300e-7"),
            (0.0, "0"),
        ];
        for (value, text) in cases {
            assert_eq!(score(value), text);
        }
    }

    #[test]
    fn values_among_others_are_brief() {
        let values = [0.42, 80.0, 1_234_567.0, 1.2e-7, 2.71234, 1e12, -0.5, f64::from(1 << 20) + 0.5];
        assert_eq!(values.map(brief), ["0.42", "80", "1234567", "1.2e-7", "2.712", "1e12", "-0.5", "1048576"]);
        assert_eq!([19_677_284.0, -2.1e9, 36_009.0, 0.5, 1e15].map(short), ["19.7M", "-2.1G", "36009", "0.5", "1e15"]);
        assert_eq!([0.0, 0.0001, 0.0042, 0.616, 0.9999, 1.0].map(percent), ["0 %", "<0.1 %", "0.4 %", "62 %", "99.9 %", "100 %"]);
    }

    #[test]
    fn spreads_have_two() {
        assert_eq!([spread(0.0123), spread(345.6), spread(4.56e-6), spread(0.0)], ["0.012", "346", "4.6e-6", "0"]);
    }

    #[test]
    fn an_interval_says_how_exact_its_numbers_are() {
        assert_eq!(within(0.86214, 0.831_49, 0.892_87), ["0.862", "0.831", "0.893"]);
        assert_eq!(within(48_213.6, 45_120.0, 52_930.0), ["48214", "45120", "52930"]);
        assert_eq!(within(1.0, 1.0, 1.0), ["1.00000", "1.00000", "1.00000"]);
    }

    #[test]
    fn sizes_and_counts_are_short() {
        assert_eq!([bytes(812), bytes(12_345), bytes(1_200_000), bytes(999_999)], ["812 B", "12.3 kB", "1.2 MB", "1.0 MB"]);
        assert_eq!([count(7), count(891), count(20_640), count(1_234_567)], ["7", "891", "20,640", "1,234,567"]);
        assert_eq!([counted(1, "row"), counted(0, "row")], ["1 row", "0 rows"]);
    }

    #[test]
    fn seconds_have_at_most_two_decimals() {
        assert_eq!([seconds(0.0421), seconds(3.21), seconds(12.34), seconds(128.4)], ["0.04", "3.21", "12.3", "128"]);
    }
}
