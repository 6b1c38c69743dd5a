//! A column of categories as codes, with missing cells as a level of their own.

use automl_core::Result;
use automl_core::frame::FrameView;
use serde::{Deserialize, Serialize};

use crate::levels::{Cell, Keep, Levels};

/// Which code a cell has: 0 for rare and unseen levels, from 1 on the levels by falling count, and then missing cells,
/// if they are not rare themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Coded {
    /// The column.
    pub column: String,
    levels: Levels,
    has_missing: bool,
}

impl Coded {
    /// Learns the levels that are in enough rows, and gives the code of every row and, per code, its number of rows.
    ///
    /// # Errors
    /// No such column, or it holds neither text nor numbers.
    pub fn learn(rows: FrameView<'_>, column: &str, rows_min: usize) -> Result<(Coded, Vec<u32>, Vec<usize>)> {
        let counted = Levels::learn(rows, column, Keep { rows_min, levels_max: u32::MAX as usize - 2 })?;
        let has_missing = counted.missing > 0 && counted.missing >= rows_min;
        let coded = Coded { column: column.to_owned(), levels: counted.levels, has_missing };
        let codes = counted.cells.into_iter().map(|cell| coded.code(cell)).collect();
        let other = if has_missing { counted.other } else { counted.other + counted.missing };
        let counts = [other].into_iter().chain(counted.counts).chain(has_missing.then_some(counted.missing)).collect();
        Ok((coded, codes, counts))
    }

    /// Number of codes, 0 included.
    pub fn codes(&self) -> usize {
        self.levels.names().len() + 1 + usize::from(self.has_missing)
    }

    /// The codes of new rows.
    ///
    /// # Errors
    /// No such column, or it holds neither text nor numbers.
    pub fn read(&self, rows: FrameView<'_>) -> Result<Vec<u32>> {
        self.levels.read(rows, &self.column, |cell| self.code(cell))
    }

    /// Checks levels from a file.
    ///
    /// # Errors
    /// One of them stands there twice.
    pub fn validate(&self) -> Result<()> {
        self.levels.validate(&self.column, u32::MAX as usize - 2)
    }

    fn code(&self, cell: Cell) -> u32 {
        match cell {
            Cell::Level(level) => level + 1,
            Cell::Missing if self.has_missing => self.levels.len() + 1,
            Cell::Missing | Cell::Other => 0,
        }
    }
}
