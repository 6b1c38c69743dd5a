//! What a run folder keeps of the trials that are complete: their models and out-of-fold predictions.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::RunFolder;
use crate::artifact;
use crate::error::{Error, Kind, Result};
use crate::fit::{Candidate, FitData, combine_refs};
use crate::leaderboard::Entry;
use crate::model::{Model, Provenance};
use crate::predictions::Predictions;
use crate::registry::Registry;
use crate::search::TrialId;

/// Numbers of 64 bits, so that a trial that is read again is the same to the bit.
const OUT_OF_FOLD: &str = "out_of_fold.f64";

impl RunFolder {
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
            Some(trial) => place_of(path, TrialId(trial)).join(Self::MODEL),
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
        let place = place_of(path, TrialId(trial));
        let model = artifact::load(&place.join(Self::MODEL), registry)?;
        let file = place.join(OUT_OF_FOLD);
        let bytes = fs::read(&file).map_err(|e| Error::io(format!("reading {}", file.display()), &e).with_kind(Kind::Data))?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        let width = model.task.width();
        if !rest.is_empty() || !numbers.len().is_multiple_of(width) {
            return Err(Error::data(format!("{}: {} bytes are no rows of {width} numbers", file.display(), bytes.len())));
        }
        Ok((model, Predictions::new(width, numbers.iter().map(|number| f64::from_le_bytes(*number)).collect())))
    }

    /// [`RunFolder::read_trial`] of this run.
    pub(crate) fn reload_trial(&self, id: TrialId, registry: &Registry) -> Result<(Model, Predictions)> {
        let read = RunFolder::read_trial(&self.path, id.0, registry)?;
        if let Ok(file) = fs::metadata(place_of(&self.path, id).join(Self::MODEL)) {
            self.note_bytes(id, file.len());
        }
        Ok(read)
    }

    /// Keeps the models and predictions of a trial. Trouble is logged; the run goes on.
    pub(crate) fn save_trial(&self, candidate: &Candidate, data: &FitData) {
        let id = candidate.trial.id;
        if self.open_log().is_none() {
            return;
        }
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
        let model = artifact::to_bytes(&combine_refs(&[(candidate, 1.0)], data, provenance))?;
        self.note_bytes(id, model.len() as u64);
        if model.len() > BYTES_MAX {
            return Err(Error::internal(format!("its models take {} MB", model.len() >> 20)));
        }
        let place = place_of(&self.path, id);
        let beside = place.with_extension(PART);
        let written = write_trial(&beside, &model, &candidate.predictions).and_then(|()| {
            // What an earlier attempt left there is damaged.
            let _ = fs::remove_dir_all(&place);
            fs::rename(&beside, &place)
        });
        if written.is_err() {
            let _ = fs::remove_dir_all(&beside);
        }
        written.map_err(|e| Error::io(format!("writing {}", place.display()), &e))
    }

    /// Takes away what was being written when the process ended.
    pub(super) fn remove_unfinished_trials(&self) {
        let entries = fs::read_dir(self.path.join(Self::TRIALS)).into_iter().flatten().flatten();
        let unfinished = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == PART));
        unfinished.for_each(|path| _ = fs::remove_dir_all(path));
    }

    /// Size of the artifact of a trial.
    pub(crate) fn trial_bytes(&self, id: TrialId) -> Option<u64> {
        self.trial_bytes.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    fn note_bytes(&self, id: TrialId, bytes: u64) {
        self.trial_bytes.lock().unwrap_or_else(PoisonError::into_inner).insert(id, bytes);
    }
}

/// Extension of the folder of a trial that is being written.
const PART: &str = "part";

fn place_of(run: &Path, id: TrialId) -> PathBuf {
    run.join(RunFolder::TRIALS).join(id.0.to_string())
}

fn write_trial(place: &Path, model: &[u8], predictions: &Predictions) -> std::io::Result<()> {
    fs::create_dir_all(place)?;
    fs::write(place.join(RunFolder::MODEL), model)?;
    let out_of_fold: Vec<u8> = predictions.values().iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(place.join(OUT_OF_FOLD), out_of_fold)
}
