//! How fast and how good is each learner beside the same algorithm of another library?
//!
//! [`cases::CASES`] lists who is compared with whom; [`compare`] does it on real tables. Both sides take turns and get
//! the same matrix, made by the featurizers of this project from the rows to fit. [`deadlines`] asks learners to stop, and
//! [`text`] begins with letters.

pub mod cases;
pub mod compare;
pub mod deadlines;
pub mod options;
mod side;
pub mod text;

use std::path::Path;

use anyhow::Result;
use cases::{CASES, Case};
use options::{Mode, Options};

use crate::versus::report::Report;
use crate::versus::tables::{self, Table};

/// Measures what the options ask for. What cannot be had is skipped, and the report says so.
///
/// # Errors
/// An option names what is not there, a table cannot be read, or our side failed.
pub fn run(options: &Options, report: &mut Report<'_>) -> Result<()> {
    report.warn_of_load();
    match options.mode {
        Mode::Compare => compare::measure(options, report),
        Mode::Deadlines => deadlines::measure(options, report),
        Mode::Text => text::measure(options, report),
    }
}

/// The comparisons that were asked for.
fn chosen(names: &[String]) -> Result<Vec<Case>> {
    let find = |name: &String| {
        CASES.iter().find(|case| case.name == name).copied().ok_or_else(|| {
            let known: Vec<&str> = CASES.iter().map(|case| case.name).collect();
            anyhow::anyhow!("there is no case `{name}`; there are {}", known.join(", "))
        })
    };
    if names.is_empty() { Ok(CASES.to_vec()) } else { names.iter().map(find).collect() }
}

/// The tables of those names in the folder `$AUTOML_DATA`; `None` without one, which the report says.
fn tables(names: &[&str], report: &mut Report<'_>) -> Result<Option<Vec<Table>>> {
    let Some(folder) = std::env::var_os("AUTOML_DATA") else {
        report.note("skipped: name a folder of tables with a manifest.json in AUTOML_DATA");
        return Ok(None);
    };
    tables::read(Path::new(&folder), names).map(Some)
}
