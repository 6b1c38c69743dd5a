//! Which files does a path mean?

use std::path::{Path, PathBuf};

use glob::MatchOptions;

use crate::error::{Error, Kind, Result};

/// The file of that path or, if there is none and it is a pattern (`part-*.csv`, `**/[ab].parquet`), all that match it,
/// sorted by name. Names that begin with a dot match only patterns that do. `-` is standard input.
pub(super) fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']));
    let Some(pattern) = pattern.filter(|_| !path.exists()) else {
        return Ok(vec![path.to_owned()]);
    };
    const SHELL: MatchOptions =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let found = glob::glob_with(pattern, SHELL)
        .map_err(|e| Error::usage(format!("this is no pattern of file names: {} (at character {})", e.msg, e.pos + 1)))?;
    let found: Vec<PathBuf> = found.collect::<Result<_, _>>().map_err(|e| Error::new(Kind::Io, e.to_string()))?;
    let files: Vec<PathBuf> = found.into_iter().filter(|path| path.is_file()).collect();
    if files.is_empty() { Err(Error::data("no file matches this pattern")) } else { Ok(files) }
}
