//! What is in a table, as lines of text.

mod details;
mod lines;

use std::path::Path;

use automl::inspect::{NumberSummary, Summary};
use automl::{ColumnProfile, Inspection, Kind, Status};
pub use details::details;
pub use lines::{cut, values_line};
use serde_json::{Value, json};

use super::number::{brief, counted, percent};
use super::table::facts;
use super::understood::all_noted;

/// The table, its target, a line per column, and what was noticed.
pub fn overview(found: &Inspection, name: &str) -> String {
    let mut heading = vec![("Data", format!("{name}: {}", shape(found)))];
    if let Some(target) = target_line(found) {
        heading.push(("Target", target));
    }
    let mut text = facts(heading) + "\n" + &lines::table_of_columns(found) + "\n";
    if found.target.is_some() {
        text.push_str("Strength is what a column alone says about the target, from 0, nothing, to 1, all.\n\n");
    }
    let mut noted = all_noted(&found.findings);
    let passed = found.findings.iter().filter(|f| f.status == Status::Passed).count();
    noted.push(("Passed", counted(passed, "check")));
    text.push_str(&facts(noted));
    text
}

/// The same as one JSON object: `data`, `rows`, `target`, `findings`, `columns`.
pub fn json(found: &Inspection, data: &Path) -> Value {
    json!({
        "data": data,
        "rows": found.rows,
        "target": found.target,
        "findings": found.findings,
        "columns": found.columns,
    })
}

/// How many rows, and how many columns of which kinds.
pub fn shape(found: &Inspection) -> String {
    let of_kind = |kind: Kind| found.schema.fields.iter().filter(|field| field.kind == kind).count();
    let kinds = Kind::ALL.into_iter().map(|kind| (of_kind(kind), kind)).filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds.map(|(count, kind)| format!("{count} {}", kind.name())).collect();
    let columns = counted(found.schema.fields.len(), "column");
    format!("{}, {columns} ({})", counted(found.rows, "row"), kinds.join(", "))
}

/// What there is to predict; `None` if no target can be predicted.
pub fn target_line(found: &Inspection) -> Option<String> {
    const CLASSES_SHOWN: usize = 6;
    let target = found.target.as_ref()?;
    let mut line = format!("`{}`: {}", target.column, target.task.name());
    if target.classes.is_empty() {
        let column = found.columns.iter().find(|column| column.name == target.column);
        if let Some(Summary::Numbers(n)) = column.and_then(|column| column.summary.as_ref()) {
            line.push_str(&format!(", {} … {} … {}, mean {}", brief(n.min), brief(n.p50), brief(n.max), brief(n.mean)));
        }
        return Some(line);
    }
    let shown = target.classes.iter().take(CLASSES_SHOWN);
    let shown: Vec<String> = shown.map(|class| format!("{} {}", class.value, percent(class.share))).collect();
    let more = target.classes.len().saturating_sub(CLASSES_SHOWN);
    let more = if more > 0 { format!(" and {more} more classes") } else { String::new() };
    Some(format!("{line}, {}{more}", shown.join(", ")))
}

/// From where to where a histogram is drawn: whole numbers begin and end half a bin within it.
pub fn edges(numbers: &NumberSummary) -> (f64, f64) {
    (numbers.histogram.low.max(numbers.min), numbers.histogram.high.min(numbers.max))
}

/// Counts to draw, in the order of the values: bins, or the most frequent names.
pub fn counts(column: &ColumnProfile) -> Vec<usize> {
    match &column.summary {
        Some(Summary::Numbers(numbers)) => numbers.histogram.counts.clone(),
        Some(Summary::Moments(moments)) => moments.counts.clone(),
        Some(Summary::Levels(levels)) => levels.top.iter().map(|level| level.count).collect(),
        Some(Summary::Texts(_)) | None => Vec::new(),
    }
}
