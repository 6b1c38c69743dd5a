//! `test_new_levels`, `test_missing_values`, `test_drift`: a test table that looks unlike the training table.

use std::collections::HashMap;

use super::subject::{names, numbers, short};
use super::{Subject, named};
use crate::association::sample_rows;
use crate::frame::Frame;
use crate::schema::{Field, Finding, Kind, Status, counted_verb, hash_text, percent};

/// The part of the test rows with names that are unknown.
const NEW_LEVELS_SHARE: f64 = 0.05;
/// By how much more, or less, of the rows a value is missing in.
const MISSING_SHARE: f64 = 0.1;
/// A population stability index from which on a population counts as another (Siddiqi 2006).
const PSI: f64 = 0.25;
/// Distributions of fewer test rows are not compared.
const ROWS_MIN: usize = 50;
/// Rows of each table that distributions are counted on.
const SAMPLE: usize = 50_000;

/// One feature in both tables.
struct Pair<'a> {
    field: &'a Field,
    /// Rows by stretch or level, in the training table and in the test table; the last is for levels that are
    /// rare or new.
    counts: [Vec<usize>; 2],
    /// The part of the rows without a value.
    missing: [f64; 2],
    /// Test rows with a name that the training table does not have, of those in the sample.
    new: usize,
}

/// The three checks.
pub fn checks(subject: &Subject<'_>, test: &Frame) -> [Finding; 3] {
    let pairs: Vec<Pair<'_>> = subject.schema.features().map(|field| Pair::of(field, subject, test)).collect();
    [new_levels(&pairs, test.rows().min(SAMPLE)), missing_values(&pairs), drift(&pairs, test.rows())]
}

fn new_levels(pairs: &[Pair<'_>], rows: usize) -> Finding {
    const CHECK: &str = "test_new_levels";
    let mut found: Vec<&Pair<'_>> = pairs.iter().filter(|pair| pair.new > 0 && pair.field.kind != Kind::Text).collect();
    found.sort_by_key(|pair| std::cmp::Reverse(pair.new));
    let finding = match found.first() {
        None => Finding::new(CHECK, Status::Passed, "The test table has no level that the training table has not."),
        Some(worst) => {
            let is_much = worst.new as f64 > NEW_LEVELS_SHARE * rows as f64;
            let have = counted_verb(found.len(), "feature", "has levels", "have levels");
            let most = percent(worst.new, rows);
            let message = format!(
                "{have} in the test table that the training table has not; most are in `{}` ({most} of the rows).",
                worst.field.name
            );
            Finding::new(CHECK, if is_much { Status::Alerted } else { Status::Noted }, message)
                .count(found.iter().map(|pair| pair.new).sum())
                .columns(found.iter().map(|pair| pair.field.name.as_str()))
                .action("They are taken as unknown. Learn from rows that have them, if new rows will.")
        }
    };
    finding.threshold("any level that is new; alerted where more than 5 % of the test rows have one")
}

fn missing_values(pairs: &[Pair<'_>]) -> Finding {
    const CHECK: &str = "test_missing_values";
    let change = |pair: &Pair<'_>| (pair.missing[1] - pair.missing[0]).abs();
    let mut found: Vec<&Pair<'_>> = pairs.iter().filter(|pair| change(pair) > MISSING_SHARE).collect();
    found.sort_by(|a, b| change(b).total_cmp(&change(a)));
    let finding = match found.first() {
        None => Finding::new(CHECK, Status::Passed, "Values are missing as often in the test table as in the training table."),
        Some(worst) => {
            let message = format!(
                "Values are missing more often in one table than in the other, in {}: {:.0} % of `{}` in the training table, {:.0} % in the test table.",
                named(found.iter().map(|pair| pair.field.name.as_str())),
                100.0 * worst.missing[0],
                worst.field.name,
                100.0 * worst.missing[1],
            );
            Finding::new(CHECK, Status::Alerted, message)
                .count(found.len())
                .columns(found.iter().map(|pair| pair.field.name.as_str()))
                .action("Nothing was changed. See whether both tables were made in the same way.")
        }
    };
    finding.threshold("a share of missing values that differs by more than 10 points")
}

fn drift(pairs: &[Pair<'_>], rows: usize) -> Finding {
    const CHECK: &str = "test_drift";
    let mut found: Vec<(&Pair<'_>, f64)> =
        pairs.iter().map(|pair| (pair, pair.stability_index())).filter(|(_, psi)| *psi > PSI).collect();
    found.retain(|_| rows >= ROWS_MIN);
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let finding = match found.first() {
        None => Finding::new(CHECK, Status::Passed, "The features are distributed alike in both tables."),
        Some((worst, psi)) => {
            let is = counted_verb(found.len(), "feature", "is", "are");
            let names = || found.iter().map(|(pair, _)| pair.field.name.as_str());
            let message = format!(
                "{is} distributed otherwise in the test table: {}; most so `{}` (stability index {}).",
                named(names()),
                worst.field.name,
                short(*psi)
            );
            Finding::new(CHECK, Status::Alerted, message)
                .count(found.len())
                .columns(names())
                .action("Nothing was changed. Scores of the search do not hold for such rows; learn from rows that are like the new ones.")
        }
    };
    finding.threshold("a population stability index above 0.25, over tenths of the numbers or the 20 most frequent levels")
}

impl<'a> Pair<'a> {
    fn of(field: &'a Field, subject: &Subject<'_>, test: &Frame) -> Pair<'a> {
        let tables = [&subject.features, test];
        match field.kind {
            Kind::Numeric | Kind::Datetime => Pair::of_numbers(field, tables.map(|table| numbers(table, field))),
            Kind::Categorical | Kind::Bool | Kind::Text => Pair::of_names(field, tables.map(|table| names(table, field))),
        }
    }

    fn of_numbers(field: &'a Field, tables: [Vec<f64>; 2]) -> Pair<'a> {
        const TENTHS: usize = 10;
        let missing = [0, 1].map(|i| share(tables[i].iter().filter(|v| v.is_nan()).count(), tables[i].len()));
        let tables = tables.map(|table| sample(&table, |v: &f64| !v.is_nan()));
        let mut sorted = tables[0].clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut limits: Vec<f64> = (1..TENTHS).filter_map(|i| sorted.get(i * sorted.len() / TENTHS).copied()).collect();
        limits.dedup();
        let counts = tables.map(|table| {
            let mut counts = vec![0; limits.len() + 1];
            table.iter().for_each(|v| counts[limits.partition_point(|limit| limit <= v)] += 1);
            counts
        });
        Pair { field, counts, missing, new: 0 }
    }

    fn of_names(field: &'a Field, tables: [Vec<Option<&str>>; 2]) -> Pair<'a> {
        const LEVELS: usize = 20;
        let missing = [0, 1].map(|i| share(tables[i].iter().filter(|v| v.is_none()).count(), tables[i].len()));
        let is_there = |name: &Option<&str>| name.is_some();
        let hashes = |names: &[Option<&str>]| names.iter().flatten().map(|name| hash_text(name)).collect::<Vec<u64>>();
        let mut known = hashes(&tables[0]);
        known.sort_unstable();
        known.dedup();
        let sampled = tables.map(|table| hashes(&sample(&table, is_there)));
        let new = sampled[1].iter().filter(|hash| known.binary_search(hash).is_err()).count();
        let mut frequent: HashMap<u64, usize> = HashMap::new();
        sampled[0].iter().for_each(|hash| *frequent.entry(*hash).or_default() += 1);
        let mut frequent: Vec<(u64, usize)> = frequent.into_iter().collect();
        frequent.sort_unstable_by_key(|(hash, count)| (std::cmp::Reverse(*count), *hash));
        frequent.truncate(LEVELS);
        let place: HashMap<u64, usize> = frequent.iter().enumerate().map(|(i, (hash, _))| (*hash, i)).collect();
        let counts = sampled.map(|hashes| {
            let mut counts = vec![0; frequent.len() + 1];
            hashes.iter().for_each(|hash| counts[place.get(hash).copied().unwrap_or(frequent.len())] += 1);
            counts
        });
        Pair { field, counts, missing, new }
    }

    /// The population stability index, less what chance alone makes of it.
    fn stability_index(&self) -> f64 {
        if self.field.kind == Kind::Text {
            return 0.0;
        }
        let [train, test] = &self.counts;
        let places = train.len() as f64;
        let [rows, rows_test] = [train, test].map(|counts| counts.iter().sum::<usize>() as f64);
        if rows == 0.0 || rows_test == 0.0 {
            return 0.0;
        }
        // Half a row more in each place, so that an empty one has a logarithm.
        let part = |count: usize, rows: f64| (count as f64 + 0.5) / (rows + 0.5 * places);
        let index: f64 =
            train.iter().zip(test).map(|(a, b)| (part(*a, rows), part(*b, rows_test))).map(|(a, b)| (b - a) * (b / a).ln()).sum();
        index - (places - 1.0) * (1.0 / rows + 1.0 / rows_test)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Some of the values that are there.
fn sample<T: Copy>(values: &[T], is_there: impl Fn(&T) -> bool) -> Vec<T> {
    sample_rows(values.len(), SAMPLE).iter().map(|&row| values[row as usize]).filter(is_there).collect()
}
