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
        let current = self.running.front_mut()?;
        let failed = matches!(current.parts.last(), Some(None | Some(Err(_))));
        let next = current.parts.len() as u32;
        if next < current.trial.parts && !failed && !current.cancel.is_cancelled() && !until.passed() {
            let result = run_guarded(&*self.work, &current.trial, next, &current.cancel);
            let loss = result.as_ref().and_then(|r| r.as_ref().ok()).map(|p| p.loss);
            current.parts.push(result);
            if let Some(loss) = loss
                && next + 1 < current.trial.parts
            {
                return Some(Event::Reported { id: current.trial.id, step: next + 1, loss });
            }
        }
        let Running { trial, cancel, parts } = self.running.pop_front()?;
        let outcome = finish_guarded(&*self.work, &trial, parts, cancel.is_cancelled());
        Some(Event::Finished { id: trial.id, outcome })
    }
}
