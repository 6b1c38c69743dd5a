//! A file that gets its name only when it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A temporary file and the name it is to get; removes the file on drop unless it got the name.
pub(super) struct Target {
    /// The temporary file; `None` where the rows go straight into a device or pipe.
    temporary: Option<PathBuf>,
    path: PathBuf,
}

/// How many temporary names are tried, should those of earlier runs that were killed lie about.
const NAMES_MAX: usize = 100;

impl Target {
    /// Creates the temporary file beside `path`, and what writes into it.
    pub(super) fn create(path: &Path) -> Result<(Target, Box<dyn Write + Send>)> {
        // A link stays a link: the file that it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Err(Error::usage("this is a folder; give the name of a file in it")),
            Ok(metadata) if !metadata.is_file() => {
                let device = OpenOptions::new().write(true).open(&path).map_err(|e| Error::io("opening", &e))?;
                Ok((Target { temporary: None, path }, Box::new(BufWriter::new(device))))
            }
            _ => {
                let (temporary, file) = create_beside(&path)?;
                Ok((Target { temporary: Some(temporary), path }, Box::new(BufWriter::new(file))))
            }
        }
    }

    /// Gives the file its name, in one step, and the permissions of the one that it replaces.
    pub(super) fn publish(mut self) -> Result<()> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        if let Ok(old) = fs::metadata(&self.path) {
            // Not worth failing for: some file systems have no permissions.
            let _ = fs::set_permissions(&temporary, old.permissions());
        }
        let renamed = fs::rename(&temporary, &self.path).map_err(|e| Error::io("renaming", &e));
        if renamed.is_err() {
            self.temporary = Some(temporary);
        }
        renamed.map_err(|e| e.context(self.path.display().to_string()))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nobody is left to tell.
            let _ = fs::remove_file(temporary);
        }
    }
}

fn create_beside(path: &Path) -> Result<(PathBuf, File)> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    for i in 0..NAMES_MAX {
        let temporary = path.with_file_name(format!(".{name}.{}-{i}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::usage("there is no such folder")),
            Err(error) => return Err(Error::io("creating the file", &error)),
        }
    }
    Err(Error::usage(format!("{NAMES_MAX} temporary files `.{name}.*.tmp` lie beside it; remove them")))
}
