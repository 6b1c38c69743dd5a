//! `automl evaluate`: how good a model is on a table that has the target.

use automl::frame;

use crate::args::{EvaluateArgs, Global};
use crate::output::number::{counted, score};
use crate::output::table::{Align, table};
use crate::output::{self, json};

use super::model;

/// Scores a model on a file.
pub fn run(args: &EvaluateArgs, global: &Global) -> anyhow::Result<()> {
    let threads = global.threads.unwrap_or(0);
    let model = model::load_trial(&args.model, args.trial.as_deref())?;
    let mut options = args.read.options(threads);
    // Labels are compared as they stand in the file.
    options.text_columns.push(model.task.target.clone());
    let (frame, _findings) = frame::read(&args.data, &options)?;
    let evaluation = model.evaluate(&frame, automl::registry().metrics(), threads)?;
    if global.json {
        return json::print(&serde_json::json!({
            "model": args.model,
            "trial": args.trial,
            "data": args.data,
            "rows": evaluation.rows,
            "target": model.task.target,
            "metric": evaluation.metric,
            "score": evaluation.metrics.get(&evaluation.metric),
            "metrics": evaluation.metrics,
            "unreadable": model::unreadable_json(&evaluation.unreadable),
        }));
    }
    let leading = &evaluation.metric;
    let rest = evaluation.metrics.iter().filter(|(name, _)| *name != leading);
    let first = evaluation.metrics.get_key_value(leading);
    let rows = first.into_iter().chain(rest).map(|(name, value)| {
        let mark = if name == leading { "<- decided the search" } else { "" };
        vec![name.clone(), score(*value), mark.to_owned()]
    });
    let columns = [("metric", Align::Name), ("score", Align::Number), ("", Align::Name)];
    let text = table(&columns, rows);
    output::print(&text)?;
    if !global.quiet {
        output::remark(&format!("{} of {}", counted(evaluation.rows, "row"), args.data.display()));
        model::remark_unreadable(&evaluation.unreadable);
    }
    Ok(())
}
