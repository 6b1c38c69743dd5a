//! When do the stages of a run have to be over?

use crate::clock::{Deadline, Stopwatch};
use crate::config::FitConfig;

/// When the stages of a run have to be over.
pub(super) struct Limits {
    /// No fit goes on after this.
    pub search: Deadline,
    /// Trials that have not ended by then are given up.
    pub abandon: Deadline,
    /// The choice of the ensemble ends by then; what is left is for writing.
    pub combine: Deadline,
}

impl Limits {
    pub fn new(config: &FitConfig, stopwatch: &Stopwatch) -> Limits {
        let Some(total_s) = config.time_limit_s() else {
            return Limits { search: Deadline::Never, abandon: Deadline::Never, combine: Deadline::Never };
        };
        // Scoring what was cut off, choosing the ensemble and writing it take longer where more was fitted.
        let reserve_s = (0.05 * total_s).clamp(0.1, 2.0) + 0.1;
        let at = |share: f64| stopwatch.deadline((total_s - share * reserve_s).max(0.3 * total_s));
        Limits { search: at(1.0), abandon: at(0.6), combine: at(0.25) }
    }
}
