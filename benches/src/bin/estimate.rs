//! Compares the estimate of a fit with the score on rows that it never saw; `--help` tells how.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use automl_benches::{estimate, suite};
use clap::Parser;

/// Compares the estimate of a fit with the score on rows that it never saw, on the tables in `$AUTOML_DATA` or on the
/// bundled ones.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds of every fit.
    #[arg(long, default_value_t = 10.0)]
    budget_s: f64,
    /// Fits of every table, each with rows of its own held out.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Names of tables; all without them.
    #[arg(long, value_delimiter = ',')]
    tables: Vec<String>,
    /// The metric that leads; the default of the task without it. Tables for which it is not defined are left out.
    #[arg(long)]
    metric: Option<String>,
    /// Writes a JSON line per fit into this file.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut file = options.json.map(File::create).transpose()?;
    let tables = suite::wanted(&options.tables)?;
    let budget = Duration::from_secs_f64(options.budget_s);
    let mut all = Vec::new();
    for table in &tables {
        let mut of_table = Vec::new();
        for seed in 0..options.seeds {
            match estimate::compare(table, budget, options.metric.as_deref(), seed) {
                Ok(compared) => {
                    if let Some(file) = &mut file {
                        writeln!(file, "{}", compared.json())?;
                    }
                    of_table.push(compared);
                }
                Err(e) => println!("{}, seed {seed}: {e:#}", table.name),
            }
        }
        println!("{}", estimate::summary(&table.name, &of_table));
        all.extend(of_table);
    }
    println!("{}", estimate::summary("all", &all));
    Ok(())
}
