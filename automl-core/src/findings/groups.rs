//! `group_leakage`: rows of one patient, customer or machine that random folds would part.

use std::collections::HashMap;

use super::likeness::Values;
use super::subject::{names, short};
use super::{Subject, named};
use crate::association::sample_rows;
use crate::schema::{Cells, Field, Finding, Kind, NumberReader, Role, Status, counted_verb, mix};

const CHECK: &str = "group_leakage";
/// Fewer groups may as well be categories.
const GROUPS_MIN: usize = 20;
/// The part of the rows that must share their group with another.
const SHARED_SHARE: f64 = 0.5;
/// The largest mean size of a group, as a part of the rows.
const SIZE_SHARE_MAX: f64 = 0.05;
/// How alike the targets of a group must be, by themselves …
const TARGET_LIKENESS: f64 = 0.9;
/// … and if the features of its rows are as alike as that, so that a learner knows the group without its name.
const TARGET_LIKENESS_WITH_FEATURES: f64 = 0.5;
const FEATURES_LIKENESS: f64 = 0.5;
/// Numbers whose neighbours are nearly as alike as equal ones are measured quantities, not names of groups.
const MEASURED_SHARE: f64 = 0.8;
/// Whole groups of about so many rows are looked at.
const ROWS_MAX: usize = 50_000;
/// So many features are compared at most.
const FEATURES_MAX: usize = 40;
const RULE: &str = "a column with at least 20 values that repeat, whose rows are alike in the target by more than 0.9, or by more \
                    than 0.5 and as much in the features, where any two rows are by 0 and equal ones by 1";

/// A column that names groups of rows.
struct Found<'a> {
    field: &'a Field,
    groups: usize,
    likeness: f64,
}

/// Columns that may name groups: names, whole numbers, identifiers, also those that were put aside.
pub fn check(subject: &Subject<'_>) -> Finding {
    let passed = Finding::new(CHECK, Status::Passed, "No column names groups of rows that folds would part.").threshold(RULE);
    if [Role::Time, Role::Group].into_iter().any(|role| subject.has_role(role)) {
        return passed;
    }
    let target = Values::of_target(subject.target);
    let mut found: Vec<Found<'_>> =
        subject.schema.fields.iter().filter(|f| may_name_groups(f)).filter_map(|f| judge(subject, f, &target)).collect();
    found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    let Some(first) = found.first() else { return passed };
    let names = || found.iter().map(|f| f.field.name.as_str());
    let message = format!(
        "{} groups of rows that belong together: {}; the {} groups of `{}` are alike in the target by {} of 1.",
        counted_verb(found.len(), "column", "names", "name"),
        named(names()),
        first.groups,
        first.field.name,
        short(first.likeness)
    );
    let action = format!(
        "Random folds part groups, so that scores look better than they are. If new rows belong to new groups, say so: `--role {}=group`.",
        first.field.name
    );
    Finding::new(CHECK, Status::Alerted, message).count(first.groups).columns(names()).threshold(RULE).action(action)
}

fn may_name_groups(field: &Field) -> bool {
    let has_role = matches!(field.role, Role::Feature | Role::Id | Role::Ignore);
    has_role && matches!(field.kind, Kind::Numeric | Kind::Categorical)
}

fn judge<'a>(subject: &Subject<'_>, field: &'a Field, target: &Values) -> Option<Found<'a>> {
    let cells = Cells::read(subject.frame.column(&field.name).ok()?);
    let keys = keys(&cells, field)?;
    let groups = groups(&keys, subject.roles.folds.as_deref())?;
    let likeness = target.likeness(&groups)?;
    if likeness < TARGET_LIKENESS_WITH_FEATURES {
        return None;
    }
    let features = Features::of(subject, &field.name);
    if likeness < TARGET_LIKENESS && features.likeness(&groups) < FEATURES_LIKENESS {
        return None;
    }
    if field.kind == Kind::Numeric {
        // Groups of two neighbouring values each.
        let pairs: Vec<Vec<u32>> = groups.chunks(2).map(<[Vec<u32>]>::concat).collect();
        let alike = |groups: &[Vec<u32>]| target.likeness(groups).unwrap_or(0.0) + features.likeness(groups);
        if alike(&pairs) > MEASURED_SHARE * alike(&groups) {
            return None;
        }
    }
    Some(Found { field, groups: groups.len(), likeness })
}

/// What is compared in every row: whole numbers themselves, so that they keep their order, or hashes of names.
/// `None` if a column of numbers holds others, or one with few values.
fn keys(cells: &Cells, field: &Field) -> Option<Vec<Option<i64>>> {
    let kind = field.kind;
    const SAMPLE: usize = 2_000;
    let mut few: Vec<u64> = sample_rows(cells.len(), SAMPLE).iter().map(|&row| cells.hash(row as usize)).collect();
    few.sort_unstable();
    few.dedup();
    if few.len() < GROUPS_MIN {
        return None;
    }
    let mut keys = Vec::with_capacity(cells.len());
    match cells {
        Cells::Ints(ints) if kind == Kind::Numeric => keys.extend(ints.iter()),
        Cells::Floats(floats) if floats.iter().flatten().any(|v| v.fract() != 0.0) => return None,
        _ if kind == Kind::Numeric => {
            cells.for_each_number(&NumberReader::of(field), |_, number| keys.push(number.ok().flatten().map(|v| v as i64)));
        }
        _ => keys.extend((0..cells.len()).map(|row| (!cells.is_missing(row)).then(|| cells.hash(row) as i64))),
    }
    Some(keys)
}

/// The rows of each group that has two or more, in the order of their keys. `None` if these are no groups as
/// they are looked for, or if the folds that a person gave do not part them.
fn groups(keys: &[Option<i64>], folds: Option<&[u32]>) -> Option<Vec<Vec<u32>>> {
    let parts = keys.len().div_ceil(ROWS_MAX) as u64;
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut groups: Vec<(i64, Vec<u32>)> = Vec::new();
    let mut rows = 0;
    for (row, key) in keys.iter().enumerate() {
        let Some(key) = key.filter(|key| mix(0, *key as u64).is_multiple_of(parts)) else { continue };
        rows += 1;
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row as u32);
    }
    groups.retain(|(_, rows)| rows.len() > 1);
    groups.sort_by_key(|(key, _)| *key);
    let groups: Vec<Vec<u32>> = groups.into_iter().map(|(_, rows)| rows).collect();
    let shared: usize = groups.iter().map(Vec::len).sum();
    let is_parted =
        folds.is_none_or(|folds| groups.iter().any(|rows| rows.iter().any(|&r| folds[r as usize] != folds[rows[0] as usize])));
    let are_many = groups.len() >= GROUPS_MIN && shared as f64 <= SIZE_SHARE_MAX * (rows * groups.len()) as f64;
    (are_many && is_parted && shared as f64 >= SHARED_SHARE * rows as f64).then_some(groups)
}

/// The features beside the column in question.
struct Features(Vec<Values>);

impl Features {
    fn of(subject: &Subject<'_>, column: &str) -> Features {
        let others = subject.schema.features().filter(|f| f.name != column && f.kind != Kind::Text).take(FEATURES_MAX);
        let values = |field: &Field| match field.kind {
            Kind::Numeric | Kind::Datetime => Values::of_numbers(&subject.numbers(field)),
            Kind::Categorical | Kind::Bool | Kind::Text => Values::of_names(names(&subject.features, field).into_iter()),
        };
        Features(others.map(values).collect())
    }

    /// The mean over the features; 0 without any.
    fn likeness(&self, groups: &[Vec<u32>]) -> f64 {
        let each: Vec<f64> = self.0.iter().filter_map(|values| values.likeness(groups)).collect();
        if each.is_empty() { 0.0 } else { each.iter().sum::<f64>() / each.len() as f64 }
    }
}
