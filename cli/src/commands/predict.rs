//! `automl predict`: a table in, its predictions out.

use std::path::Path;

use automl::Model;

use crate::args::{Global, PredictArgs};
use crate::failure;
use crate::output::number::counted;
use crate::output::{self, json};

use super::model;
use super::stream::{Made, Streamed, beside, stream};

/// Predicts a file.
pub fn run(args: &PredictArgs, global: &Global) -> anyhow::Result<()> {
    if global.json && args.out.is_none() {
        return Err(
            failure::usage("--json and the predictions cannot both go to stdout", "--out FILE takes the predictions").into()
        );
    }
    let model = model::load_trial(&args.model, args.trial.as_deref())?;
    let streamed = predict(&model, args, global.threads.unwrap_or(0))?;
    if global.json {
        return json::print(&serde_json::json!({
            "model": args.model,
            "trial": args.trial,
            "data": args.data,
            "out": args.out,
            "rows": streamed.rows,
            "unreadable": model::unreadable_json(&streamed.unreadable),
        }));
    }
    if !global.quiet {
        let to = args.out.as_deref().map_or("stdout".into(), Path::to_string_lossy);
        output::remark(&format!("{} predicted, written to {to}", counted(streamed.rows, "row")));
        model::remark_unreadable(&streamed.unreadable);
    }
    Ok(())
}

fn predict(model: &Model, args: &PredictArgs, threads: usize) -> anyhow::Result<Streamed> {
    stream(&args.data, &args.read.options(threads), model::needed(model, &args.keep), args.out.as_deref(), |frame| {
        let predicted = model.predict(frame, threads)?;
        let table = beside(frame, &args.keep, model.to_frame(&predicted.predictions, args.proba)?, "predictions")?;
        Ok(Made { table: Some(table), unreadable: predicted.unreadable })
    })
}
