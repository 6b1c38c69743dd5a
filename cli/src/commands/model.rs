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

/// Says how many cells of which columns were not of their column's kind.
pub fn remark_unreadable(unreadable: &[(String, usize)]) {
    for (column, cells) in unreadable.iter().filter(|(_, cells)| *cells > 0) {
        output::remark(&format!("column `{column}`: {} could not be read and counted as missing", counted(*cells, "cell")));
    }
}

/// Adds the counts of one more batch; columns stand in the order in which they turned up.
pub fn add_unreadable(all: &mut Vec<(String, usize)>, batch: Vec<(String, usize)>) {
    for (column, cells) in batch {
        match all.iter_mut().find(|(name, _)| *name == column) {
            Some((_, total)) => *total += cells,
            None => all.push((column, cells)),
        }
    }
}

/// The same as JSON: the number of cells by column.
pub fn unreadable_json(unreadable: &[(String, usize)]) -> Map<String, Value> {
    unreadable.iter().filter(|(_, cells)| *cells > 0).map(|(column, cells)| (column.clone(), (*cells).into())).collect()
}
