//! A table through a model, a batch of rows at a time and in the order of the rows: while one batch is worked on,
//! the next is read and the last is written.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use automl::frame::{self, Batches, Frame, ReadOptions, WriteOptions, Writer};
use automl::{Cancel, DataFrame, Error, ErrorKind};

use crate::failure::WithHint;
use crate::output::Stdout;
use crate::output::number::counted;

use super::interrupt;

/// Rows of a batch: enough to keep every thread busy. Wide tables have fewer.
const BATCH_ROWS: usize = 50_000;

/// Nothing waits between the threads but what they hold: one batch is read while another is worked on, one result is
/// made while another is written. More would be memory without speed.
const WAITING: usize = 0;

/// What was made of a batch.
pub struct Made {
    /// The rows to write, if there are any.
    pub table: Option<DataFrame>,
    /// Cells that could not be read, per column.
    pub unreadable: Vec<(String, usize)>,
}

/// What is told at the end.
#[derive(Debug, Default, PartialEq)]
pub struct Streamed {
    /// Rows that were read.
    pub rows: usize,
    /// Cells that could not be read, per column, in the order in which they turned up.
    pub unreadable: Vec<(String, usize)>,
}

/// Reads a table that should have the `needed` columns, works on each batch, and writes what was made of it to a file or, without one, to stdout. The file
/// is there at the end, whole, or not at all: neither a failure nor Ctrl-C leaves a part of it.
pub fn stream(
    data: &Path,
    options: &ReadOptions,
    needed: Vec<String>,
    out: Option<&Path>,
    work: impl FnMut(&Frame) -> anyhow::Result<Made>,
) -> anyhow::Result<Streamed> {
    if let Some(path) = out {
        // A name that tells no format is told before the work, not after the first batch.
        WriteOptions::for_path(path)?;
    }
    let cancel = Cancel::new();
    interrupt::cancel_on_signal(&cancel, || {});
    let batches = ReadAhead::begin(frame::batches(data, options, BATCH_ROWS)?.expecting(needed), cancel);
    thread::scope(|scope| {
        let (tables, to_write) = sync_channel(WAITING);
        let writer = scope.spawn(move || write(&to_write, out));
        let worked = work_on(batches, tables, work);
        let written = writer.join().unwrap_or_else(|panic| resume_unwind(panic));
        // Where the writer has failed, the work has only stopped.
        let (streamed, writer) = (worked?, written?);
        writer.map_or(Ok(()), Writer::finish)?;
        Ok(streamed)
    })
}

/// Works on batch after batch, until there is none or nobody writes the results.
fn work_on(
    mut batches: ReadAhead,
    tables: SyncSender<DataFrame>,
    mut work: impl FnMut(&Frame) -> anyhow::Result<Made>,
) -> anyhow::Result<Streamed> {
    let mut streamed = Streamed::default();
    while let Some(frame) = batches.next(streamed.rows)? {
        let made = work(&frame)?;
        streamed.rows += frame.rows();
        streamed.add_unreadable(made.unreadable);
        if made.table.is_some_and(|table| tables.send(table).is_err()) {
            break;
        }
    }
    Ok(streamed)
}

impl Streamed {
    fn add_unreadable(&mut self, batch: Vec<(String, usize)>) {
        for (column, cells) in batch {
            match self.unreadable.iter_mut().find(|(name, _)| *name == column) {
                Some((_, total)) => *total += cells,
                None => self.unreadable.push((column, cells)),
            }
        }
    }
}

/// Writes tables as they come; the first opens the writer.
fn write(tables: &Receiver<DataFrame>, out: Option<&Path>) -> automl::Result<Option<Writer>> {
    let mut writer: Option<Writer> = None;
    for table in tables {
        let writer = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(open(out, &table)?),
        };
        writer.write(&table)?;
    }
    Ok(writer)
}

fn open(out: Option<&Path>, table: &DataFrame) -> automl::Result<Writer> {
    let names: Vec<String> = table.columns().iter().map(|column| column.name().to_string()).collect();
    match out {
        Some(path) => Writer::create(path, &names),
        None => Writer::to(Box::new(Stdout), WriteOptions::default(), &names),
    }
}

/// The batches of a table, read by a thread of its own.
///
/// The thread is not waited for when the work ends early: a read of standard input may never return.
struct ReadAhead {
    batches: Receiver<automl::Result<Frame>>,
    reader: Option<JoinHandle<()>>,
    cancel: Cancel,
}

impl ReadAhead {
    fn begin(batches: Batches, cancel: Cancel) -> ReadAhead {
        let (read, to_work) = sync_channel(WAITING);
        let reader = thread::spawn(move || {
            for batch in batches {
                if read.send(batch).is_err() {
                    break;
                }
            }
        });
        ReadAhead { batches: to_work, reader: Some(reader), cancel }
    }

    /// The batch behind so many rows.
    fn next(&mut self, rows: usize) -> automl::Result<Option<Frame>> {
        const LOOK: Duration = Duration::from_millis(50);
        loop {
            if self.cancel.is_cancelled() {
                return Err(Error::new(ErrorKind::Interrupted, format!("stopped after {}", counted(rows, "row"))));
            }
            match self.batches.recv_timeout(LOOK) {
                Ok(batch) => return batch.map(Some),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    // A reader that panicked has not come to the end of the table.
                    let ended = self.reader.take().map_or(Ok(()), JoinHandle::join);
                    return ended.map(|()| None).or_else(|panic| resume_unwind(panic));
                }
            }
        }
    }
}

/// The kept columns, then what was made of the rows: `made` is the word for it.
pub fn beside(frame: &Frame, keep: &[String], table: DataFrame, made: &str) -> anyhow::Result<DataFrame> {
    if keep.is_empty() {
        return Ok(table);
    }
    let columns = keep.iter().map(|name| frame.column(name).cloned());
    let mut columns =
        columns.collect::<Result<Vec<_>, Error>>().hint(|| "--keep takes names of columns of the table".to_owned())?;
    columns.extend(table.into_columns());
    let rows = frame.rows();
    let joined =
        DataFrame::new(rows, columns).map_err(|e| Error::usage(format!("the kept columns do not go with the {made}: {e}")));
    Ok(joined.hint(|| format!("keep no column twice, and none that is named like one of the {made}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_over_all_batches() {
        let mut streamed = Streamed::default();
        streamed.add_unreadable(vec![("b".to_owned(), 1)]);
        streamed.add_unreadable(vec![("a".to_owned(), 2), ("b".to_owned(), 3)]);
        assert_eq!(streamed.unreadable, [("b".to_owned(), 4), ("a".to_owned(), 2)]);
    }
}
