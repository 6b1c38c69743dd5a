//! The append-only record of a study: one JSON line per event.
//!
//! Replaying it gives resume, leaderboard, live view and test fixture at once. A last line that was cut
//! short by a kill is passed over.

use std::collections::BTreeSet;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::trial::{Outcome, Trial, TrialId};
use crate::error::{Error, Result};

/// Version of the journal's lines.
pub const VERSION: u32 = 1;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Record {
    /// A trial was given out.
    Asked(Trial),
    /// A trial said how it is getting on.
    Reported {
        /// The trial.
        trial: TrialId,
        /// Which part is done, from 1.
        step: u32,
        /// Its loss.
        loss: f64,
    },
    /// The search was over, and of what was tried the final model was made.
    Combined(Combined),
    /// A trial ended.
    Finished {
        /// The trial.
        trial: TrialId,
        /// How it ended.
        #[serde(flatten)]
        outcome: Outcome,
    },
}

/// What the final model was made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Combined {
    /// The trials that vote, and their shares.
    pub weights: Vec<(TrialId, f64)>,
    /// Those that were fitted once more, to all rows; each as many times as there are models of it.
    pub refitted: Vec<TrialId>,
}

/// The records of those trials that have ended, and of what the final model was made of.
pub fn of_ended(records: Vec<Record>) -> Vec<Record> {
    let ended = |record: &Record| if let Record::Finished { trial, .. } = record { Some(*trial) } else { None };
    let ended: BTreeSet<TrialId> = records.iter().filter_map(ended).collect();
    let is_kept = |record: &Record| match record {
        Record::Asked(trial) => ended.contains(&trial.id),
        Record::Reported { trial, .. } | Record::Finished { trial, .. } => ended.contains(trial),
        Record::Combined(_) => true,
    };
    records.into_iter().filter(is_kept).collect()
}

#[derive(Serialize, Deserialize)]
struct Line<R> {
    v: u32,
    #[serde(flatten)]
    record: R,
}

/// Writes records as they happen. It ends with the first write that fails, for half a line must be the last one; the
/// search goes on.
pub struct Journal {
    sink: Option<Box<dyn Write + Send>>,
    trouble: Option<String>,
}

impl Journal {
    /// A journal that goes nowhere.
    pub fn none() -> Journal {
        Journal { sink: None, trouble: None }
    }

    /// A journal that writes every record at once.
    pub fn to(sink: Box<dyn Write + Send>) -> Journal {
        Journal { sink: Some(sink), trouble: None }
    }

    /// Adds a record.
    pub fn write(&mut self, record: &Record) {
        let Some(sink) = &mut self.sink else { return };
        let written = serde_json::to_vec(&Line { v: VERSION, record }).map_err(std::io::Error::other).and_then(|mut line| {
            line.push(b'\n');
            sink.write_all(&line)?;
            sink.flush()
        });
        if let Err(e) = written {
            self.trouble = Some(e.to_string());
            self.sink = None;
        }
    }

    /// Why the journal is not complete, if it is not.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

/// Reads the records of a journal.
///
/// # Errors
/// A line, other than a last one cut short, that is no record of this version; the message has its number.
pub fn read(text: &str) -> Result<Vec<Record>> {
    let lines: Vec<&str> = text.lines().collect();
    let complete = text.ends_with('\n');
    let mut records = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().enumerate() {
        match serde_json::from_str::<Line<Record>>(line) {
            Ok(Line { v: VERSION, record }) => records.push(record),
            Ok(Line { v, .. }) => {
                return Err(Error::artifact(format!(
                    "journal line {} is of version {v}; this program reads version {VERSION}",
                    i + 1
                )));
            }
            Err(_) if i + 1 == lines.len() && !complete => {}
            Err(e) => return Err(Error::artifact(format!("journal line {} cannot be read: {e}", i + 1))),
        }
    }
    Ok(records)
}
