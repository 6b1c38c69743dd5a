//! The examples are tests.

#![allow(missing_docs, clippy::print_stdout)]

#[path = "../examples/ask_tell.rs"]
mod ask_tell;
#[path = "../examples/custom_learner.rs"]
mod custom_learner;
#[path = "../examples/custom_metric.rs"]
mod custom_metric;
#[path = "../examples/embed.rs"]
mod embed;
#[path = "../examples/score_rows.rs"]
mod score_rows;

#[test]
fn ask_tell() {
    ask_tell::main().unwrap();
}

#[test]
fn custom_learner() {
    custom_learner::main().unwrap();
}

#[test]
fn custom_metric() {
    custom_metric::main().unwrap();
}

#[test]
fn embed() {
    embed::main().unwrap();
}

#[test]
fn score_rows() {
    score_rows::main().unwrap();
}
