//! Numbers as people write them, and the one way we print them.

use std::borrow::Cow;

use super::Decimal;

/// The number that a text stands for, or `None`.
///
/// Besides plain numbers (`-1.5e3`) it reads thousands separators (`1,234`, `1 234`, `1'234`, and the Indian
/// `1,23,456`), a percent sign, a currency sign or code before or after, and accounting parentheses for
/// negative numbers. A percentage keeps the number that is written: `12 %` is 12. A comma is never a decimal
/// sign, because one cell alone cannot tell `1,234` from 1.234; see [`parse_number_with`]. Infinities and NaN are no
/// numbers.
pub fn parse_number(text: &str) -> Option<f64> {
    parse_number_with(text, Decimal::Point)
}

/// As [`parse_number`], with the decimal sign of the column; the other of point and comma separates thousands.
pub fn parse_number_with(text: &str, decimal: Decimal) -> Option<f64> {
    let text = text.trim();
    let plain = if decimal.is_point() || !text.contains('.') { parse_plain(text) } else { None };
    plain.or_else(|| parse_decorated(text, decimal))
}

/// Whether a text counts as a number when the kind of its column is guessed.
///
/// That is every number but those with leading zeros: `007` and `01234` are names.
pub fn looks_like_number(text: &str, decimal: Decimal) -> bool {
    !has_leading_zeros(text.trim()) && parse_number_with(text, decimal).is_some()
}

/// The integer that a text plainly is: digits with an optional sign, no decoration, no leading zeros.
pub(crate) fn parse_plain_integer(text: &str) -> Option<i64> {
    let text = text.trim();
    if has_leading_zeros(text) { None } else { text.parse().ok() }
}

/// A number the way it is written into categories and labels: whole numbers without a fraction, so that
/// `1.0` in one file and `1` in another agree.
pub fn print_number(value: f64) -> String {
    // Above 2⁵³ not every integer is a float, and its digits would promise too much.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT { (value as i64).to_string() } else { value.to_string() }
}

/// A text in the way that [`print_number`] would write it if it is a plain number, else as it is.
///
/// A text with leading zeros stays: it is a name.
pub fn canonical(text: &str) -> Cow<'_, str> {
    if has_leading_zeros(text) {
        return Cow::Borrowed(text);
    }
    let printed = match text.parse::<i64>() {
        Ok(integer) if starts_like_number(text) => integer.to_string(),
        _ => match parse_plain(text) {
            Some(value) => print_number(value),
            None => return Cow::Borrowed(text),
        },
    };
    if printed == text { Cow::Borrowed(text) } else { Cow::Owned(printed) }
}

/// A finite number without any decoration.
fn parse_plain(text: &str) -> Option<f64> {
    // The parser would also read `inf` and `nan`.
    if !starts_like_number(text) {
        return None;
    }
    fast_float2::parse::<f64, _>(text.as_bytes()).ok().filter(|value| value.is_finite())
}

fn starts_like_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
}

fn has_leading_zeros(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text).as_bytes();
    digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit()
}

/// A number with separators, signs of units or parentheses around it.
fn parse_decorated(text: &str, decimal: Decimal) -> Option<f64> {
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let (bare, mut negative) = (inner.unwrap_or(text), inner.is_some());
    let (bare, is_minus) = strip_front(bare.trim());
    if is_minus && negative {
        return None;
    }
    negative |= is_minus;
    let bare = strip_back(bare);
    let value = parse_plain(&without_separators(bare, decimal)?)?;
    if !bare.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') {
        return None;
    }
    Some(if negative { -value } else { value })
}

/// Signs and codes of currencies, as they stand before or after amounts; of two that end alike the longer first.
const CURRENCIES: [&str; 42] = [
    "US$", "HK$", "NZ$", "NT$", "R$", "C$", "A$", "S$", "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₫", "฿", "₱", "₦", "₪",
    "USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "AUD", "CAD", "SEK", "NOK", "DKK", "PLN", "BRL", "MXN", "kr", "zł", "Kč",
    "Rs.", "Rs",
];

/// Takes at most one sign and one currency off the front, in either order; says whether the sign was a minus.
fn strip_front(text: &str) -> (&str, bool) {
    let (rest, first) = strip_sign(text);
    let rest = CURRENCIES.iter().find_map(|c| rest.strip_prefix(c)).unwrap_or(rest).trim_start();
    if first.is_some() {
        return (rest, first == Some(true));
    }
    let (rest, second) = strip_sign(rest);
    (rest, second == Some(true))
}

/// Takes a sign off; `Some(true)` for a minus (also the typographic one).
fn strip_sign(text: &str) -> (&str, Option<bool>) {
    if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
        (rest.trim_start(), Some(true))
    } else if let Some(rest) = text.strip_prefix('+') {
        (rest.trim_start(), Some(false))
    } else {
        (text, None)
    }
}

fn strip_back(text: &str) -> &str {
    let rest = text.strip_suffix('%').or_else(|| CURRENCIES.iter().find_map(|c| text.strip_suffix(c)));
    rest.unwrap_or(text).trim_end()
}

/// Removes thousands separators and puts a point for the decimal sign; `None` if they do not stand where they belong.
///
/// One kind of separator, a first group of one to three digits without a leading zero, and then groups of
/// three; with commas also of two, except the last.
fn without_separators(text: &str, decimal: Decimal) -> Option<Cow<'_, str>> {
    const SEPARATORS: [char; 6] = [' ', '\'', '’', '\u{a0}', '\u{202f}', '\u{2009}'];
    let (sign, thousands) = if decimal.is_point() { ('.', ',') } else { (',', '.') };
    let Some(separator) = text.chars().find(|c| *c == thousands || SEPARATORS.contains(c)) else {
        return Some(if decimal.is_point() { Cow::Borrowed(text) } else { Cow::Owned(text.replacen(',', ".", 1)) });
    };
    let (whole, fraction) = text.split_once(sign).map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, last) = (groups[0], groups[groups.len() - 1]);
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_sound = groups.len() > 1
        && (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && last.len() == 3
        && groups.iter().all(|g| is_digits(g))
        && groups[1..].iter().all(|g| g.len() == 3 || g.len() == 2 && separator == ',')
        && fraction.is_none_or(is_digits);
    is_sound.then(|| match fraction {
        Some(fraction) => Cow::Owned(format!("{}.{fraction}", groups.concat())),
        None => Cow::Owned(groups.concat()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        let cases = [
            ("1", 1.0),
            (" -2.5 ", -2.5),
            ("+3", 3.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("-1.5E-2", -0.015),
            ("007", 7.0),
            ("1,234", 1234.0),
            ("12,345,678.90", 12_345_678.9),
            ("1,23,456", 123_456.0),
            ("1 234 567", 1_234_567.0),
            ("1\u{a0}234", 1234.0),
            ("1'234.5", 1234.5),
            ("12%", 12.0),
            ("-12.5 %", -12.5),
            ("$5", 5.0),
            ("$-5", -5.0),
            ("-$1,200.50", -1200.5),
            ("€ 3", 3.0),
            ("1,200 €", 1200.0),
            ("USD 7", 7.0),
            ("(1,234.50)", -1234.5),
            ("($5)", -5.0),
            ("\u{2212}4", -4.0),
        ];
        for (text, value) in cases {
            assert_eq!(parse_number(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        let cases = [
            "",
            "-",
            "$",
            "%",
            "()",
            "abc",
            "1a",
            "inf",
            "NaN",
            "1e999",
            "1,5",
            "12,34",
            "1,2,3",
            "0,123",
            "1.234,5",
            "--1",
            "-$-1",
            "(-1)",
            "1-2",
            "2020-01-01",
            "1/2",
            "1.2.3",
            "12:30",
            "$$1",
            "1,234 567",
            "٣",
        ];
        for text in cases {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_with_a_decimal_comma() {
        let read = |text| parse_number_with(text, Decimal::Comma);
        let cases = [
            ("3,5", 3.5),
            ("1.234,56", 1234.56),
            ("-1.234.567", -1_234_567.0),
            ("1 234,5", 1234.5),
            ("12", 12.0),
            ("1.234,50 €", 1234.5),
            (",5", 0.5),
            ("7,5 %", 7.5),
            ("1,5e3", 1500.0),
        ];
        for (text, value) in cases {
            assert_eq!(read(text), Some(value), "{text}");
        }
        for text in ["1.5", "1,234,567", "1,234.5", "0.123,4", "1.23.456", ",", "1,,5"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn leading_zeros_make_a_name() {
        let looks = |text| looks_like_number(text, Decimal::Point);
        assert!(!looks("01234"));
        assert!(!looks("-007"));
        assert!(looks("0"));
        assert!(looks("0.5"));
        assert!(looks("$1,234"));
    }

    #[test]
    fn whole_numbers_are_printed_alike() {
        for (text, printed) in [("1.0", "1"), ("1", "1"), ("-0", "0"), ("1e2", "100"), ("+5", "5"), ("1.50", "1.5")] {
            assert_eq!(canonical(text), printed, "{text}");
        }
        for text in ["01", "a", "", "-", "inf", "1.2.3", "9007199254740993", "$5", "1,000"] {
            assert_eq!(canonical(text), text);
        }
        assert_eq!(print_number(3.0), "3");
        assert_eq!(print_number(-0.0), "0");
        assert_eq!(print_number(0.1), "0.1");
    }
}
