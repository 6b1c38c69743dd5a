//! What does it take to understand a table, measured by what polars takes to read it?
//!
//! One CSV file of numbers and categories. Our side reads it, infers its schema with all findings, and makes the features
//! of a learner that take no target; the other side, polars in Python, reads it with full inference of its types. Every
//! run is a fresh process, so that peaks of memory can be compared.

mod table;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use automl::frame::{self, ReadOptions};
use automl::{Registry, Stopwatch};
use automl_core::pipeline::{FeatureParams, Recipe};
use automl_core::schema::{Overrides, infer};
use serde_json::{Value, json};
pub use table::write;

use crate::versus::memory;
use crate::versus::peer::{Peer, Program};

/// Polars in Python.
const READER: Program = Program { script: "reading.py", environment: "polars", packages: "polars" };
/// The learner whose features are made.
const LEARNER: &str = "gbdt";

/// Compares both sides on a file of so many generated rows, `repeats` times in turn, and tells every run and the medians.
///
/// # Errors
/// A side fails. Without polars only our side is measured, which is told.
pub fn measure(rows: usize, threads: usize, repeats: usize, tell: &mut dyn FnMut(&str)) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("table.csv");
    write(&path, rows, 1)?;
    tell(&format!("{rows} rows, {:.0} MB of CSV, {threads} threads", std::fs::metadata(&path)?.len() as f64 / 1e6));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        let run = of_a_child(&path, threads)?;
        tell(&format!("  ours    {}", shown(&run, &["read", "infer", "conform", "features", "wall"])));
        ours.push(run);
        match READER.interpreter() {
            Ok(_) => {
                let mut peer = Peer::start(&READER, "polars", threads)?;
                let run = peer.ask("read", json!({ "path": path }))?;
                tell(&format!("  polars  {}", shown(&run, &["wall"])));
                theirs.push(run);
            }
            Err(reason) => tell(&format!("  {reason}")),
        }
    }
    let median = |runs: &[Value], key: &str| {
        let mut all: Vec<f64> = runs.iter().filter_map(|run| run[key].as_f64()).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
    };
    tell(&format!(
        "  time {:.2} of polars' reading; peak of memory {:.2} frames (polars {:.2})",
        median(&ours, "wall") / median(&theirs, "wall"),
        median(&ours, "peak") / median(&ours, "frame"),
        median(&theirs, "peak") / median(&theirs, "frame"),
    ));
    Ok(())
}

fn shown(run: &Value, keys: &[&str]) -> String {
    let number = |key: &str| run[key].as_f64().unwrap_or(f64::NAN);
    let times: Vec<String> = keys.iter().map(|key| format!("{key} {:.3} s", number(key))).collect();
    let megabytes = |key: &str| number(key) / 1e6;
    let reading = if run["read_peak"].is_null() { String::new() } else { format!(" (reading {:.0} MB)", megabytes("read_peak")) };
    format!("{}, peak {:.0} MB{reading}, frame {:.0} MB", times.join(", "), megabytes("peak"), megabytes("frame"))
}

fn of_a_child(path: &Path, threads: usize) -> Result<Value> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env("POLARS_MAX_THREADS", threads.to_string()).arg("--of").arg(path).args(["--threads", &threads.to_string()]);
    let output = command.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("a child without an answer")
}

/// What this process takes for a file: seconds of every step, the peak of memory above that before, and the size of the
/// frame that was read.
///
/// # Errors
/// A step fails.
pub fn of_this_process(path: &Path, threads: usize, registry: &Registry) -> Result<Value> {
    let before = memory::reset_peak()?;
    let whole = Stopwatch::start();
    let (read, _) = frame::read(path, &ReadOptions { threads, ..ReadOptions::default() })?;
    let read_s = whole.elapsed_s();
    let read_peak = memory::peak()?.saturating_sub(before);
    // As in a fit: the threads that read are gone, and the memory that they freed is taken up by those that follow.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let (schema, findings) = pool.install(|| infer(&read, &Overrides::default()))?;
    let infer_s = whole.elapsed_s();
    let (conformed, _) = pool.install(|| schema.conform(&read))?;
    let conform_s = whole.elapsed_s();
    let forms = registry.learner(LEARNER)?.supports().forms;
    let recipe = Recipe::plan(&schema, forms, registry, &FeatureParams::default());
    let (_, matrix) = pool.install(|| recipe.fit_matrix(conformed.view(), 0))?;
    let wall = whole.elapsed_s();
    let peak = memory::peak()?.saturating_sub(before);
    Ok(json!({
        "read": read_s, "infer": infer_s - read_s, "conform": conform_s - infer_s, "features": wall - conform_s, "wall": wall,
        "peak": peak, "read_peak": read_peak, "frame": read.data().estimated_size(), "columns": matrix.columns().len(), "findings": findings.len(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_tiny() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        write(&path, 500, 1).unwrap();
        let run = of_this_process(&path, 2, &automl::registry()).unwrap();
        assert!(run["columns"].as_u64().unwrap() >= 25, "{run}");
        assert!(run["wall"].as_f64().unwrap() > 0.0, "{run}");
    }
}
