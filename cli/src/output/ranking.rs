//! The leaderboard as a table.

use automl::{Bargain, Entry, EntryStatus, Leaderboard, Optimize};

use super::number::{bytes, counted, percent, score, seconds, spread};
use super::table::{Align, table};

/// Every entry, or the first `top`, with what is to be said of some.
pub fn whole(leaderboard: &Leaderboard, top: Option<usize>) -> String {
    let shown = top.unwrap_or(usize::MAX);
    let entries: Vec<(usize, &Entry)> = leaderboard.entries.iter().enumerate().take(shown).collect();
    let left_out = leaderboard.entries.len() - entries.len();
    let mut text = heading(leaderboard) + &rows(leaderboard, &entries);
    let remarks: String =
        entries.iter().filter_map(|(_, entry)| Some(format!("{}: {}\n", label(entry), remark(entry)?))).collect();
    if !remarks.is_empty() {
        text.push_str(&format!("\n{remarks}"));
    }
    if left_out > 0 {
        text.push_str(&format!("\n… and {left_out} more\n"));
    }
    if let Some(bargain) = bargain(leaderboard) {
        text.push_str(&format!("\nChosen: {bargain}.\n"));
    }
    text
}

/// Why an entry has no score, or what its score is made from.
fn remark(entry: &Entry) -> Option<String> {
    if !entry.message.is_empty() {
        return Some(entry.message.clone());
    }
    let rows = entry.train_rows().filter(|_| entry.status == EntryStatus::Complete)?;
    Some(format!("learned from {} drawn at random", counted(rows as usize, "row")))
}

/// What the final model gives up and what it gets, if it was chosen for anything but accuracy.
pub fn bargain(leaderboard: &Leaderboard) -> Option<String> {
    let Bargain { optimize, score: chosen, best_score, lost, cost, best_cost, models, best_models } =
        leaderboard.bargain.as_ref()?;
    let told = |cost: f64| match optimize {
        Optimize::Size => bytes(cost as u64),
        _ => format!("{} µs per row", spread(1e6 * cost)),
    };
    let given = match *lost {
        lost if lost > 0.0 => format!("{} of the gain over the baseline given up", percent(lost)),
        _ => "nothing given up".to_owned(),
    };
    Some(format!(
        "for {}, {} instead of {best_models}, {} instead of {}; {} {} instead of {}, {given}",
        optimize.name(),
        counted(*models, "model"),
        told(*cost),
        told(*best_cost),
        leaderboard.metric,
        score(*chosen),
        score(*best_score),
    ))
}

/// The best few and the ensemble, wherever it stands.
pub fn best(leaderboard: &Leaderboard, top: usize) -> String {
    let complete = |e: &Entry| e.status == EntryStatus::Complete;
    let ranked = leaderboard.entries.iter().enumerate().filter(|(_, e)| complete(e));
    let shown: Vec<(usize, &Entry)> = ranked.filter(|(i, e)| *i < top || e.trial.is_none()).collect();
    let finished = leaderboard.entries.iter().filter(|e| complete(e)).count();
    let mut text = heading(leaderboard) + &rows(leaderboard, &shown);
    let mut rest = Vec::new();
    if finished > shown.len() {
        rest.push(format!("{} more", finished - shown.len()));
    }
    for (status, word) in [(EntryStatus::Pruned, "stopped early"), (EntryStatus::Failed, "failed")] {
        let entries: Vec<&Entry> = leaderboard.entries.iter().filter(|e| e.status == status).collect();
        if !entries.is_empty() {
            rest.push(format!("{} {word}", counted(entries.len(), "trial")));
        }
    }
    if !rest.is_empty() {
        text.push_str(&format!("… and {}\n", rest.join(", ")));
    }
    text
}

fn heading(leaderboard: &Leaderboard) -> String {
    let better = if leaderboard.higher_is_better { "higher" } else { "lower" };
    format!("Leaderboard: {} ({better} is better) on {}\n\n", leaderboard.metric, leaderboard.validation)
}

fn rows(leaderboard: &Leaderboard, entries: &[(usize, &Entry)]) -> String {
    let columns = [
        ("#", Align::Number),
        ("pipeline", Align::Name),
        ("learner", Align::Name),
        (leaderboard.metric.as_str(), Align::Number),
        ("±", Align::Number),
        ("fit s", Align::Number),
        ("predict s", Align::Number),
        ("size", Align::Number),
        ("weight", Align::Number),
    ];
    table(&columns, entries.iter().map(|(i, entry)| cells(*i, entry)))
}

fn cells(i: usize, entry: &Entry) -> Vec<String> {
    let result = match (entry.status, entry.score) {
        (EntryStatus::Complete, Some(value)) => score(value),
        (EntryStatus::Complete, None) => "undefined".to_owned(),
        (EntryStatus::Pruned, _) => "stopped".to_owned(),
        (EntryStatus::Failed, _) => "failed".to_owned(),
    };
    vec![
        (i + 1).to_string(),
        entry.name.clone(),
        entry.learner.clone(),
        result,
        entry.spread.map_or(String::new(), spread),
        seconds(entry.fit_s),
        seconds(entry.predict_s),
        bytes(entry.model_bytes),
        if entry.weight > 0.0 { format!("{:.2}", entry.weight) } else { String::new() },
    ]
}

fn label(entry: &Entry) -> String {
    match entry.trial {
        Some(trial) => format!("trial {trial} {}", entry.name),
        None => entry.name.clone(),
    }
}
