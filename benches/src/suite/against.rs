//! What got better or worse since an earlier build?

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Smaller changes of the loss are chance.
const NOTABLE: f64 = 0.01;
/// No table counts for more in the mean.
const CHANGE_MAX: f64 = 0.25;

/// The results of a file, one per line.
///
/// # Errors
/// It cannot be read, or a line is no JSON.
pub fn read(path: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let row = |(i, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}: line {} is no JSON object", path.display(), i + 1))
    };
    text.lines().enumerate().map(row).collect()
}

/// Tells the changes of those fits that stand in both, the worst first.
pub fn compare(earlier: &[Value], now: &[Value], tell: &mut dyn FnMut(&str)) {
    let same = |a: &Value, b: &Value| ["table", "budget_s", "seed", "metric"].iter().all(|key| a[key] == b[key]);
    // Of fits that stand there twice, the later one.
    let pairs = now.iter().filter_map(|row| Some((earlier.iter().rev().find(|e| same(e, row))?, row)));
    let mut changes: Vec<(f64, &Value, &Value)> =
        pairs.filter_map(|(before, row)| Some((change(before, row)?, before, row))).collect();
    changes.sort_by(|a, b| b.0.total_cmp(&a.0));
    tell("  table                 budget  seed  metric          before       now   loss %    fit s");
    for (change, before, row) in &changes {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let number = |row: &Value, key: &str| row[key].as_f64().unwrap_or(f64::NAN);
        tell(&format!(
            "  {:<22}{:>6}{:>6}  {:<12}{:>10.5}{:>10.5}{:>+9.2}{:>9.1}",
            text("table"),
            number(row, "budget_s"),
            row["seed"],
            text("metric"),
            number(before, "score"),
            number(row, "score"),
            100.0 * change,
            number(row, "fit_s"),
        ));
    }
    let count = |is: fn(f64) -> bool| changes.iter().filter(|(change, ..)| is(*change)).count();
    let mean = changes.iter().map(|(change, ..)| change.clamp(-CHANGE_MAX, CHANGE_MAX)).sum::<f64>() / changes.len() as f64;
    tell(&format!(
        "  better on {}, worse on {} of {} by more than {} % of the loss; mean change {:+.2} %",
        count(|change| change < -NOTABLE),
        count(|change| change > NOTABLE),
        changes.len(),
        100.0 * NOTABLE,
        100.0 * mean,
    ));
}

/// The change of the loss, relative: of what a score lacks to 1 where more is better, else of the score. `None` without
/// two scores.
fn change(before: &Value, now: &Value) -> Option<f64> {
    let higher_is_better = now["higher_is_better"].as_bool()?;
    let loss = |row: &Value| row["score"].as_f64().map(|score| if higher_is_better { 1.0 - score } else { score });
    let (before, now) = (loss(before)?, loss(now)?);
    Some((now - before) / before.abs().max(1e-9))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn losses_are_compared_by_table_budget_and_seed() {
        let row = |table: &str, seed: u64, score: f64, higher: bool| json!({ "table": table, "budget_s": 1.0, "seed": seed, "metric": "m", "higher_is_better": higher, "score": score });
        let earlier = [row("a", 0, 0.8, true), row("b", 0, 2.0, false), row("a", 1, 0.5, true)];
        let now = [row("a", 0, 0.9, true), row("b", 0, 2.1, false), row("c", 0, 1.0, true)];
        let mut lines = Vec::new();
        compare(&earlier, &now, &mut |line| lines.push(line.to_owned()));
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[1].trim_start().starts_with("b ") && lines[1].contains("+5.00"), "{lines:?}");
        assert!(lines[2].trim_start().starts_with("a ") && lines[2].contains("-50.00"), "{lines:?}");
        assert!(lines[3].contains("better on 1, worse on 1 of 2"), "{lines:?}");
    }
}
