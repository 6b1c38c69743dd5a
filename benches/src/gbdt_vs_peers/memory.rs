//! How much memory does a fit need on top of its arrays?
//!
//! Every side is a fresh process that has the arrays in memory. Its peak of resident memory is reset, it fits, and
//! what the new peak lies above the memory before is the answer.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::arrays::{Arrays, Size};
use super::fit::request;
use super::options::Options;
use super::report::Case;
use super::settings::Settings;
use super::{LEARNER, LIBRARIES};
use crate::versus::files::Files;
use crate::versus::memory;
use crate::versus::ours::Ours;
use crate::versus::peer::Peer;
use crate::versus::report::Report;

/// Compares the peaks of all sizes and numbers of leaves; one run of each.
///
/// # Errors
/// A side failed, or the operating system does not tell how much memory a process has.
pub fn measure(options: &Options, peers: &[Peer], report: &mut Report<'_>) -> Result<()> {
    for size in options.sizes() {
        let folder = tempfile::tempdir()?;
        let files = Arrays::generate(size, 1).write(folder.path(), "train")?;
        for settings in options.settings() {
            let case = Case { mode: "memory", size, settings };
            report.note(&format!("{}, above {:.0} MB of arrays", case.title(), megabytes(4 * size.rows * size.columns)));
            keep(report, case, "ours", of_a_child(folder.path(), size, settings)?);
            for peer in peers {
                let mut fresh = Peer::start(&LIBRARIES, &peer.name, settings.threads)?;
                fresh.load("train", &files)?;
                let answer = fresh.ask("memory", request(settings))?;
                let bytes = answer["bytes"].as_u64().with_context(|| format!("{} answered {answer}", peer.name))?;
                keep(report, case, &peer.title(), bytes as usize);
            }
        }
    }
    Ok(())
}

fn keep(report: &mut Report<'_>, case: Case, side: &str, bytes: usize) {
    let mut measurement = case.json(side);
    measurement["bytes"] = bytes.into();
    report.keep(&format!("  {side:<26}{:>10.1} MB", megabytes(bytes)), measurement);
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The answer of this program when it is asked to fit nothing but these arrays.
fn of_a_child(folder: &Path, size: Size, settings: Settings) -> Result<usize> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("memory").arg("--arrays").arg(folder).args(["--sizes", &size.to_string()]);
    for (option, value) in [("--leaves", settings.leaves), ("--trees", settings.trees as usize), ("--threads", settings.threads)]
    {
        command.args([option, &value.to_string()]);
    }
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("the process that was to fit {size} said {text:?} and {errors:?} instead of a number of bytes")
    })
}

/// What the child does: reads the arrays of a folder, fits them, and says how many bytes that took.
///
/// # Errors
/// The arrays cannot be read, or the operating system does not tell how much memory a process has.
pub fn of_this_process(options: &Options, folder: &Path) -> Result<usize> {
    let (size, settings) = (options.sizes()[0], options.settings()[0]);
    let files = Files { x: folder.join("train.x.npy"), y: folder.join("train.y.npy"), categorical: Vec::new(), words: None };
    let arrays = Arrays::read(&files, size)?;
    let ours = Ours::new(LEARNER, settings.threads)?;
    let before = memory::reset_peak()?;
    ours.fit(&settings.ours(), &arrays.matrix()?, &arrays.target())?;
    Ok(memory::peak()?.saturating_sub(before))
}
