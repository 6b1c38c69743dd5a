//! What does a file of JSON objects, one per line, contain?
//!
//! Columns are the keys of all objects in the order in which they first occur; a key that an object lacks, `null` and
//! blank texts are missing. Numbers are the text that stands in the file until the type of their column is known, as
//! in CSV; texts stay text, `true` and `false` become text. An object within becomes columns `outer.inner`; lists are
//! no values of a table, and their columns are left out.

mod object;
mod rows;

use std::sync::Arc;

use self::rows::Rows;
use super::options::ReadOptions;
use super::source::Source;
use super::text::{Block, Blocks, Fault, Rules, TextTable, Tokens};
use crate::error::{Error, Result};

/// Finds the first object.
pub(super) fn open(source: Source, options: &ReadOptions, block_bytes: usize) -> Result<TextTable> {
    let mut blocks = Blocks::new(source, block_bytes)?;
    let first = loop {
        let Some(block) = blocks.next()? else {
            return Err(Error::data("the file is empty"));
        };
        if !block.bytes().trim_ascii().is_empty() {
            break block;
        }
    };
    if first.bytes().trim_ascii_start().starts_with(b"[") {
        return Err(Error::data("the file is one JSON array; write one object per line instead, as `jq -c '.[]'` does"));
    }
    let rules = Arc::new(Rules::without_markers(options));
    let of_cut = Arc::clone(&rules);
    Ok(TextTable {
        blocks,
        first: Some(first),
        names: Vec::new(),
        findings: Vec::new(),
        unnamed_last: None,
        rules,
        cut: Box::new(move |block| tokens(block, &of_cut)),
    })
}

/// The cells of the objects of a block.
fn tokens(block: &Block, rules: &Rules) -> Result<Tokens, Fault> {
    let text = match std::str::from_utf8(block.bytes()) {
        Ok(text) => text,
        Err(e) => return Err(Fault::not_utf8(block, count_rows(&block.bytes()[..e.valid_up_to()]), e.valid_up_to())),
    };
    let mut rows = Rows::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim_ascii().is_empty() {
            let row = rows.count();
            rows.push(line.trim_ascii_end()).map_err(|wrong| Fault::at(block, row, start + wrong.at, wrong.what))?;
        }
        start += line.len();
    }
    rows.into_tokens(rules).map_err(|what| Fault::at(block, 0, 0, what))
}

/// The lines that hold something and end in `bytes`.
fn count_rows(bytes: &[u8]) -> usize {
    let ended = memchr::memrchr(b'\n', bytes).map_or(0, |i| i + 1);
    bytes[..ended].split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty()).count()
}
