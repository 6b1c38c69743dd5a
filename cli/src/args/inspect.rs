//! The flags of `automl inspect`.

use std::path::PathBuf;

use automl::schema::Overrides;
use automl::{InspectConfig, SchemaFile};

use super::{ColumnArgs, ReadArgs};

const EXAMPLES: &str = "\
Examples:
  automl inspect train.csv                                   a line per column, and what was noticed
  automl inspect train.csv --target price --html page.html   the same with plots, as one page
  automl inspect train.csv --columns age,fare                everything about two columns
  automl inspect train.csv --target price --test test.csv    what is different in another table
  automl inspect train.csv --target price --strict           exit code 3 if there is an alert
  automl inspect train.csv --write-schema schema.yaml        what the columns mean, to be changed
  automl inspect automl_run                                  what a run was asked, tried and found";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// A table, or a pattern of files such as 'part-*.csv', - for stdin; or a run folder or a .automl
    /// file
    pub file: PathBuf,
    /// The column that is to be predicted
    #[arg(short, long, value_name = "COL")]
    pub target: Option<String>,
    /// A table that a model would be tested on: what is new or different in it is told
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    /// Show everything about these columns
    #[arg(long, value_name = "COL,…", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Write a page with plots, one file that needs no other
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// End with exit code 3 if a check raises an alert
    #[arg(long)]
    pub strict: bool,

    /// Write what the columns mean into a file, YAML, to be changed and given back
    #[arg(long, value_name = "FILE", help_heading = "Columns")]
    pub write_schema: Option<PathBuf>,
    /// What the columns mean, a file as --write-schema writes it; what it leaves out is guessed, and flags win over it
    #[arg(long, value_name = "FILE", help_heading = "Columns")]
    pub schema: Option<PathBuf>,
    #[command(flatten)]
    told: ColumnArgs,

    #[command(flatten)]
    pub read: ReadArgs,
}

impl InspectArgs {
    /// What to look at, beside a table to test on; `schema` is what the file says.
    pub fn config(&self, schema: SchemaFile, threads: usize) -> InspectConfig {
        let told = self.told.kinds().fold(Overrides::from(schema), |told, (name, kind)| told.with_kind(name, kind));
        let overrides = self.told.roles().fold(told, |told, (name, role)| told.with_role(name, role));
        InspectConfig { target: self.target.clone(), test: None, overrides, threads }
    }
}
