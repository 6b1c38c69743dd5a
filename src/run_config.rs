//! What `config.json` in a run folder holds.

use std::path::PathBuf;

use automl_core::config::FitConfig;
use automl_core::frame::ReadOptions;
use serde::{Deserialize, Serialize};

/// A whole run as data: which table, how it is read, and what is asked. Read from YAML or JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfig {
    /// The table; empty if it was a `DataFrame` of the calling program.
    pub data: PathBuf,
    /// The table to test on, if there is one.
    pub test: Option<PathBuf>,
    /// How the tables are read.
    pub read: ReadOptions,
    /// What is asked.
    pub fit: FitConfig,
}
