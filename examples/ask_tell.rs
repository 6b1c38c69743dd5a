//! The search by itself: `ask` for the next trial, carry it out however you like, `tell` what came of it.
//!
//! `cargo run --example ask_tell`

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use automl::Cancel;
use automl::search::journal::Journal;
use automl::search::pruner::BelowBaseline;
use automl::search::sampler::Local;
use automl::search::{Budget, Choice, Outcome, Status, Study};
use automl::space::{Params, SearchSpace};

/// Finds the bottom of a bowl.
pub fn main() -> automl::Result<()> {
    let space = SearchSpace::new().float("x", -5.0, 5.0, 0.0).float("y", -5.0, 5.0, 0.0);
    let choices = vec![Choice { name: "bowl".into(), space, defaults: Params::new(), parts: 1 }];
    let budget = Budget { trials_max: Some(200), ..Budget::unlimited(Cancel::new()) };
    let mut study = Study::new(choices, Box::new(Local), Box::new(BelowBaseline), budget, 0, Journal::none());

    while let Some(trial) = study.ask() {
        let at = |name: &str| trial.params[name].as_f64().unwrap_or_default();
        let loss = (at("x") - 1.0).powi(2) + (at("y") + 2.0).powi(2);
        let params = trial.params.clone();
        study.tell(
            trial.id,
            Outcome { status: Status::Complete, loss: Some(loss), parts: vec![], params, message: String::new() },
        );
    }
    let best = study.history().best_loss().unwrap_or(f64::INFINITY);
    println!("best of 200: {best:.6}");
    assert!(best < 0.01);
    Ok(())
}
