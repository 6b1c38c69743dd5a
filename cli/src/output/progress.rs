//! What runs now, on stderr: a live block on a terminal, a line per event elsewhere.

mod block;
mod live;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use automl::{FitConfig, Progress, Stopwatch};

use super::remark;
use block::Budget;
use live::Live;
use state::State;

/// Tells a person how a fit is getting on.
pub struct Reporter {
    started: Stopwatch,
    form: Form,
    state: Arc<Mutex<State>>,
}

enum Form {
    Quiet,
    Lines,
    Live(Live),
}

impl Reporter {
    /// A reporter of a process that began at `started`.
    pub fn new(config: &FitConfig, started: Stopwatch, quiet: bool) -> Reporter {
        let state = Arc::default();
        let form =
            if quiet { Form::Quiet } else { live_block(config, started, Arc::clone(&state)).map_or(Form::Lines, Form::Live) };
        Reporter { started, form, state }
    }

    /// Takes note of an event and shows it.
    pub fn tell(&self, event: &Progress) {
        let elapsed_s = self.started.elapsed_s();
        // Not held while something is drawn, for the block reads it.
        let line = {
            let mut state = self.state();
            state.note(event, elapsed_s);
            state.line(event)
        };
        match (&self.form, event) {
            (Form::Lines, _) => line.into_iter().for_each(|line| remark(&format!("{elapsed_s:7.1} s  {line}"))),
            (Form::Live(live), Progress::Remark(text)) => live.beside(|| remark(text)),
            (Form::Live(_) | Form::Quiet, _) => {}
        }
    }

    /// Prints something while the live block keeps out of the way.
    pub fn beside(&self, print: impl FnOnce()) {
        match &self.form {
            Form::Live(live) => live.beside(print),
            Form::Quiet | Form::Lines => print(),
        }
    }

    /// Tells something that is no event of the fit.
    pub fn remark(&self, text: &str) {
        if !matches!(self.form, Form::Quiet) {
            self.beside(|| remark(text));
        }
    }

    /// Takes the live block away.
    pub fn finish(&self) {
        if let Form::Live(live) = &self.form {
            live.finish();
        }
    }

    /// Rows and features, once they are known.
    pub fn shape(&self) -> Option<(usize, usize)> {
        self.state().shape
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A block that shows the state as it is whenever it is drawn; `None` where stderr is no terminal.
fn live_block(config: &FitConfig, started: Stopwatch, state: Arc<Mutex<State>>) -> Option<Live> {
    let budget = Budget { time_s: config.time_limit_s(), trials_max: config.trials_max };
    Live::start(move |view| block::text(&lock(&state), budget, started.elapsed_s(), view))
}
