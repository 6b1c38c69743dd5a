//! Is the estimate of a fit true?
//!
//! Each table is fitted on three quarters of its rows and scored on the rest. A bias is counted in standard errors, of
//! which the interval of the estimate says how large they are; above zero the estimate was too good. Right is a mean
//! bias near zero, with nine of ten scores inside the interval.

use std::time::Duration;

use anyhow::{Context, Result};
use automl::Estimate;
use automl::metric::Direction;
use serde_json::{Value, json};

use crate::suite;
use crate::versus::tables::Table;

/// An estimate, and what came of it.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The table and the seed of its fit.
    pub of: (String, u64),
    /// The leading metric.
    pub metric: String,
    /// 1 where a smaller score is better, else -1.
    sign: f64,
    /// The estimate, if there was one.
    pub estimate: Option<Estimate>,
    /// The best score of the leaderboard.
    pub best: f64,
    /// The score on the rows that the fit never saw.
    pub test: f64,
    /// How rows were held out.
    pub validation: String,
    /// Pipelines that were tried.
    pub trials: usize,
}

/// Fits a table within the budget on three quarters of its rows, and scores the rest.
///
/// # Errors
/// The table cannot be read or fitted, or the metric is not defined for it.
pub fn compare(table: &Table, budget: Duration, metric: Option<&str>, seed: u64) -> Result<Compared> {
    let (train, test) = suite::split(table, seed)?;
    let builder = suite::ask(table, &train).time_budget(budget).seed(seed);
    let fit = match metric {
        Some(metric) => builder.metric(metric).run()?,
        None => builder.run()?,
    };
    let registry = automl::registry();
    let evaluation = fit.model.evaluate(&test, registry.metrics(), 1)?;
    let leading = automl::metric::Measure::parse(&evaluation.metric, fit.task.kind, registry.metrics())?;
    Ok(Compared {
        of: (table.name.clone(), seed),
        sign: if leading.metric.direction() == Direction::Minimize { 1.0 } else { -1.0 },
        estimate: fit.estimate,
        best: fit.leaderboard.best().and_then(|best| best.score).context("no score")?,
        test: *evaluation.metrics.get(&evaluation.metric).context("the test rows do not define the metric")?,
        validation: fit.leaderboard.validation.clone(),
        trials: fit.leaderboard.entries.len(),
        metric: evaluation.metric,
    })
}

impl Compared {
    /// By how many standard errors a score is better than that on the unseen rows.
    fn bias(&self, score: f64) -> Option<f64> {
        const DEVIATES_OF_90_PERCENT: f64 = 2.0 * 1.645;
        let estimate = self.estimate.as_ref()?;
        let standard_error = (estimate.high - estimate.low) / DEVIATES_OF_90_PERCENT;
        (standard_error > 0.0).then(|| self.sign * (self.test - score) / standard_error)
    }

    fn is_covered(&self) -> Option<bool> {
        self.estimate.as_ref().map(|estimate| (estimate.low..=estimate.high).contains(&self.test))
    }

    /// All of it as a JSON object.
    pub fn json(&self) -> Value {
        json!({
            "table": self.of.0,
            "seed": self.of.1,
            "metric": self.metric,
            "estimate": self.estimate,
            "best": self.best,
            "test": self.test,
            "bias": self.estimate.and_then(|estimate| self.bias(estimate.score)),
            "bias_of_best": self.bias(self.best),
            "covered": self.is_covered(),
            "validation": self.validation,
            "trials": self.trials,
        })
    }
}

/// A line on many of them: the mean bias of the estimate and of the best score, and how many were inside the interval.
pub fn summary(name: &str, all: &[Compared]) -> String {
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let biases: Vec<f64> = all.iter().filter_map(|one| one.bias(one.estimate.as_ref()?.score)).collect();
    let of_best: Vec<f64> = all.iter().filter_map(|one| one.bias(one.best)).collect();
    let covered: Vec<f64> = all.iter().filter_map(|one| one.is_covered().map(|is| f64::from(u8::from(is)))).collect();
    format!(
        "{name:<24} {} of {} with an estimate: bias {:+.2} standard errors (best score {:+.2}), {:.0} % inside",
        covered.len(),
        all.len(),
        mean(biases),
        mean(of_best),
        100.0 * mean(covered),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_tiny() {
        let table = &suite::bundled(&["breast_cancer"]).unwrap()[0];
        let compared = compare(table, Duration::from_millis(700), None, 0).unwrap();
        assert!(compared.test.is_finite());
        assert!(summary(&table.name, &[compared]).starts_with("breast_cancer"));
    }
}
