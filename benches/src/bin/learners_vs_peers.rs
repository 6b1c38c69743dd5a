//! Measures single learners against those of other libraries: `learners_vs_peers [MODE] [OPTIONS]`; `--help` tells which.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use anyhow::{Context, Result};
use automl_benches::learners_vs_peers::options::Options;
use automl_benches::learners_vs_peers::{run, text};
use automl_benches::versus::report::Report;
use clap::Parser;

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(asked) = &options.child {
        println!("{}", text::of_this_process(&options, asked)?);
        return Ok(());
    }
    let mut tell = |line: &str| println!("{line}");
    let mut report = Report::new(&mut tell);
    let result = run(&options, &mut report);
    // What was measured before something failed is worth keeping.
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&report.measurements)?).with_context(|| path.display().to_string())?;
    }
    result
}
