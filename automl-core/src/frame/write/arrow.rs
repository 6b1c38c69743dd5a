//! Writing Arrow IPC files.

use std::io::Write;
use std::sync::Arc;

use polars::prelude::{CompatLevel, DataFrame, SchemaExt};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};

use super::{Output, without_rows};
use crate::error::{Error, Result};

/// The types of an Arrow file are those of the first rows.
pub(super) enum ArrowSink {
    Waiting(Output),
    Started(Box<FileWriter<Output>>),
}

/// The types that all readers of Arrow know.
fn level() -> CompatLevel {
    CompatLevel::oldest()
}

impl ArrowSink {
    /// Writes rows as a record batch.
    pub(super) fn write(&mut self, data: &DataFrame) -> Result<()> {
        let mut data = data.clone();
        // Chunks become record batches, and must lie alike in all columns.
        data.rechunk_mut();
        if let ArrowSink::Waiting(output) = self {
            let output = std::mem::replace(output, Box::new(std::io::sink()));
            let schema = Arc::new(data.schema().to_arrow(level()));
            *self = ArrowSink::Started(Box::new(FileWriter::try_new(output, schema, None, WriteOptions::default())?));
        }
        if let ArrowSink::Started(writer) = self {
            for batch in data.iter_chunks(level(), false) {
                writer.write(&batch, None)?;
            }
        }
        Ok(())
    }

    /// Writes the places of the record batches.
    pub(super) fn finish(mut self, names: &[String]) -> Result<()> {
        if matches!(self, ArrowSink::Waiting(_)) {
            self.write(&without_rows(names)?)?;
        }
        if let ArrowSink::Started(mut writer) = self {
            writer.finish()?;
            writer.into_inner().flush().map_err(|e| Error::io("writing", &e))?;
        }
        Ok(())
    }
}
