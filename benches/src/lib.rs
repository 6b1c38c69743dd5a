//! Benchmarks: [`kernels`] times single steps, [`suite`] scores whole fits, [`gbdt_vs_peers`] and
//! [`learners_vs_peers`] take turns with other libraries.
//!
//! ```text
//! cargo run --release -p automl-benches --bin kernels -- 10000
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin suite -- 10
//! cargo run --release -p automl-benches --bin gbdt_vs_peers -- fit --sizes 10000x20 --json fit.json
//! cargo run --release -p automl-benches --bin gbdt_vs_peers -- contributions --rows 2000
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin gbdt_vs_peers -- accuracy
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin learners_vs_peers -- --cases linear,knn
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin learners_vs_peers -- deadlines
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin learners_vs_peers -- text
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin ablation -- collect --out members
//! cargo run --release -p automl-benches --bin ablation -- mask members
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin estimate -- --budget-s 10 --seeds 5
//! ```
//!
//! | What does this take? | Where |
//! |---|---|
//! | an addition to a histogram, a row of a partition, a bin of a split search, a row and tree of a prediction | [`kernels::loops`], on data that the feature `bench` of `automl-learners` makes up |
//! | a tree, gradients and all | [`kernels::trees`] |
//! | reading, fitting, predicting and explaining a table, per row | [`kernels::whole`] |
//! | a fit, a prediction, an explanation, beside other libraries | [`gbdt_vs_peers`] |
//! | losses and seconds of every other learner, beside the same algorithm of other libraries | [`learners_vs_peers`] |
//! | the time until a learner stops that is asked to | [`learners_vs_peers::deadlines`] |
//! | texts from letters to predictions, with their memory, beside scikit-learn | [`learners_vs_peers::text`] |
//! | the score of an ensemble without each kind of member | [`ablation`] |
//! | a score, in seconds of a budget | [`suite`] |
//! | the estimate of a score, beside the score on rows that nothing has seen | [`estimate`] |
//!
//! All take their size as an argument, and all run tiny in `cargo test`, where no other library is asked. The other
//! libraries live in virtual environments in the folder `$BENCH_HOME`: `gbm` with lightgbm, xgboost, catboost, pandas and
//! scikit-learn, `autogluon` with autogluon.tabular and fastai, `ebm` with interpret-core. Without them ours alone is
//! measured, and the report says so. Nothing else should run meanwhile: a thread that waits for its turn on a busy machine
//! holds up all others of its fit.

pub mod ablation;
pub mod estimate;
pub mod gbdt_vs_peers;
pub mod kernels;
pub mod learners_vs_peers;
pub mod suite;
pub mod understanding;
pub mod versus;
