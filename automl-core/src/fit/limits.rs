//! When do the stages of a run have to be over?

use crate::clock::{Deadline, Stopwatch};
use crate::config::FitConfig;

/// When the stages of a run have to be over.
pub(super) struct Limits {
    /// No fit goes on after this.
    pub search: Deadline,
    /// Trials that have not ended by then are given up.
    pub abandon: Deadline,
    /// The choice of the ensemble ends by then.
    pub combine: Deadline,
    /// The estimate of its score ends by then; what is left is for writing.
    pub estimate: Deadline,
}

impl Limits {
    pub fn new(config: &FitConfig, stopwatch: &Stopwatch) -> Limits {
        let Some(total_s) = config.time_limit_s() else {
            let never = Deadline::Never;
            return Limits { search: never.clone(), abandon: never.clone(), combine: never.clone(), estimate: never };
        };
        // Scoring what was cut off, choosing the ensemble and writing it take longer where more was fitted.
        let reserve_s = (0.05 * total_s).clamp(0.1, 2.0) + 0.1;
        let estimate_s = 0.02 * total_s;
        let before = |left_s: f64| stopwatch.deadline((total_s - left_s).max(0.3 * total_s));
        Limits {
            search: before(reserve_s + estimate_s),
            abandon: before(0.6 * reserve_s + estimate_s),
            combine: before(0.25 * reserve_s + estimate_s),
            estimate: before(0.25 * reserve_s),
        }
    }
}
