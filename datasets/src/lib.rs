//! Tables to try things on: which are there, and how does one get them?
//!
//! [`BUNDLED`] lists classic small tables that are compiled in, [`GENERATORS`] synthetic ones of any size,
//! the same for the same seed. [`write_csv`] gives either as CSV text by name.
//! Nothing is downloaded, and no file is read or written.
//!
//! ```
//! let csv = automl_datasets::write_csv("friedman1", 100, 0)?;
//! assert_eq!(csv.lines().count(), 101);
//! assert_eq!(automl_datasets::find("iris")?.rows, 150);
//! # Ok::<(), automl_core::Error>(())
//! ```

mod bundled;
pub mod csv;
pub mod generate;

use automl_core::{Error, Result};
pub use bundled::{BUNDLED, Bundled, find};
pub use generate::{GENERATORS, Generated, Generator};

/// A bundled or generated table as CSV text with a header.
///
/// `rows` and `seed` are for generated tables; bundled ones are always whole.
///
/// # Errors
/// No table of that name; the message has the nearest names.
pub fn write_csv(name: &str, rows: usize, seed: u64) -> Result<String> {
    if let Some(table) = BUNDLED.iter().find(|b| b.name == name) {
        return Ok(table.csv.to_owned());
    }
    match GENERATORS.iter().find(|g| g.name == name) {
        Some(generator) => csv::of_frame(&(generator.generate)(rows, seed).frame),
        None => Err(Error::unknown("dataset", name, BUNDLED.iter().map(|b| b.name).chain(GENERATORS.iter().map(|g| g.name)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled_and_generated_tables_are_found_by_name() {
        assert_eq!(write_csv("iris", 3, 9).unwrap(), find("iris").unwrap().csv);
        assert_eq!(write_csv("regression", 3, 9).unwrap().lines().count(), 4);
        let error = write_csv("friedman", 3, 9).unwrap_err().to_string();
        assert_eq!(error, "no dataset `friedman`; nearest: `friedman1`");
    }

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<&str> = BUNDLED.iter().map(|b| b.name).chain(GENERATORS.iter().map(|g| g.name)).collect();
        let total = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), total);
    }
}
