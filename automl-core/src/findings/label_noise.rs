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
/// Rows that are named.
const SHOWN: usize = 10;

/// Stage d: rows with a target that the final model, by its predictions of rows it had not seen, does not believe.
///
/// For classes the rule of confident learning (Northcutt, Jiang and Chuang 2021): the probability of another
/// class is at least the mean that rows labelled so have, and here at least 0.9 as well. For numbers a residual
/// of more than eight robust deviations from the median. `rows` are the numbers of the rows in the table, from 0.
pub fn of_predictions(task: &Task, target: &Target, predictions: &Predictions, rows: &[u32]) -> Finding {
    let (found, rule) = match target {
        Target::Classes { labels, n_classes } => (
            sure_of_another(labels, *n_classes, predictions),
            "a probability of another class of at least 0.9, and of at least the mean among the rows labelled so; alerted from 1 % on",
        ),
        Target::Numbers(values) => (
            far_off(values, predictions),
            "a residual of more than 8 robust standard deviations; alerted from 1 % of the rows on",
        ),
    };
    if found.is_empty() {
        return Finding::new(CHECK, Status::Passed, "The model is sure of no other target in any row it had not seen.")
            .threshold(rule);
    }
    let mut numbers: Vec<u32> = found.iter().map(|&i| rows[i] + 1).collect();
    numbers.sort_unstable();
    let shown: Vec<String> = numbers.iter().take(SHOWN).map(u32::to_string).collect();
    let more = if numbers.len() > SHOWN { ", …" } else { "" };
    let have = counted_verb(numbers.len(), "row", "has", "have");
    let (share, shown) = (percent(numbers.len(), target.len()), shown.join(", "));
    let message =
        format!("{have} a target that a model which has not seen it finds very unlikely ({share}): data row {shown}{more}.");
    let is_much = found.len() as f64 >= SHARE_ALERTED * target.len() as f64;
    Finding::new(CHECK, if is_much { Status::Alerted } else { Status::Noted }, message)
        .count(found.len())
        .columns([&task.target])
        .threshold(rule)
        .action("Nothing was changed. Look whether these targets are right.")
}

/// Places of the rows where another class passes its threshold.
fn sure_of_another(labels: &[u32], n_classes: usize, predictions: &Predictions) -> Vec<usize> {
    let mut sums = vec![0.0; n_classes];
    let mut counts = vec![0_usize; n_classes];
    for (&label, row) in labels.iter().zip(predictions.iter()) {
        sums[label as usize] += row[label as usize];
        counts[label as usize] += 1;
    }
    let threshold = |class: usize| (sums[class] / counts[class].max(1) as f64).max(PROBABILITY_MIN);
    let thresholds: Vec<f64> = (0..n_classes).map(threshold).collect();
    let is_sure =
        |label: u32, row: &[f64]| (0..n_classes).any(|class| class != label as usize && row[class] >= thresholds[class]);
    labels.iter().zip(predictions.iter()).enumerate().filter(|(_, (label, row))| is_sure(**label, row)).map(|(i, _)| i).collect()
}

/// Places of the rows with residuals far from the median.
fn far_off(values: &[f64], predictions: &Predictions) -> Vec<usize> {
    // The standard deviation of a normal distribution is so many median absolute deviations.
    const MAD_TO_DEVIATION: f64 = 1.4826;
    let residuals: Vec<f64> = values.iter().zip(predictions.values()).map(|(truth, predicted)| truth - predicted).collect();
    let center = median(residuals.clone());
    let reach = DEVIATIONS * MAD_TO_DEVIATION * median(residuals.iter().map(|r| (r - center).abs()).collect());
    residuals.iter().enumerate().filter(|(_, r)| reach > 0.0 && (*r - center).abs() > reach).map(|(i, _)| i).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}
