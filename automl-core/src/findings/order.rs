//! `row_order`, `time_order`: rows that stand in an order which the target follows.

use super::likeness::Values;
use super::subject::short;
use super::{Subject, named};
use crate::association::{Judge, sample_rows};
use crate::schema::{Field, Finding, Kind, Role, Status};
use crate::task::Target;

/// Order is judged on no fewer rows.
const ROWS_MIN: usize = 100;
/// How alike neighbours are in a table that random folds part wrongly.
const NEIGHBOURS_LIKENESS: f64 = 0.3;
/// How much the tenths of the rows in time differ.
const DRIFT: f64 = 0.05;
/// The part of the neighbours that must be in order for rows that are sorted.
const SORTED_SHARE: f64 = 0.99;
/// A row number that ranks the target as well as this says that the table is sorted by it.
const SORTED_STRENGTH: f64 = 0.96;

/// Both checks.
pub fn checks(subject: &Subject<'_>) -> [Finding; 2] {
    [
        row_order(subject).threshold("neighbouring rows whose targets are alike by more than 0.3, where any two rows are by 0 and equal ones by 1"),
        time_order(subject).threshold("rows in the order of a time; alerted where tenths of the rows in time differ in the target by more than 0.05 of its variance"),
    ]
}

/// Whether the split heeds an order or groups already.
fn is_told(subject: &Subject<'_>) -> bool {
    [Role::Time, Role::Group, Role::Fold].into_iter().any(|role| subject.has_role(role))
}

fn row_order(subject: &Subject<'_>) -> Finding {
    const CHECK: &str = "row_order";
    let passed = Finding::new(CHECK, Status::Passed, "The order of the rows says nothing of the target.");
    if subject.rows() < ROWS_MIN || is_told(subject) {
        return passed;
    }
    let likeness = neighbours_likeness(subject.target);
    if likeness <= NEIGHBOURS_LIKENESS {
        return passed;
    }
    let numbers: Vec<f64> = (0..subject.rows()).map(|row| row as f64).collect();
    if Judge::of_order(subject.target).of_column(&numbers) > SORTED_STRENGTH {
        let finding = Finding::new(CHECK, Status::Noted, "The rows are sorted by the target.");
        return finding.action(
            "Rows are shuffled before they are split. A column that follows the order of the rows must not be a feature.",
        );
    }
    let message = format!("Neighbouring rows have like targets ({} of 1).", short(likeness));
    let sorted: Vec<&str> = subject
        .of_kind(Kind::Numeric)
        .filter(|field| is_sorted(&subject.numbers(field)))
        .map(|field| field.name.as_str())
        .collect();
    let candidates =
        if sorted.is_empty() { String::new() } else { format!(" The rows are sorted by {}.", named(sorted.iter().copied())) };
    let action = format!(
        "Random folds part neighbours, so that scores look better than they are. If the rows follow a time or come in groups, name \
         the column: `--role NAME=time`, `--role NAME=group`.{candidates}"
    );
    Finding::new(CHECK, Status::Alerted, message).columns(sorted).action(action)
}

/// How alike the two rows of each pair of neighbours are.
fn neighbours_likeness(target: &Target) -> f64 {
    const PAIRS_MAX: usize = 25_000;
    let pairs: Vec<Vec<u32>> = sample_rows(target.len() / 2, PAIRS_MAX).iter().map(|pair| vec![2 * pair, 2 * pair + 1]).collect();
    Values::of_target(target).likeness(&pairs).unwrap_or(0.0)
}

fn time_order(subject: &Subject<'_>) -> Finding {
    const CHECK: &str = "time_order";
    let passed = Finding::new(CHECK, Status::Passed, "The rows are in no order of time that the target follows.");
    if subject.rows() < ROWS_MIN || is_told(subject) {
        return passed;
    }
    let mut sorted: Option<&Field> = None;
    let mut drifting: Option<(&Field, f64)> = None;
    for field in subject.of_kind(Kind::Datetime) {
        let moments = subject.numbers(field);
        if is_sorted(&moments) {
            sorted = sorted.or(Some(field));
        }
        let drift = drift(&moments, subject.target);
        if drift > drifting.map_or(DRIFT, |(_, most)| most) {
            drifting = Some((field, drift));
        }
    }
    if let Some((field, drift)) = drifting {
        let name = &field.name;
        let message = format!("The target changes with the time in `{name}` ({} of its variance).", short(drift));
        let action = format!("Random folds learn from the future. If new rows are later ones, say so: `--role {name}=time`.");
        return Finding::new(CHECK, Status::Alerted, message).columns([name]).action(action);
    }
    let Some(field) = sorted else { return passed };
    let action = format!("Nothing was changed. If new rows are later ones, say so: `--role {}=time`.", field.name);
    Finding::new(CHECK, Status::Noted, format!("The rows are sorted by `{}`.", field.name)).columns([&field.name]).action(action)
}

/// Whether neighbours that differ rise, or fall, in 99 % of the cases, and more than 20 times at all.
fn is_sorted(values: &[f64]) -> bool {
    const STEPS_MIN: usize = 20;
    let present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let rising = present.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let falling = present.windows(2).filter(|pair| pair[0] > pair[1]).count();
    let most = rising.max(falling);
    most > STEPS_MIN && most as f64 >= SORTED_SHARE * (rising + falling) as f64
}

/// How much of the variance of the target lies between tenths of the rows in the order of a time.
fn drift(moments: &[f64], target: &Target) -> f64 {
    const ROWS_MAX: usize = 50_000;
    const TENTHS: usize = 10;
    let mut rows = sample_rows(moments.len(), ROWS_MAX);
    rows.retain(|&row| !moments[row as usize].is_nan());
    rows.sort_by(|&a, &b| moments[a as usize].total_cmp(&moments[b as usize]));
    let tenths: Vec<Vec<u32>> =
        rows.chunks(rows.len().div_ceil(TENTHS).max(2)).filter(|c| c.len() > 1).map(<[u32]>::to_vec).collect();
    Values::of_target(target).likeness(&tenths).unwrap_or(0.0)
}
