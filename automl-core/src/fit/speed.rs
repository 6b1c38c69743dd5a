//! How long does the work of a learner take on this machine?

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Seconds per unit of predicted work, by learner: those that are expected on this machine at first, and corrected by every
/// fit. What fits do not use of the work that was predicted, as they stop by themselves, counts as speed.
#[derive(Debug)]
pub(super) struct Speeds {
    s_per_work: f64,
    /// Logarithms of the correction.
    corrections: Mutex<HashMap<&'static str, f64>>,
}

/// How far a fit moves the correction.
const SHARE: f64 = 0.4;
/// Seconds per unit of work on the machine on which the work of learners was measured.
pub(super) const S_PER_WORK: f64 = 1e-9;

impl Speeds {
    /// Those of a machine that takes so many seconds per unit of work.
    pub fn new(s_per_work: f64) -> Speeds {
        Speeds { s_per_work, corrections: Mutex::default() }
    }

    /// What so much work is expected to take.
    pub fn seconds(&self, learner: &str, work: f64) -> f64 {
        work * self.s_per_work * self.correction(learner).exp()
    }

    /// The work that is expected to be done in that time.
    pub fn work(&self, learner: &str, seconds: f64) -> f64 {
        seconds / self.seconds(learner, 1.0)
    }

    /// Takes note of a fit. One that was cut off would have taken longer.
    pub fn note(&self, learner: &'static str, work: f64, seconds: f64, was_cut: bool) {
        let seen = (seconds / (work * self.s_per_work)).ln();
        let mut corrections = self.corrections.lock().unwrap_or_else(PoisonError::into_inner);
        let correction = corrections.entry(learner).or_insert(0.0);
        if seen.is_finite() && !(was_cut && seen < *correction) {
            *correction += SHARE * (seen - *correction);
        }
    }

    fn correction(&self, learner: &str) -> f64 {
        let corrections = self.corrections.lock().unwrap_or_else(PoisonError::into_inner);
        corrections.get(learner).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_take_corrects_what_is_expected() {
        let speeds = Speeds::new(S_PER_WORK);
        assert_eq!(speeds.seconds("net", 2e9), 2.0);
        for _ in 0..20 {
            speeds.note("net", 2e9, 8.0, false);
            speeds.note("trees", 2e9, 0.5, false);
        }
        assert!((speeds.seconds("net", 1e9) - 4.0).abs() < 1e-2);
        assert!((speeds.work("trees", 1.0) / 4e9 - 1.0).abs() < 1e-2);
        assert_eq!(speeds.seconds("other", 1e9), 1.0);

        speeds.note("net", 2e9, 0.1, true);
        assert!((speeds.seconds("net", 1e9) - 4.0).abs() < 1e-2, "a fit that was cut off says nothing of those that are not");
        speeds.note("net", 2e9, 80.0, true);
        assert!(speeds.seconds("net", 1e9) > 5.0, "but that they take longer than it did");
        speeds.note("net", 0.0, 1.0, false);
        assert!(speeds.seconds("net", 1e9).is_finite());
    }
}
