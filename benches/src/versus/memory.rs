//! How much memory does this process have?

use anyhow::{Context, Result};

/// Forgets the peak of resident memory so far; gives the bytes that are resident now.
///
/// # Errors
/// The operating system does not tell.
pub fn reset_peak() -> Result<usize> {
    // 5 resets the peak, as proc(5) says.
    std::fs::write("/proc/self/clear_refs", "5").context("the peak of memory is reset through /proc, as Linux has it")?;
    status_bytes("VmRSS")
}

/// The peak of resident memory since it was reset, in bytes.
///
/// # Errors
/// The operating system does not tell.
pub fn peak() -> Result<usize> {
    status_bytes("VmHWM")
}

fn status_bytes(key: &str) -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status").context("memory is read from /proc, as Linux has it")?;
    let line = status.lines().find(|line| line.starts_with(key)).with_context(|| format!("no {key} in /proc/self/status"))?;
    let kilobytes = line.split_whitespace().nth(1).context("a line without a number")?;
    Ok(kilobytes.parse::<usize>()? * 1024)
}
