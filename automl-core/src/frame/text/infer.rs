//! Is it a number?

use super::markers::{Markers, trim};

/// What the cells of a column are. Each holds all that the ones before it hold, so the join of two is the
/// greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::frame) enum Class {
    /// Missing values only.
    Missing,
    /// Integers as a program writes them.
    Integer,
    /// Numbers.
    Float,
    /// Anything that is one value.
    Text,
    /// Lists and the like: no values of a table.
    Nested,
}

impl Class {
    /// What one cell is.
    pub(in crate::frame) fn of(cell: &str, markers: &Markers) -> Class {
        if markers.is_missing(cell) { Class::Missing } else { Class::of_present(cell) }
    }

    /// What a cell is that is not missing.
    pub(in crate::frame) fn of_present(cell: &str) -> Class {
        if integer(cell).is_some() {
            Class::Integer
        } else if float(cell).is_some() {
            Class::Float
        } else {
            Class::Text
        }
    }
}

/// The integer that a cell holds, spaces around it aside.
///
/// Only the form in which a program writes it counts, so that a label or code comes back as it was:
/// `01`, `+1` and `-0` are no integers.
pub(in crate::frame) fn integer(cell: &str) -> Option<i64> {
    let cell = trim(cell);
    let digits = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    match digits {
        [b'0'] => (cell.len() == 1).then_some(0),
        [b'1'..=b'9', rest @ ..] if rest.len() < 19 && rest.iter().all(u8::is_ascii_digit) => cell.parse().ok(),
        _ => None,
    }
}

/// The number that a cell holds, spaces around it aside.
///
/// Texts with leading zeros (`01`, `01.05`) and whole numbers with a plus (`+49`) are codes, dates or
/// telephone numbers rather than quantities. `inf`, `infinity` and `nan` are numbers in any case.
pub(in crate::frame) fn float(cell: &str) -> Option<f64> {
    let cell = trim(cell).as_bytes();
    let (&first, rest) = cell.split_first()?;
    let digits = if matches!(first, b'-' | b'+') { rest } else { cell };
    let is_padded = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    let is_whole_with_plus = first == b'+' && rest.iter().all(u8::is_ascii_digit);
    let can_begin = digits.first().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'.' | b'i' | b'I' | b'n' | b'N'));
    if !can_begin || is_padded || is_whole_with_plus {
        return None;
    }
    fast_float2::parse(cell).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::options::ReadOptions;

    #[test]
    fn cells_are_what_they_look_like() {
        let markers = Markers::of_values(&ReadOptions::default());
        let of = |cells: &[&str]| cells.iter().map(|cell| Class::of(cell, &markers)).collect::<Vec<_>>();
        let missing = ["", "  ", "NA", " NA ", "N/A", "NaN", "nan", "null", "NULL", "?", "-", "\t-"];
        let integers = ["0", "-1", " 42 ", "9223372036854775807", "-9223372036854775808"];
        let floats = ["-0", "1.5", ".5", "5.", "1e3", "-1E-3", "+1.5", "9223372036854775808", "inf", "-inf", "Infinity", "0.0"];
        let texts =
            ["01", "+1", "01.05", "-007", "1,5", "1_000", "0x1F", "1 2", ".", "-.", "+", "--1", "na", "None", "true", "1e", "é"];
        assert_eq!(of(&missing), [Class::Missing; 12]);
        assert_eq!(of(&integers), [Class::Integer; 5]);
        assert_eq!(of(&floats), [Class::Float; 12]);
        assert_eq!(of(&texts), [Class::Text; 17]);
    }

    #[test]
    fn numbers_have_their_value() {
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(float(" 0.1 "), Some(0.1));
        assert_eq!(float("-inf"), Some(f64::NEG_INFINITY));
        assert!(float("NAN").is_some_and(f64::is_nan));
    }
}
