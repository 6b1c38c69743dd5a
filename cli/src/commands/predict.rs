//! `automl predict`: a table in, its predictions out, a batch of rows at a time.

use std::path::Path;

use automl::frame::{self, Frame, WriteOptions, Writer};
use automl::{DataFrame, Error, Model};

use crate::args::{Global, PredictArgs};
use crate::failure::{self, WithHint};
use crate::output::number::counted;
use crate::output::{self, Stdout, json};

use super::model;

/// Rows in memory at a time: enough to keep every thread busy, and tens of megabytes for wide tables.
pub const BATCH_ROWS: usize = 50_000;

/// Predicts a file.
pub fn run(args: &PredictArgs, global: &Global) -> anyhow::Result<()> {
    if global.json && args.out.is_none() {
        return Err(
            failure::usage("--json and the predictions cannot both go to stdout", "--out FILE takes the predictions").into()
        );
    }
    if let Some(path) = &args.out {
        // A name that tells no format is told before the work, not after the first batch.
        WriteOptions::for_path(path)?;
    }
    let model = model::load(&args.model)?;
    let summary = stream(&model, args, global.threads.unwrap_or(0))?;
    if global.json {
        return json::print(&serde_json::json!({
            "model": args.model,
            "data": args.data,
            "out": args.out,
            "rows": summary.rows,
            "unreadable": model::unreadable_json(&summary.unreadable),
        }));
    }
    if !global.quiet {
        let to = args.out.as_deref().map_or("stdout".into(), Path::to_string_lossy);
        output::remark(&format!("{} predicted, written to {to}", counted(summary.rows, "row")));
        model::remark_unreadable(&summary.unreadable);
    }
    Ok(())
}

/// What is told at the end.
#[derive(Default)]
struct Summary {
    rows: usize,
    unreadable: Vec<(String, usize)>,
}

fn stream(model: &Model, args: &PredictArgs, threads: usize) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    let batches = frame::batches(&args.data, &args.read.options(threads), BATCH_ROWS)?;
    let mut writer: Option<Writer> = None;
    for batch in batches {
        let frame = batch?;
        let predicted = model.predict(&frame, threads)?;
        let table = beside(&frame, &args.keep, model.to_frame(&predicted.predictions, args.proba)?, "predictions")?;
        let writer = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(open(args.out.as_deref(), &table)?),
        };
        writer.write(&table)?;
        summary.rows += frame.rows();
        model::add_unreadable(&mut summary.unreadable, predicted.unreadable);
    }
    writer.map_or(Ok(()), Writer::finish)?;
    Ok(summary)
}

/// The writer of tables like this one.
pub fn open(out: Option<&Path>, table: &DataFrame) -> automl::Result<Writer> {
    let names: Vec<String> = table.columns().iter().map(|column| column.name().to_string()).collect();
    match out {
        Some(path) => Writer::create(path, &names),
        None => Writer::to(Box::new(Stdout), WriteOptions::default(), &names),
    }
}

/// The kept columns, then what was made of the rows: `made` is the word for it.
pub fn beside(frame: &Frame, keep: &[String], table: DataFrame, made: &str) -> anyhow::Result<DataFrame> {
    if keep.is_empty() {
        return Ok(table);
    }
    let columns = keep.iter().map(|name| frame.column(name).cloned());
    let mut columns =
        columns.collect::<Result<Vec<_>, Error>>().hint(|| "--keep takes names of columns of the table".to_owned())?;
    columns.extend(table.into_columns());
    let rows = frame.rows();
    let joined =
        DataFrame::new(rows, columns).map_err(|e| Error::usage(format!("the kept columns do not go with the {made}: {e}")));
    Ok(joined.hint(|| format!("keep no column twice, and none that is named like one of the {made}"))?)
}
