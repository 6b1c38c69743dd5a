//! `folds_part_groups`: the folds that a person gave part the groups that a person named.

use std::collections::HashMap;

use super::Subject;
use crate::schema::{Finding, Role, Status, counted_verb};
use crate::split::{Rule, Split};

const CHECK: &str = "folds_part_groups";

/// Only if there are both; folds of ours keep groups together.
pub fn check(subject: &Subject<'_>, split: &Split) -> Option<Finding> {
    let (groups, folds) = (subject.roles.groups.as_ref()?, subject.roles.folds.as_ref()?);
    if split.rule != Rule::User {
        return None;
    }
    let mut first: HashMap<u32, u32> = HashMap::new();
    let mut parted: Vec<u32> = groups
        .iter()
        .zip(folds)
        .filter(|(group, fold)| first.entry(**group).or_insert(**fold) != *fold)
        .map(|(group, _)| *group)
        .collect();
    parted.sort_unstable();
    parted.dedup();
    let finding = if parted.is_empty() {
        Finding::new(CHECK, Status::Passed, "The folds keep groups together.")
    } else {
        let message = format!("{} in several folds.", counted_verb(parted.len(), "group", "is", "are"));
        let columns = [Role::Group, Role::Fold].into_iter().filter_map(|role| subject.schema.with_role(role));
        Finding::new(CHECK, Status::Alerted, message)
            .count(parted.len())
            .columns(columns.map(|f| f.name.as_str()))
            .action("The folds were used as they are. Drop the role of the fold column, and groups are kept together.")
    };
    Some(finding.threshold("any group with rows in two folds"))
}
