//! `inconsistent_levels`: levels of a category that differ in case or blanks alone (`NY`, `ny `).

use std::collections::{HashMap, HashSet};

use super::Subject;
use crate::association::sample_rows;
use crate::schema::{Field, Finding, Kind, Status, counted_verb, shortened};

const CHECK: &str = "inconsistent_levels";
/// Levels are looked for in so many rows.
const SAMPLE: usize = 50_000;
const RULE: &str = "two levels of a category that differ in case or blanks alone, in 50,000 rows";

/// Blanks around a value are taken away when it is read, so they do not count here.
pub fn check(subject: &Subject<'_>) -> Finding {
    let rows = sample_rows(subject.rows(), SAMPLE);
    let found: Vec<(&Field, usize, String)> = subject
        .of_kind(Kind::Categorical)
        .filter_map(|field| {
            let names = subject.features.select(&rows).texts(&field.name).ok()?;
            let (count, example) = spelled_twice(names.iter().flatten())?;
            Some((field, count, example))
        })
        .collect();
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "No category is spelled in two ways.").threshold(RULE);
    }
    let examples: Vec<String> = found.iter().map(|(field, _, example)| format!("{example} in `{}`", field.name)).collect();
    let levels: usize = found.iter().map(|(_, count, _)| count).sum();
    let are = counted_verb(levels, "level", "is spelled", "are spelled");
    Finding::new(CHECK, Status::Noted, format!("{are} in more than one way: {}.", shortened(&examples)))
        .count(levels)
        .columns(found.iter().map(|(field, ..)| field.name.as_str()))
        .threshold(RULE)
        .action("Nothing was changed: each spelling is a level of its own. If they mean the same, write them alike.")
}

/// How many levels have several spellings, and the spellings of the first.
fn spelled_twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<(usize, String)> {
    let mut spellings: HashSet<&str> = HashSet::new();
    let order: Vec<&str> = names.filter(|name| spellings.insert(name)).collect();
    let mut levels: HashMap<String, &str> = HashMap::new();
    let (mut count, mut example) = (0, None);
    for name in order {
        let plain = name.split_whitespace().collect::<String>().to_lowercase();
        if let Some(first) = levels.insert(plain, name) {
            count += 1;
            example.get_or_insert_with(|| format!("`{first}` and `{name}`"));
        }
    }
    example.map(|example| (count, example))
}
