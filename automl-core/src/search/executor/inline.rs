//! Carries trials out on the calling thread, one part after another: for tests and for one thread.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Cancel, Deadline, Event, Executor, Part, Trial, TrialId, Work, finish_guarded, run_guarded};

/// Carries trials out on the calling thread.
pub struct Inline {
    work: Arc<dyn Work>,
    running: VecDeque<Running>,
}

struct Running {
    trial: Trial,
    cancel: Cancel,
    parts: Vec<Option<Result<Part, String>>>,
}

impl Inline {
    /// An executor for this work.
    pub fn new(work: Arc<dyn Work>) -> Inline {
        Inline { work, running: VecDeque::new() }
    }
}

impl Executor for Inline {
    fn has_room(&self) -> bool {
        self.running.is_empty()
    }

    fn start(&mut self, trial: Trial) {
        self.running.push_back(Running { trial, cancel: Cancel::new(), parts: Vec::new() });
    }

    fn cancel(&mut self, id: TrialId) {
        self.running.iter().filter(|r| r.trial.id == id).for_each(|r| r.cancel.cancel());
    }

    fn next_event(&mut self, until: &Deadline) -> Option<Event> {
        while let Some(loss) = self.run_part(until)? {
            let Some(loss) = loss else { continue };
            let current = self.running.front()?;
            return Some(Event::Reported { id: current.trial.id, step: current.parts.len() as u32, loss });
        }
        let Running { trial, cancel, parts } = self.running.pop_front()?;
        let outcome = finish_guarded(&*self.work, &trial, parts, cancel.is_cancelled());
        Some(Event::Finished { id: trial.id, outcome })
    }
}

impl Inline {
    /// Runs the next part of the running trial and gives its loss, if it has one; `Some(None)` when the trial is
    /// over with this part, or there is no next one to run.
    fn run_part(&mut self, until: &Deadline) -> Option<Option<Option<f64>>> {
        let current = self.running.front_mut()?;
        let stopped =
            matches!(current.parts.last(), Some(None | Some(Err(_)))) || current.cancel.is_cancelled() || until.passed();
        let next = current.parts.len() as u32;
        if stopped || next >= current.trial.parts {
            return Some(None);
        }
        let result = run_guarded(&*self.work, &current.trial, next, &current.cancel);
        let going_on = matches!(result, Some(Ok(_))) && next + 1 < current.trial.parts;
        let loss = result.as_ref().and_then(|r| r.as_ref().ok()).and_then(|p| p.loss);
        current.parts.push(result);
        Some(going_on.then_some(loss))
    }
}
