//! Writing tables: [`Writer`] takes them some rows at a time.

mod arrow;
mod cells;
mod lines;
mod target;

use std::io::Write;
use std::path::Path;

use polars::prelude::{BatchedWriter, Column, DataFrame, DataType, ParquetWriter, SchemaRef};

pub(super) use self::cells::shown;

use self::arrow::ArrowSink;
use self::lines::Lines;
use self::target::Target;
use super::compression::{Compression, Compressor};
use super::options::Format;
use super::source::by_name;
use crate::error::{Error, Result};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    /// The format.
    pub format: Format,
    /// The byte between the cells of a CSV file.
    pub delimiter: u8,
    /// What to put around a text file.
    pub compression: Option<Compression>,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions { format: Format::Csv, delimiter: b',', compression: None }
    }
}

impl WriteOptions {
    /// What the name of a file tells, as for [`ReadOptions::format`](super::ReadOptions::format).
    ///
    /// # Errors
    /// The name tells no format, or a compression of one that has its own.
    pub fn for_path(path: &Path) -> Result<WriteOptions> {
        let named = by_name(path);
        match named.format {
            Some(format) if format.is_text() || named.compression.is_none() => {
                let delimiter = if named.tabs { b'\t' } else { b',' };
                Ok(WriteOptions { format, delimiter, compression: named.compression })
            }
            _ => Err(Error::usage(format!(
                "the name `{}` tells no format that can be written: use .csv, .tsv or .ndjson, also with .gz or .zst, .parquet or .arrow",
                path.display()
            ))),
        }
    }
}

/// Writes a table, some rows at a time.
///
/// A file appears under its name only when [`Writer::finish`] succeeds: until then the rows are in a temporary
/// file beside it, which is removed if the writer is dropped.
///
/// In CSV, missing values and NaN are empty cells, numbers have the fewest digits that read back the same,
/// moments are `2024-05-31 13:45:00`, with a fraction if they have one; in NDJSON missing values are `null`, the rest is the
/// same. Parquet files are compressed with zstd, Arrow files are not compressed.
pub struct Writer {
    names: Vec<String>,
    /// The types of the first rows, which those of Parquet and Arrow files keep.
    schema: Option<SchemaRef>,
    sink: Sink,
    target: Option<Target>,
}

type Output = Box<dyn Write + Send>;

enum Sink {
    Lines(Box<Lines<Compressor<Output>>>),
    Parquet(ParquetSink),
    Arrow(ArrowSink),
}

/// The types of a Parquet file are those of the first rows.
enum ParquetSink {
    Waiting(Output),
    Started(Box<BatchedWriter<Output>>),
}

impl Writer {
    /// A writer to a file, its format told by the name.
    ///
    /// # Errors
    /// The name tells no format, or the file cannot be created there.
    pub fn create(path: &Path, names: &[String]) -> Result<Writer> {
        let options = WriteOptions::for_path(path)?;
        let (target, output) = Target::create(path).map_err(|e| e.context(path.display().to_string()))?;
        let mut writer = Writer::to(output, options, names)?;
        writer.target = Some(target);
        Ok(writer)
    }

    /// A writer to anything, such as standard output.
    ///
    /// # Errors
    /// The header cannot be written.
    pub fn to(sink: Output, options: WriteOptions, names: &[String]) -> Result<Writer> {
        let compressed = |sink| Compressor::new(sink, options.compression).map_err(|e| Error::io("writing", &e));
        let sink = match options.format {
            Format::Csv => Sink::Lines(Box::new(Lines::csv(compressed(sink)?, options.delimiter, names)?)),
            Format::Ndjson => Sink::Lines(Box::new(Lines::json(compressed(sink)?, names))),
            Format::Parquet => Sink::Parquet(ParquetSink::Waiting(sink)),
            Format::Arrow => Sink::Arrow(ArrowSink::Waiting(sink)),
        };
        Ok(Writer { names: names.to_vec(), schema: None, sink, target: None })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// The columns are not those that were announced, or the output refuses.
    pub fn write(&mut self, data: &DataFrame) -> Result<()> {
        if !data.columns().iter().map(|c| c.name().as_str()).eq(self.names.iter().map(String::as_str)) {
            return Err(Error::internal(format!("columns {:?} were announced, {:?} given", self.names, data.get_column_names())));
        }
        if !matches!(self.sink, Sink::Lines(_)) {
            self.check_types(data)?;
        }
        match &mut self.sink {
            Sink::Lines(lines) => lines.write(data),
            Sink::Parquet(sink) => sink.write(data),
            Sink::Arrow(sink) => sink.write(data),
        }
    }

    fn check_types(&mut self, data: &DataFrame) -> Result<()> {
        let schema = self.schema.get_or_insert_with(|| data.schema().clone());
        match schema.iter().zip(data.schema().iter()).find(|(first, now)| first.1 != now.1) {
            None => Ok(()),
            Some(((name, first), (_, now))) => Err(Error::data(format!(
                "column `{name}` holds {first} in the first rows and {now} in later ones; .csv and .ndjson can be written so"
            ))),
        }
    }

    /// Writes what is left, and gives the file its name.
    ///
    /// # Errors
    /// The output refuses; the file under that name, if there was one, is as before.
    pub fn finish(self) -> Result<()> {
        match self.sink {
            Sink::Lines(lines) => {
                let finished = lines.into_output().finish().and_then(|mut output| output.flush());
                finished.map_err(|e| Error::io("writing", &e))?;
            }
            Sink::Parquet(sink) => sink.finish(&self.names)?,
            Sink::Arrow(sink) => sink.finish(&self.names)?,
        }
        self.target.map_or(Ok(()), Target::publish)
    }
}

impl ParquetSink {
    fn write(&mut self, data: &DataFrame) -> Result<()> {
        let mut data = data.clone();
        // Chunks become row groups, and must lie alike in all columns.
        data.rechunk_mut();
        if let ParquetSink::Waiting(output) = self {
            let output = std::mem::replace(output, Box::new(std::io::sink()));
            *self = ParquetSink::Started(Box::new(ParquetWriter::new(output).set_parallel(false).batched(data.schema())?));
        }
        if let ParquetSink::Started(writer) = self {
            writer.write_batch(&data)?;
        }
        Ok(())
    }

    fn finish(mut self, names: &[String]) -> Result<()> {
        if matches!(self, ParquetSink::Waiting(_)) {
            self.write(&without_rows(names)?)?;
        }
        if let ParquetSink::Started(writer) = self {
            writer.finish()?;
        }
        Ok(())
    }
}

/// A table of text columns: rows that never came have no types.
fn without_rows(names: &[String]) -> Result<DataFrame> {
    let columns = names.iter().map(|name| Column::new_empty(name.as_str().into(), &DataType::String)).collect();
    Ok(DataFrame::new(0, columns)?)
}
