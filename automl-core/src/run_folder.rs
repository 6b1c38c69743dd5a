//! The folder of one fit: what was asked, what happened, what came of it.
//!
//! ```text
//! config.json       what was asked; a fit with this file as its configuration is the same fit
//! journal.jsonl     the search, one event per line
//! findings.json     what was noticed in the data
//! leaderboard.json  what was tried, best first
//! trials/ID/        model.automl and out-of-fold predictions of every complete trial
//! model.automl      the final model
//! run.log           what the run said
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::artifact;
use crate::error::{Error, Kind, Result};
use crate::fit::{Candidate, FitData, combine_refs};
use crate::leaderboard::{Entry, Leaderboard};
use crate::model::{Model, Provenance};
use crate::predictions::Predictions;
use crate::registry::Registry;
use crate::schema::Finding;
use crate::search::TrialId;

/// The folder of one fit.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    trial_bytes: Arc<Mutex<BTreeMap<TrialId, u64>>>,
    log: Arc<Mutex<Option<File>>>,
}

impl RunFolder {
    /// Name of the final model within a run folder.
    pub const MODEL: &'static str = "model.automl";
    const CONFIG: &'static str = "config.json";
    const JOURNAL: &'static str = "journal.jsonl";
    const FINDINGS: &'static str = "findings.json";
    const LEADERBOARD: &'static str = "leaderboard.json";
    const TRIALS: &'static str = "trials";
    const OUT_OF_FOLD: &'static str = "out_of_fold.f32";
    const LOG: &'static str = "run.log";

    /// Makes a run folder. One that is there already is refused, or emptied of what a run left in it if
    /// `force`; other files stay.
    ///
    /// # Errors
    /// The folder is there and not forced, is not a run folder, or cannot be written.
    pub fn create(path: impl Into<PathBuf>, force: bool) -> Result<RunFolder> {
        let path = path.into();
        let shown = path.display();
        if path.is_file() {
            return Err(Error::usage(format!("{shown} is a file; the run needs a folder")));
        }
        let occupied = path.is_dir() && fs::read_dir(&path).is_ok_and(|mut d| d.next().is_some());
        if occupied && !force {
            return Err(Error::usage(format!("{shown} exists already; choose another folder, or overwrite it with --force")));
        }
        if occupied && !path.join(Self::CONFIG).exists() && !path.join(Self::JOURNAL).exists() {
            return Err(Error::usage(format!("{shown} is not the folder of a run; it is not overwritten")));
        }
        if occupied {
            for name in [Self::CONFIG, Self::JOURNAL, Self::FINDINGS, Self::LEADERBOARD, Self::MODEL, Self::LOG] {
                let _ = fs::remove_file(path.join(name));
            }
            let _ = fs::remove_dir_all(path.join(Self::TRIALS));
        }
        fs::create_dir_all(path.join(Self::TRIALS)).map_err(|e| Error::io(format!("making the folder {shown}"), &e))?;
        let log = File::create(path.join(Self::LOG)).map_err(|e| Error::io(format!("writing {shown}/{}", Self::LOG), &e))?;
        Ok(RunFolder { path, trial_bytes: Arc::default(), log: Arc::new(Mutex::new(Some(log))) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The artifact to load for a path that a user gave: the model of a run folder, or the file itself.
    pub fn model_path(path: &Path) -> PathBuf {
        if path.is_dir() { path.join(Self::MODEL) } else { path.to_path_buf() }
    }

    /// Writes what was asked.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn write_config(&self, config: &impl Serialize) -> Result<()> {
        self.write_json(Self::CONFIG, config)
    }

    /// Writes what was noticed in the data.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn write_findings(&self, findings: &[Finding]) -> Result<()> {
        self.write_json(Self::FINDINGS, &findings)
    }

    /// Writes the leaderboard.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn write_leaderboard(&self, leaderboard: &Leaderboard) -> Result<()> {
        self.write_json(Self::LEADERBOARD, leaderboard)
    }

    /// Writes the final model.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn write_model(&self, model: &Model) -> Result<u64> {
        artifact::save(model, &self.path.join(Self::MODEL))
    }

    /// What was asked of a run; nothing where the folder does not say.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read_config<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
        let file = path.join(Self::CONFIG);
        if file.is_file() { read_json(&file).map(Some) } else { Ok(None) }
    }

    /// The leaderboard of a finished run.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn read_leaderboard(path: &Path) -> Result<Leaderboard> {
        read_json(&path.join(Self::LEADERBOARD))
    }

    /// The model of a row of the leaderboard, named by the number of its trial or by the name of its pipeline; where
    /// several have that name, the best of them.
    ///
    /// # Errors
    /// This is not the folder of a run, there is no such row, or its model was not kept; the message lists those that were.
    pub fn load_trial(path: &Path, asked: &str, registry: &Registry) -> Result<Model> {
        let shown = path.display();
        if !path.is_dir() {
            return Err(Error::usage(format!("{shown} is not the folder of a run, and has no trials")));
        }
        let leaderboard = RunFolder::read_leaderboard(path)?;
        let model_of = |entry: &Entry| match entry.trial {
            Some(trial) => path.join(Self::TRIALS).join(trial.to_string()).join(Self::MODEL),
            None => path.join(Self::MODEL),
        };
        let is_meant = |entry: &&Entry| entry.name == asked || entry.trial.is_some_and(|trial| asked.parse() == Ok(trial));
        match leaderboard.entries.iter().find(is_meant) {
            Some(entry) if model_of(entry).is_file() => artifact::load(&model_of(entry), registry),
            found => {
                let trouble = match found {
                    None => format!("there is no trial `{asked}`"),
                    Some(entry) if entry.message.is_empty() => format!("the model of trial `{asked}` was not kept"),
                    Some(entry) => format!("trial `{asked}` has no model ({})", entry.message),
                };
                let kept = leaderboard.entries.iter().filter(|entry| model_of(entry).is_file());
                let kept: Vec<String> = kept.map(Entry::told).collect();
                Err(Error::usage(format!("{shown}: {trouble}; there is {}", kept.join(", "))))
            }
        }
    }

    /// What the folder of a run keeps of a trial: its model, and its predictions of the rows that pipelines were scored
    /// on, made by models that had not seen them.
    ///
    /// # Errors
    /// The trial was not kept, or it cannot be read.
    pub fn read_trial(path: &Path, trial: u32, registry: &Registry) -> Result<(Model, Predictions)> {
        let place = path.join(Self::TRIALS).join(trial.to_string());
        let model = artifact::load(&place.join(Self::MODEL), registry)?;
        let file = place.join(Self::OUT_OF_FOLD);
        let bytes = fs::read(&file).map_err(|e| Error::io(format!("reading {}", file.display()), &e).with_kind(Kind::Data))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        let width = model.task.width();
        if !rest.is_empty() || !numbers.len().is_multiple_of(width) {
            return Err(Error::data(format!("{}: {} bytes are no rows of {width} numbers", file.display(), bytes.len())));
        }
        let values = numbers.iter().map(|number| f64::from(f32::from_le_bytes(*number))).collect();
        Ok((model, Predictions::new(width, values)))
    }

    /// The findings of a run.
    ///
    /// # Errors
    /// There are none, or they cannot be read.
    pub fn read_findings(path: &Path) -> Result<Vec<Finding>> {
        read_json(&path.join(Self::FINDINGS))
    }

    /// A file for the events of the search.
    pub(crate) fn journal(&self) -> Result<Box<dyn Write + Send>> {
        let path = self.path.join(Self::JOURNAL);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Box::new(file.map_err(|e| Error::io(format!("writing {}", path.display()), &e))?))
    }

    /// Adds a line to the log. A log that cannot be written is given up; the run goes on.
    pub fn log(&self, line: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.as_mut().is_some_and(|file| writeln!(file, "{line}").is_err()) {
            *log = None;
        }
    }

    /// Keeps the models and predictions of a trial. Trouble is logged; the run goes on.
    pub(crate) fn save_trial(&self, candidate: &Candidate, data: &FitData) {
        let id = candidate.trial.id;
        if let Err(e) = self.try_save_trial(candidate, data) {
            self.log(&format!("trial {} was not kept: {e}", id.0));
        }
    }

    fn try_save_trial(&self, candidate: &Candidate, data: &FitData) -> Result<()> {
        // A trial beyond this size is not worth the time of writing it.
        const BYTES_MAX: usize = 256 << 20;
        let provenance = Provenance {
            score: candidate.score,
            validation: data.split.describe(),
            rows: data.target.len(),
            ..Provenance::default()
        };
        let id = candidate.trial.id;
        let bytes = artifact::to_bytes(&combine_refs(&[(candidate, 1.0)], data, provenance))?;
        self.trial_bytes.lock().unwrap_or_else(PoisonError::into_inner).insert(id, bytes.len() as u64);
        if bytes.len() > BYTES_MAX {
            return Err(Error::internal(format!("its models take {} MB", bytes.len() >> 20)));
        }
        let place = self.path.join(Self::TRIALS).join(id.0.to_string());
        let beside = self.path.join(Self::TRIALS).join(format!("{}.part", id.0));
        let io = |e: std::io::Error| Error::io(format!("writing {}", place.display()), &e);
        fs::create_dir_all(&beside).map_err(io)?;
        fs::write(beside.join(Self::MODEL), bytes).map_err(io)?;
        let out_of_fold: Vec<u8> = candidate.predictions.values().iter().flat_map(|v| (*v as f32).to_le_bytes()).collect();
        fs::write(beside.join(Self::OUT_OF_FOLD), out_of_fold).map_err(io)?;
        fs::rename(&beside, &place).map_err(io)
    }

    /// Size of the artifact of a trial.
    pub(crate) fn trial_bytes(&self, id: TrialId) -> Option<u64> {
        self.trial_bytes.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut json = serde_json::to_vec_pretty(value).map_err(|e| Error::internal(format!("{name} cannot be written: {e}")))?;
        json.push(b'\n');
        write_atomically(&self.path.join(name), &json)
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|e| Error::io(format!("reading {shown}"), &e).with_kind(Kind::Data))?;
    serde_json::from_slice(&bytes).map_err(|e| Error::data(format!("{shown}: {e}")))
}

/// Writes a file beside its place and renames it, so that it is there whole or not at all.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let io = |e: std::io::Error| Error::io(format!("writing {}", path.display()), &e);
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(io)
}
