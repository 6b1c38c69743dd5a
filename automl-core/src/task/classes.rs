//! The classes of a task: their order, the positive one, and what is odd about their counts.

use super::labels::{CLASSES_MAX, Labels, class_of};
use super::{Target, TaskKind};
use crate::error::{Error, Result};
use crate::schema::{Finding, Status, counted, counted_verb, parse_number, shortened};

/// The labels in the order that is frozen with the task, and the code of every row in it.
///
/// The order is by value if all labels are numbers, else by text.
pub(super) fn encode(labels: &Labels) -> (Vec<String>, Target) {
    let numbers: Option<Vec<f64>> = labels.names.iter().map(|name| parse_number(name)).collect();
    let mut order: Vec<usize> = (0..labels.names.len()).collect();
    order.sort_by(|&a, &b| {
        let by_value = numbers.as_ref().map_or(std::cmp::Ordering::Equal, |v| v[a].total_cmp(&v[b]));
        by_value.then_with(|| labels.names[a].cmp(&labels.names[b]))
    });
    let mut place = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new as u32;
    }
    let classes: Vec<String> = order.iter().map(|&old| labels.names[old].clone()).collect();
    let codes = labels.codes.iter().map(|&code| place[code as usize]).collect();
    let n_classes = classes.len();
    (classes, Target::Classes { labels: codes, n_classes })
}

/// Checks that a classification of that kind can be made of the labels.
pub(super) fn check(target: &str, kind: TaskKind, labels: &Labels) -> Result<()> {
    let quoted: Vec<String> = labels.names.iter().map(|name| format!("`{name}`")).collect();
    if labels.has_too_many() {
        return Err(Error::data(format!(
            "target `{target}` has more than {CLASSES_MAX} distinct values, too many for classes; if they are numbers, ask \
             for regression"
        )));
    }
    match (kind, labels.names.len()) {
        (_, 1) => Err(Error::data(format!(
            "target `{target}` has a single class, {}, in all {}: there is nothing to tell apart",
            quoted[0],
            counted(labels.rows.len(), "row")
        ))),
        (TaskKind::Binary, n) if n > 2 => Err(Error::data(format!(
            "target `{target}` has {n} classes ({}), but a binary task has two; ask for multiclass",
            shortened(&quoted)
        ))),
        (TaskKind::Multiclass, 2) => Err(Error::data(format!(
            "target `{target}` has two classes ({}), but a multiclass task has more; ask for binary",
            shortened(&quoted)
        ))),
        _ => Ok(()),
    }
}

/// The index of the positive class: the asked one, or the last.
pub(super) fn positive(asked: Option<&str>, kind: TaskKind, classes: &[String]) -> Result<usize> {
    match asked {
        None => Ok(classes.len().saturating_sub(1)),
        Some(_) if kind != TaskKind::Binary => {
            Err(Error::usage(format!("a positive class can be chosen for binary tasks only, and this is {}", kind.name())))
        }
        Some(label) => {
            class_of(label.trim(), classes).ok_or_else(|| Error::unknown("class", label, classes.iter().map(String::as_str)))
        }
    }
}

/// Below so many rows a class is missing from some fold of the usual five.
const CLASS_ROWS_MIN: usize = 5;
/// The minority class is small if it has at most this part of the rows of the majority (§9 "imbalance finding").
const IMBALANCE_SHARE: f64 = 0.2;
/// It is too small to be learned without care below this part of all rows, or below so many rows.
const RARE_SHARE: f64 = 0.01;
const RARE_ROWS: usize = 20;

/// What is odd about the counts of the classes: `class_imbalance` and `few_rows_per_class`.
pub(super) fn findings(target: &str, labels: &Labels) -> Vec<Finding> {
    let counts = labels.counts();
    let class = |i: usize| format!("`{}` ({})", labels.names[i], counted(counts[i], "row"));
    // The first of equals in both cases.
    let smallest = (0..counts.len()).min_by_key(|&i| counts[i]).unwrap_or_default();
    let largest = (0..counts.len()).rev().max_by_key(|&i| counts[i]).unwrap_or_default();
    let rows: usize = counts.iter().sum();
    let is_rare = counts[smallest] < RARE_ROWS || (counts[smallest] as f64) < RARE_SHARE * rows as f64;
    let imbalance = if counts[smallest] as f64 <= IMBALANCE_SHARE * counts[largest] as f64 {
        let message = format!("The classes are unbalanced: {} against {}.", class(smallest), class(largest));
        Finding::new("class_imbalance", if is_rare { Status::Alerted } else { Status::Noted }, message)
            .columns([target])
            .count(counts[smallest])
            .action("Nothing was changed. Accuracy says little here; balanced class weights may help the small classes.")
    } else {
        Finding::new("class_imbalance", Status::Passed, "The classes are balanced enough.")
    };
    let imbalance = imbalance.threshold(
        "the smallest class has at most 20 % of the rows of the largest; alerted where it has fewer than 20 rows or 1 % of all",
    );
    let few: Vec<String> = (0..counts.len()).filter(|&i| counts[i] < CLASS_ROWS_MIN).map(class).collect();
    let few_rows = if few.is_empty() {
        Finding::new("few_rows_per_class", Status::Passed, "Every class has rows enough for every fold.")
    } else {
        let have = counted_verb(few.len(), "class", "has", "have");
        let message = format!("{have} fewer than {CLASS_ROWS_MIN} rows: {}.", shortened(&few));
        Finding::new("few_rows_per_class", Status::Alerted, message)
            .columns([target])
            .count(few.len())
            .action("They are kept, but can hardly be learned or judged. Add rows, or join classes.")
    };
    vec![imbalance, few_rows.threshold("a class with fewer than 5 rows")]
}
