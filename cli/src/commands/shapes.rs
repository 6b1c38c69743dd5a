//! `automl explain --shapes`: the functions that a model adds up, as tables.

use automl::frame::{WriteOptions, Writer};
use automl::{ErrorKind, ShapeFunctions};

use crate::args::{ExplainArgs, Global};
use crate::failure::WithHint;
use crate::output::number::{counted, score};
use crate::output::table::{Align, table};
use crate::output::{self, json};

use super::model;

/// Prints or writes the functions of a member.
pub fn run(args: &ExplainArgs, global: &Global) -> anyhow::Result<()> {
    let model = model::load(&args.model)?;
    let found = match model.shape_functions(args.member) {
        Err(error) if error.kind() == ErrorKind::Usage => {
            Err(error).hint(|| "automl fit --learners ebm gives a model that is a sum of functions".to_owned())?
        }
        found => found?,
    };
    if let Some(path) = &args.out {
        WriteOptions::for_path(path)?;
        let frame = found.to_frame()?;
        let names: Vec<String> = frame.columns().iter().map(|column| column.name().to_string()).collect();
        let mut writer = Writer::create(path, &names)?;
        writer.write(&frame)?;
        writer.finish()?;
    }
    if global.json {
        let rows = found
            .rows
            .iter()
            .map(|row| serde_json::json!({"term": row.term, "cell": row.cell, "weight": row.weight, "values": row.values}));
        let rows: Vec<serde_json::Value> = rows.collect();
        json::print(&serde_json::json!({"model": args.model, "out": args.out, "classes": found.classes, "cells": rows}))?;
    } else if args.out.is_none() {
        print(&found)?;
    }
    if !global.quiet {
        let cells = counted(found.rows.len(), "cell");
        match &args.out {
            Some(out) => output::remark(&format!("{cells} written to {}", out.display())),
            None => output::remark(&format!("{cells}; the values of a row's cells and a constant sum to its score")),
        }
    }
    Ok(())
}

fn print(found: &ShapeFunctions) -> anyhow::Result<()> {
    let mut columns = vec![("term", Align::Name), ("cell", Align::Name), ("weight", Align::Number)];
    match found.classes.is_empty() {
        true => columns.push(("value", Align::Number)),
        false => columns.extend(found.classes.iter().map(|class| (class.as_str(), Align::Number))),
    }
    let rows = found.rows.iter().map(|row| {
        let numbers = row.values.iter().map(|&value| score(value));
        [row.term.clone(), row.cell.clone(), score(row.weight)].into_iter().chain(numbers).collect()
    });
    output::print(&table(&columns, rows))?;
    Ok(())
}
