//! What a fit found, at its end.

use std::path::Path;

use automl::decision::Decision;
use automl::{Ended, Entry, Estimate, Evaluation, Fit, Model, RunFolder};
use serde_json::{Map, Value, json};

use super::number::{bytes, counted, score, seconds, spread, within};
use super::ranking;
use super::table::facts;
use super::understood::noted;

/// The leaderboard, the score, where the model lies and how to use it.
pub fn text(fit: &Fit, out: &Path, flags: &[String]) -> String {
    const TOP: usize = 10;
    let model = out.join(RunFolder::MODEL);
    let size = std::fs::metadata(&model).map_or(String::new(), |m| format!(", {}", bytes(m.len())));
    let mut lines = Vec::new();
    if let Some(best) = fit.leaderboard.best() {
        lines.push(("Best", best_line(best, &fit.leaderboard.metric)));
    }
    if let Some(bargain) = ranking::bargain(&fit.leaderboard) {
        lines.push(("Chosen", bargain));
    }
    lines.extend(finished(&fit.model));
    if let Some(estimate) = &fit.estimate {
        lines.push(("Estimate", estimated(&fit.leaderboard.metric, estimate)));
    }
    if let Some(test) = &fit.test {
        lines.push(("Test", test_line(test)));
    }
    lines.extend(noted(&fit.findings.iter().filter(|f| f.check == "label_noise").cloned().collect::<Vec<_>>()));
    lines.push(("Ended", format!("after {} s and {}: {}.", seconds(fit.elapsed_s), trials(fit), why(fit.ended))));
    lines.push(("Model", format!("{}{size}", model.display())));
    let mut text = ranking::best(&fit.leaderboard, TOP);
    text.push('\n');
    text.push_str(&facts(lines));
    // Not wrapped, so that it can be copied.
    text.push_str(&format!("Predict     {}\n", predict_command(out, flags)));
    text
}

/// The same as one JSON object: `run`, `model`, `task`, `rows`, `features`, `validation`, `metric`, `score`, `estimate`,
/// `temperature`, `decision`, `elapsed_s`, `interrupted`, `ended`, `findings`, `test`, `leaderboard`.
pub fn json(fit: &Fit, out: &Path, shape: Option<(usize, usize)>) -> Value {
    json!({
        "run": out,
        "model": out.join(RunFolder::MODEL),
        "task": {
            "kind": fit.task.kind,
            "target": fit.task.target,
            "classes": fit.task.classes,
            "positive": fit.task.classes.get(fit.task.positive).filter(|_| fit.task.classes.len() == 2),
        },
        "rows": shape.map(|(rows, _)| rows),
        "features": shape.map(|(_, features)| features),
        "validation": fit.leaderboard.validation,
        "metric": fit.leaderboard.metric,
        "score": fit.leaderboard.score(),
        "estimate": fit.estimate,
        "temperature": fit.model.temperature,
        "decision": decision(&fit.model),
        "elapsed_s": fit.elapsed_s,
        "interrupted": fit.ended == Ended::Interrupted,
        "ended": ended(fit),
        "findings": fit.findings,
        "test": fit.test.as_ref().map(|test| json!({
            "rows": test.rows,
            "metric": test.metric,
            "score": test.metrics.get(&test.metric),
            "metrics": test.metrics,
        })),
        "leaderboard": fit.leaderboard,
    })
}

/// Why the search was over: `reason`, a name, and `message`, a sentence.
pub fn ended(fit: &Fit) -> Value {
    json!({ "reason": fit.ended.name(), "message": format!("Ended after {}: {}.", trials(fit), why(fit.ended)) })
}

/// The same with what can be done about it.
fn why(ended: Ended) -> String {
    match ended {
        Ended::TrialsMax => "--max-trials allows no more".to_owned(),
        Ended::FewRows { rows } => {
            format!("comparing more on {} would favour chance; --max-trials allows more", counted(rows, "row"))
        }
        ended => ended.to_string(),
    }
}

fn trials(fit: &Fit) -> String {
    counted(fit.leaderboard.entries.iter().filter(|e| e.trial.is_some()).count(), "trial")
}

fn best_line(best: &Entry, metric: &str) -> String {
    let value = best.score.map_or("undefined".to_owned(), score);
    let spread = best.spread.map_or(String::new(), |s| format!(" ± {}", spread(s)));
    format!("{}, {metric} {value}{spread}", best.name)
}

/// What score is to be expected on new rows, and how far the scores of tables of them will lie apart.
pub fn estimated(metric: &str, estimate: &Estimate) -> String {
    let [value, low, high] = within(estimate.score, estimate.low, estimate.high);
    let tables = (100.0 * estimate.level).round();
    format!("{metric} {value} on new rows ({low} to {high} in {tables} of 100 tables of {})", counted(estimate.rows, "row"))
}

/// What is made of the mean of the members: how sure it is, and what is said of a row.
pub fn finished(model: &Model) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(temperature) = model.temperature {
        let value = temperature.value();
        let surer = if value > 1.0 { "less" } else { "more" };
        lines.push((
            "Calibrated",
            format!("probabilities are {surer} sure than the mean of the members, by a temperature of {value:.2}"),
        ));
    }
    let classes = &model.task.classes;
    match &model.decision {
        Some(Decision::Threshold { class, threshold }) => {
            lines.push(("Threshold", format!("`{}` is said from a probability of {} on", classes[*class], score(*threshold))));
        }
        Some(Decision::Factors { factors }) => {
            let mut order: Vec<usize> = (0..factors.len()).collect();
            order.sort_by(|&a, &b| factors[a].total_cmp(&factors[b]));
            let factor = |class: usize| format!("{:.3} for `{}`", factors[class], classes[class]);
            let (least, most) = (factor(order[0]), factor(order[order.len() - 1]));
            lines.push(("Decided", format!("by probability times a factor that is larger for rarer classes: {least} to {most}")));
        }
        None => {}
    }
    lines
}

/// What is said of a row, as a JSON object: `class` and `threshold` for two classes, `factors` by class for more.
pub fn decision(model: &Model) -> Value {
    let classes = &model.task.classes;
    match &model.decision {
        None => Value::Null,
        Some(Decision::Threshold { class, threshold }) => json!({ "class": classes.get(*class), "threshold": threshold }),
        Some(Decision::Factors { factors }) => {
            let by_class: Map<String, Value> = classes.iter().cloned().zip(factors.iter().map(|&factor| json!(factor))).collect();
            json!({ "factors": by_class })
        }
    }
}

/// The leading score on the test table, then the others.
fn test_line(test: &Evaluation) -> String {
    let value = |name: &String| test.metrics.get(name).map_or("undefined".to_owned(), |value| score(*value));
    let others = test.metrics.keys().filter(|name| **name != test.metric);
    let all: Vec<String> = std::iter::once(&test.metric).chain(others).map(|name| format!("{name} {}", value(name))).collect();
    format!("{}: {}", counted(test.rows, "row"), all.join(", "))
}

/// The command that predicts with a model, as a POSIX shell reads it.
pub fn predict_command(out: &Path, flags: &[String]) -> String {
    let mut words = vec!["automl".to_owned(), "predict".to_owned(), out.to_string_lossy().into_owned(), "NEW.csv".to_owned()];
    words.extend_from_slice(flags);
    words.extend(["-o", "predictions.csv"].map(str::to_owned));
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// The word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./,:=+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_command_can_be_pasted_into_a_shell() {
        let flags = ["--delimiter", ";"].map(str::to_owned);
        let command = predict_command(Path::new("my run"), &flags);
        assert_eq!(command, "automl predict 'my run' NEW.csv --delimiter ';' -o predictions.csv");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
