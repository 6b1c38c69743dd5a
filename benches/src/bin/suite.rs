//! Whole fits of public tables, and what got better or worse: `suite --budgets 10,30 --out now.jsonl --against before.jsonl`;
//! `--help` tells more.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use automl_benches::suite::{Options, run};
use clap::Parser;

fn main() -> anyhow::Result<()> {
    run(&Options::parse(), &mut |line| println!("{line}"))
}
