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
    /// After this many polls: a clock for tests.
    Polls(Arc<AtomicU64>),
}

impl Deadline {
    /// A deadline `seconds` from now.
    pub fn after(seconds: f64) -> Deadline {
        Stopwatch::start().deadline(seconds)
    }

    /// A fake deadline that passes after `polls` calls of [`Deadline::passed`].
    pub fn after_polls(polls: u64) -> Deadline {
        Deadline::Polls(Arc::new(AtomicU64::new(polls)))
    }

    /// Whether it is over.
    pub fn passed(&self) -> bool {
        match self {
            Deadline::Never => false,
            Deadline::At(instant) => Instant::now() >= *instant,
            Deadline::Polls(left) => left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_err(),
        }
    }

    /// Seconds left: infinite without a deadline (and for a fake one), never negative.
    pub fn left_s(&self) -> f64 {
        match self {
            Deadline::At(instant) => instant.saturating_duration_since(Instant::now()).as_secs_f64(),
            Deadline::Never | Deadline::Polls(_) => f64::INFINITY,
        }
    }

    /// The earlier of two. A fake deadline comes before any real one.
    pub fn min(&self, other: &Deadline) -> Deadline {
        match (self, other) {
            (Deadline::Polls(_), _) | (_, Deadline::Never) => self.clone(),
            (_, Deadline::Polls(_)) | (Deadline::Never, _) => other.clone(),
            (Deadline::At(a), Deadline::At(b)) => Deadline::At(*a.min(b)),
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
