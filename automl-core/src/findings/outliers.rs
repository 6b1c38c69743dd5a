//! `outliers`: numbers far outside the middle half of their column.

use super::Subject;
use crate::association::sample_rows;
use crate::schema::{Field, Finding, Kind, Status, counted_verb};

const CHECK: &str = "outliers";
/// Tukey's outer fence is 3; measured tables are full of values beyond it that mean nothing.
const SPREADS: f64 = 10.0;
/// Quartiles are known well enough from so many values.
const SAMPLE: usize = 8_192;
const RULE: &str = "numbers more than 10 interquartile ranges outside the quartiles";

/// Columns whose middle half is one value have no spread to compare with, and are passed over.
pub fn check(subject: &Subject<'_>) -> Finding {
    let mut found: Vec<(&Field, usize)> = subject
        .of_kind(Kind::Numeric)
        .map(|field| (field, beyond(&subject.numbers(field))))
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let Some((worst, most)) = found.first() else {
        return Finding::new(CHECK, Status::Passed, "No number lies far outside its column.").threshold(RULE);
    };
    let cells: usize = found.iter().map(|(_, count)| count).sum();
    let lie = counted_verb(cells, "number", "lies", "lie");
    let message = match found.len() {
        1 => format!("{lie} far outside the rest of `{}`.", worst.name),
        columns => {
            format!("{lie} far outside the rest of their columns, {columns} in all; most are in `{}` ({most}).", worst.name)
        }
    };
    const NAMED: usize = 24;
    Finding::new(CHECK, Status::Noted, message)
        .count(cells)
        .columns(found.iter().take(NAMED).map(|(field, _)| field.name.as_str()))
        .threshold(RULE)
        .action("They are clipped for the learners that mind. Look at them if they may be slips.")
}

/// How many numbers lie outside the fences.
fn beyond(numbers: &[f64]) -> usize {
    let mut sample: Vec<f64> = sample_rows(numbers.len(), SAMPLE).iter().map(|&i| numbers[i as usize]).collect();
    sample.retain(|v| !v.is_nan());
    if sample.is_empty() {
        return 0;
    }
    let mut quantile = |share: f64| {
        let at = (share * (sample.len() - 1) as f64) as usize;
        *sample.select_nth_unstable_by(at, f64::total_cmp).1
    };
    let (low, high) = (quantile(0.25), quantile(0.75));
    let reach = SPREADS * (high - low);
    if reach > 0.0 { numbers.iter().filter(|v| **v < low - reach || **v > high + reach).count() } else { 0 }
}
