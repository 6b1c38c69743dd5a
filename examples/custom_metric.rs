//! A metric of your own leads the search: what wrong answers cost.
//!
//! `cargo run --example custom_metric`

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use automl::TaskKind;
use automl::metric::{Direction, Metric, Scoring};

/// Mean cost of a decision: a missed positive costs ten times a false alarm.
struct Cost;

impl Metric for Cost {
    fn id(&self) -> &'static str {
        "cost"
    }
    fn tasks(&self) -> &'static [TaskKind] {
        &[TaskKind::Binary]
    }
    fn direction(&self) -> Direction {
        Direction::Minimize
    }
    fn best(&self) -> f64 {
        0.0
    }
    fn page(&self) -> &'static str {
        "//! Mean cost of a decision: a missed positive costs ten times a false alarm."
    }
    fn score(&self, s: &Scoring<'_>) -> Option<f64> {
        const MISSED: f64 = 10.0;
        let truth = s.target.labels()?;
        // The best decision under these costs: positive where its probability exceeds 1 / (1 + 10).
        let cost = |i: usize| match (truth[i] as usize == s.positive, s.predictions.row(i)[s.positive] > 1.0 / (1.0 + MISSED)) {
            (true, false) => MISSED,
            (false, true) => 1.0,
            _ => 0.0,
        };
        Some((0..truth.len()).map(|i| s.weight(i) * cost(i)).sum::<f64>() / s.total_weight())
    }
}

/// Fits with the metric in the lead.
pub fn main() -> automl::Result<()> {
    let table = automl_datasets::find("breast_cancer")?.frame()?;
    let fit =
        automl::fit(table, "diagnosis").registry(automl::registry().with_metric(&Cost)).metric("cost").trials_max(4).run()?;
    for entry in &fit.leaderboard.entries {
        println!("{:<16} {:?}", entry.name, entry.score);
    }
    assert_eq!(fit.leaderboard.metric, "cost");
    Ok(())
}
