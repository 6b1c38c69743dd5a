//! `automl inspect` of a run folder: what was asked, what was tried, and what came of it.

use automl::{RunConfig, RunFolder};

use crate::args::{Global, InspectArgs};
use crate::output::run::Run;
use crate::output::{self, json};

use super::inspect_model::{self, described};

/// Describes a run folder. One that holds nothing but a model is described as that model, and one without a model as far
/// as it came.
pub fn run(args: &InspectArgs, global: &Global) -> anyhow::Result<()> {
    let folder = &args.file;
    if !RunFolder::is_begun(folder) {
        return inspect_model::run(args, global);
    }
    let run = Run {
        path: folder.clone(),
        config: RunFolder::read_config::<RunConfig>(folder)?,
        leaderboard: RunFolder::read_leaderboard(folder).ok(),
        findings: RunFolder::read_findings(folder).unwrap_or_default(),
        model: if RunFolder::model_path(folder).is_file() { Some(described(folder)?) } else { None },
    };
    if global.json { json::print(&run.json()) } else { Ok(output::print(&run.text())?) }
}
