//! A CSV file from its first byte to its columns.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use polars::prelude::DataFrame;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::blocks::{Block, Blocks};
use super::columns::build;
use super::delimiter;
use super::fault::Fault;
use super::header::{Layout, trailing_delimiter, unnamed_columns};
use super::infer::Class;
use super::tokens::Tokens;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::frame::read::ReadOptions;
use crate::frame::source::Source;
use crate::schema::Finding;

/// An opened CSV file whose header was read.
pub(in crate::frame) struct Table {
    blocks: Blocks,
    /// The first block, without the header.
    first: Block,
    layout: Layout,
    findings: Vec<Finding>,
}

impl Table {
    /// Finds the delimiter, and reads the header.
    pub(in crate::frame) fn open(source: Source, options: &ReadOptions, block_bytes: usize) -> Result<Table> {
        let mut blocks = Blocks::new(source, block_bytes)?;
        let delimiter = match options.delimiter {
            Some(delimiter) => delimiter::check(delimiter)?,
            None if blocks.is_tab_named() => b'\t',
            None => {
                let (sample, is_whole_file) = blocks.sample();
                delimiter::detect(sample, is_whole_file)
            }
        };
        blocks.set_delimiter(delimiter);
        let (layout, first, findings) = Layout::read(&mut blocks, delimiter, options)?;
        Ok(Table { blocks, first, layout, findings })
    }

    /// What was repaired in the header.
    pub(in crate::frame) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Reads all rows, with the types that all of the file allows.
    pub(in crate::frame) fn read(self, pool: &ThreadPool) -> Result<(Frame, Vec<Finding>)> {
        let Table { blocks, first, layout, mut findings } = self;
        let parts = tokenise_all(blocks, first, &layout, pool)?;
        let mut classes = vec![Class::Missing; layout.names.len()];
        for tokens in &parts {
            for (all, part) in classes.iter_mut().zip(&tokens.classes) {
                *all = (*all).max(*part);
            }
        }
        let mut data = pool.install(|| build(&parts, &layout, &classes))?;
        drop(parts);
        if let Some(unnamed) = layout.unnamed_last() {
            if classes.last() == Some(&Class::Missing) {
                data = data.drop(unnamed)?;
                findings.push(trailing_delimiter());
            } else {
                findings.push(unnamed_columns([unnamed.to_owned()]));
            }
        }
        Ok((Frame::new(data), findings))
    }

    /// All rows as text, block by block; `pool` works on as many blocks at a time as it has threads.
    pub(in crate::frame) fn text_frames(self, pool: ThreadPool) -> impl Iterator<Item = Result<DataFrame>> + Send {
        let Table { blocks, first, layout, .. } = self;
        TextFrames { blocks, first: Some(first), layout, pool, ready: VecDeque::new(), failed: None, rows: 0 }
    }
}

/// Reads the file on one thread of the pool while the others cut its blocks into cells.
///
/// The first fault in file order is the one reported, whichever thread finds it when.
fn tokenise_all(mut blocks: Blocks, first: Block, layout: &Layout, pool: &ThreadPool) -> Result<Vec<Tokens>> {
    let done: Mutex<Vec<(usize, Result<Tokens, Fault>)>> = Mutex::new(Vec::new());
    let (has_fault, waiting) = (AtomicBool::new(false), AtomicUsize::new(0));
    let work = |i: usize, block: Block| {
        let tokens = Tokens::of(&block, layout);
        has_fault.fetch_or(tokens.is_err(), Ordering::Relaxed);
        done.lock().unwrap_or_else(|e| e.into_inner()).push((i, tokens));
    };
    // Blocks that wait for a thread are memory; beyond a few per thread the reader works on its own blocks.
    let waiting_max = 2 * pool.current_num_threads();
    let read = pool.scope(|scope| -> Result<()> {
        let mut next = Some(first);
        let mut i = 0;
        while let Some(block) = next
            && !has_fault.load(Ordering::Relaxed)
        {
            if waiting.load(Ordering::Relaxed) >= waiting_max {
                work(i, block);
            } else {
                waiting.fetch_add(1, Ordering::Relaxed);
                let (work, waiting) = (&work, &waiting);
                scope.spawn(move |_| {
                    work(i, block);
                    waiting.fetch_sub(1, Ordering::Relaxed);
                });
            }
            i += 1;
            next = blocks.next()?;
        }
        Ok(())
    });
    let mut done = done.into_inner().unwrap_or_else(|e| e.into_inner());
    done.sort_unstable_by_key(|(i, _)| *i);
    let mut parts = Vec::with_capacity(done.len());
    let mut rows = 0;
    for (_, tokens) in done {
        let tokens = tokens.map_err(|fault| fault.in_row(rows))?;
        rows += tokens.rows() as u64;
        parts.push(tokens);
    }
    read?;
    // Views and splits index rows with 32 bits.
    if rows > u64::from(u32::MAX) {
        return Err(Error::data(format!("the file has {rows} rows; at most {} can be used", u32::MAX)));
    }
    Ok(parts)
}

/// The iterator behind [`Table::text_frames`].
struct TextFrames {
    blocks: Blocks,
    first: Option<Block>,
    layout: Layout,
    pool: ThreadPool,
    ready: VecDeque<Result<Tokens, Fault>>,
    /// Why the file could not be read further.
    failed: Option<Error>,
    /// Rows given out.
    rows: u64,
}

impl TextFrames {
    /// Cuts one block per thread into cells.
    fn work_on_next_blocks(&mut self) {
        let mut group: Vec<Block> = self.first.take().into_iter().collect();
        while group.len() < self.pool.current_num_threads() {
            match self.blocks.next() {
                Ok(Some(block)) => group.push(block),
                Ok(None) => break,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        let layout = &self.layout;
        let done: Vec<_> = self.pool.install(|| group.into_par_iter().map(|block| Tokens::of(&block, layout)).collect());
        self.ready.extend(done);
    }
}

impl Iterator for TextFrames {
    type Item = Result<DataFrame>;

    fn next(&mut self) -> Option<Result<DataFrame>> {
        if self.ready.is_empty() && self.failed.is_none() {
            self.work_on_next_blocks();
        }
        let Some(tokens) = self.ready.pop_front() else {
            return self.failed.take().map(Err);
        };
        Some(tokens.map_err(|fault| fault.in_row(self.rows)).and_then(|tokens| {
            self.rows += tokens.rows() as u64;
            let classes = vec![Class::Text; self.layout.names.len()];
            self.pool.install(|| build(&[tokens], &self.layout, &classes))
        }))
    }
}
