//! `automl datasets`: tables to try things on.

use std::path::Path;

use automl::Error;
use automl_datasets::{BUNDLED, GENERATORS};
use serde::Serialize;

use crate::args::{DatasetsArgs, DatasetsCommand, Global};
use crate::failure::{self, WithHint};
use crate::output::number::{count, counted};
use crate::output::table::{Align, table};
use crate::output::{self, json};

/// What the list says of a table.
#[derive(Serialize)]
struct Line {
    name: &'static str,
    task: &'static str,
    target: &'static str,
    /// `None` for generators, which make as many as they are asked for.
    rows: Option<usize>,
    description: &'static str,
    licence: Option<&'static str>,
    source: Option<&'static str>,
}

/// Lists the tables or writes one.
pub fn run(args: &DatasetsArgs, global: &Global) -> anyhow::Result<()> {
    match &args.command {
        DatasetsCommand::List => list(global.json),
        DatasetsCommand::Write { name, rows, seed, out } => write(name, *rows, *seed, out.as_deref(), global),
    }
}

fn list(as_json: bool) -> anyhow::Result<()> {
    let lines = lines();
    if as_json {
        return json::print(&lines);
    }
    let columns = [
        ("name", Align::Name),
        ("task", Align::Name),
        ("target", Align::Name),
        ("rows", Align::Number),
        ("description", Align::Text),
    ];
    let rows = lines.iter().map(|line| {
        let rows = line.rows.map_or("any".to_owned(), count);
        vec![line.name.to_owned(), line.task.to_owned(), line.target.to_owned(), rows, line.description.to_owned()]
    });
    Ok(output::print(&table(&columns, rows))?)
}

fn lines() -> Vec<Line> {
    /// The name that all generators give their target.
    const TARGET_GENERATED: &str = "target";
    let bundled = BUNDLED.iter().map(|b| Line {
        name: b.name,
        task: b.task.name(),
        target: b.target,
        rows: Some(b.rows),
        description: b.description,
        licence: Some(b.licence),
        source: Some(b.source),
    });
    let generated = GENERATORS.iter().map(|g| Line {
        name: g.name,
        task: g.task.name(),
        target: TARGET_GENERATED,
        rows: None,
        description: g.description,
        licence: None,
        source: None,
    });
    bundled.chain(generated).collect()
}

fn write(name: &str, rows: Option<usize>, seed: u64, out: Option<&Path>, global: &Global) -> anyhow::Result<()> {
    const ROWS_DEFAULT: usize = 1000;
    if let (Some(table), Some(_)) = (BUNDLED.iter().find(|b| b.name == name), rows) {
        let message = format!("`{name}` has its {} rows and no others", table.rows);
        return Err(failure::usage(message, "leave --rows out, or take a generator from `automl datasets list`").into());
    }
    let csv = automl_datasets::write_csv(name, rows.unwrap_or(ROWS_DEFAULT), seed)
        .hint(|| "`automl datasets list` shows them all".to_owned())?;
    let Some(path) = out else {
        return Ok(output::print(&csv)?);
    };
    std::fs::write(path, &csv).map_err(|e| Error::io(format!("writing {}", path.display()), &e))?;
    let rows = csv.lines().count() - 1;
    if global.json {
        json::print(&serde_json::json!({ "file": path, "rows": rows }))?;
    } else if !global.quiet {
        output::remark(&format!("{}: {}", path.display(), counted(rows, "row")));
    }
    Ok(())
}
