//! Measures the understanding of a table by the time that polars takes to read it; `--help` tells how.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::path::PathBuf;

use automl_benches::understanding;
use clap::Parser;

/// Measures the understanding of a table by the time that polars takes to read it.
#[derive(Debug, Parser)]
struct Options {
    /// Rows of the generated table.
    #[arg(long, default_value_t = 1_000_000)]
    rows: usize,
    /// Threads of every side.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Runs of every side.
    #[arg(long, default_value_t = 3)]
    repeats: usize,
    /// Measures our side on this file, once, in this process.
    #[arg(long)]
    of: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let Options { rows, threads, repeats, of } = Options::parse();
    match of {
        Some(path) => println!("{}", understanding::of_this_process(&path, threads, &automl::registry())?),
        None => understanding::measure(rows, threads, repeats, &mut |line| println!("{line}"))?,
    }
    Ok(())
}
