//! One JSON document on stdout: what `--json` asks for.

use anyhow::Context;
use serde::Serialize;

/// Prints a value as JSON.
///
/// # Errors
/// Nobody reads stdout any more.
pub fn print(value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value).context("the result cannot be written as JSON")?;
    Ok(super::print(&text)?)
}
