//! What does a CSV file contain?
//!
//! One chunked reader serves whole tables and batches: [`blocks`] cuts the file at record ends,
//! [`tokens`] cuts a block into cells and guesses the type of every column of it, [`columns`] makes polars
//! columns of them. The file is read in order by one thread; blocks are worked on in parallel.
//! [`Table`] holds it together.

mod blocks;
mod columns;
mod delimiter;
mod fault;
mod header;
mod infer;
mod markers;
mod table;
mod tokens;

pub(super) use delimiter::CANDIDATES as DELIMITERS;
pub(super) use table::Table;

/// How much of a file is worked on at a time: with its cells it stays in a second-level cache of 2 MB, and
/// the work per block (a parser table, one array per column) is lost in the noise.
pub(super) const BLOCK_BYTES: usize = 1 << 20;
