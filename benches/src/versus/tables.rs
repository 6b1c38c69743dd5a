//! Where are the tables that are compared on?

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use automl::Source;
use serde_json::Value;

/// One table to compare on.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// The column to predict.
    pub target: String,
    /// Columns that are not to be used.
    pub drop: Vec<String>,
}

/// The tables of those names in a folder with a `manifest.json`: a list of objects with `name`, `target`, `files` and
/// maybe `drop`.
///
/// # Errors
/// The manifest cannot be read, or has no such table.
pub fn read(folder: &Path, names: &[&str]) -> Result<Vec<Table>> {
    let (manifest, entries) = entries(folder)?;
    let table = |name: &&str| {
        let entry = entries.iter().find(|entry| entry["name"] == **name);
        entry.and_then(|entry| parse(folder, entry)).with_context(|| {
            let known: Vec<&str> = entries.iter().filter_map(|entry| entry["name"].as_str()).collect();
            format!("{} has no table `{name}` with a target and files; it has {}", manifest.display(), known.join(", "))
        })
    };
    names.iter().map(table).collect()
}

/// All tables of a folder that have a target, but for those of time series.
///
/// # Errors
/// The manifest cannot be read.
pub fn all(folder: &Path) -> Result<Vec<Table>> {
    let (_, entries) = entries(folder)?;
    Ok(entries.iter().filter(|entry| entry["task"] != "forecast").filter_map(|entry| parse(folder, entry)).collect())
}

fn entries(folder: &Path) -> Result<(PathBuf, Vec<Value>)> {
    let manifest = folder.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    let entries = serde_json::from_str(&text).with_context(|| manifest.display().to_string())?;
    Ok((manifest, entries))
}

fn parse(folder: &Path, entry: &Value) -> Option<Table> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(Table {
        name: text(&entry["name"])?,
        source: folder.join(entry["files"][0].as_str()?).into(),
        target: text(&entry["target"])?,
        drop: entry["drop"].as_array().into_iter().flatten().filter_map(text).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = r#"[{"name": "a", "target": "y", "files": ["a.csv"], "drop": ["id"]}, {"name": "b"}]"#;
        std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
        let tables = read(folder.path(), &["a"]).unwrap();
        assert_eq!((tables[0].target.as_str(), &tables[0].drop[..]), ("y", &["id".to_owned()][..]));
        for name in ["b", "c"] {
            let message = read(folder.path(), &[name]).unwrap_err().to_string();
            assert!(message.contains(&format!("`{name}`")) && message.contains("a, b"), "{message}");
        }
    }
}
