//! `automl transform`: a table in, the features of a member out.

use std::path::Path;

use automl::model::Member;
use automl::{MemberFeatures, Model};
use serde_json::{Value, json};

use crate::args::{Global, TransformArgs};
use crate::failure;
use crate::output::number::{count, counted};
use crate::output::table::{Align, table};
use crate::output::{self, json as print_json};

use super::model;
use super::stream::{Made, Streamed, beside, stream};

/// Transforms a file, or tells what the features are made of.
pub fn run(args: &TransformArgs, global: &Global) -> anyhow::Result<()> {
    let model = model::load(&args.model)?;
    let member = model.member(args.member.as_deref())?;
    let features = model.features_of(member)?;
    let Some(data) = &args.data else { return lineage(args, member, &features, global) };
    if global.json && args.out.is_none() {
        return Err(failure::usage("--json and the features cannot both go to stdout", "--out FILE takes the features").into());
    }
    let Streamed { rows, unreadable } = transform(&model, member, data, args, global.threads.unwrap_or(0))?;
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

fn transform(model: &Model, member: &Member, data: &Path, args: &TransformArgs, threads: usize) -> anyhow::Result<Streamed> {
    stream(data, &args.read.options(threads), model::needed(model, &args.keep), args.out.as_deref(), |frame| {
        let transformed = model.transform(frame, member, threads)?;
        let table = beside(frame, &args.keep, transformed.data, "features")?;
        Ok(Made { table: Some(table), unreadable: transformed.unreadable })
    })
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
