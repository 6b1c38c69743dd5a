//! What does each kind of member add to the ensemble?
//!
//! [`collect`] fits every pipeline of the portfolio once per table, as the engine does, and keeps the predictions of each:
//! of the rows that it was scored on, and of a quarter of the rows that nothing has seen. [`mask`] then leaves out one kind
//! of member at a time, has the engine's own selection choose among the others, and scores the unseen rows, and [`learn`]
//! finds out which pipelines should be tried in which order. Collecting takes minutes per table; the others take seconds, or
//! minutes where tables have many rows and classes, and can be repeated.

pub mod collect;
pub mod learn;
pub mod mask;
mod members;
mod meta_features;
mod nearest;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use automl::Portfolio;
use clap::{Parser, Subcommand};

/// The tables: small and large, of every task, with categories, texts and missing cells.
pub const TABLES: [&str; 16] = [
    "abalone",
    "airline_tweets",
    "amazon_access",
    "bank_marketing",
    "car",
    "communities_crime",
    "covertype_15k",
    "credit_g",
    "diamonds",
    "eucalyptus",
    "kc1",
    "kc_housing",
    "letter",
    "mpg",
    "telco_churn",
    "titanic",
];

/// Measures what each kind of member adds to the ensemble.
#[derive(Debug, Clone, Parser)]
#[command(name = "ablation")]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Fits every pipeline of the portfolio on the tables of the folder in $AUTOML_DATA and keeps its predictions.
    Collect(Collect),
    /// Leaves out one kind of member at a time.
    Mask {
        /// The folder that `collect` wrote.
        folder: PathBuf,
    },
    /// Learns which pipelines a portfolio should have, and in which order.
    Learn {
        /// The folder that `collect` wrote.
        folder: PathBuf,
        /// A portfolio to compare with, instead of the one that is compiled in.
        #[arg(long)]
        portfolio: Option<PathBuf>,
    },
}

/// What is to be collected.
#[derive(Debug, Clone, Parser)]
pub struct Collect {
    /// Where to keep the predictions; tables that are there already are not fitted again.
    #[arg(long)]
    pub out: PathBuf,
    /// Tables, by their names in the manifest; a list of sixteen by default.
    #[arg(long, value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Seconds per table.
    #[arg(long, default_value_t = 300.0)]
    pub budget: f64,
    /// A portfolio to collect, instead of the one that is compiled in: one pipeline per line, the first is the baseline.
    #[arg(long)]
    pub portfolio: Option<PathBuf>,
    /// The most rows of a table; of larger ones so many are drawn.
    #[arg(long, default_value_t = usize::MAX)]
    pub rows_max: usize,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Seed of the split and the fits.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// Does what the options ask for, and tells line by line.
///
/// # Errors
/// A folder or table cannot be read or written, or a fit failed.
pub fn run(options: &Options, tell: &mut dyn FnMut(&str)) -> Result<()> {
    match &options.command {
        Command::Collect(asked) => collect::all(asked, tell),
        Command::Mask { folder } => mask::all(folder, tell),
        Command::Learn { folder, portfolio } => learn::all(folder, &read_portfolio(portfolio.as_deref())?, tell),
    }
}

/// The portfolio of a file, or the one that is compiled in.
///
/// # Errors
/// The file cannot be read, or is no portfolio.
fn read_portfolio(path: Option<&Path>) -> Result<Portfolio> {
    let Some(path) = path else { return Ok(automl::portfolio()) };
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Portfolio::parse(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versus::tables::Table;

    #[test]
    fn what_is_collected_can_be_masked() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["wine", "diabetes"] {
            let bundled = automl_datasets::find(name).unwrap();
            let source = bundled.frame().unwrap().into();
            let table = Table { name: name.into(), source, target: bundled.target.into(), drop: Vec::new() };
            let out = folder.path().to_owned();
            let (portfolio, rows_max) = (None, 150);
            let asked = Collect { out, tables: Vec::new(), budget: 4.0, portfolio, rows_max, threads: 2, seed: 0 };
            let collected = collect::table(&table, &asked).unwrap();
            assert!(collected.members.len() > 2, "{name}: {:?}", collected.members);
        }
        let mut lines = Vec::new();
        mask::all(folder.path(), &mut |line| lines.push(line.to_owned())).unwrap();
        assert!(lines.iter().any(|line| line.contains("gbdt")), "{lines:?}");
        lines.clear();
        learn::all(folder.path(), &automl::portfolio(), &mut |line| lines.push(line.to_owned())).unwrap();
        assert!(lines.iter().any(|line| line.trim_start().starts_with("gbdt")), "{lines:?}");
    }
}
