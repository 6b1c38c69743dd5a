//! One column on the page of a table.

use automl::inspect::{Level, Summary};
use automl::{ColumnProfile, Finding, Inspection, Role, Status};

use crate::output::html::plots::{Bar, bars, histogram};
use crate::output::html::{definitions, escaped, marked};
use crate::output::inspection::{edges, values_line};
use crate::output::number::{brief, count, percent, strength};

use super::median_place;

/// A card with the kind of a column, a plot of its values, and numbers about them.
pub fn card(column: &ColumnProfile, place: usize, found: &Inspection) -> String {
    let name = escaped(&column.name);
    let aside = if column.role.is_feature() || column.role == Role::Target { "" } else { " aside" };
    format!(
        "<article class=\"card{aside}\" data-name=\"{name}\" data-place=\"{place}\" data-missing=\"{}\" data-distinct=\"{}\" data-strength=\"{}\">\n\
         <h3>{name}</h3>\n<p class=\"kind\">{}</p>\n{}{}{}</article>\n",
        column.missing,
        column.distinct,
        column.strength.unwrap_or(-1.0),
        kind(column),
        figure(column),
        definitions(&facts(column)),
        more(column, found),
    )
}

fn kind(column: &ColumnProfile) -> String {
    let code = if column.is_code { ", may as well be a name" } else { "" };
    let role = if column.role == Role::Feature { String::new() } else { format!(" · role <b>{}</b>", column.role.name()) };
    let alone = column.strength.map_or(String::new(), |alone| format!(" · strength <b>{}</b>", strength(alone)));
    let missing = if column.missing > 0 { format!(" · {} missing", percent(column.missing_share)) } else { String::new() };
    format!("<b>{}</b>{code}{role} · {} distinct{missing}{alone}", column.kind.name(), count(column.distinct))
}

/// The plot of a column, or what stands for it.
pub fn figure(column: &ColumnProfile) -> String {
    let says = |what: &str| format!("{what} of {}: {}", column.name, values_line(column));
    match &column.summary {
        None => "<p class=\"soft\">no value in any row</p>\n".to_owned(),
        Some(Summary::Numbers(numbers)) => {
            let drawn = &numbers.histogram;
            let outside = match drawn.below + drawn.above {
                0 => String::new(),
                outside => format!("<span>{} outside</span>", count(outside)),
            };
            let plot = histogram(&drawn.counts, &says("Histogram"), median_place(column));
            let (low, high) = edges(numbers);
            let (low, high) = (brief(low), brief(high));
            format!("<figure>{plot}<figcaption><span>{low}</span>{outside}<span>{high}</span></figcaption></figure>\n")
        }
        Some(Summary::Moments(moments)) => {
            let plot = histogram(&moments.counts, &says("Moments over time"), None);
            let (first, last) = (escaped(&moments.first), escaped(&moments.last));
            format!("<figure>{plot}<figcaption><span>{first}</span><span>{last}</span></figcaption></figure>\n")
        }
        Some(Summary::Levels(levels)) if levels.top[0].count == 1 => format!("<p>{}</p>\n", escaped(&values_line(column))),
        Some(Summary::Levels(levels)) => {
            const SHOWN: usize = 6;
            let shown = &levels.top[..levels.top.len().min(SHOWN)];
            format!("<figure>{}</figure>\n", bars(&bars_of(shown)))
        }
        Some(Summary::Texts(texts)) => {
            texts.examples.iter().map(|example| format!("<blockquote>{}</blockquote>\n", escaped(example))).collect()
        }
    }
}

fn bars_of(levels: &[Level]) -> Vec<Bar> {
    let largest = levels.iter().map(|level| level.share).fold(f64::MIN_POSITIVE, f64::max);
    let bar = |level: &Level| Bar {
        name: level.value.clone(),
        length: level.share / largest,
        number: format!("{} ({})", count(level.count), percent(level.share)),
    };
    levels.iter().map(bar).collect()
}

fn facts(column: &ColumnProfile) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if column.unreadable > 0 {
        facts.push(("unreadable", count(column.unreadable)));
    }
    let or_none = |value: Option<f64>| value.map_or("–".to_owned(), brief);
    match &column.summary {
        None | Some(Summary::Levels(_)) => {}
        Some(Summary::Numbers(n)) => facts.extend([
            ("min", brief(n.min)),
            ("max", brief(n.max)),
            ("median", brief(n.p50)),
            ("mean", brief(n.mean)),
            ("25 %", brief(n.p25)),
            ("75 %", brief(n.p75)),
            ("1 %", brief(n.p1)),
            ("99 %", brief(n.p99)),
            ("sd", or_none(n.sd)),
            ("skew", or_none(n.skew)),
            ("zeros", count(n.zeros)),
        ]),
        Some(Summary::Moments(moments)) => facts.extend(moments.format.clone().map(|format| ("format", format))),
        Some(Summary::Texts(texts)) => facts.extend([
            ("words, median", count(texts.words.median)),
            ("words, most", count(texts.words.max)),
            ("characters, median", count(texts.characters.median)),
            ("characters, most", count(texts.characters.max)),
        ]),
    }
    if let Some(missingness) = column.strength_of_missingness.filter(|_| column.missing > 0) {
        facts.push(("strength of missing", strength(missingness)));
    }
    facts
}

/// What is shown on request: all listed levels, and what was noticed about the column.
fn more(column: &ColumnProfile, found: &Inspection) -> String {
    let levels = match &column.summary {
        Some(Summary::Levels(levels)) if levels.top.len() > 6 && levels.top[0].count > 1 => {
            let rest = if levels.rest > 0 {
                format!(
                    "<p class=\"soft\">{} cells hold {} more values</p>",
                    count(levels.rest),
                    count(column.distinct - levels.top.len())
                )
            } else {
                String::new()
            };
            format!("<details><summary>More values</summary>{}{rest}</details>\n", bars(&bars_of(&levels.top)))
        }
        _ => String::new(),
    };
    let about = |finding: &&Finding| finding.status != Status::Passed && finding.columns == [column.name.as_str()];
    let noticed = found.findings.iter().filter(about);
    let noticed = noticed.map(|finding| format!("<p class=\"soft\">{}</p>\n", marked(&finding.message)));
    levels + &noticed.collect::<String>()
}
