//! A line per column.

use automl::inspect::Summary;
use automl::{ColumnProfile, Inspection, Role};

use crate::output::number::{brief, count, percent, short, strength};
use crate::output::spark::short_spark;
use crate::output::table::{Align, line_width, table};

use super::counts;

/// One line per column, as wide as the terminal.
pub fn table_of_columns(found: &Inspection) -> String {
    let has_roles = found.columns.iter().any(|column| column.role != Role::Feature);
    let has_strengths = found.columns.iter().any(|column| column.strength.is_some());
    let heads = [("column", Align::Name), ("kind", Align::Name)].into_iter();
    let heads = heads.chain(has_roles.then_some(("role", Align::Name)));
    let heads = heads.chain([("missing", Align::Number), ("distinct", Align::Number)]);
    let heads = heads.chain(has_strengths.then_some(("strength", Align::Number)));
    let heads: Vec<_> = heads.chain([("", Align::Name), ("values", Align::Name)]).collect();
    let mut rows: Vec<Vec<String>> = found.columns.iter().map(|column| cells(column, has_roles, has_strengths)).collect();
    fit_into_line(&heads, &mut rows);
    table(&heads, rows)
}

fn cells(column: &ColumnProfile, has_roles: bool, has_strengths: bool) -> Vec<String> {
    let name_length = (line_width() / 5).max(16);
    let role = if column.role == Role::Feature { "" } else { column.role.name() };
    let missing = if column.missing > 0 { percent(column.missing_share) } else { String::new() };
    let cells = [cut(&column.name, name_length), column.kind.name().to_owned()].into_iter();
    let cells = cells.chain(has_roles.then(|| role.to_owned()));
    let cells = cells.chain([missing, count(column.distinct)]);
    let cells = cells.chain(has_strengths.then(|| column.strength.map_or(String::new(), strength)));
    cells.chain([blocks(column), values_line(column)]).collect()
}

/// How often values occur: neighbours together, or the most frequent names.
fn blocks(column: &ColumnProfile) -> String {
    const NAMES: usize = 10;
    let counts = counts(column);
    match &column.summary {
        Some(Summary::Levels(_)) => short_spark(&counts[..counts.len().min(NAMES)]),
        _ => short_spark(&counts),
    }
}

/// Cuts the last cells where the line would be full.
fn fit_into_line(heads: &[(&str, Align)], rows: &mut [Vec<String>]) {
    const LEAST: usize = 12;
    let others = heads.len() - 1;
    let width = |j: usize| rows.iter().map(|row| row[j].chars().count()).chain([heads[j].0.len()]).max().unwrap_or(0);
    let used: usize = (0..others).map(|j| width(j) + 2).sum();
    let room = line_width().saturating_sub(used).max(LEAST);
    for row in rows {
        row[others] = cut(&row[others], room);
    }
}

/// What the values of a column are like, in a few words.
pub fn values_line(column: &ColumnProfile) -> String {
    const LEVELS: usize = 4;
    match &column.summary {
        None => "no value in any row".to_owned(),
        Some(Summary::Numbers(n)) if n.min == n.max => format!("always {}", brief(n.min)),
        Some(Summary::Numbers(n)) => format!("{} … {} … {}", short(n.min), short(n.p50), short(n.max)),
        Some(Summary::Moments(moments)) => format!("{} … {}", moments.first, moments.last),
        Some(Summary::Levels(levels)) => match levels.top.as_slice() {
            [only] if levels.rest == 0 => format!("always {}", only.value),
            // Names that occur about once each: their shares say nothing.
            top if top[0].count == 1 => {
                top.iter().take(LEVELS).map(|level| level.value.as_str()).collect::<Vec<_>>().join(", ") + ", …"
            }
            top => {
                let shown = top.iter().take(LEVELS).map(|level| format!("{} {}", level.value, percent(level.share)));
                let more = if column.distinct > LEVELS { ", …" } else { "" };
                shown.collect::<Vec<_>>().join(", ") + more
            }
        },
        Some(Summary::Texts(texts)) => {
            format!("{} words: {}", texts.words.median, texts.examples.first().map_or("", String::as_str))
        }
    }
}

/// The first characters, with a mark where some are left out. Line breaks become blanks.
pub fn cut(text: &str, length: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() <= length {
        return text;
    }
    text.chars().take(length.saturating_sub(1)).collect::<String>().trim_end().to_owned() + "…"
}
