//! What does a CSV file contain?
//!
//! [`open`] finds the delimiter and reads the header; [`cut`] cuts blocks into cells. The rest of the work is that of
//! any [`text`](super::text) format.

mod cut;
mod delimiter;
mod fault;
mod header;

use std::sync::Arc;

use self::header::Layout;
use super::options::ReadOptions;
use super::source::Source;
use super::text::{Blocks, Records, TextTable};
use crate::error::Result;

pub(super) use delimiter::CANDIDATES as DELIMITERS;
pub(super) use header::{trailing_delimiter, unnamed_columns};

/// Finds the delimiter, and reads the header.
pub(super) fn open(source: Source, options: &ReadOptions, block_bytes: usize) -> Result<TextTable> {
    let mut blocks = Blocks::new(source, block_bytes)?;
    let delimiter = match options.delimiter {
        Some(delimiter) => delimiter::check(delimiter)?,
        None if blocks.is_tab_named() => b'\t',
        None => {
            let (sample, is_whole_file) = blocks.sample();
            delimiter::detect(sample, is_whole_file)
        }
    };
    blocks.set_records(Records::Quoted(delimiter));
    let (layout, first, findings) = Layout::read(&mut blocks, delimiter, options)?;
    Ok(TextTable {
        blocks,
        first,
        names: layout.names.to_vec(),
        findings,
        unnamed_last: layout.unnamed_last().map(String::from),
        rules: Arc::clone(&layout.rules),
        cut: Box::new(move |block| layout.tokens(block)),
    })
}
