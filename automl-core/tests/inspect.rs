//! What a table is said to hold is what it holds.

#![allow(missing_docs)]

use automl_core::frame::{Frame, ReadOptions, read_bytes};
use automl_core::inspect::{ColumnProfile, InspectConfig, Inspection, Summary, inspect};
use automl_core::schema::{Kind, Overrides, Role, Status};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use proptest::prelude::*;

fn inspected(csv: &str, config: &InspectConfig) -> Inspection {
    let (frame, findings) = read_bytes(csv.as_bytes().to_vec(), &ReadOptions::default()).unwrap();
    inspect(&frame, findings, config).unwrap()
}

fn for_target(target: &str) -> InspectConfig {
    InspectConfig { target: Some(target.to_owned()), ..InspectConfig::default() }
}

#[test]
fn a_table_of_every_kind_is_profiled() {
    let found = inspected(include_str!("inspect/houses.csv"), &for_target("price"));
    insta::assert_json_snapshot!(found);
}

#[test]
fn the_profile_is_the_same_at_any_number_of_threads() {
    let told = |threads| {
        let config = InspectConfig { threads, ..for_target("heating") };
        serde_json::to_string(&inspected(include_str!("inspect/houses.csv"), &config)).unwrap()
    };
    assert_eq!(told(1), told(3));
}

#[test]
fn a_target_that_cannot_be_predicted_is_a_finding() {
    let found = inspected("a,b\n1,x\n2,x\n3,x\n", &for_target("b"));
    assert!(found.target.is_none());
    let finding = found.findings.iter().find(|finding| finding.check == "target").unwrap();
    assert_eq!(finding.status, Status::Alerted);
    assert!(finding.message.contains("`b` has a single class, `x`, in all 3 rows"), "{}", finding.message);
    assert_eq!(found.columns.len(), 2);
}

#[test]
fn names_that_are_not_there_are_errors_with_the_nearest() {
    let (frame, _) = read_bytes(b"price,area\n1,2\n2,3\n".to_vec(), &ReadOptions::default()).unwrap();
    let told = |config: &InspectConfig| inspect(&frame, Vec::new(), config).unwrap_err().to_string();
    assert_eq!(told(&for_target("prise")), "the target: no column `prise`; nearest: `price`");
    let overrides = Overrides::default().with_kind("aera", Kind::Text);
    assert_eq!(told(&InspectConfig { overrides, ..InspectConfig::default() }), "no column `aera`; nearest: `area`");
}

#[test]
fn what_a_person_says_is_what_is_profiled() {
    let overrides = Overrides::default().with_kind("zip", Kind::Categorical).with_role("when", Role::Time);
    let config = InspectConfig { overrides: overrides.with_kind("when", Kind::Datetime), ..InspectConfig::default() };
    let found = inspected("zip,when\n10115,20230101\n10115,20230105\n20095,soon\n", &config);
    let Some(Summary::Levels(zip)) = &found.columns[0].summary else { panic!("{:?}", found.columns[0]) };
    assert_eq!((zip.top[0].value.as_str(), zip.top[0].count, zip.once), ("10115", 2, 1));
    let when = &found.columns[1];
    let Some(Summary::Moments(moments)) = &when.summary else { panic!("{when:?}") };
    assert_eq!((moments.first.as_str(), moments.last.as_str(), when.unreadable), ("2023-01-01", "2023-01-05", 1));
}

#[test]
fn a_frame_without_rows_has_a_profile() {
    let empty = Series::new("a".into(), Vec::<f64>::new()).into_column();
    let (frame, _) = Frame::from_data(DataFrame::new(0, vec![empty]).unwrap()).unwrap();
    let found = inspect(&frame, Vec::new(), &for_target("a")).unwrap();
    assert_eq!((found.rows, found.columns[0].missing_share, &found.columns[0].summary), (0, 0.0, &None));
}

/// Every cell is accounted for once.
fn check_counts(column: &ColumnProfile, rows: usize) -> Result<(), TestCaseError> {
    prop_assert!((0.0..=1.0).contains(&column.missing_share));
    prop_assert_eq!(column.missing_by_block.is_empty(), column.missing == 0);
    prop_assert!(column.missing_by_block.iter().all(|share| (0.0..=1.0).contains(share)));
    let absent = column.missing + column.unreadable;
    let told = match &column.summary {
        None => 0,
        Some(Summary::Numbers(n)) => {
            let quantiles = [n.min, n.p1, n.p25, n.p50, n.p75, n.p99, n.max];
            prop_assert!(quantiles.is_sorted(), "{:?}", quantiles);
            prop_assert!(n.mean >= n.min - 1e-9 && n.mean <= n.max + 1e-9);
            prop_assert!(n.values.is_empty() || n.values.len() == column.distinct);
            n.histogram.counts.iter().sum::<usize>() + n.histogram.below + n.histogram.above
        }
        Some(Summary::Levels(levels)) => {
            prop_assert!(levels.top.is_sorted_by_key(|level| std::cmp::Reverse(level.count)));
            prop_assert!(levels.once <= column.distinct);
            levels.top.iter().map(|level| level.count).sum::<usize>() + levels.rest
        }
        Some(Summary::Moments(moments)) => moments.counts.iter().sum(),
        // Lengths are those of a sample, here of all texts.
        Some(Summary::Texts(texts)) => texts.sampled,
    };
    prop_assert_eq!(told + absent, rows);
    Ok(())
}

proptest! {
    #[test]
    fn every_cell_is_accounted_for(cells in prop::collection::vec((0u8..6, -40i32..40), 1..150), kind in 0usize..6) {
        let texts: Vec<Option<String>> = cells
            .iter()
            .map(|(form, value)| match form {
                0 => None,
                1 => Some(format!("{}", f64::from(*value) / 8.0)),
                2 => Some(format!("2020-01-{:02}", value.rem_euclid(28) + 1)),
                3 => Some(format!("some words and {value}")),
                4 => Some("1e300".to_owned()),
                _ => Some(value.to_string()),
            })
            .collect();
        let rows = texts.len();
        let column = Series::new("x".into(), texts).into_column();
        let frame = Frame::new(DataFrame::new(rows, vec![column]).unwrap());
        let overrides = Kind::ALL.get(kind).map_or_else(Overrides::default, |kind| Overrides::default().with_kind("x", *kind));
        let found = inspect(&frame, Vec::new(), &InspectConfig { overrides, threads: 1, ..InspectConfig::default() }).unwrap();
        check_counts(&found.columns[0], rows)?;
    }
}
