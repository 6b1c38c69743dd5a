//! `automl inspect`: what is in a table.

use std::fs;
use std::path::Path;

use automl::{Error, Inspection, SchemaFile, Status, artifact, frame};

use crate::args::{Global, InspectArgs};
use crate::failure;
use crate::output::inspection;
use crate::output::number::counted;
use crate::output::{self, html, json};

use super::{inspect_model, inspect_run, schema_file};

/// Profiles a table, or describes a model or a run.
pub fn run(args: &InspectArgs, global: &Global) -> anyhow::Result<()> {
    let is_folder = args.file.is_dir();
    if is_folder || artifact::is_artifact(&args.file) {
        inspect_model::refuse_flags_of_tables(args)?;
        return if is_folder { inspect_run::run(args, global) } else { inspect_model::run(args, global) };
    }
    let threads = global.threads.unwrap_or(0);
    let schema = args.schema.as_deref().map_or(Ok(SchemaFile::default()), schema_file::read)?;
    let mut config = args.config(schema, threads);
    let mut options = args.read.options(threads);
    // Labels are told as they stand in the file.
    options.text_columns.extend(config.target().map(str::to_owned));
    let (frame, findings) = frame::read(&args.file, &options)?;
    if let Some(test) = &args.test {
        if config.target().is_none() {
            return Err(failure::usage("a table to test on is of no use without a target", "--target COL names it").into());
        }
        config.test = Some(frame::read(test, &options)?.0);
    }
    let mut found = automl::inspect(&frame, findings, &config).map_err(|e| e.context(shown(&args.file)))?;
    keep_columns(&mut found, &args.columns)?;
    if let Some(path) = &args.write_schema {
        schema_file::write(path, &SchemaFile::of(&found.schema))?;
    }
    if let Some(path) = &args.html {
        let name = args.file.file_name().map_or(shown(&args.file), |name| name.to_string_lossy().into_owned());
        let page = html::inspection::page(&found, &name);
        fs::write(path, page).map_err(|e| Error::io(format!("writing {}", path.display()), &e))?;
    }
    if global.json {
        json::print(&inspection::json(&found, &args.file))?;
    } else if !args.columns.is_empty() {
        output::print(&inspection::details(&found))?;
    } else {
        output::print(&inspection::overview(&found, &shown(&args.file)))?;
    }
    for path in args.write_schema.iter().chain(&args.html).filter(|_| !global.quiet) {
        output::remark(&format!("written to {}", path.display()));
    }
    if args.strict { refuse_alerts(&found) } else { Ok(()) }
}

/// What a table is called in a sentence.
fn shown(file: &Path) -> String {
    if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() }
}

/// Leaves the asked columns, in the order of the request.
fn keep_columns(found: &mut Inspection, names: &[String]) -> automl::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let column = |name: &String| found.columns.iter().find(|column| column.name == *name).cloned();
    let unknown = |name: &String| Error::unknown("column", name, found.columns.iter().map(|column| column.name.as_str()));
    found.columns = names.iter().map(|name| column(name).ok_or_else(|| unknown(name))).collect::<Result<_, Error>>()?;
    Ok(())
}

fn refuse_alerts(found: &Inspection) -> anyhow::Result<()> {
    let alerts: Vec<&str> = found.findings.iter().filter(|f| f.status == Status::Alerted).map(|f| f.check.as_str()).collect();
    if alerts.is_empty() {
        return Ok(());
    }
    Err(Error::data(format!("{}: {}", counted(alerts.len(), "alert"), alerts.join(", "))).into())
}
