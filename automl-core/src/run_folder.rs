//! The folder of one fit: what was asked, what happened, what came of it.
//!
//! ```text
//! config.json       what was asked; a fit with this file as its configuration is the same fit
//! plan.json         what was decided before the first trial, so that the run can be gone on with
//! journal.jsonl     the search, one event per line
//! findings.json     what was noticed in the data
//! leaderboard.json  what was tried, best first
//! trials/ID/        model.automl and out-of-fold predictions of every complete trial
//! model.automl      the final model
//! run.log           what the run said; locked while the run goes on
//! ```
//!
//! A process may be killed at any moment. Every file but the journal and the log is written beside its place and renamed;
//! a trial is in `trials` before the journal says that it is complete; a last line of the journal that was cut short is
//! passed over.

mod trials;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::artifact;
use crate::error::{Error, Kind, Result};
use crate::leaderboard::Leaderboard;
use crate::model::Model;
use crate::schema::Finding;
use crate::search::TrialId;
use crate::search::journal::{self, Journal, Record};

/// The folder of one fit. Clones are of the same run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    trial_bytes: Arc<Mutex<BTreeMap<TrialId, u64>>>,
    /// Open and locked until the run is closed.
    log: Arc<Mutex<Option<File>>>,
}

impl RunFolder {
    /// Name of the final model within a run folder.
    pub const MODEL: &'static str = "model.automl";
    const CONFIG: &'static str = "config.json";
    const PLAN: &'static str = "plan.json";
    const JOURNAL: &'static str = "journal.jsonl";
    const FINDINGS: &'static str = "findings.json";
    const LEADERBOARD: &'static str = "leaderboard.json";
    const TRIALS: &'static str = "trials";
    const LOG: &'static str = "run.log";

    /// Makes a run folder. One that is there already is refused, or emptied of what a run left in it if
    /// `force`; other files stay.
    ///
    /// # Errors
    /// The folder is there and not forced, is not a run folder, or cannot be written; or a run goes on in it.
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
        if occupied && ![Self::CONFIG, Self::JOURNAL, Self::LOG].iter().any(|name| path.join(name).exists()) {
            return Err(Error::usage(format!("{shown} is not the folder of a run; it is not overwritten")));
        }
        let folder = RunFolder::lock(path)?;
        if occupied {
            for name in [Self::CONFIG, Self::PLAN, Self::JOURNAL, Self::FINDINGS, Self::LEADERBOARD, Self::MODEL] {
                let _ = fs::remove_file(folder.path.join(name));
            }
            let _ = fs::remove_dir_all(folder.path.join(Self::TRIALS));
            let _ = folder.open_log().as_ref().map(|log| log.set_len(0));
        }
        make(&folder.path.join(Self::TRIALS))?;
        Ok(folder)
    }

    /// The folder of a run that is gone on with.
    ///
    /// # Errors
    /// It is none, or cannot be written; or the run still goes on.
    pub fn open(path: impl Into<PathBuf>) -> Result<RunFolder> {
        let path = path.into();
        check_begun(&path)?;
        let folder = RunFolder::lock(path)?;
        make(&folder.path.join(Self::TRIALS))?;
        folder.remove_unfinished_trials();
        Ok(folder)
    }

    /// A folder for a run that repeats another: what was decided and tried there, without the models. Beside it stands how
    /// many trials that are.
    ///
    /// # Errors
    /// The other is no folder of a run that came to its first trial; or see [`create`](RunFolder::create).
    pub fn repeat(of: &Path, path: impl Into<PathBuf>, force: bool) -> Result<(RunFolder, u32)> {
        check_begun(of)?;
        let place = of.join(Self::JOURNAL);
        let text = fs::read_to_string(&place).unwrap_or_default();
        let records = journal::of_ended(journal::read(&text).map_err(|e| e.context(place.display().to_string()))?);
        let number = |record: &Record| if let Record::Asked(trial) = record { Some(trial.id.0 + 1) } else { None };
        let Some(trials) = records.iter().filter_map(number).max() else {
            return Err(Error::data(format!("the run in {} has no trial that could be repeated", of.display())));
        };
        let folder = RunFolder::create(path, force)?;
        let plan: serde_json::Value = read_json(&of.join(Self::PLAN))?;
        folder.write_json(Self::PLAN, &plan)?;
        let (_, file) = folder.journal()?;
        let mut journal = Journal::to(file);
        records.iter().for_each(|record| journal.write(record));
        match journal.trouble() {
            None => Ok((folder, trials)),
            Some(trouble) => {
                Err(Error::new(Kind::Io, format!("writing {}: {trouble}", folder.path.join(Self::JOURNAL).display())))
            }
        }
    }

    /// Makes the folder, if it is not there, and locks it. The system lets go of the lock however the process ends.
    fn lock(path: PathBuf) -> Result<RunFolder> {
        let folder = RunFolder { path, trial_bytes: Arc::default(), log: Arc::default() };
        make(&folder.path)?;
        let place = folder.path.join(Self::LOG);
        let log = OpenOptions::new().create(true).append(true).open(&place);
        let log = log.map_err(|e| Error::io(format!("writing {}", place.display()), &e))?;
        if let Err(TryLockError::WouldBlock) = log.try_lock() {
            return Err(Error::usage(format!(
                "the run in {} still goes on, in another process or thread",
                folder.path.display()
            )));
        }
        *folder.open_log() = Some(log);
        Ok(folder)
    }

    /// Ends the recording and lets go of the folder: what threads that were left behind would still write is not kept.
    pub fn close(&self) {
        *self.open_log() = None;
    }

    fn open_log(&self) -> MutexGuard<'_, Option<File>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The artifact to load for a path that a user gave: the model of a run folder, or the file itself.
    pub fn model_path(path: &Path) -> PathBuf {
        if path.is_dir() { path.join(Self::MODEL) } else { path.to_path_buf() }
    }

    /// Whether a path is the folder of a run that was begun.
    pub fn is_begun(path: &Path) -> bool {
        path.join(Self::CONFIG).is_file()
    }

    /// Whether a path is the folder of a run that has no final model, or none yet.
    pub fn is_unfinished(path: &Path) -> bool {
        RunFolder::is_begun(path) && !path.join(Self::MODEL).exists()
    }

    /// What was asked, as [`write_config`](RunFolder::write_config) wrote it.
    ///
    /// # Errors
    /// It is no folder of a run, or the configuration cannot be read.
    pub fn read_config<T: DeserializeOwned>(path: &Path) -> Result<T> {
        check_begun(path)?;
        read_json(&path.join(Self::CONFIG))
    }

    /// Writes what was asked.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn write_config(&self, config: &impl Serialize) -> Result<()> {
        self.write_json(Self::CONFIG, config)
    }

    /// What was decided before the first trial; `None` if the run did not come that far.
    ///
    /// # Errors
    /// It cannot be read, or there are trials without it.
    pub(crate) fn read_plan<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        if self.path.join(Self::PLAN).exists() {
            return read_json(&self.path.join(Self::PLAN)).map(Some);
        }
        if fs::metadata(self.path.join(Self::JOURNAL)).is_ok_and(|journal| journal.len() > 0) {
            return Err(Error::artifact(format!(
                "{} has trials but no {}: they cannot be gone on with",
                self.path.display(),
                Self::PLAN
            )));
        }
        Ok(None)
    }

    /// Writes what was decided before the first trial.
    ///
    /// # Errors
    /// The operating system refuses.
    pub(crate) fn write_plan(&self, plan: &impl Serialize) -> Result<()> {
        self.write_json(Self::PLAN, plan)
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

    /// The leaderboard of a finished run.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn read_leaderboard(path: &Path) -> Result<Leaderboard> {
        read_json(&path.join(Self::LEADERBOARD))
    }

    /// The findings of a run.
    ///
    /// # Errors
    /// There are none, or they cannot be read.
    pub fn read_findings(path: &Path) -> Result<Vec<Finding>> {
        read_json(&path.join(Self::FINDINGS))
    }

    /// The events of the search so far, and a file for those to come. A last line that was cut short is taken away.
    ///
    /// # Errors
    /// The operating system refuses, or a line cannot be read; the message has its number.
    pub(crate) fn journal(&self) -> Result<(Vec<Record>, Box<dyn Write + Send>)> {
        let path = self.path.join(Self::JOURNAL);
        let io = |e: std::io::Error| Error::io(format!("writing {}", path.display()), &e);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(io)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        file.set_len(whole as u64).map_err(io)?;
        let records = journal::read(&String::from_utf8_lossy(&bytes[..whole]));
        Ok((records.map_err(|e| e.context(path.display().to_string()))?, Box::new(file)))
    }

    /// Adds a line to the log. The run goes on where that fails.
    pub fn log(&self, line: &str) {
        let _ = self.open_log().as_mut().map(|log| writeln!(log, "{line}"));
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let mut json = serde_json::to_vec_pretty(value).map_err(|e| Error::internal(format!("{name} cannot be written: {e}")))?;
        json.push(b'\n');
        write_atomically(&self.path.join(name), &json)
    }
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Error::io(format!("making the folder {}", folder.display()), &e))
}

/// Checks that a run was begun in a folder.
fn check_begun(path: &Path) -> Result<()> {
    let (shown, config) = (path.display(), RunFolder::CONFIG);
    if RunFolder::is_begun(path) {
        return Ok(());
    }
    Err(Error::data(format!("{shown} is not the folder of a run: there is no {config} in it")))
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
