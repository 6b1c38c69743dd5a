//! Who carries trials out: an [`Executor`] moves work and decides nothing.
//!
//! What a trial *is* comes from outside as a [`Work`], so nothing here knows of tables or learners.

mod inline;
#[cfg(any(test, feature = "contract"))]
pub mod mock;
mod threads;

pub use inline::Inline;
pub use threads::Threads;

use super::trial::{OUT_OF_TIME, Outcome, Part, STOPPED, Status, Trial, TrialId};
use crate::clock::{Cancel, Deadline};

/// Something that happened to a trial.
#[derive(Debug)]
pub enum Event {
    /// A part is done and others are to come.
    Reported {
        /// The trial.
        id: TrialId,
        /// Which part it was, from 1.
        step: u32,
        /// The loss of this part.
        loss: f64,
    },
    /// The trial ended.
    Finished {
        /// The trial.
        id: TrialId,
        /// How it ended.
        outcome: Outcome,
    },
}

/// Carries trials out.
pub trait Executor {
    /// Whether a trial could be started at once.
    fn has_room(&self) -> bool;
    /// Starts a trial.
    fn start(&mut self, trial: Trial);
    /// Asks a trial to stop; its end will be an event all the same.
    fn cancel(&mut self, id: TrialId);
    /// The next event. `None`: nothing is running, or nothing came until the deadline.
    fn next_event(&mut self, until: &Deadline) -> Option<Event>;
}

/// What a trial is.
pub trait Work: Send + Sync + 'static {
    /// Carries out one part of a trial. Looks at `cancel` often. `None`: there was no time left to begin.
    ///
    /// # Errors
    /// Why the part failed, in a sentence; the trial fails with it.
    fn run(&self, trial: &Trial, part: u32, cancel: &Cancel) -> Result<Option<Part>, String>;
    /// Puts the parts of a trial together.
    fn finish(&self, trial: &Trial, parts: Vec<Part>) -> Outcome;
    /// Forgets a trial that did not come to its end.
    fn forget(&self, trial: &Trial);
}

/// Runs a part and makes a panic an error. `None`: it was not carried out.
fn run_guarded(work: &dyn Work, trial: &Trial, part: u32, cancel: &Cancel) -> Option<Result<Part, String>> {
    if cancel.is_cancelled() {
        return None;
    }
    guarded(|| work.run(trial, part, cancel)).unwrap_or_else(Err).transpose()
}

/// Ends a trial: puts its parts together, or says why there are not enough of them.
fn finish_guarded(work: &dyn Work, trial: &Trial, parts: Vec<Option<Result<Part, String>>>, cancelled: bool) -> Outcome {
    let mut done = Vec::new();
    let mut failure = None;
    for part in parts {
        match part {
            Some(Ok(part)) => done.push(part),
            Some(Err(message)) => failure = failure.or(Some(message)),
            None => {}
        }
    }
    let stopped = |status, message: String| {
        // What a failed trial leaves behind is not worth another failure.
        let _ = guarded(|| work.forget(trial));
        Outcome { parts: done.clone(), ..Outcome::without_score(status, message) }
    };
    if let Some(message) = failure {
        stopped(Status::Failed, message)
    } else if done.len() < trial.parts as usize {
        stopped(Status::Pruned, if cancelled { STOPPED } else { OUT_OF_TIME }.to_owned())
    } else {
        guarded(|| work.finish(trial, done.clone())).unwrap_or_else(|message| stopped(Status::Failed, message))
    }
}

/// Calls `f` and makes a panic an error with the panic's message.
pub(crate) fn guarded<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).map_err(|panic| {
        let message = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
        format!("panicked: {}", message.unwrap_or_else(|| "no message".to_owned()))
    })
}
