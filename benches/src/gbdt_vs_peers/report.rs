//! In which words are seconds of boosting told?

use serde_json::{Value, json};

use super::arrays::Size;
use super::settings::Settings;
use crate::versus::report::Report;
use crate::versus::timing::{Outcome, Seconds, Spread};

/// What is compared on which arrays.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What is measured.
    pub mode: &'static str,
    /// The arrays.
    pub size: Size,
    /// What every side is told.
    pub settings: Settings,
}

impl Report<'_> {
    /// Tells what sides took that were measured in turns; the first is ours. `work` adds what the seconds stand
    /// for, such as rows per second.
    pub fn compare(&mut self, case: Case, outcomes: &[Outcome], work: impl Fn(f64) -> String) {
        self.note(&case.title());
        self.note(&format!(
            "  {:<26}{:>10}{:>20}{:>10}  {:<10}{:>26}{:>26}",
            "", "wall s", "(min..max)", "cpu s", "log loss", "ours / theirs, wall", "cpu"
        ));
        for outcome in outcomes {
            let (wall, cpu) = (Spread::of_turns(&outcome.turns, |s| s.wall), Spread::of_turns(&outcome.turns, |s| s.cpu));
            let loss = outcome.turns.last().and_then(|turn| turn.loss);
            let ratio = |part: fn(&Seconds) -> f64| {
                let ratio = Spread::of_ratios(&outcomes[0].turns, &outcome.turns, part);
                format!("{:.2} ({:.2}..{:.2})", ratio.median, ratio.min, ratio.max)
            };
            let is_ours = std::ptr::eq(outcome, &outcomes[0]);
            let ratios = if is_ours { Default::default() } else { [ratio(|s| s.wall), ratio(|s| s.cpu)] };
            let line = format!(
                "  {:<26}{:>10.4}{:>20}{:>10.4}  {:<10}{:>26}{:>26}  {}",
                outcome.side,
                wall.median,
                format!("({:.4}..{:.4})", wall.min, wall.max),
                cpu.median,
                loss.map(|loss| format!("{loss:.5}")).unwrap_or_default(),
                ratios[0],
                ratios[1],
                work(wall.median)
            );
            self.keep(line.trim_end(), case.measurement(outcome));
        }
    }
}

impl Case {
    /// What is compared on what, in a line.
    pub fn title(&self) -> String {
        let Settings { trees, leaves, threads } = self.settings;
        format!("{} of {}: {trees} trees of {leaves} leaves, {threads} threads", self.mode, self.size)
    }

    /// The case as a measurement to which results are added.
    pub fn json(&self, side: &str) -> Value {
        let Settings { trees, leaves, threads } = self.settings;
        let size = self.size.to_string();
        json!({ "mode": self.mode, "size": size, "trees": trees, "leaves": leaves, "threads": threads, "side": side })
    }

    fn measurement(&self, outcome: &Outcome) -> Value {
        let mut value = self.json(&outcome.side);
        value["wall_s"] = outcome.turns.iter().map(|turn| turn.seconds.wall).collect();
        value["cpu_s"] = outcome.turns.iter().map(|turn| turn.seconds.cpu).collect();
        value["log_loss"] = outcome.turns.last().and_then(|turn| turn.loss).into();
        value
    }
}
