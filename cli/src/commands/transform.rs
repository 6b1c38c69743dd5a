//! `automl transform`: a table in, the features of a member out, a batch of rows at a time.

use std::path::Path;

use automl::frame::{self, WriteOptions, Writer};
use automl::model::Member;
use automl::{MemberFeatures, Model};
use serde_json::{Value, json};

use crate::args::{Global, TransformArgs};
use crate::failure;
use crate::output::number::{count, counted};
use crate::output::table::{Align, table};
use crate::output::{self, json as print_json};

use super::model;
use super::predict::{BATCH_ROWS, beside, open};

/// Transforms a file, or tells what the features are made of.
pub fn run(args: &TransformArgs, global: &Global) -> anyhow::Result<()> {
    let model = model::load(&args.model)?;
    let member = model.member(args.member.as_deref())?;
    let features = model.features_of(member)?;
    let Some(data) = &args.data else { return lineage(args, member, &features, global) };
    if global.json && args.out.is_none() {
        return Err(failure::usage("--json and the features cannot both go to stdout", "--out FILE takes the features").into());
    }
    if let Some(path) = &args.out {
        // A name that tells no format is told before the work, not after the first batch.
        WriteOptions::for_path(path)?;
    }
    let (rows, unreadable) = stream(&model, member, data, args, global.threads.unwrap_or(0))?;
    if global.json {
        let mut told = lineage_json(args, member, &features);
        told["data"] = json!(data);
        told["out"] = json!(args.out);
        told["rows"] = json!(rows);
        told["unreadable"] = json!(model::unreadable_json(&unreadable));
        return print_json::print(&told);
    }
    if !global.quiet {
        let to = args.out.as_deref().map_or("stdout".into(), Path::to_string_lossy);
        let (rows, width) = (counted(rows, "row"), counted(features.columns.len(), "feature"));
        output::remark(&format!("{rows} with {width} of {}, written to {to}", told(member)));
        remark_left_out(&features);
        model::remark_unreadable(&unreadable);
    }
    Ok(())
}

fn stream(
    model: &Model,
    member: &Member,
    data: &Path,
    args: &TransformArgs,
    threads: usize,
) -> anyhow::Result<(usize, Vec<(String, usize)>)> {
    let (mut rows, mut unreadable) = (0, Vec::new());
    let mut writer: Option<Writer> = None;
    for batch in frame::batches(data, &args.read.options(threads), BATCH_ROWS)? {
        let frame = batch?;
        let made = model.transform(&frame, member, threads)?;
        let table = beside(&frame, &args.keep, made.data, "features")?;
        let writer = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(open(args.out.as_deref(), &table)?),
        };
        writer.write(&table)?;
        rows += frame.rows();
        model::add_unreadable(&mut unreadable, made.unreadable);
    }
    writer.map_or(Ok(()), Writer::finish)?;
    Ok((rows, unreadable))
}

fn lineage(args: &TransformArgs, member: &Member, features: &MemberFeatures, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return print_json::print(&lineage_json(args, member, features));
    }
    let heads = [("feature", Align::Name), ("columns", Align::Text), ("featurizer", Align::Name), ("form", Align::Name)];
    let rows = features.columns.iter().map(|feature| {
        vec![feature.name.clone(), feature.columns.join(", "), feature.featurizer.to_owned(), feature.form.name().to_owned()]
    });
    output::print(&table(&heads, rows))?;
    if !global.quiet {
        output::remark(&format!("{} of {}", counted(features.columns.len(), "feature"), told(member)));
        remark_left_out(features);
    }
    Ok(())
}

/// `model`, `member`, `features`, `left_out`.
fn lineage_json(args: &TransformArgs, member: &Member, features: &MemberFeatures) -> Value {
    json!({
        "model": args.model,
        "member": { "trial": member.trial, "name": member.name, "weight": member.weight },
        "features": features.columns,
        "left_out": features.left_out,
    })
}

fn told(member: &Member) -> String {
    format!("trial {} `{}` (weight {:.2})", member.trial, member.name, member.weight)
}

fn remark_left_out(features: &MemberFeatures) {
    for block in &features.left_out {
        output::remark(&format!("`{}` is left out: {} features, too many for columns", block.name, count(block.width)));
    }
}
