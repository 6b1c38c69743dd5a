//! When do the stages of a run have to be over?

use crate::clock::{Deadline, Stopwatch};
use crate::config::FitConfig;

/// When the stages of a run have to be over.
pub(super) struct Limits {
    /// No fit goes on after this.
    pub search: Deadline,
    /// No fit to all rows goes on after this.
    pub refit: Deadline,
    /// Trials that have not ended by then are given up.
    pub abandon: Deadline,
    /// The choice of the ensemble ends by then.
    pub combine: Deadline,
    /// The estimate of its score ends by then; what is left is for writing.
    pub estimate: Deadline,
    /// What may be taken from the search for fits to all rows, in seconds.
    pub refit_s_max: f64,
}

impl Limits {
    pub fn new(config: &FitConfig, stopwatch: &Stopwatch) -> Limits {
        let Some(total_s) = config.time_limit_s() else {
            let never = || Deadline::Never;
            return Limits {
                search: never(),
                refit: never(),
                abandon: never(),
                combine: never(),
                estimate: never(),
                refit_s_max: 0.0,
            };
        };
        // Scoring what was cut off, choosing the ensemble and writing it take longer where more was fitted.
        let reserve_s = (0.05 * total_s).clamp(0.1, 2.0) + 0.1;
        let estimate_s = 0.02 * total_s;
        let before = |left_s: f64| stopwatch.deadline((total_s - left_s).max(0.3 * total_s));
        let (search, abandon) = (before(reserve_s + estimate_s), before(0.6 * reserve_s + estimate_s));
        let (combine, estimate) = (before(0.25 * reserve_s + estimate_s), before(0.25 * reserve_s));
        const REFIT_SHARE_MAX: f64 = 0.35;
        let (search, abandon) = (search.movable(), abandon.movable());
        Limits { search, refit: combine.clone(), abandon, combine, estimate, refit_s_max: REFIT_SHARE_MAX * total_s }
    }

    /// Ends the search so many seconds earlier, so that they are left for fits to all rows. The last call counts, since what
    /// is best may take less time than what was best before; but a search that is over stays so.
    pub fn leave_for_refits(&self, seconds: f64) {
        if self.search.passed() {
            return;
        }
        let seconds = seconds.min(self.refit_s_max);
        self.search.bring_forward(seconds);
        self.abandon.bring_forward(seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_leaves_time_for_refits_but_not_all() {
        let config = FitConfig { time_budget_s: Some(1000.0), ..FitConfig::new("y") };
        let limits = Limits::new(&config, &Stopwatch::start());
        limits.leave_for_refits(50.0);
        assert!(limits.search.left_s() < 950.0 && limits.abandon.left_s() < 950.0 && limits.refit.left_s() > 950.0);
        limits.leave_for_refits(900.0);
        assert!((600.0..700.0).contains(&limits.search.left_s()), "{}", limits.search.left_s());
        limits.leave_for_refits(20.0);
        assert!(limits.search.left_s() > 900.0, "what is best now takes less");
    }
}
