//! `automl explain`: what each column added to the predictions of a table.

use std::path::Path;

use automl::{ErrorKind, MeanContributions, Model, Scale};

use crate::args::{ExplainArgs, Global};
use crate::failure::WithHint;
use crate::output::number::{counted, score};
use crate::output::table::{Align, table};
use crate::output::{self, json};

use super::model;
use super::shapes;
use super::stream::{Made, Streamed, stream};

/// Explains the predictions of a file.
pub fn run(args: &ExplainArgs, global: &Global) -> anyhow::Result<()> {
    // Without a table, the functions of the model are asked for.
    let Some(data) = &args.data else { return shapes::run(args, global) };
    let model = model::load(&args.model)?;
    let summary = explain(&model, data, args, global.threads.unwrap_or(0))?;
    if global.json {
        let columns = summary.means.sorted();
        let columns = columns.iter().map(|(column, mean)| serde_json::json!({"column": column, "mean_absolute": mean}));
        json::print(&serde_json::json!({
            "model": args.model,
            "data": data,
            "out": args.out,
            "rows": summary.means.rows(),
            "target": model.task.target,
            "scale": summary.scale.map(Scale::name),
            "columns": columns.collect::<Vec<_>>(),
            "unreadable": model::unreadable_json(&summary.unreadable),
        }))?;
    } else if args.out.is_none() {
        let rows = summary.means.sorted().into_iter().map(|(column, mean)| vec![column, score(mean)]);
        output::print(&table(&[("column", Align::Name), ("mean |contribution|", Align::Number)], rows))?;
    }
    if !global.quiet {
        let rows = counted(summary.means.rows(), "row");
        match &args.out {
            Some(out) => output::remark(&format!("{rows} explained, written to {}", out.display())),
            None => output::remark(&format!("{rows} of {}; {}", data.display(), summary.unit(&model))),
        }
        model::remark_unreadable(&summary.unreadable);
    }
    Ok(())
}

/// What is told at the end.
#[derive(Default)]
struct Summary {
    means: MeanContributions,
    scale: Option<Scale>,
    unreadable: Vec<(String, usize)>,
}

impl Summary {
    /// What the contributions add up to.
    fn unit(&self, model: &Model) -> String {
        let scale = self.scale.map_or("score", Scale::name);
        match model.task.classes.as_slice() {
            [_, second] => format!("contributions to the {scale} of `{second}`"),
            [] | [_] => format!("contributions to the {scale} of `{}`", model.task.target),
            _ => format!("contributions to the {scale} of every class"),
        }
    }
}

fn explain(model: &Model, data: &Path, args: &ExplainArgs, threads: usize) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    let Streamed { unreadable, .. } =
        stream(data, &args.read.options(threads), model::needed(model, &[]), args.out.as_deref(), |frame| {
            let explanation = match model.explain(frame, args.member, threads) {
                Err(error) if error.kind() == ErrorKind::Usage => Err(error).hint(|| advice(model, args.member).to_owned())?,
                explained => explained?,
            };
            summary.means.add(&explanation);
            summary.scale = Some(explanation.contributions.scale);
            let table = args.out.as_ref().map(|_| explanation.to_frame()).transpose()?;
            Ok(Made { table, unreadable: explanation.unreadable })
        })?;
    Ok(Summary { unreadable, ..summary })
}

/// What to try where the members cannot be explained together.
fn advice(model: &Model, member: Option<u32>) -> &'static str {
    match (member, model.members.as_slice()) {
        (None, [_, _, ..]) => "--member TRIAL explains one member",
        (Some(_), _) => "without --member the whole model is explained",
        _ => "linear models and trees can tell: automl fit --exclude-learners featureless",
    }
}
