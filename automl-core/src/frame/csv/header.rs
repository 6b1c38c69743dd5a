//! The columns of a CSV file: names, and how the records are cut.

use std::collections::{HashMap, HashSet};

use super::blocks::{Block, Blocks};
use super::fault::Fault;
use super::infer::{Class, float};
use super::markers::Markers;
use super::tokens::{Tokens, first_record};
use crate::error::{Error, Result};
use crate::frame::read::ReadOptions;
use crate::schema::{Finding, Status};

/// Findings name at most this many columns.
const NAMES_SHOWN_MAX: usize = 24;

/// How the records of a file are to be read.
#[derive(Debug)]
pub(super) struct Layout {
    /// Names of the columns, all different.
    pub names: Vec<String>,
    /// The byte between cells.
    pub delimiter: u8,
    /// Whether every row, but not the header, ends with a delimiter and so has an empty cell too many.
    pub trailing: bool,
    /// Whether the last name was empty: the header ends with a delimiter.
    ends_unnamed: bool,
    /// Per column, whether it is kept as text.
    is_text: Vec<bool>,
    value_markers: Markers,
    text_markers: Markers,
}

impl Layout {
    /// Reads the header, and looks at the first row. Returns the block that begins with that row.
    ///
    /// # Errors
    /// There is no header or no row, or the header is not text.
    pub(super) fn read(blocks: &mut Blocks, delimiter: u8, options: &ReadOptions) -> Result<(Layout, Block, Vec<Finding>)> {
        let Some(mut first) = next_record(blocks, None, delimiter)? else {
            return Err(Error::data("the file is empty"));
        };
        let (mut names, mut findings, mut ends_unnamed) = (Vec::new(), Vec::new(), false);
        if options.header {
            let cells = header_texts(&first, delimiter)?;
            ends_unnamed = cells.len() > 1 && cells.last().is_some_and(|name| name.trim().is_empty());
            (names, findings) = repair(&cells, ends_unnamed);
            first.block.skip(first.length);
            first = next_record(blocks, Some(first.block), delimiter)?
                .ok_or_else(|| Error::data("the file has a header but no rows"))?;
        } else {
            names.extend((1..=first.cells.len()).map(|i| format!("column_{i}")));
        }
        let trailing = first.cells.len() == names.len() + 1 && first.cells.last().is_some_and(Vec::is_empty);
        if trailing {
            findings.push(trailing_delimiter());
        }
        let is_text = text_columns(&names, options);
        let (value_markers, text_markers) = (Markers::of_values(options), Markers::of_texts(options));
        let layout = Layout { names, delimiter, trailing, ends_unnamed, is_text, value_markers, text_markers };
        Ok((layout, first.block, findings))
    }

    /// The last column, if it has no name in the file: it may be nothing but a delimiter at the end of rows.
    pub(super) fn unnamed_last(&self) -> Option<&str> {
        self.names.last().filter(|_| self.ends_unnamed).map(String::as_str)
    }

    /// Number of cells that every row has.
    pub(super) fn cells_per_record(&self) -> usize {
        self.names.len() + usize::from(self.trailing)
    }

    /// What stands for a missing value in a column.
    pub(super) fn markers_of(&self, column: usize) -> &Markers {
        if self.is_text[column] { &self.text_markers } else { &self.value_markers }
    }

    /// The types of the columns of a block.
    pub(super) fn classes_of(&self, tokens: &Tokens) -> Vec<Class> {
        let mut classes: Vec<Class> = self.is_text.iter().map(|&text| if text { Class::Text } else { Class::Missing }).collect();
        for i in 0..tokens.rows() {
            for (j, class) in classes.iter_mut().enumerate().filter(|(_, class)| **class < Class::Text) {
                *class = (*class).max(Class::of(tokens.cell(i, j), &self.value_markers));
            }
        }
        classes
    }
}

/// A finding about the delimiter at the end of every row.
pub(super) fn trailing_delimiter() -> Finding {
    Finding::new("trailing_delimiter", Status::Fixed, "every row ends with a delimiter").action("the empty column was dropped")
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
        return Err(Fault::open_quote(&first.block, at, delimiter).in_header());
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(Fault::nul(&first.block, at, delimiter).in_header());
    }
    if let Err(e) = std::str::from_utf8(bytes) {
        return Err(Fault::not_utf8(&first.block, e.valid_up_to(), delimiter).in_header());
    }
    Ok(first.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
}

fn text_columns(names: &[String], options: &ReadOptions) -> Vec<bool> {
    let wanted: HashSet<&str> = options.text_columns.iter().map(String::as_str).collect();
    names.iter().map(|name| wanted.contains(name.as_str())).collect()
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
        findings.push(fixed("names of columns have spaces around them", "the spaces were dropped", of(trimmed)));
    }
    if !unnamed.is_empty() {
        findings.push(unnamed_columns(of(unnamed)));
    }
    if !renamed.is_empty() {
        findings.push(fixed("several columns have the same name", "all but the first got a number", of(renamed)));
    }
    if cells.iter().all(|cell| float(cell).is_some_and(f64::is_finite)) {
        let message = "all names of columns are numbers: the first row may be data";
        findings.push(Finding::new("header_names", Status::Alerted, message).action("if so, read the file without a header"));
    }
    (names, findings)
}

/// A finding about columns that have no name in the file.
pub(super) fn unnamed_columns(names: impl IntoIterator<Item = String>) -> Finding {
    fixed("columns have no name", "they were named by their position", names.into_iter().collect())
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
