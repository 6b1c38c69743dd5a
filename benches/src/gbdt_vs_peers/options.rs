//! What is to be measured?

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Parser, ValueEnum};

use super::NAMES;
use super::accuracy::Variant;
use super::arrays::Size;
use super::settings::Settings;

/// Measures gradient boosting against LightGBM, XGBoost and CatBoost, in the same minute on the same arrays.
#[derive(Debug, Clone, Parser)]
#[command(name = "gbdt_vs_peers")]
pub struct Options {
    /// What is measured.
    #[arg(value_enum, default_value = "fit")]
    pub mode: Mode,
    /// Sizes of the arrays, such as 2000x20,100000x30; each measurement has its own default.
    #[arg(long, value_delimiter = ',')]
    pub sizes: Vec<Size>,
    /// Leaves per tree, such as 31,255; 31, and for fits also 255, by default.
    #[arg(long, value_delimiter = ',')]
    pub leaves: Vec<usize>,
    /// Trees; 500 for predictions and contributions and 100 for all else by default.
    #[arg(long)]
    pub trees: Option<u32>,
    /// Runs of every side.
    #[arg(long, default_value_t = 5)]
    pub repeats: usize,
    /// Threads of every side.
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Whom to compare with, or `none`; `accuracy` chooses by itself, and `contributions` asks LightGBM alone.
    #[arg(long, value_delimiter = ',', default_values = NAMES, value_parser = peers())]
    pub peers: Vec<String>,
    /// Rows that contributions are asked for.
    #[arg(long, default_value_t = 2000)]
    pub rows: usize,
    /// Which comparisons of accuracy.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["same", "defaults", "oblivious"])]
    pub variants: Vec<Variant>,
    /// Tables to compare the accuracy on, by their names in the manifest; a list of twelve by default.
    #[arg(long, value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Splits of every table into rows to fit and rows to compare on.
    #[arg(long, default_value_t = 3)]
    pub seeds: u64,
    /// Where to write everything that was measured.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// The folder with arrays, for the process whose memory is measured.
    #[arg(long, hide = true)]
    pub arrays: Option<PathBuf>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Seconds from arrays to a model.
    Fit,
    /// Seconds of five folds of one configuration.
    Cv,
    /// Losses on rows of real tables that no side has seen.
    Accuracy,
    /// Predicted rows per second.
    Predict,
    /// Rows per second of what each column added to a prediction.
    Contributions,
    /// Peak memory of a fit.
    Memory,
    /// Microseconds of predicting one row.
    SingleRow,
}

impl Options {
    /// The sizes that were asked for, or those that suit the mode.
    pub fn sizes(&self) -> Vec<Size> {
        if !self.sizes.is_empty() {
            return self.sizes.clone();
        }
        let size = |rows, columns| Size { rows, columns };
        match self.mode {
            Mode::Fit => vec![size(2_000, 20), size(10_000, 20), size(100_000, 30), size(1_000_000, 30)],
            Mode::Cv => vec![size(2_000, 20), size(10_000, 20), size(100_000, 30)],
            Mode::Accuracy | Mode::Predict | Mode::Contributions | Mode::SingleRow => vec![size(100_000, 30)],
            Mode::Memory => vec![size(1_000_000, 30)],
        }
    }

    /// What every side is told, for each number of leaves.
    pub fn settings(&self) -> Vec<Settings> {
        let leaves = match (self.leaves.is_empty(), self.mode) {
            (false, _) => &self.leaves[..],
            (true, Mode::Fit) => &[31, 255],
            (true, _) => &[31],
        };
        let is_about_a_model = matches!(self.mode, Mode::Predict | Mode::Contributions | Mode::SingleRow);
        let trees = self.trees.unwrap_or(if is_about_a_model { 500 } else { 100 });
        leaves.iter().map(|&leaves| Settings { trees, leaves, threads: self.threads }).collect()
    }
}

fn peers() -> PossibleValuesParser {
    PossibleValuesParser::new(NAMES.into_iter().chain(["none"]))
}
