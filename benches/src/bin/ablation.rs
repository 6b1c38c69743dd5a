//! What does each kind of member add to ensembles? `ablation collect --out DIR`, then `ablation mask DIR`; `--help` tells
//! more.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use automl_benches::ablation::{Options, run};
use clap::Parser;

fn main() -> anyhow::Result<()> {
    run(&Options::parse(), &mut |line| println!("{line}"))
}
