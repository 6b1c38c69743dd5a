use polars::prelude::{NamedFrom, Series};

use super::*;

fn profile(series: Series) -> Profile {
    Profile::of("x", &Cells::read(&series.into()), &Formats::default())
}

fn integers(values: Vec<i64>) -> Profile {
    profile(Series::new("x".into(), values))
}

fn texts<S: AsRef<str>>(values: &[S]) -> Profile {
    profile(Series::new("x".into(), values.iter().map(AsRef::as_ref).collect::<Vec<&str>>()))
}

#[test]
fn few_integers_are_codes_only_in_many_rows() {
    // Five distinct values are 5 % of 100 rows.
    assert!(integers((0..100).map(|i| i % 5).collect()).is_code);
    assert!(!integers((0..99).map(|i| i % 5).collect()).is_code);
    assert!(integers((0..1000).map(|i| i % 20).collect()).is_code);
    assert!(!integers((0..1000).map(|i| i % 21).collect()).is_code);
}

#[test]
fn many_integers_are_codes_unless_they_crowd_somewhere() {
    // 150 values, each two to six times, in no order.
    let scattered = (0..150).flat_map(|i: i64| std::iter::repeat_n(i * 7, 2 + (i * i * 31 % 5) as usize));
    assert!(integers(scattered.collect()).is_code);
    // The same number of values, most in the middle, as measurements are.
    let crowded = (0..150).flat_map(|i: i64| std::iter::repeat_n(i * 7, 2 + (75 - (i - 75).abs()) as usize / 10));
    assert!(!integers(crowded.collect()).is_code);
    // Once each: nothing to learn from a code.
    assert!(!integers((0..150).collect()).is_code);
}

#[test]
fn identifiers_need_a_hundred_rows_and_are_never_floats() {
    assert!(integers((0..100).map(|i| i * 17).collect()).is_identifier);
    assert!(!integers((0..99).map(|i| i * 17).collect()).is_identifier);
    // 95 and 94 distinct values of 100.
    assert!(integers((0..100).map(|i| if i < 6 { 0 } else { i }).collect()).is_identifier);
    assert!(!integers((0..100).map(|i| if i < 7 { 0 } else { i }).collect()).is_identifier);
    assert!(!profile(Series::new("x".into(), (0..200).map(f64::from).collect::<Vec<_>>())).is_identifier);
    let names: Vec<String> = (0..100).map(|i| format!("n{i}")).collect();
    assert!(texts(&names).is_identifier);
}

#[test]
fn two_values_of_any_type_are_bool() {
    assert_eq!(integers(vec![3, 8, 8]).kind, Kind::Bool);
    assert_eq!(texts(&["yes", "no", " yes "]).kind, Kind::Bool);
    assert_eq!(profile(Series::new("x".into(), [0.5, 1.5, f64::NAN])).kind, Kind::Bool);
    assert_eq!(profile(Series::new("x".into(), [Some(true), None, Some(false)])).kind, Kind::Bool);
    assert_eq!(texts(&["2020-01-01", "2020-01-02"]).kind, Kind::Datetime);
}

#[test]
fn numbers_in_text_need_ninety_five_percent() {
    let mut cells: Vec<String> = (0..95).map(|i| format!("${i},000")).collect();
    cells[0] = "$1".into();
    cells.extend(["unknown"; 5].map(str::to_owned));
    let found = texts(&cells);
    assert_eq!((found.kind, found.number_in_text, found.is_code), (Kind::Numeric, true, false));
    cells.push("unknown".into());
    assert_eq!(texts(&cells).kind, Kind::Categorical);
}

#[test]
fn padded_digits_are_names() {
    let codes: Vec<String> = (0..300).map(|i| format!("{:05}", 9000 + i % 100 * 100)).collect();
    assert!(codes.iter().filter(|c| c.starts_with('0')).count() * 20 > codes.len());
    assert_eq!(texts(&codes).kind, Kind::Categorical);
    let few_zeros: Vec<String> = (0..300).map(|i| format!("{:05}", 9999 + i)).collect();
    assert_eq!(texts(&few_zeros).kind, Kind::Categorical);
    let plain: Vec<String> = (0..300).map(|i| format!("{}", 9999 + i % 50)).collect();
    assert_eq!(texts(&plain).kind, Kind::Numeric);
}

#[test]
fn infinite_and_blank_cells_are_missing() {
    let floats = profile(Series::new("x".into(), [1.5, f64::INFINITY, f64::NAN, 2.5, 3.5]));
    assert_eq!((floats.present, floats.infinite, floats.distinct), (3, 1, 3));
    assert_eq!(texts(&["a", " ", "", "b"]).present, 2);
}

#[test]
fn a_sample_is_evenly_spaced() {
    let values: Vec<String> = (0..10).map(|i| i.to_string()).collect();
    let sample = |size| spaced(values.iter().map(String::as_str), 10, size);
    assert_eq!(sample(5), ["1", "3", "5", "7", "9"]);
    assert_eq!(sample(3).len(), 3);
    assert_eq!(sample(20).len(), 10);
}
