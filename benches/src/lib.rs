//! Benchmarks: [`kernels`] times single steps, [`suite`] scores whole fits, [`gbdt_vs_peers`] has boosting take turns with
//! other libraries.
//!
//! ```text
//! cargo run --release -p automl-benches --bin kernels -- 10000
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin suite -- 10
//! cargo run --release -p automl-benches --bin gbdt_vs_peers -- fit --sizes 10000x20 --json fit.json
//! cargo run --release -p automl-benches --bin gbdt_vs_peers -- contributions --rows 2000
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin gbdt_vs_peers -- accuracy
//! ```
//!
//! | What does this take? | Where |
//! |---|---|
//! | an addition to a histogram, a row of a partition, a bin of a split search, a row and tree of a prediction | [`kernels::loops`], on data that the feature `bench` of `automl-learners` makes up |
//! | a tree, gradients and all | [`kernels::trees`] |
//! | reading, fitting, predicting and explaining a table, per row | [`kernels::whole`] |
//! | a fit, a prediction, an explanation, beside other libraries | [`gbdt_vs_peers`] |
//! | a score, in seconds of a budget | [`suite`] |
//!
//! All take their size as an argument, and all run tiny in `cargo test`, where no other library is asked. The other
//! libraries live in a virtual environment with lightgbm, xgboost, catboost and pandas, `gbm` in the folder `$BENCH_HOME`
//! (`~/.cache/automl-bench` by default); without it `gbdt_vs_peers` measures ours alone and says so. Nothing else should
//! run meanwhile: with OpenMP a thread that waits for its turn on a busy machine holds up all others.

pub mod gbdt_vs_peers;
pub mod kernels;
pub mod suite;
