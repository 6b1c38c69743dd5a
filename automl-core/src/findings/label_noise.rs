//! `label_noise`: rows whose target may be wrong, since a model that has not seen them is sure of another.

use crate::predictions::Predictions;
use crate::schema::{Finding, Status, counted_verb, percent};
use crate::task::{Target, Task};

const CHECK: &str = "label_noise";
/// How sure of another class a model must be at least.
const PROBABILITY_MIN: f64 = 0.9;
/// How far off a number must be, in robust standard deviations of the residuals.
const DEVIATIONS: f64 = 8.0;
/// The part of the rows from which on somebody should look.
const SHARE_ALERTED: f64 = 0.01;
const RULE_CLASSES: &str = "a probability of another class of at least 0.9, and of at least the mean among the rows labelled so; \
                            alerted from 1 % of the rows on, if that is twice what the probabilities allow for";
const RULE_NUMBERS: &str = "a residual of more than 8 robust standard deviations; alerted from 1 % of the rows on";
/// Rows that are named.
const SHOWN: usize = 10;

/// Stage d: rows with a target that the final model, by its predictions of rows it had not seen, does not believe.
///
/// For classes the rule of confident learning (Northcutt, Jiang and Chuang 2021): the probability of another
/// class is at least the mean that rows labelled so have, and here at least 0.9 as well. Some of such rows are
/// just what the probabilities allow for; an alert takes twice as many. For numbers a residual of more than eight
/// robust deviations from the median. `rows` are the numbers of the rows in the table, from 0.
pub fn of_predictions(task: &Task, target: &Target, predictions: &Predictions, rows: &[u32]) -> Finding {
    let (Doubted { found, expected }, rule) = match target {
        Target::Classes { labels, n_classes } => (Doubted::classes(labels, *n_classes, predictions), RULE_CLASSES),
        Target::Numbers(values) => (Doubted::numbers(values, predictions), RULE_NUMBERS),
    };
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "The model is sure of no other target in any row it had not seen.")
            .threshold(rule);
    }
    let shown: Vec<String> = found.iter().take(SHOWN).map(|&i| (rows[i] + 1).to_string()).collect();
    let more = if found.len() > SHOWN { ", …" } else { "" };
    let have = counted_verb(found.len(), "row", "has", "have");
    let message = format!(
        "{have} a value of `{}` that a model which has not seen it finds very unlikely ({}): data row{} {}{more}.",
        task.target,
        percent(found.len(), target.len()),
        if found.len() == 1 { "" } else { "s" },
        shown.join(", "),
    );
    let count = found.len() as f64;
    let is_much = count >= SHARE_ALERTED * target.len() as f64 && count >= 2.0 * expected;
    Finding::new(CHECK, if is_much { Status::Alerted } else { Status::Noted }, message)
        .count(found.len())
        .columns([&task.target])
        .threshold(rule)
        .action("Nothing was changed. Look whether these targets are right.")
}

/// Rows whose target a model doubts.
struct Doubted {
    /// Their places, ascending.
    found: Vec<usize>,
    /// How many there would be if the probabilities are right.
    expected: f64,
}

impl Doubted {
    /// Rows where another class passes its threshold.
    fn classes(labels: &[u32], n_classes: usize, predictions: &Predictions) -> Doubted {
        let mut sums = vec![0.0; n_classes];
        let mut counts = vec![0_usize; n_classes];
        for (&label, row) in labels.iter().zip(predictions.iter()) {
            sums[label as usize] += row[label as usize];
            counts[label as usize] += 1;
        }
        let threshold = |class: usize| (sums[class] / counts[class].max(1) as f64).max(PROBABILITY_MIN);
        let thresholds: Vec<f64> = (0..n_classes).map(threshold).collect();
        let mut doubted = Doubted { found: Vec::new(), expected: 0.0 };
        for (i, (&label, row)) in labels.iter().zip(predictions.iter()).enumerate() {
            // At most one class has a probability of 0.9.
            if let Some(class) = (0..n_classes).find(|&class| row[class] >= thresholds[class]) {
                doubted.expected += 1.0 - row[class];
                if class != label as usize {
                    doubted.found.push(i);
                }
            }
        }
        doubted
    }

    /// Rows with residuals far from the median.
    fn numbers(values: &[f64], predictions: &Predictions) -> Doubted {
        // The standard deviation of a normal distribution is so many median absolute deviations.
        const MAD_TO_DEVIATION: f64 = 1.4826;
        let residuals: Vec<f64> = values.iter().zip(predictions.values()).map(|(truth, predicted)| truth - predicted).collect();
        let center = median(residuals.clone());
        let reach = DEVIATIONS * MAD_TO_DEVIATION * median(residuals.iter().map(|r| (r - center).abs()).collect());
        let is_far = |residual: f64| reach > 0.0 && (residual - center).abs() > reach;
        Doubted { found: (0..residuals.len()).filter(|&i| is_far(residuals[i])).collect(), expected: 0.0 }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}
