//! What do text files contain, whatever their format?
//!
//! One chunked reader serves whole tables and batches: [`blocks`] cuts a file at record ends, the format cuts a
//! block into cells and tells the type of every column of it ([`Tokens`]), [`columns`] makes polars columns of
//! them. A file is read in order by one thread; blocks are worked on in parallel. [`TextTable`] holds it together,
//! [`Whole`] does so for several files.

mod blocks;
mod columns;
mod fault;
mod infer;
mod markers;
mod table;
mod tokens;
mod whole;

pub(super) use blocks::{Block, Blocks, Records};
pub(super) use fault::Fault;
pub(super) use infer::{Class, float};
pub(super) use markers::Rules;
pub(super) use table::TextTable;
pub(super) use tokens::Tokens;
pub(super) use whole::Whole;

/// How much of a file is worked on at a time: with its cells it stays in a second-level cache of 2 MB, and
/// the work per block (a parser table, one array per column) is lost in the noise.
pub(super) const BLOCK_BYTES: usize = 1 << 20;
