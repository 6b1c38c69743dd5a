//! `automl inspect` of a model: what it is made of.

use std::path::Path;

use automl::{RunFolder, artifact};

use crate::args::{Global, InspectArgs};
use crate::failure;
use crate::output::described::Described;
use crate::output::{self, json};

use super::model;

/// Describes a model.
pub fn run(args: &InspectArgs, global: &Global) -> anyhow::Result<()> {
    let described = described(&args.file)?;
    if global.json { json::print(&described.json()) } else { Ok(output::print(&described.text())?) }
}

/// The model of a run folder or of a file.
pub fn described(file: &Path) -> anyhow::Result<Described> {
    let model = model::load(file)?;
    let path = RunFolder::model_path(file);
    Ok(Described {
        engine: artifact::read_manifest(&path)?.engine,
        bytes: std::fs::metadata(&path).map_or(0, |file| file.len()),
        // A model outside its run folder has no findings.
        findings: RunFolder::read_findings(file).unwrap_or_default(),
        path,
        model,
    })
}

/// Flags that say how a table is looked at make no sense for a model.
pub fn refuse_flags_of_tables(args: &InspectArgs) -> anyhow::Result<()> {
    let given = [
        ("--target", args.target.is_some()),
        ("--test", args.test.is_some()),
        ("--schema", args.schema.is_some()),
        ("--write-schema", args.write_schema.is_some()),
        ("--columns", !args.columns.is_empty()),
        ("--html", args.html.is_some()),
        ("--strict", args.strict),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((flag, _)) => {
            let message = format!("{} is a model, and {flag} is for tables", args.file.display());
            Err(failure::usage(message, "automl inspect MODEL takes --json alone").into())
        }
    }
}
