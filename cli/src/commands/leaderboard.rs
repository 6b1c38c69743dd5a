//! `automl leaderboard`: what a run tried, best first.

use automl::RunFolder;

use crate::args::{Global, LeaderboardArgs};
use crate::failure::WithHint;
use crate::output::{self, json, ranking};

/// Shows the leaderboard of a run folder.
pub fn run(args: &LeaderboardArgs, global: &Global) -> anyhow::Result<()> {
    let mut leaderboard = RunFolder::read_leaderboard(&args.run).hint(|| match RunFolder::is_unfinished(&args.run) {
        true => format!("the run did not come to its end; `automl resume {}` goes on with it", args.run.display()),
        false => "a run folder is what `automl fit --out` wrote".to_owned(),
    })?;
    if global.json {
        leaderboard.entries.truncate(args.top.unwrap_or(usize::MAX));
        return json::print(&leaderboard);
    }
    Ok(output::print(&ranking::whole(&leaderboard, args.top))?)
}
