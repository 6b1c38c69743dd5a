//! `automl completions`: a script that teaches a shell the flags.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::output;

/// Prints the script for a shell.
pub fn run(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "automl", &mut script);
    Ok(output::print(&String::from_utf8_lossy(&script))?)
}
