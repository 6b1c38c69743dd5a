//! `skewed_target`: a number to predict whose few largest values outweigh the rest.

use super::Subject;
use super::subject::short;
use crate::schema::{Finding, Status};

const CHECK: &str = "skewed_target";
/// Beyond these, means and squared errors mislead (Curran, West and Finch 1996).
const SKEWNESS: f64 = 2.0;
const EXCESS_KURTOSIS: f64 = 7.0;
const RULE: &str = "a skewness beyond ±2, or an excess kurtosis above 7";

/// The shape of the target; nothing to say of classes.
pub fn check(subject: &Subject<'_>) -> Option<Finding> {
    let values = subject.target.numbers()?;
    let (skewness, kurtosis) = skewness_and_kurtosis(values);
    if skewness.abs() <= SKEWNESS && kurtosis <= EXCESS_KURTOSIS {
        return Some(Finding::new(CHECK, Status::Passed, "The target has no long tail.").threshold(RULE));
    }
    let message = format!("The target has a long tail: skewness {}, excess kurtosis {}.", short(skewness), short(kurtosis));
    let finding = Finding::new(CHECK, Status::Noted, message).columns([&subject.task.target]).threshold(RULE);
    Some(
        finding
            .action("The largest values decide a squared error. If relative errors count, choose the metric rmsle, mape or mae."),
    )
}

/// Skewness and excess kurtosis; 0 where all values agree.
pub fn skewness_and_kurtosis(values: &[f64]) -> (f64, f64) {
    let rows = values.len() as f64;
    let mean = values.iter().sum::<f64>() / rows;
    let moment = |power: i32| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / rows;
    let variance = moment(2);
    if variance > 0.0 { (moment(3) / variance.powf(1.5), moment(4) / variance.powi(2) - 3.0) } else { (0.0, 0.0) }
}
