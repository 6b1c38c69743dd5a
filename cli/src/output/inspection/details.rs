//! Everything about some columns.

use automl::inspect::{Level, NumberSummary, Summary, TextSummary};
use automl::{ColumnProfile, Inspection};

use crate::output::number::{brief, count, counted, percent, strength};
use crate::output::spark::{bar, spark};
use crate::output::table::{Align, facts, line_width, table};
use crate::output::understood::sentence;

use super::edges;
use super::lines::cut;

/// A paragraph per column, with what was noticed about it.
pub fn details(found: &Inspection) -> String {
    found.columns.iter().map(|column| of_column(column, found)).collect::<Vec<_>>().join("\n")
}

fn of_column(column: &ColumnProfile, found: &Inspection) -> String {
    let code = if column.is_code { ", may as well be a name" } else { "" };
    let mut lines = vec![("Kind", format!("{}{code}; role {}", column.kind.name(), column.role.name()))];
    lines.push(("Missing", format!("{} ({})", counted(column.missing, "cell"), percent(column.missing_share))));
    if column.unreadable > 0 {
        let told = format!("{} not {}; a fit counts them as missing", counted(column.unreadable, "cell"), column.kind.name());
        lines.push(("Unreadable", told));
    }
    lines.push(("Distinct", count(column.distinct)));
    if let (Some(alone), Some(missingness), Some(target)) = (column.strength, column.strength_of_missingness, &found.target) {
        let of_missing =
            if column.missing > 0 { format!("; that it is missing says {}", strength(missingness)) } else { String::new() };
        lines.push(("Strength", format!("{} of 1 about `{}`{of_missing}", strength(alone), target.column)));
    }
    let mut levels: &[Level] = &[];
    match &column.summary {
        None => {}
        Some(Summary::Numbers(numbers)) => {
            lines.extend(of_numbers(numbers));
            levels = &numbers.values;
        }
        Some(Summary::Moments(moments)) => {
            lines.push(("First, last", format!("{}, {}", moments.first, moments.last)));
            lines.extend(moments.format.clone().map(|format| ("Format", format)));
            lines.push(("Histogram", format!("{} {} {}", moments.first, spark(&moments.counts), moments.last)));
        }
        Some(Summary::Levels(summary)) => {
            levels = &summary.top;
            if summary.rest > 0 {
                let others = column.distinct - summary.top.len();
                let told = format!("{} in {}, not shown below", counted(others, "more value"), counted(summary.rest, "cell"));
                lines.push(("Others", told));
            }
            if summary.once > 0 {
                lines.push(("Once", counted(summary.once, "value")));
            }
        }
        Some(Summary::Texts(texts)) => lines.extend(of_texts(texts)),
    }
    let about = |f: &&automl::Finding| f.columns.contains(&column.name);
    lines.extend(found.findings.iter().filter(about).map(|finding| ("Noticed", sentence(finding))));
    let mut text = format!("{}\n{}", column.name, facts(lines));
    if !levels.is_empty() {
        text.push_str(&format!("\n{}", table_of_levels(levels)));
    }
    text
}

fn of_numbers(n: &NumberSummary) -> Vec<(&'static str, String)> {
    let histogram = &n.histogram;
    let outside = match histogram.below + histogram.above {
        0 => String::new(),
        outside => format!(" ({} outside)", counted(outside, "value")),
    };
    let (low, high) = edges(n);
    let drawn = format!("{} {} {}{outside}", brief(low), spark(&histogram.counts), brief(high));
    let quantiles =
        [("min", n.min), ("1 %", n.p1), ("25 %", n.p25), ("50 %", n.p50), ("75 %", n.p75), ("99 %", n.p99), ("max", n.max)];
    let quantiles: Vec<String> = quantiles.iter().map(|(name, value)| format!("{name}: {}", brief(*value))).collect();
    let or_none = |value: Option<f64>| value.map_or("undefined".to_owned(), brief);
    vec![
        ("Quantiles", quantiles.join(", ")),
        ("Mean, sd", format!("{}, {}", brief(n.mean), or_none(n.sd))),
        ("Skew", or_none(n.skew)),
        ("Zeros", count(n.zeros)),
        ("Histogram", drawn),
    ]
}

fn of_texts(texts: &TextSummary) -> Vec<(&'static str, String)> {
    let spread = |s: &automl::inspect::Spread| format!("{} … {} … {}", count(s.min), count(s.median), count(s.max));
    let mut lines = vec![
        ("Characters", spread(&texts.characters)),
        ("Words", spread(&texts.words)),
        ("", format!("least, median and largest of {}", counted(texts.sampled, "text"))),
    ];
    lines.extend(texts.examples.iter().map(|example| ("Example", example.clone())));
    lines
}

fn table_of_levels(levels: &[Level]) -> String {
    const BAR: usize = 20;
    let largest = levels.iter().map(|level| level.share).fold(f64::MIN_POSITIVE, f64::max);
    let columns = [("value", Align::Name), ("count", Align::Number), ("share", Align::Number), ("", Align::Name)];
    let rows = levels.iter().map(|level| {
        let name = cut(&level.value, line_width() / 2);
        vec![name, count(level.count), percent(level.share), bar(level.share / largest, BAR)]
    });
    table(&columns, rows)
}
