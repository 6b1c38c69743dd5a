//! The page of a table: what was noticed, what there is to predict, what is missing where, and every column.

mod card;

use automl::inspect::Summary;
use automl::{ColumnProfile, Finding, Inspection, Status};

use crate::output::inspection::{shape, target_line};
use crate::output::number::{count, percent, strength};
use crate::output::understood::sentence;

use super::plots::{Bar, bars, strip};
use super::{escaped, marked, page as whole, tile};

/// The page.
pub fn page(found: &Inspection, name: &str) -> String {
    let sections =
        [heading(found, name), findings(&found.findings), target(found), strengths(found), missing(found), columns(found)];
    whole(&format!("{name}: what is in it"), &sections.concat())
}

fn heading(found: &Inspection, name: &str) -> String {
    let cells = found.rows * found.columns.len();
    let missing: usize = found.columns.iter().map(|column| column.missing).sum();
    let alerts = found.findings.iter().filter(|finding| finding.status == Status::Alerted).count();
    let share = if cells > 0 { percent(missing as f64 / cells as f64) } else { percent(0.0) };
    let tiles = [
        tile(found.rows, "rows"),
        tile(found.columns.len(), "columns"),
        tile(missing, &format!("missing cells ({share})")),
        tile(alerts, if alerts == 1 { "alert" } else { "alerts" }),
    ];
    let (name, shape, tiles) = (escaped(name), escaped(&shape(found)), tiles.concat());
    format!("<header><h1>{name}</h1><p class=\"soft\">{shape}</p><div class=\"tiles\">{tiles}</div></header>\n")
}

fn findings(findings: &[Finding]) -> String {
    let with = |status: Status| findings.iter().filter(move |finding| finding.status == status);
    let list = |items: String| format!("<ul class=\"findings\">\n{items}</ul>\n");
    let noted: String = with(Status::Alerted).chain(with(Status::Fixed)).chain(with(Status::Noted)).map(item).collect();
    let passed: String = with(Status::Passed).map(item).collect();
    let noted = if noted.is_empty() { "<p>Nothing that needs attention.</p>\n".to_owned() } else { list(noted) };
    let passed = match with(Status::Passed).count() {
        0 => String::new(),
        n => format!("<details><summary>Passed checks ({n})</summary>\n{}</details>\n", list(passed)),
    };
    format!("<section><h2>What was noticed</h2>\n{noted}{passed}</section>\n")
}

fn item(finding: &Finding) -> String {
    let (class, word) = match finding.status {
        Status::Alerted => ("alerted", "Alert"),
        Status::Fixed => ("fixed", "Fixed"),
        Status::Noted => ("noted", "Noted"),
        Status::Passed => ("passed", "Passed"),
    };
    format!("<li><span class=\"badge {class}\">{word}</span><span>{}</span></li>\n", marked(&sentence(finding)))
}

fn target(found: &Inspection) -> String {
    const CLASSES_SHOWN: usize = 30;
    let (Some(target), Some(line)) = (&found.target, target_line(found)) else { return String::new() };
    let largest = target.classes.iter().map(|class| class.share).fold(f64::MIN_POSITIVE, f64::max);
    let classes: Vec<Bar> = target
        .classes
        .iter()
        .take(CLASSES_SHOWN)
        .map(|class| Bar {
            name: class.value.clone(),
            length: class.share / largest,
            number: format!("{} ({})", count(class.count), percent(class.share)),
        })
        .collect();
    let plot = match found.columns.iter().find(|column| column.name == target.column) {
        _ if !classes.is_empty() => bars(&classes),
        Some(column) => card::figure(column),
        None => String::new(),
    };
    format!("<section><h2>What there is to predict</h2>\n<p>{}</p>\n{plot}</section>\n", marked(&line))
}

fn strengths(found: &Inspection) -> String {
    const SHOWN: usize = 30;
    let mut told: Vec<(&ColumnProfile, f64)> = found.columns.iter().filter_map(|c| c.strength.map(|s| (c, s))).collect();
    let (Some(target), false) = (&found.target, told.is_empty()) else { return String::new() };
    told.sort_by(|a, b| b.1.total_cmp(&a.1));
    let bar =
        |(column, value): &(&ColumnProfile, f64)| Bar { name: column.name.clone(), length: *value, number: strength(*value) };
    let shown: Vec<Bar> = told.iter().take(SHOWN).map(bar).collect();
    let more = match told.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("<p class=\"soft\">and {} more columns, none stronger</p>\n", count(more)),
    };
    format!(
        "<section><h2>What columns say about it</h2>\n<p class=\"soft\">What a column alone says about {}, from 0, nothing, to 1, \
         all: 2 · AUC − 1 for classes and R² for numbers, on rows that were not learned from.</p>\n{}{more}</section>\n",
        marked(&format!("`{}`", target.column)),
        bars(&shown)
    )
}

fn missing(found: &Inspection) -> String {
    const SHOWN: usize = 40;
    let mut holed: Vec<&ColumnProfile> = found.columns.iter().filter(|column| column.missing > 0).collect();
    if holed.is_empty() {
        return String::new();
    }
    holed.sort_by_key(|column| std::cmp::Reverse(column.missing));
    let rows = holed.iter().take(SHOWN).map(|column| {
        let (name, share) = (escaped(&column.name), percent(column.missing_share));
        let says = format!("{}: {share} missing, from the first row on the left to the last on the right", column.name);
        let strip = strip(&column.missing_by_block, &says);
        let number = format!("{} ({share})", count(column.missing));
        format!("<tr><th scope=\"row\" title=\"{name}\">{name}</th><td class=\"bar\">{strip}</td><td class=\"number\">{number}</td></tr>\n")
    });
    let rows: String = rows.collect();
    let more = match holed.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("<p class=\"soft\">and {} more columns with missing cells</p>", count(more)),
    };
    format!(
        "<section><h2>What is missing where</h2>\n<p class=\"soft\">From the first row on the left to the last on the right; the \
         deeper, the more cells are missing.</p>\n<table class=\"bars\"><tbody>\n{rows}</tbody></table>{more}</section>\n"
    )
}

fn columns(found: &Inspection) -> String {
    let cards: String = found.columns.iter().enumerate().map(|(place, column)| card::card(column, place, found)).collect();
    let by_strength = match found.target {
        Some(_) => "<option value=\"strength\">strongest first</option>",
        None => "",
    };
    format!(
        "<section><h2>Columns</h2>\n<div class=\"tools\" hidden=\"hidden\">\
         <label>Name <input type=\"search\" placeholder=\"all\"/></label>\
         <label>Order <select><option value=\"file\">as in the file</option><option value=\"name\">by name</option>\
         <option value=\"missing\">most missing first</option><option value=\"distinct\">most distinct first</option>{by_strength}\
         </select></label></div>\n<div class=\"cards\">\n{cards}</div></section>\n"
    )
}

/// Where the median lies on the way from the first bin to the last.
fn median_place(column: &ColumnProfile) -> Option<f64> {
    let Some(Summary::Numbers(numbers)) = &column.summary else { return None };
    let (low, high) = (numbers.histogram.low, numbers.histogram.high);
    (high > low).then(|| (numbers.p50 - low) / (high - low))
}
