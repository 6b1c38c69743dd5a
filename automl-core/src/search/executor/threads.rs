//! Carries trials out on threads of their own, one part of a trial per thread at a time.
//!
//! The threads are not joined: a component that ignores its deadline is left behind and the run goes on.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Cancel, Deadline, Event, Executor, Part, Trial, TrialId, Work, finish_guarded, run_guarded};

/// Carries trials out on a number of threads.
pub struct Threads {
    shared: Arc<Shared>,
    events: Receiver<Event>,
    running: Vec<Arc<Running>>,
    slots: usize,
}

struct Shared {
    work: Arc<dyn Work>,
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(Arc<Running>, u32)>,
    closed: bool,
}

struct Running {
    trial: Trial,
    cancel: Cancel,
    state: Mutex<State>,
}

struct State {
    parts: Vec<Option<Result<Part, String>>>,
    left: u32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Threads {
    /// An executor of `slots` threads for this work.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn new(slots: usize, work: Arc<dyn Work>) -> crate::Result<Threads> {
        let (sender, events) = channel();
        let shared = Arc::new(Shared { work, queue: Mutex::default(), filled: Condvar::new() });
        for i in 0..slots.max(1) {
            let (shared, sender) = (shared.clone(), sender.clone());
            std::thread::Builder::new()
                .name(format!("trial-{i}"))
                .spawn(move || carry_out(&shared, &sender))
                .map_err(|e| crate::Error::io("starting a thread", &e))?;
        }
        Ok(Threads { shared, events, running: Vec::new(), slots: slots.max(1) })
    }
}

impl Executor for Threads {
    /// There is room while fewer parts wait than there are threads, so that no thread runs dry between
    /// two trials. What has ended is told first: it may be reason enough to end the search.
    fn has_room(&self) -> bool {
        let left: Vec<usize> = self.running.iter().map(|r| lock(&r.state).left as usize).collect();
        left.iter().all(|&left| left > 0) && left.iter().sum::<usize>() < 2 * self.slots
    }

    fn start(&mut self, trial: Trial) {
        let parts = trial.parts;
        let state = State { parts: (0..parts).map(|_| None).collect(), left: parts };
        let running = Arc::new(Running { trial, cancel: Cancel::new(), state: Mutex::new(state) });
        lock(&self.shared.queue).jobs.extend((0..parts).map(|part| (running.clone(), part)));
        self.shared.filled.notify_all();
        self.running.push(running);
    }

    fn cancel(&mut self, id: TrialId) {
        self.running.iter().filter(|r| r.trial.id == id).for_each(|r| r.cancel.cancel());
    }

    fn next_event(&mut self, until: &Deadline) -> Option<Event> {
        if self.running.is_empty() {
            return None;
        }
        const LONGEST_S: f64 = 3600.0;
        loop {
            match self.events.recv_timeout(Duration::from_secs_f64(until.left_s().min(LONGEST_S))) {
                Ok(event) => {
                    if let Event::Finished { id, .. } = &event {
                        self.running.retain(|r| r.trial.id != *id);
                    }
                    return Some(event);
                }
                Err(RecvTimeoutError::Timeout) if !until.passed() => {}
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.running.iter().for_each(|r| r.cancel.cancel());
        let mut queue = lock(&self.shared.queue);
        queue.jobs.clear();
        queue.closed = true;
        self.shared.filled.notify_all();
    }
}

/// What each thread does: takes a part, runs it, says what came of it.
fn carry_out(shared: &Shared, sender: &Sender<Event>) {
    while let Some((running, part)) = next_job(shared) {
        let result = run_guarded(&*shared.work, &running.trial, part, &running.cancel);
        if let Some(event) = take_result(shared, &running, part, result)
            && sender.send(event).is_err()
        {
            return;
        }
    }
}

fn next_job(shared: &Shared) -> Option<(Arc<Running>, u32)> {
    let mut queue = lock(&shared.queue);
    loop {
        if let Some(job) = queue.jobs.pop_front() {
            return Some(job);
        }
        if queue.closed {
            return None;
        }
        queue = shared.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}

fn take_result(shared: &Shared, running: &Running, part: u32, result: Option<Result<Part, String>>) -> Option<Event> {
    let id = running.trial.id;
    let mut state = lock(&running.state);
    let loss = result.as_ref().and_then(|r| r.as_ref().ok()).and_then(|p| p.loss);
    if matches!(result, Some(Err(_))) {
        // One failed part fails the trial: the others are not worth their time.
        running.cancel.cancel();
    }
    state.parts[part as usize] = result;
    state.left -= 1;
    if state.left > 0 {
        return loss.map(|loss| Event::Reported { id, step: part + 1, loss });
    }
    let parts = std::mem::take(&mut state.parts);
    drop(state);
    let outcome = finish_guarded(&*shared.work, &running.trial, parts, running.cancel.is_cancelled());
    Some(Event::Finished { id, outcome })
}
