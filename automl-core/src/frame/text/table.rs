//! A text file from its first block to its cells.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use polars::prelude::DataFrame;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::blocks::{Block, Blocks};
use super::columns::Columns;
use super::fault::Fault;
use super::infer::Class;
use super::markers::Rules;
use super::tokens::Tokens;
use crate::error::{Error, Result};
use crate::schema::Finding;

/// An opened text file.
pub(in crate::frame) struct TextTable {
    pub blocks: Blocks,
    /// The first block, without the header; `None` if there are no rows.
    pub first: Option<Block>,
    /// Names of the columns, as far as they are known before the rows are.
    pub names: Vec<String>,
    /// What was repaired in the header.
    pub findings: Vec<Finding>,
    /// The last column, if it has no name in the file: it may be nothing but a delimiter at the end of rows.
    pub unnamed_last: Option<String>,
    pub rules: Arc<Rules>,
    pub cut: Cut,
}

/// Cuts a block into cells.
type Cut = Box<dyn Fn(&Block) -> Result<Tokens, Fault> + Send + Sync>;

impl TextTable {
    /// All rows, block by block.
    ///
    /// Reads the file on one thread of the pool while the others cut its blocks into cells.
    ///
    /// The first fault in file order is the one reported, whichever thread finds it when.
    pub(super) fn tokens(self, pool: &ThreadPool) -> Result<Vec<Tokens>> {
        let TextTable { mut blocks, first, cut, .. } = self;
        let done: Mutex<Vec<(usize, Result<Tokens, Fault>)>> = Mutex::new(Vec::new());
        let (has_fault, waiting) = (AtomicBool::new(false), AtomicUsize::new(0));
        let work = |i: usize, block: Block| {
            let tokens = cut(&block);
            has_fault.fetch_or(tokens.is_err(), Ordering::Relaxed);
            done.lock().unwrap_or_else(|e| e.into_inner()).push((i, tokens));
        };
        // Blocks that wait for a thread are memory; beyond a few per thread the reader works on its own blocks.
        let waiting_max = 2 * pool.current_num_threads();
        let read = pool.scope(|scope| -> Result<()> {
            let mut next = first;
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
            rows += tokens.rows as u64;
            parts.push(tokens);
        }
        read?;
        Ok(parts)
    }

    /// All rows as text, block by block; `pool` works on as many blocks at a time as it has threads.
    pub(in crate::frame) fn frames(self, pool: Arc<ThreadPool>) -> impl Iterator<Item = Result<DataFrame>> + Send {
        let mut columns = Columns::default();
        columns.extend(&self.names);
        TextFrames { table: self, columns, pool, ready: VecDeque::new(), failed: None, rows: 0 }
    }
}

/// The iterator behind [`TextTable::frames`].
struct TextFrames {
    table: TextTable,
    /// Those seen so far: a column that begins later is in the frames from there on.
    columns: Columns,
    pool: Arc<ThreadPool>,
    ready: VecDeque<Result<Tokens, Fault>>,
    /// Why the file could not be read further.
    failed: Option<Error>,
    /// Rows given out.
    rows: u64,
}

impl TextFrames {
    /// Cuts one block per thread into cells.
    fn work_on_next_blocks(&mut self) {
        let mut group: Vec<Block> = self.table.first.take().into_iter().collect();
        while group.len() < self.pool.current_num_threads() {
            match self.table.blocks.next() {
                Ok(Some(block)) => group.push(block),
                Ok(None) => break,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        let cut = &self.table.cut;
        let done: Vec<_> = self.pool.install(|| group.into_par_iter().map(|block| cut(&block)).collect());
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
            self.rows += tokens.rows as u64;
            self.columns.extend(&tokens.names);
            let classes = vec![Class::Text; self.columns.names().len()];
            self.pool.install(|| self.columns.build(&[tokens], &self.table.rules, &classes))
        }))
    }
}
