//! What columns mean, as a file that people read and change.

use std::fs;
use std::path::Path;

use automl::{Error, SchemaFile};

use crate::failure::{Hinted, WithHint};

/// Reads a schema, YAML or JSON.
pub fn read(path: &Path) -> Result<SchemaFile, Hinted> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|e| Error::usage(format!("{name}: {e}")));
    let schema =
        text.and_then(|text| serde_saphyr::from_str(&text).map_err(|e| Error::usage(format!("{name}: {}", e.without_snippet()))));
    schema.hint(|| "automl inspect TABLE --write-schema FILE writes one".to_owned())
}

/// Writes a schema as YAML.
pub fn write(path: &Path, schema: &SchemaFile) -> automl::Result<()> {
    let text = serde_saphyr::to_string(schema).map_err(|e| Error::internal(format!("the schema cannot be written: {e}")))?;
    fs::write(path, text).map_err(|e| Error::io(format!("writing {}", path.display()), &e))
}
