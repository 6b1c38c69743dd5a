//! What the command prints: results to stdout, everything else to stderr.

pub mod conclusion;
pub mod json;
pub mod number;
pub mod progress;
pub mod ranking;
pub mod table;
pub mod understood;

use std::io::{self, Write};

/// Prints a result to stdout.
///
/// # Errors
/// Nobody reads stdout any more.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Prints a line to stderr. There is nobody to tell if that fails.
pub fn remark(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
