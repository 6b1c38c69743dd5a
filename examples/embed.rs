//! A fit inside a program: a `DataFrame` in, a leaderboard, a saved model and predictions out.
//!
//! `cargo run --example embed`

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::time::Duration;

use automl::{Frame, Progress};

/// Fits, saves, loads, predicts.
pub fn main() -> automl::Result<()> {
    let table = automl_datasets::find("breast_cancer")?.frame()?;

    let fit = automl::fit(table.clone(), "diagnosis")
        .metric("log_loss")
        .time_budget(Duration::from_secs(3))
        .on_progress(|progress| {
            if let Progress::Finished(entry) = progress {
                println!("{:<16} {:?}", entry.name, entry.score);
            }
        })
        .run()?;
    println!("{} pipelines, by {}", fit.leaderboard.entries.len(), fit.leaderboard.validation);

    let path = std::env::temp_dir().join(format!("embed-{}.automl", std::process::id()));
    automl::save(&fit.model, &path)?;
    let model = automl::load(&path)?;
    std::fs::remove_file(&path).ok();

    let (rows, _) = Frame::from_data(table.head(Some(5)))?;
    let predicted = model.predict(&rows, 1)?;
    println!("{}", model.to_frame(&predicted.predictions, true)?.height());
    Ok(())
}
