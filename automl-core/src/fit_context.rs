//! What a learner may use besides its data: a seed, threads, memory, and somebody to report to.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::clock::{Cancel, Deadline};
use crate::predictions::Predictions;

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Signal {
    /// Go on.
    Continue,
    /// Return the best model so far.
    Stop,
}

impl Signal {
    /// Whether this is [`Signal::Stop`].
    pub fn is_stop(self) -> bool {
        self == Signal::Stop
    }
}

/// Judges the validation predictions of a fit step by step. The engine's side of early stopping.
pub trait Monitor: Send + Sync {
    /// Scores the predictions after `step` steps and says whether to go on.
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal;
    /// The step with the best score so far.
    fn best_step(&self) -> Option<u32>;
}

/// Scores that a fit begins from instead of the best constant, on the scale that its losses are taken at (log odds for two
/// classes, one score per class for more): those of another model, say, whose errors are to be fitted. The fitted model
/// knows nothing of them; whoever uses it adds them to its own.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The scores of the training rows, row after row.
    pub training: &'a [f64],
    /// The scores of the validation rows, row after row; empty if there are none.
    pub validation: &'a [f64],
}

/// What a learner may use besides its data.
pub struct FitContext<'a> {
    /// Seed of everything random in the fit.
    pub seed: u64,
    /// Memory that the fit may take beyond the matrix, in bytes.
    pub memory_bytes: u64,
    deadline: Deadline,
    cancels: Vec<Cancel>,
    /// How often the fit asked whether to go on and was told to.
    goes_on: AtomicU64,
    is_stopped: AtomicBool,
    pool: Option<&'a ThreadPool>,
    monitor: Option<&'a mut dyn Monitor>,
    keeps_all_steps: bool,
    start: Option<Start<'a>>,
}

impl<'a> FitContext<'a> {
    /// A context with one thread, no deadline and nobody to report to.
    pub fn new(seed: u64) -> FitContext<'a> {
        FitContext {
            seed,
            memory_bytes: u64::MAX,
            deadline: Deadline::Never,
            cancels: Vec::new(),
            goes_on: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
            pool: None,
            monitor: None,
            keeps_all_steps: false,
            start: None,
        }
    }

    /// With a deadline.
    pub fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// With a handle that stops it; there may be several.
    pub fn with_cancel(mut self, cancel: Cancel) -> Self {
        self.cancels.push(cancel);
        self
    }

    /// With a pool of threads.
    pub fn with_pool(mut self, pool: &'a ThreadPool) -> Self {
        self.pool = Some(pool);
        self
    }

    /// With somebody who judges validation predictions.
    pub fn with_monitor(mut self, monitor: &'a mut dyn Monitor) -> Self {
        self.monitor = Some(monitor);
        self
    }

    /// For a fit that begins from scores. Only learners that add to scores can: `gbdt`.
    pub fn with_start(mut self, start: Start<'a>) -> Self {
        self.start = Some(start);
        self
    }

    /// The scores to begin from, if there are any.
    pub fn start(&self) -> Option<Start<'a>> {
        self.start
    }

    /// For a model with all its steps, which is cut later.
    pub fn with_all_steps(mut self) -> Self {
        self.keeps_all_steps = true;
        self
    }

    /// Number of threads that [`FitContext::map`] uses.
    pub fn threads(&self) -> usize {
        self.pool.map_or(1, ThreadPool::current_num_threads)
    }

    /// Whether the fit should end now. To be asked at least every 5 ms of work.
    pub fn check(&self) -> Signal {
        if self.cancels.iter().any(Cancel::is_cancelled) || self.deadline.passed() {
            self.is_stopped.store(true, Ordering::Relaxed);
            Signal::Stop
        } else {
            self.goes_on.fetch_add(1, Ordering::Relaxed);
            Signal::Continue
        }
    }

    /// How often the fit was told to go on before it was told to stop, if it was. A fit on one thread with a deadline
    /// [after so many](Deadline::after_polls) is the same fit.
    pub fn stopped_after(&self) -> Option<u64> {
        self.is_stopped.load(Ordering::Relaxed).then(|| self.goes_on.load(Ordering::Relaxed))
    }

    /// Reports predictions of the validation rows after `step` steps (counted from 1).
    ///
    /// Without validation rows it only answers like [`FitContext::check`].
    pub fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        let judged = self.monitor.as_mut().map_or(Signal::Continue, |m| m.report(step, predictions));
        if judged.is_stop() { judged } else { self.check() }
    }

    /// The step whose reported predictions were best; `None` if nothing was reported.
    pub fn best_step(&self) -> Option<u32> {
        self.monitor.as_ref().and_then(|m| m.best_step())
    }

    /// Whether a model that [can be cut](crate::learner::Model::cut) is to have all steps that were made: which of
    /// them stay will be known when other fits have ended. Other models are those of the best step all the same.
    pub fn keeps_all_steps(&self) -> bool {
        self.keeps_all_steps
    }

    /// Runs `f` on the threads of the fit: parallel loops inside it, its own and those of rayon, start without being
    /// handed over from outside each time.
    pub fn install<T: Send>(&mut self, f: impl FnOnce(&mut Self) -> T + Send) -> T {
        match self.pool {
            Some(pool) if pool.current_num_threads() > 1 => pool.install(|| f(self)),
            _ => f(self),
        }
    }

    /// `f(0), f(1), …, f(n - 1)`, on all threads of the fit. The result does not depend on their number.
    pub fn map<T: Send>(&self, n: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        match self.pool {
            Some(pool) if pool.current_num_threads() > 1 => pool.install(|| (0..n).into_par_iter().map(f).collect()),
            _ => (0..n).map(f).collect(),
        }
    }
}
