//! What every command that uses a model needs: opening it, and telling which cells it could not read.

use std::path::Path;

use automl::{Model, RunFolder};
use serde_json::{Map, Value};

use crate::failure::{Hinted, WithHint};
use crate::output;
use crate::output::number::counted;

/// Opens a model from a run folder or a file.
pub fn load(path: &Path) -> Result<Model, Hinted> {
    automl::load(path).hint(|| match RunFolder::is_unfinished(path) {
        true => format!("`automl resume {}` goes on with it", path.display()),
        false => "a model is a run folder of `automl fit`, or the model.automl in it".to_owned(),
    })
}

/// Opens the model of a trial of a run folder, or the final one if no trial is asked for.
pub fn load_trial(path: &Path, trial: Option<&str>) -> Result<Model, Hinted> {
    let Some(trial) = trial else { return load(path) };
    let model = automl::load_trial(path, trial);
    model.hint(|| "--trial takes the number or the name of a row of `automl leaderboard RUN`".to_owned())
}

/// The columns of a table that a model and `--keep` need.
pub fn needed(model: &Model, keep: &[String]) -> Vec<String> {
    model.schema.features().map(|field| field.name.clone()).chain(keep.iter().cloned()).collect()
}

/// Says how many cells of which columns were not of their column's kind.
pub fn remark_unreadable(unreadable: &[(String, usize)]) {
    for (column, cells) in unreadable.iter().filter(|(_, cells)| *cells > 0) {
        output::remark(&format!("column `{column}`: {} could not be read and counted as missing", counted(*cells, "cell")));
    }
}

/// The same as JSON: the number of cells by column.
pub fn unreadable_json(unreadable: &[(String, usize)]) -> Map<String, Value> {
    unreadable.iter().filter(|(_, cells)| *cells > 0).map(|(column, cells)| (column.clone(), (*cells).into())).collect()
}
