//! The columns of a CSV file: names, and how the records are cut.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::cut::first_record;
use super::fault;
use crate::error::{Error, Result};
use crate::frame::options::ReadOptions;
use crate::frame::text::{Block, Blocks, Rules, float};
use crate::schema::{Finding, Status};

/// Findings name at most this many columns.
const NAMES_SHOWN_MAX: usize = 24;

/// How the records of a file are to be read.
#[derive(Debug)]
pub(super) struct Layout {
    /// Names of the columns, all different.
    pub names: Arc<[String]>,
    /// The byte between cells.
    pub delimiter: u8,
    /// Whether every row, but not the header, ends with a delimiter and so has an empty cell too many.
    pub trailing: bool,
    /// Whether the last name was empty: the header ends with a delimiter.
    ends_unnamed: bool,
    /// Per column, whether it is kept as text.
    pub is_text: Vec<bool>,
    /// How the cells are understood.
    pub rules: Arc<Rules>,
}

impl Layout {
    /// Reads the header, and looks at the first row. Returns the block that begins with that row, if there is one.
    ///
    /// # Errors
    /// There is no header, or it is not text.
    pub(super) fn read(
        blocks: &mut Blocks,
        delimiter: u8,
        options: &ReadOptions,
    ) -> Result<(Layout, Option<Block>, Vec<Finding>)> {
        let Some(record) = next_record(blocks, None, delimiter)? else {
            return Err(Error::data("the file is empty"));
        };
        let (mut names, mut findings, mut ends_unnamed) = (Vec::new(), Vec::new(), false);
        let first;
        if options.header {
            let cells = header_texts(&record, delimiter)?;
            ends_unnamed = cells.len() > 1 && cells.last().is_some_and(|name| name.trim().is_empty());
            (names, findings) = repair(&cells, ends_unnamed);
            let mut block = record.block;
            block.skip(record.length);
            first = next_record(blocks, Some(block), delimiter)?;
        } else {
            names.extend((1..=record.cells.len()).map(|i| format!("column_{i}")));
            first = Some(record);
        }
        let ends_empty = |first: &First| first.cells.len() == names.len() + 1 && first.cells.last().is_some_and(Vec::is_empty);
        let trailing = first.as_ref().is_some_and(ends_empty);
        if trailing {
            findings.push(trailing_delimiter());
        }
        let rules = Rules::with_markers(options);
        let is_text = names.iter().map(|name| rules.is_text(name)).collect();
        let layout = Layout { names: names.into(), delimiter, trailing, ends_unnamed, is_text, rules: rules.into() };
        Ok((layout, first.map(|first| first.block), findings))
    }

    /// The last column, if it has no name in the file: it may be nothing but a delimiter at the end of rows.
    pub(super) fn unnamed_last(&self) -> Option<&str> {
        self.names.last().filter(|_| self.ends_unnamed).map(String::as_str)
    }

    /// Number of cells that every row has.
    pub(super) fn cells_per_record(&self) -> usize {
        self.names.len() + usize::from(self.trailing)
    }
}

/// A finding about the delimiter at the end of every row.
pub(in crate::frame) fn trailing_delimiter() -> Finding {
    Finding::new("trailing_delimiter", Status::Fixed, "Every row ends with a delimiter.").action("The empty column was dropped.")
}

/// The first record of a block.
struct First {
    block: Block,
    cells: Vec<Vec<u8>>,
    length: usize,
}

/// The next block that has a record, `block` itself if it has one.
fn next_record(blocks: &mut Blocks, block: Option<Block>, delimiter: u8) -> Result<Option<First>> {
    let mut next = block;
    loop {
        if let Some(block) = next
            && let Some((cells, length)) = first_record(block.bytes(), delimiter)
        {
            return Ok(Some(First { block, cells, length }));
        }
        next = blocks.next()?;
        if next.is_none() {
            return Ok(None);
        }
    }
}

fn header_texts(first: &First, delimiter: u8) -> Result<Vec<String>> {
    let bytes = &first.block.bytes()[..first.length];
    if let Some(at) = first.block.open_quote.filter(|&at| at < first.length) {
        return Err(fault::open_quote(&first.block, at, delimiter).in_header());
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(fault::nul(&first.block, at, delimiter).in_header());
    }
    if let Err(e) = std::str::from_utf8(bytes) {
        return Err(fault::not_utf8(&first.block, e.valid_up_to(), delimiter).in_header());
    }
    Ok(first.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
}

/// Makes names of the header's cells: trimmed, none empty, all different. Every kind of repair is a finding,
/// but for an empty name at the end, which may be no column at all.
fn repair(cells: &[String], ends_unnamed: bool) -> (Vec<String>, Vec<Finding>) {
    let (mut trimmed, mut unnamed) = (Vec::new(), Vec::new());
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        let name = cell.trim();
        if name.is_empty() {
            unnamed.push(i);
            names.push(format!("column_{}", i + 1));
        } else {
            if name.len() < cell.len() {
                trimmed.push(i);
            }
            names.push(name.to_owned());
        }
    }
    if ends_unnamed {
        unnamed.pop();
    }
    let renamed = make_unique(&mut names);
    let of = |at: Vec<usize>| at.into_iter().map(|i| names[i].clone()).collect::<Vec<_>>();
    let mut findings = Vec::new();
    if !trimmed.is_empty() {
        findings.push(fixed("Names of columns have spaces around them.", "The spaces were dropped.", of(trimmed)));
    }
    if !unnamed.is_empty() {
        findings.push(unnamed_columns(of(unnamed)));
    }
    if !renamed.is_empty() {
        findings.push(fixed("Several columns have the same name.", "All but the first got a number.", of(renamed)));
    }
    if cells.iter().all(|cell| float(cell).is_some_and(f64::is_finite)) {
        let message = "All names of columns are numbers: the first row may be data.";
        findings.push(Finding::new("header_names", Status::Alerted, message).action("If so, read the file without a header."));
    }
    (names, findings)
}

/// A finding about columns that have no name in the file.
pub(in crate::frame) fn unnamed_columns(names: impl IntoIterator<Item = String>) -> Finding {
    fixed("Columns have no name.", "They were named by their position.", names.into_iter().collect())
}

fn fixed(message: &str, action: &str, names: Vec<String>) -> Finding {
    let count = names.len();
    let shown = names.into_iter().take(NAMES_SHOWN_MAX);
    Finding::new("header_names", Status::Fixed, message).columns(shown).count(count).action(action)
}

/// Gives all but the first of equal names the first free number from 2 on; returns which those are.
fn make_unique(names: &mut [String]) -> Vec<usize> {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    // The last number given to a name, so that a thousand equal names do not search a million numbers.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut renamed = Vec::new();
    for (i, name) in names.iter_mut().enumerate() {
        let Some(number) = numbers.get_mut(name) else {
            numbers.insert(name.clone(), 1);
            continue;
        };
        let fresh = loop {
            *number += 1;
            let fresh = format!("{name}_{number}");
            if taken.insert(fresh.clone()) {
                break fresh;
            }
        };
        renamed.push(i);
        *name = fresh;
    }
    renamed
}
