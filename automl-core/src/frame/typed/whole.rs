//! All rows of files with typed columns as one table.

use polars::prelude::DataFrame;

use super::TypedTable;
use crate::error::Result;
use crate::frame::read::check_rows;
use crate::frame::{Frame, stack};
use crate::schema::Finding;

/// The rows of one or more files.
#[derive(Default)]
pub(in crate::frame) struct Whole {
    data: DataFrame,
    findings: Vec<Finding>,
}

impl Whole {
    /// Reads all rows of a file.
    pub(in crate::frame) fn add(&mut self, table: TypedTable) -> Result<()> {
        for finding in table.findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        for part in table.parts {
            stack::append(&mut self.data, part?)?;
        }
        Ok(())
    }

    /// The table, with the types that all of the files allow.
    pub(in crate::frame) fn finish(self) -> Result<(Frame, Vec<Finding>)> {
        check_rows(self.data.height())?;
        Ok((Frame::new(self.data), self.findings))
    }
}
