//! What is to be compared?

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures single learners against those of other libraries, in the same minute on the same arrays.
#[derive(Debug, Clone, Parser)]
#[command(name = "learners_vs_peers")]
pub struct Options {
    /// What is measured.
    #[arg(value_enum, default_value = "compare")]
    pub mode: Mode,
    /// Which comparisons, or with a deadline which learners, such as linear,knn; all by default.
    #[arg(long, value_delimiter = ',')]
    pub cases: Vec<String>,
    /// Tables, by their names in the manifest; every comparison has its own by default.
    #[arg(long, value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Splits of every table into rows to fit and rows to compare on.
    #[arg(long, default_value_t = 3)]
    pub seeds: u64,
    /// Threads of every side.
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Fits of every side and split, of which the fastest counts, 2 by default; or with a deadline, 5 by default.
    #[arg(long)]
    pub repeats: Option<usize>,
    /// Measures ours alone.
    #[arg(long)]
    pub alone: bool,
    /// The seed and the file for predictions of the process that is measured with texts.
    #[arg(long, hide = true, num_args = 2)]
    pub child: Option<Vec<String>>,
    /// Where to write everything that was measured.
    #[arg(long)]
    pub json: Option<PathBuf>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Losses on rows that no side has seen, and seconds.
    Compare,
    /// When learners come back that are asked to stop.
    Deadlines,
    /// Texts from their letters to predictions: losses, seconds and peak memory of processes of their own.
    Text,
}
