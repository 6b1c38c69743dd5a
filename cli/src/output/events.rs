//! What happens in a fit as JSON, one event a line: what `automl fit --events` writes and `automl list events` explains.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use automl::{Ended, Error, Fit, Progress, Result, RunFolder, Stopwatch};
use serde_json::{Map, Value, json};

use super::conclusion;

/// A kind of event, and what its fields mean.
pub struct EventKind {
    /// Its name, the value of the field `event`.
    pub id: &'static str,
    /// When it happens.
    pub summary: &'static str,
    /// Names and meanings of the fields that are its own.
    pub fields: &'static [(&'static str, &'static str)],
}

/// The fields of every event.
pub static FIELDS_OF_ALL: [(&str, &str); 2] =
    [("event", "The kind of event."), ("elapsed_s", "Seconds since the process began.")];

/// Every kind of event, in the order in which they happen. More kinds and more fields may come; these stay.
pub static EVENTS: [EventKind; 8] = [
    EventKind {
        id: "planned",
        summary: "The data were understood and the search begins.",
        fields: &[
            ("rows", "Rows that are used."),
            ("features", "Columns that learners get."),
            ("task", "The kind of task: binary, multiclass or regression."),
            ("metric", "The metric that decides."),
            ("higher_is_better", "Whether a larger score is better."),
            ("validation", "How scores are made, in words."),
            ("findings", "What was noticed in the data: a list of objects with check, status, columns, message and more."),
        ],
    },
    EventKind {
        id: "resumed",
        summary: "A run that was begun before is gone on with, by `automl resume`.",
        fields: &[("trials", "How many trials have ended so far.")],
    },
    EventKind {
        id: "remark",
        summary: "Something went wrong that the run gets along with.",
        fields: &[("message", "What, in a sentence.")],
    },
    EventKind {
        id: "started",
        summary: "A pipeline is being tried.",
        fields: &[("trial", "Number of the trial, from 0."), ("name", "Name of the pipeline.")],
    },
    EventKind {
        id: "finished",
        summary: "A pipeline was tried: a row of the leaderboard.",
        fields: &[
            ("trial", "Number of the trial, from 0."),
            ("name", "Name of the pipeline."),
            ("learner", "Id of its learner, as in `automl list learners`."),
            ("params", "Its parameters that differ from the defaults, an object."),
            ("status", "How it ended: complete, pruned (stopped early) or failed."),
            ("score", "The metric that decides, on rows that the models had not seen; null if it has none."),
            ("spread", "The standard deviation of the score over the folds; null with fewer than two."),
            ("metrics", "Every metric of the task, an object."),
            ("fit_s", "Seconds spent fitting, all folds together."),
            ("predict_s", "Seconds spent predicting the rows that it was scored on."),
            ("model_bytes", "Size of its models on disk."),
            ("message", "Why it failed or was stopped; empty if it is complete."),
        ],
    },
    EventKind {
        id: "combining",
        summary: "The search is over; the trials are combined into the final model.",
        fields: &[("trials", "How many complete trials there are.")],
    },
    EventKind {
        id: "done",
        summary: "The model was saved: the last event of a fit that went well.",
        fields: &[
            ("model", "Where the model lies."),
            ("metric", "The metric that decided."),
            ("score", "Its value for the final model, on rows that the models had not seen."),
            (
                "estimate",
                "Its value to be expected on new rows: score, low and high (between which it lies on the share `level` of tables of so many rows), level, rows; null where time or rows did not suffice.",
            ),
            ("test_score", "Its value on the table of --test; null without one."),
            ("interrupted", "Whether somebody asked to stop before the end."),
            (
                "ended",
                "Why the search was over, an object: reason (time, trials_max, few_rows, target_score, patience, nothing_left, \
                 nothing_works or interrupted) and message, a sentence.",
            ),
        ],
    },
    EventKind {
        id: "failed",
        summary: "There is no model: the last event of a fit that failed.",
        fields: &[("message", "Why, as it stands behind `error:` too.")],
    },
];

/// Writes events as they happen. A log that cannot be written is given up, and the fit goes on.
pub struct EventLog {
    started: Stopwatch,
    sink: Mutex<Option<Box<dyn Write + Send>>>,
}

impl EventLog {
    /// A log into a file, to stderr for `-`, or nowhere, of a process that began at `started`.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn open(path: Option<&Path>, started: Stopwatch) -> Result<EventLog> {
        let sink: Option<Box<dyn Write + Send>> = match path {
            None => None,
            Some(path) if is_stderr(path) => Some(Box::new(io::stderr())),
            Some(path) => {
                let file = File::create(path).map_err(|e| Error::usage(format!("--events {}: {e}", path.display())))?;
                Some(Box::new(file))
            }
        };
        Ok(EventLog { started, sink: Mutex::new(sink) })
    }

    /// Writes what happened.
    pub fn tell(&self, event: &Progress) {
        self.write(of_progress(event));
    }

    /// Writes how it ended; the model is in the folder of the run.
    pub fn end(&self, result: &Result<Fit>, run: &Path) {
        self.write(match result {
            Ok(fit) => done(fit, run),
            Err(error) => json!({ "event": "failed", "message": error.to_string() }),
        });
    }

    fn write(&self, mut event: Value) {
        event["elapsed_s"] = json!(self.started.elapsed_s());
        // In one piece, for those who read along.
        let line = format!("{event}\n");
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        if sink.as_mut().is_some_and(|sink| sink.write_all(line.as_bytes()).is_err()) {
            *sink = None;
        }
    }
}

/// Whether events go where progress goes otherwise.
pub fn is_stderr(path: &Path) -> bool {
    path == Path::new("-")
}

fn of_progress(event: &Progress) -> Value {
    match event {
        Progress::Planned { rows, features, task, metric, higher_is_better, validation, findings } => json!({
            "event": "planned",
            "rows": rows,
            "features": features,
            "task": task,
            "metric": metric,
            "higher_is_better": higher_is_better,
            "validation": validation,
            "findings": findings,
        }),
        Progress::Resumed { finished } => json!({ "event": "resumed", "trials": finished.len() }),
        Progress::Remark(message) => json!({ "event": "remark", "message": message }),
        Progress::Started { trial, name } => json!({ "event": "started", "trial": trial, "name": name }),
        Progress::Finished(entry) => {
            let mut fields: Map<String, Value> = [("event".to_owned(), "finished".into())].into_iter().collect();
            let Value::Object(row) = json!(entry) else { return Value::Object(fields) };
            fields.extend(row);
            // Which trials vote is known at the end.
            fields.remove("weight");
            fields.insert("message".to_owned(), entry.message.clone().into());
            Value::Object(fields)
        }
        Progress::Combining { trials, .. } => json!({ "event": "combining", "trials": trials }),
    }
}

fn done(fit: &Fit, run: &Path) -> Value {
    json!({
        "event": "done",
        "model": run.join(RunFolder::MODEL),
        "metric": fit.leaderboard.metric,
        "score": fit.leaderboard.score(),
        "estimate": fit.estimate,
        "test_score": fit.test.as_ref().and_then(|test| test.metrics.get(&test.metric)),
        "interrupted": fit.ended == Ended::Interrupted,
        "ended": conclusion::ended(fit),
    })
}
