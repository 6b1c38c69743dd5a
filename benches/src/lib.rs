//! Benchmarks: [`kernels`] times single steps in nanoseconds per row, [`suite`] scores whole fits, [`gbdt_vs_peers`] has
//! boosting take turns with other libraries.
//!
//! ```text
//! cargo run --release -p automl-benches --bin kernels -- 100000
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin suite -- 10
//! cargo run --release -p automl-benches --bin gbdt_vs_peers -- fit --sizes 10000x20 --json fit.json
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin gbdt_vs_peers -- accuracy
//! ```
//!
//! All take their size as an argument, and all run tiny in `cargo test`, where no other library is asked. The other
//! libraries live in a virtual environment with lightgbm, xgboost, catboost and pandas, `gbm` in the folder `$BENCH_HOME`
//! (`~/.cache/automl-bench` by default); without it `gbdt_vs_peers` measures ours alone and says so. Nothing else should
//! run meanwhile: with OpenMP a thread that waits for its turn on a busy machine holds up all others.

pub mod gbdt_vs_peers;
pub mod kernels;
pub mod suite;
