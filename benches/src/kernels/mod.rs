//! How long do single steps take?
//!
//! [`loops`] are the inner loops of boosted trees on made-up data, in nanoseconds per what they do most of; [`trees`] is
//! what a tree takes with everything around these loops; [`texts`] is what becomes of texts, in words per second; [`whole`]
//! are reading, fitting, predicting and explaining of generated tables, in nanoseconds per row. All on one thread, but
//! where it says how many.

pub mod loops;
pub mod texts;
pub mod trees;
pub mod whole;

use anyhow::Result;
use automl::Stopwatch;

use crate::versus::timing::Spread;

/// One measured step.
#[derive(Debug, Clone)]
pub struct Timing {
    /// What was done.
    pub step: String,
    /// Its median time, or how much is done in a time.
    pub time: f64,
    /// The unit of the time.
    pub unit: &'static str,
}

impl std::fmt::Display for Timing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>12.2} {:<18}{}", self.time, self.unit, self.step)
    }
}

/// The parts that can be measured alone.
pub const PARTS: [&str; 4] = ["loops", "trees", "texts", "whole"];

/// Measures one part, or everything, and tells each timing once it is known; whole steps on `rows` rows.
///
/// # Errors
/// A step fails, or there is no such part.
pub fn measure(rows: usize, repeats: usize, part: Option<&str>, tell: &mut dyn FnMut(Timing)) -> Result<()> {
    for part in part.map_or(PARTS.to_vec(), |part| vec![part]) {
        match part {
            "loops" => loops::measure(&loops::Sizes::default(), repeats, tell),
            "trees" => trees::measure(&trees::ROWS, repeats, tell)?,
            "texts" => texts::measure(&texts::SIZES, repeats, tell)?,
            "whole" => whole::measure(rows, repeats, tell)?,
            other => anyhow::bail!("no part `{other}`; there are {}", PARTS.join(", ")),
        }
    }
    Ok(())
}

/// The median seconds of some runs.
fn median_s(repeats: usize, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut seconds = Vec::new();
    for _ in 0..repeats.max(1) {
        let watch = Stopwatch::start();
        run()?;
        seconds.push(watch.elapsed_s());
    }
    Ok(Spread::of(seconds).median)
}
