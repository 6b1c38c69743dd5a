//! What columns mean, as a file that people read and change.

use std::fs;
use std::path::Path;

use automl::{Error, SchemaFile};

use crate::failure::{Hinted, WithHint};

use super::fit;

/// What a schema file looks like.
const HINT: &str = "a schema file has a list `columns`, as in `columns: [{name: zip, kind: categorical}]`";

/// Reads a schema, YAML or JSON.
pub fn read(path: &Path) -> Result<SchemaFile, Hinted> {
    fit::read(path).hint(|| HINT.to_owned())
}

/// Writes a schema as YAML.
pub fn write(path: &Path, schema: &SchemaFile) -> automl::Result<()> {
    let text = serde_saphyr::to_string(schema).map_err(|e| Error::internal(format!("the schema cannot be written: {e}")))?;
    fs::write(path, text).map_err(|e| Error::io(format!("writing {}", path.display()), &e))
}
