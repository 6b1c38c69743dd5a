//! `automl leaderboard`: what a run tried, best first.

use std::fs;
use std::path::Path;

use automl::Error;
use automl::leaderboard::Leaderboard;

use crate::args::{Global, LeaderboardArgs};
use crate::failure::WithHint;
use crate::output::{self, json, ranking};

/// Name of the file in a run folder.
const FILE: &str = "leaderboard.json";

/// Shows the leaderboard of a run folder.
pub fn run(args: &LeaderboardArgs, global: &Global) -> anyhow::Result<()> {
    let mut leaderboard = read(&args.run).hint(|| "a run folder is what `automl fit --out` wrote".to_owned())?;
    if global.json {
        leaderboard.entries.truncate(args.top.unwrap_or(usize::MAX));
        return json::print(&leaderboard);
    }
    Ok(output::print(&ranking::whole(&leaderboard, args.top))?)
}

fn read(run: &Path) -> automl::Result<Leaderboard> {
    let path = run.join(FILE);
    let text = fs::read_to_string(&path).map_err(|e| Error::artifact(format!("{}: {e}", path.display())))?;
    serde_json::from_str(&text).map_err(|e| Error::artifact(format!("{}: {e}", path.display())))
}
