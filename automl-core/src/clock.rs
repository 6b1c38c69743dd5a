//! The only place that reads a clock.
//!
//! Everything else asks a [`Deadline`]. Tests use a deadline that passes after a number of polls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A stopwatch that started when it was made.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Starts in the past, for a process that had begun before anyone could measure.
    pub fn started_before(elapsed: Duration) -> Stopwatch {
        Stopwatch(Instant::now().checked_sub(elapsed).unwrap_or_else(Instant::now))
    }

    /// Seconds since the start.
    pub fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    /// The deadline `seconds` after the start of this stopwatch.
    pub fn deadline(&self, seconds: f64) -> Deadline {
        match Duration::try_from_secs_f64(seconds).ok().and_then(|d| self.0.checked_add(d)) {
            Some(instant) => Deadline::At(instant),
            None => Deadline::Never,
        }
    }
}

/// When something has to be over.
#[derive(Debug, Clone)]
pub enum Deadline {
    /// There is none.
    Never,
    /// A moment of the monotonic clock.
    At(Instant),
    /// So many nanoseconds before a moment; clones share the number.
    Movable(Instant, Arc<AtomicU64>),
    /// After this many polls: a clock for tests.
    Polls(Arc<AtomicU64>),
}

impl Deadline {
    /// A deadline `seconds` from now.
    pub fn after(seconds: f64) -> Deadline {
        Stopwatch::start().deadline(seconds)
    }

    /// The same deadline, which can be [brought forward](Deadline::bring_forward) while others go by it.
    pub fn movable(self) -> Deadline {
        match self {
            Deadline::At(instant) => Deadline::Movable(instant, Arc::default()),
            other => other,
        }
    }

    /// Brings a movable deadline, and its clones, forward to so many seconds before the moment that it was made of. The last
    /// call counts.
    pub fn bring_forward(&self, seconds: f64) {
        if let Deadline::Movable(_, nanoseconds) = self {
            nanoseconds.store((1e9 * seconds) as u64, Ordering::Relaxed);
        }
    }

    /// A fake deadline that passes after `polls` calls of [`Deadline::passed`].
    pub fn after_polls(polls: u64) -> Deadline {
        Deadline::Polls(Arc::new(AtomicU64::new(polls)))
    }

    /// Whether it is over.
    pub fn passed(&self) -> bool {
        match self {
            Deadline::Polls(left) => left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_err(),
            _ => self.moment().is_some_and(|moment| Instant::now() >= moment),
        }
    }

    /// Seconds left: infinite without a deadline (and for a fake one), never negative.
    pub fn left_s(&self) -> f64 {
        self.moment().map_or(f64::INFINITY, |moment| moment.saturating_duration_since(Instant::now()).as_secs_f64())
    }

    /// When it is on the monotonic clock, as it stands now.
    fn moment(&self) -> Option<Instant> {
        match self {
            Deadline::At(instant) => Some(*instant),
            Deadline::Movable(instant, nanoseconds) => {
                instant.checked_sub(Duration::from_nanos(nanoseconds.load(Ordering::Relaxed)))
            }
            Deadline::Never | Deadline::Polls(_) => None,
        }
    }

    /// The earlier of two, as they stand now. A fake deadline comes before any real one.
    pub fn min(&self, other: &Deadline) -> Deadline {
        match (self, other) {
            (Deadline::Polls(_), _) | (_, Deadline::Never) => self.clone(),
            (_, Deadline::Polls(_)) | (Deadline::Never, _) => other.clone(),
            (a, b) => a.moment().min(b.moment()).map_or(Deadline::Never, Deadline::At),
        }
    }
}

/// A handle that asks a running fit to stop; clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A handle that has not been used yet.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Asks to stop. Work in progress ends at its next check and the best model so far is kept.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movable_deadline_is_brought_forward_for_all_who_go_by_it() {
        let deadline = Deadline::after(1000.0).movable();
        let seen = deadline.clone();
        deadline.bring_forward(100.0);
        deadline.bring_forward(400.0);
        assert!((500.0..601.0).contains(&seen.left_s()), "{}", seen.left_s());
        assert!(seen.min(&Deadline::after(50.0)).left_s() < 51.0 && seen.min(&Deadline::Never).left_s() < 601.0);
        deadline.bring_forward(2000.0);
        assert!(seen.passed() && seen.left_s() == 0.0);
        deadline.bring_forward(300.0);
        assert!(!seen.passed() && seen.left_s() > 601.0);
        let never = Deadline::Never.movable();
        never.bring_forward(1.0);
        assert!(!never.passed() && never.left_s().is_infinite());
    }
}
