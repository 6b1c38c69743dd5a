//! An executor without work: outcomes come from a function. For tests of the search.

use std::collections::VecDeque;

use super::{Deadline, Event, Executor, Outcome, Part, Status, Trial, TrialId};

/// Carries nothing out: the loss of a trial is a function of it, and every part has that loss.
pub struct Mock<F> {
    slots: usize,
    loss: F,
    running: VecDeque<(Trial, u32, bool)>,
    most: usize,
}

impl<F: Fn(&Trial) -> f64> Mock<F> {
    /// An executor with room for `slots` trials.
    pub fn new(slots: usize, loss: F) -> Mock<F> {
        Mock { slots, loss, running: VecDeque::new(), most: 0 }
    }

    /// The largest number of trials that ran at once.
    pub fn most_at_once(&self) -> usize {
        self.most
    }
}

impl<F: Fn(&Trial) -> f64> Executor for Mock<F> {
    fn has_room(&self) -> bool {
        self.running.len() < self.slots
    }

    fn start(&mut self, trial: Trial) {
        assert!(self.has_room(), "started without room");
        self.running.push_back((trial, 0, false));
        self.most = self.most.max(self.running.len());
    }

    fn cancel(&mut self, id: TrialId) {
        self.running.iter_mut().filter(|(t, _, _)| t.id == id).for_each(|(_, _, cancelled)| *cancelled = true);
    }

    /// Trials take turns, so that with several slots they end out of order.
    fn next_event(&mut self, _: &Deadline) -> Option<Event> {
        let (trial, done, cancelled) = self.running.pop_front()?;
        let (id, loss, done) = (trial.id, (self.loss)(&trial), done + u32::from(!cancelled));
        if done < trial.parts && !cancelled {
            self.running.push_back((trial, done, false));
            return Some(Event::Reported { id, step: done, loss });
        }
        let parts = vec![Part { loss: Some(loss), steps: 1, stopped_after: None, fit_s: 0.0, predict_s: 0.0 }; done as usize];
        let outcome = if cancelled {
            Outcome { parts, ..Outcome::without_score(Status::Pruned, "stopped") }
        } else {
            Outcome { status: Status::Complete, loss: Some(loss), parts, params: trial.params, message: String::new() }
        };
        Some(Event::Finished { id, outcome })
    }
}
