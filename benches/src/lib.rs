//! Benchmarks: [`kernels`] times single steps in nanoseconds per row, [`suite`] scores whole fits.
//!
//! ```text
//! cargo run --release -p automl-benches --bin kernels -- 100000
//! AUTOML_DATA=tables cargo run --release -p automl-benches --bin suite -- 10
//! ```
//!
//! Both take their size as an argument, and both run tiny in `cargo test`.

pub mod kernels;
pub mod suite;
