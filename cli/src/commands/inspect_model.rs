//! `automl inspect` of a model: what it is made of.

use automl::{RunFolder, artifact};

use crate::args::{Global, InspectArgs};
use crate::failure;
use crate::output::{self, described, json};

use super::model;

/// Describes the model of a run folder or of a file.
pub fn run(args: &InspectArgs, global: &Global) -> anyhow::Result<()> {
    refuse_flags_of_tables(args)?;
    let model = model::load(&args.file)?;
    let path = RunFolder::model_path(&args.file);
    let described = described::Described {
        engine: artifact::read_manifest(&path)?.engine,
        bytes: std::fs::metadata(&path).map_or(0, |file| file.len()),
        // A model outside its run folder has no findings.
        findings: RunFolder::read_findings(&args.file).unwrap_or_default(),
        path,
        model,
    };
    if global.json { json::print(&described.json()) } else { Ok(output::print(&described.text())?) }
}

fn refuse_flags_of_tables(args: &InspectArgs) -> anyhow::Result<()> {
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
