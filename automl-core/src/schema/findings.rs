//! What the checks of a table found, in sentences.

use super::profile::Profile;
use super::{Decimal, Field, Finding, Kind, Role, Status, Unit};

/// One column, as it was judged.
pub(super) struct Noticed {
    /// What the column means.
    pub field: Field,
    /// What it looks like.
    pub profile: Profile,
    /// A person said what its kind is.
    pub kind_told: bool,
    /// A person said what its role is.
    pub role_told: bool,
    /// The column it is an exact copy of.
    pub copy_of: Option<String>,
}

impl Noticed {
    /// Whether a person spoke of the column.
    pub fn is_told(&self) -> bool {
        self.kind_told || self.role_told
    }

    /// Whether the findings should speak of the column: not if a person has put it aside.
    fn is_of_interest(&self) -> bool {
        !(self.role_told && matches!(self.field.role, Role::Ignore | Role::Id))
    }

    fn is_left_out(&self) -> bool {
        self.field.role == Role::Ignore && !self.role_told
    }
}

/// One finding per check, in a fixed order.
pub(super) fn findings(noticed: &[Noticed], rows: usize, duplicate_rows: usize) -> Vec<Finding> {
    let noticed: Vec<&Noticed> = noticed.iter().filter(|n| n.is_of_interest()).collect();
    let findings = [
        missing_values(&noticed, rows),
        infinite_values(&noticed),
        all_missing_columns(&noticed),
        constant_columns(&noticed),
        duplicate_columns(&noticed),
        identifiers(&noticed),
        high_cardinality(&noticed),
        numbers_in_text(&noticed),
        dates_in_text(&noticed),
        ordered_categories(&noticed),
        duplicated_rows(rows, duplicate_rows),
    ];
    findings.into_iter().map(with_rule).collect()
}

/// The finding with the rule of its check.
fn with_rule(finding: Finding) -> Finding {
    let rule = RULES.iter().find(|(check, _)| *check == finding.check).map_or("", |(_, rule)| rule);
    finding.threshold(rule)
}

/// From where on each check speaks up (§9).
const RULES: [(&str, &str); 11] = [
    ("missing_values", "any missing cell of a feature"),
    ("infinite_values", "any infinite number"),
    ("all_missing_column", "a column without any value"),
    ("constant_column", "a column with one distinct value"),
    ("duplicate_column", "equal in every cell"),
    ("identifier", "text, or integers that number the rows, at least 95 % distinct in at least 100 rows"),
    ("high_cardinality", "a category with more than 100 levels of fewer than 10 rows each on average"),
    ("number_in_text", "text of which 95 % read as numbers"),
    ("date_in_text", "text of which 95 % read as dates of one format"),
    ("ordered_categories", "levels that all lie on one known scale, or are ranges of numbers"),
    ("duplicate_rows", "any row that equals an earlier one in every column"),
];

fn missing_values(noticed: &[&Noticed], rows: usize) -> Finding {
    const CHECK: &str = "missing_values";
    let missing = |n: &Noticed| rows - n.profile.present;
    let mut holed: Vec<&Noticed> =
        noticed.iter().copied().filter(|n| n.field.role.is_feature() && n.profile.present > 0 && missing(n) > 0).collect();
    if holed.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No feature has missing values.");
    }
    holed.sort_by_key(|n| std::cmp::Reverse(missing(n)));
    let cells: usize = holed.iter().map(|n| missing(n)).sum();
    let (worst, share) = (&holed[0].field.name, percent(missing(holed[0]), rows));
    let message = if holed.len() == 1 {
        format!("Column `{worst}` has {} ({share} of the rows).", counted(cells, "missing value"))
    } else {
        format!("{} columns have missing values, {cells} in all; most are in `{worst}` ({share} of the rows).", holed.len())
    };
    about(Finding::new(CHECK, Status::Fixed, message), &holed)
        .count(cells)
        .action("They are filled in or given a meaning of their own, as each learner needs it.")
}

fn infinite_values(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "infinite_values";
    let infinite: Vec<&Noticed> = noticed.iter().copied().filter(|n| n.profile.infinite > 0).collect();
    if infinite.is_empty() {
        return Finding::new(CHECK, Status::Passed, "All numbers are finite.");
    }
    let cells = infinite.iter().map(|n| n.profile.infinite).sum();
    let message = format!("{} infinite, in {}.", counted_is(cells, "number"), names(&infinite));
    about(Finding::new(CHECK, Status::Fixed, message), &infinite).count(cells).action("Infinite numbers count as missing.")
}

fn all_missing_columns(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "all_missing_column";
    let empty: Vec<&Noticed> = noticed.iter().copied().filter(|n| n.profile.present == 0).collect();
    if empty.is_empty() {
        return Finding::new(CHECK, Status::Passed, "Every column holds values.");
    }
    let message = format!("{} no value at all: {}.", counted_verb(empty.len(), "column", "holds", "hold"), names(&empty));
    left_out(CHECK, message, &empty)
}

fn constant_columns(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "constant_column";
    let is_constant = |n: &&Noticed| n.profile.present > 0 && n.profile.distinct == 1;
    let constant: Vec<&Noticed> = noticed.iter().copied().filter(is_constant).collect();
    if constant.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No column is constant.");
    }
    let message =
        format!("{} a single value only: {}.", counted_verb(constant.len(), "column", "holds", "hold"), names(&constant));
    left_out(CHECK, message, &constant)
}

fn duplicate_columns(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "duplicate_column";
    let copies: Vec<&Noticed> = noticed.iter().copied().filter(|n| n.copy_of.is_some()).collect();
    if copies.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No column is a copy of another.");
    }
    let target = noticed.iter().find(|n| n.field.role == Role::Target).map(|n| &n.field.name);
    let copies_target = target.is_some() && copies.iter().any(|n| n.copy_of.as_ref() == target);
    let pairs: Vec<String> =
        copies.iter().map(|n| format!("`{}` of `{}`", n.field.name, n.copy_of.as_deref().unwrap_or_default())).collect();
    let are = counted_verb(copies.len(), "column", "is an exact copy", "are exact copies");
    let message = format!("{are}: {}.", shortened(&pairs));
    let (status, action) = if copies_target {
        (Status::Alerted, "Copies are left out. A copy of the target is an answer that new rows will not have.")
    } else {
        (Status::Fixed, "Copies are left out.")
    };
    about(Finding::new(CHECK, status, message), &copies).count(copies.len()).action(action)
}

fn identifiers(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "identifier";
    let ids: Vec<&Noticed> = noticed.iter().copied().filter(|n| n.field.role == Role::Id).collect();
    if ids.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No column looks like an identifier.");
    }
    let looks = if ids.len() == 1 { "looks like an identifier" } else { "look like identifiers" };
    let message = format!("{} {looks}, a value of its own in almost every row: {}.", counted(ids.len(), "column"), names(&ids));
    let action = format!(
        "Identifiers are not given to the learners. If one measures something, say so with the role `{}`.",
        Role::Feature.name()
    );
    about(Finding::new(CHECK, Status::Fixed, message), &ids).count(ids.len()).action(action)
}

/// Categories with more than 100 levels of fewer than 10 rows each: too many for one column per level, too few
/// rows to learn what a level means.
fn high_cardinality(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "high_cardinality";
    let is_high = |n: &&Noticed| {
        let Profile { distinct, present, .. } = n.profile;
        n.field.role.is_feature() && n.field.kind == Kind::Categorical && distinct > 100 && present < 10 * distinct
    };
    let high: Vec<&Noticed> = noticed.iter().copied().filter(is_high).collect();
    let Some(highest) = high.iter().max_by_key(|n| n.profile.distinct) else {
        return Finding::new(CHECK, Status::Passed, "No column has very many categories.");
    };
    let message = format!(
        "{} very many categories with few rows each; most are in `{}` ({}).",
        counted_verb(high.len(), "column", "has", "have"),
        highest.field.name,
        highest.profile.distinct
    );
    about(Finding::new(CHECK, Status::Fixed, message), &high)
        .count(high.len())
        .action("Categories with a single row count as one. If a column carries no meaning, leave it out.")
}

fn numbers_in_text(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "number_in_text";
    // The target is read as text on purpose, so that labels come back as they stand in the file.
    let is_hidden = |n: &&Noticed| n.profile.number_in_text && !n.kind_told && n.field.role != Role::Target;
    let found: Vec<&Noticed> = noticed.iter().copied().filter(is_hidden).collect();
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No numbers are hidden in text.");
    }
    let told: Vec<String> = found.iter().map(|n| format!("`{}`{}", n.field.name, how_written(&n.field))).collect();
    let message = format!("{} numbers as text: {}.", counted_verb(found.len(), "column", "holds", "hold"), shortened(&told));
    about(Finding::new(CHECK, Status::Fixed, message), &found)
        .count(found.len())
        .action("The numbers are read without their signs and separators; what is no number counts as missing.")
}

/// What is special about the numbers of a text column.
fn how_written(field: &Field) -> String {
    let unit = match &field.unit {
        Some(Unit::Duration) => "durations in seconds".to_owned(),
        Some(Unit::Magnitude) => "with magnitudes".to_owned(),
        Some(Unit::Named(unit)) => format!("in {unit}"),
        None => String::new(),
    };
    let comma = if field.decimal == Decimal::Comma { "with decimal commas" } else { "" };
    let told: Vec<&str> = [comma, unit.as_str()].into_iter().filter(|told| !told.is_empty()).collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}

fn dates_in_text(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "date_in_text";
    let is_hidden = |n: &&Noticed| n.profile.date_in_text.is_some() || n.profile.moments_as_numbers.is_some();
    let found: Vec<&Noticed> = noticed.iter().copied().filter(|n| is_hidden(n) && !n.kind_told).collect();
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No dates are hidden in text or numbers.");
    }
    let format = |n: &Noticed| format!("`{}` ({})", n.field.name, n.field.datetime_format.as_deref().unwrap_or_default());
    let formats: Vec<String> = found.iter().map(|n| format(n)).collect();
    let message =
        format!("{} dates as text or numbers: {}.", counted_verb(found.len(), "column", "holds", "hold"), shortened(&formats));
    let open: Vec<String> = found
        .iter()
        .filter_map(|n| Some((n, n.profile.date_in_text.as_ref()?.other.as_ref()?)))
        .map(|(n, other)| format!("`{}` could as well be {}", n.field.name, other.text()))
        .collect();
    let mut action = "The dates are read in that format; what is written otherwise counts as missing.".to_owned();
    if !open.is_empty() {
        action.push_str(&format!(" No value tells day and month apart: {}.", shortened(&open)));
    }
    about(Finding::new(CHECK, Status::Fixed, message), &found).count(found.len()).action(action)
}

fn ordered_categories(noticed: &[&Noticed]) -> Finding {
    const CHECK: &str = "ordered_categories";
    let is_ordered = |n: &&Noticed| n.field.role.is_feature() && n.field.kind == Kind::Categorical && !n.field.order.is_empty();
    let found: Vec<&Noticed> = noticed.iter().copied().filter(is_ordered).collect();
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No categories have an order.");
    }
    let ends = |n: &Noticed| match n.field.order.as_slice() {
        [low, .., high] => format!("`{}` ({low} to {high})", n.field.name),
        _ => format!("`{}`", n.field.name),
    };
    let told: Vec<String> = found.iter().map(|n| ends(n)).collect();
    let message =
        format!("{} categories that have an order: {}.", counted_verb(found.len(), "column", "holds", "hold"), shortened(&told));
    about(Finding::new(CHECK, Status::Fixed, message), &found)
        .count(found.len())
        .action("The order is given to the learners beside the names. A schema file may say another, or none.")
}

fn duplicated_rows(rows: usize, duplicates: usize) -> Finding {
    const CHECK: &str = "duplicate_rows";
    if duplicates == 0 {
        return Finding::new(CHECK, Status::Passed, "No row occurs twice.");
    }
    let repeats = counted_verb(duplicates, "row", "repeats", "repeat");
    Finding::new(CHECK, Status::Noted, format!("{repeats} an earlier row exactly ({}).", percent(duplicates, rows)))
        .count(duplicates)
        .action("Nothing was changed.")
}

/// A finding about columns that are left out, unless a person gave all of them a role.
fn left_out(check: &str, message: String, columns: &[&Noticed]) -> Finding {
    let kept: Vec<&Noticed> = columns.iter().copied().filter(|n| !n.is_left_out()).collect();
    let finding = if kept.is_empty() {
        let action = if columns.len() == 1 { "It is left out." } else { "They are left out." };
        Finding::new(check, Status::Fixed, message).action(action)
    } else {
        let others = if kept.len() < columns.len() { " All others are left out." } else { "" };
        let action = format!("Kept because of a role that was asked for: {}.{others}", names(&kept));
        Finding::new(check, Status::Alerted, message).action(action)
    };
    about(finding, columns).count(columns.len())
}

/// The finding with the names of the columns, as many as a person may want to see.
fn about(finding: Finding, columns: &[&Noticed]) -> Finding {
    const NAMED: usize = 24;
    finding.columns(columns.iter().take(NAMED).map(|n| n.field.name.as_str()))
}

fn names(columns: &[&Noticed]) -> String {
    shortened(&columns.iter().map(|n| format!("`{}`", n.field.name)).collect::<Vec<_>>())
}

/// `a, b and c`, or the first five and how many more.
pub(crate) fn shortened(parts: &[String]) -> String {
    const SHOWN: usize = 5;
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [all @ .., last] if parts.len() <= SHOWN => format!("{} and {last}", all.join(", ")),
        _ => format!("{} and {} more", parts[..SHOWN].join(", "), parts.len() - SHOWN),
    }
}

/// `1 row`, `3 rows`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = match noun.strip_suffix("class") {
        Some(_) => "es",
        None => "s",
    };
    format!("{count} {noun}{}", if count == 1 { "" } else { plural })
}

/// `1 row repeats`, `3 rows repeat`.
pub(crate) fn counted_verb(count: usize, noun: &str, one: &str, many: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { one } else { many })
}

fn counted_is(count: usize, noun: &str) -> String {
    counted_verb(count, noun, "is", "are")
}

/// A part of a whole, with one decimal.
pub(crate) fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}
