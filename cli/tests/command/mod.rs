//! Runs the command in a folder; what it prints is text.

#![allow(dead_code, reason = "each test file uses some of these")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// What came of a command line.
pub fn automl(folder: impl AsRef<Path>, line: &str) -> Output {
    command(folder, line).output().unwrap()
}

/// A command line, to be run in a folder.
pub fn command(folder: impl AsRef<Path>, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_automl"));
    command.current_dir(folder).args(line.split_whitespace()).env_remove("RUST_BACKTRACE");
    command
}

/// What it printed, given that it went well.
pub fn stdout(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What it said beside.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The document that it printed.
pub fn json(output: Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap()
}
