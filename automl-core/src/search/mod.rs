//! Which pipeline is tried next, and when is it enough?
//!
//! A [`Study`] is a pure state machine: [`Study::ask`] gives the next trial, [`Study::report`] judges
//! a trial that is under way, [`Study::tell`] takes its outcome. All it knows lies in an append-only
//! [`journal`], from which it can be replayed. An [`Executor`] carries trials out and decides nothing.
//! This module knows scores and parameters only: no frame, no matrix, no learner.

mod ended;
pub mod executor;
pub mod journal;
pub mod pruner;
pub mod sampler;
mod study;
mod trial;

pub use ended::Ended;
pub use study::{Budget, Choice, History, Study};
pub use trial::{Outcome, Part, Status, Trial, TrialId};

use executor::{Event, Executor};

/// What an onlooker of a search is told.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A trial begins.
    Asked(&'a Trial),
    /// A trial ended.
    Told(&'a Trial, &'a Outcome),
}

/// The whole search: asks for trials while there is room, and hands back what comes of them, until the
/// study has nothing more to try or its budget is spent. `look` is told of everything.
pub fn run(study: &mut Study, executor: &mut dyn Executor, look: &mut dyn FnMut(Notice<'_>)) {
    loop {
        while executor.has_room()
            && let Some(trial) = study.ask()
        {
            look(Notice::Asked(&trial));
            executor.start(trial);
        }
        match executor.next_event(&study.budget().abandon) {
            None => return,
            Some(Event::Reported { id, step, loss }) => {
                if study.report(id, step, loss).is_stop() {
                    executor.cancel(id);
                }
            }
            Some(Event::Finished { id, outcome }) => {
                if let Some((trial, outcome)) = study.tell(id, outcome) {
                    look(Notice::Told(trial, outcome));
                }
            }
        }
    }
}
