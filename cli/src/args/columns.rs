//! What the command line says of columns.

use automl::{Kind, Role};

use super::{named_kind, named_role};

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Columns")]
pub struct ColumnArgs {
    /// Read a column as numeric, categorical, bool, text or datetime; may be repeated
    #[arg(long, value_name = "NAME=KIND", value_parser = named_kind)]
    column: Vec<(String, Kind)>,
    /// Give a column a role: id, time, group, weight, fold, ignore or feature; may be repeated
    #[arg(long, value_name = "NAME=ROLE", value_parser = named_role)]
    role: Vec<(String, Role)>,
    /// Do not use a column; may be repeated
    #[arg(long, value_name = "NAME")]
    ignore: Vec<String>,
}

impl ColumnArgs {
    /// The kinds that are told.
    pub fn kinds(&self) -> impl Iterator<Item = (String, Kind)> {
        self.column.iter().cloned()
    }

    /// The roles that are told.
    pub fn roles(&self) -> impl Iterator<Item = (String, Role)> {
        self.role.iter().cloned().chain(self.ignore.iter().map(|name| (name.clone(), Role::Ignore)))
    }
}
