//! What the command prints: results to stdout, everything else to stderr.

pub mod conclusion;
pub mod described;
pub mod events;
pub mod html;
pub mod imported;
pub mod inspection;
pub mod json;
pub mod number;
pub mod plan;
pub mod progress;
pub mod ranking;
pub mod run;
pub mod spark;
pub mod table;
pub mod understood;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether whoever read stdout, like `head`, has had enough.
static READER_LEFT: AtomicBool = AtomicBool::new(false);

/// Whether whoever read stdout has had enough: then what follows is no failure.
pub fn reader_left() -> bool {
    READER_LEFT.load(Ordering::Relaxed)
}

/// Standard output that remembers when its reader has left.
pub struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        note_reader(io::stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        note_reader(io::stdout().flush())
    }
}

fn note_reader<T>(result: io::Result<T>) -> io::Result<T> {
    if result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
        READER_LEFT.store(true, Ordering::Relaxed);
    }
    result
}

/// Prints a result to stdout.
///
/// # Errors
/// Nobody reads stdout any more.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = Stdout;
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
