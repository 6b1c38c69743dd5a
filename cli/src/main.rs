//! The `automl` command: the library on files.
//!
//! [`args`] only parses; a command builds a configuration, calls the library and prints. Results go to
//! stdout, progress and errors to stderr. What the exit codes mean stands in [`failure`].

mod args;
mod commands;
mod failure;
mod output;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::Mutex;

use automl::Stopwatch;
use clap::Parser;

use args::Args;
use failure::{INTERNAL, INTERRUPTED};

/// How a command ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// All that was asked for was done.
    Done,
    /// Somebody asked to stop; what there was by then has been saved.
    Interrupted,
}

/// Where and why the last panic was.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

fn main() -> ExitCode {
    let started = Stopwatch::start();
    let args = Args::parse();
    limit_frame_threads(args.global.threads);
    record_panics();
    match panic::catch_unwind(AssertUnwindSafe(|| commands::run(args, started))) {
        Ok(Ok(Ending::Done)) => ExitCode::SUCCESS,
        Ok(Ok(Ending::Interrupted)) => ExitCode::from(INTERRUPTED),
        Ok(Err(_)) if output::reader_left() => ExitCode::SUCCESS,
        Ok(Err(error)) => failure::report(&error),
        Err(_) => {
            let panic = LAST_PANIC.lock().ok().and_then(|mut last| last.take());
            failure::print(&format!("internal failure: {}", panic.as_deref().unwrap_or("a panic")), None);
            ExitCode::from(INTERNAL)
        }
    }
}

/// polars sizes its pool once, from the environment, when it is first used.
fn limit_frame_threads(threads: Option<usize>) {
    if let Some(threads) = threads.filter(|&n| n > 0) {
        // The process has this one thread yet, so nobody reads the environment at the same time.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var("POLARS_MAX_THREADS", threads.to_string());
        }
    }
}

/// Most panics are caught and become a failed trial, so they are noted instead of printed; with
/// `RUST_BACKTRACE` they are printed too.
fn record_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = Some(info.to_string().replace('\n', " "));
        }
        if std::env::var_os("RUST_BACKTRACE").is_some() {
            usual(info);
        }
    }));
}
