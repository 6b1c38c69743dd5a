//! How an error reaches the person who called: a line, a hint, an exit code.
//!
//! 0 done; 1 no model, or a failure of ours or of the system; 2 a command line or configuration that
//! cannot be used; 3 data or a model file that cannot be used; 130 interrupted.

use std::fmt;
use std::process::ExitCode;

use automl::ErrorKind;

use crate::output;

/// Exit code for our own failures and for those of the system.
pub const INTERNAL: u8 = 1;
/// Exit code for a command line or configuration that cannot be used; clap's own.
pub const USAGE: u8 = 2;
/// Exit code for data or a model that cannot be used.
pub const DATA: u8 = 3;
/// Exit code after Ctrl-C: 128 and the number of the signal, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// An error with something to try.
#[derive(Debug)]
pub struct Hinted {
    error: automl::Error,
    hint: String,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Hinted {}

/// Adds something to try to an error.
pub trait WithHint<T> {
    /// The same result; an error gets the hint.
    fn hint(self, hint: impl FnOnce() -> String) -> Result<T, Hinted>;
}

impl<T> WithHint<T> for Result<T, automl::Error> {
    fn hint(self, hint: impl FnOnce() -> String) -> Result<T, Hinted> {
        self.map_err(|error| Hinted { error, hint: hint() })
    }
}

/// An error about how the command was called, with something to try.
pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Hinted {
    Hinted { error: automl::Error::usage(message), hint: hint.into() }
}

/// Prints an error and says how the process ends.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let (kind, hint) = match error.downcast_ref::<Hinted>() {
        Some(hinted) => (Some(hinted.error.kind()), Some(hinted.hint.as_str())),
        None => (error.downcast_ref::<automl::Error>().map(automl::Error::kind), None),
    };
    print(&format!("{error:#}"), hint);
    ExitCode::from(kind.map_or(INTERNAL, exit_code))
}

/// Prints an error as it always looks.
pub fn print(message: &str, hint: Option<&str>) {
    output::remark(&format!("error: {message}"));
    if let Some(hint) = hint {
        output::remark(&format!(" hint: {hint}"));
    }
}

fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::NoModel | ErrorKind::Io | ErrorKind::Internal => INTERNAL,
        ErrorKind::Usage => USAGE,
        ErrorKind::Data | ErrorKind::Artifact => DATA,
        ErrorKind::Interrupted => INTERRUPTED,
    }
}
