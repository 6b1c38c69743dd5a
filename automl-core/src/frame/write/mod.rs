//! Writing tables: [`Writer`] takes them some rows at a time.

mod csv;
mod target;

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use polars::prelude::{BatchedWriter, Column, DataFrame, DataType, ParquetWriter};

use self::csv::CsvLines;
use self::target::Target;
use super::read::Format;
use super::source::by_name;
use crate::error::{Error, Result};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    /// The format.
    pub format: Format,
    /// The byte between the cells of a CSV file.
    pub delimiter: u8,
    /// Whether to put gzip around a CSV file.
    pub gzip: bool,
}

impl Default for WriteOptions {
    fn default() -> WriteOptions {
        WriteOptions { format: Format::Csv, delimiter: b',', gzip: false }
    }
}

impl WriteOptions {
    /// What the name of a file tells: `.csv`, `.txt`, `.tsv`, `.tab`, each also with `.gz`, `.parquet`, `.pq`.
    ///
    /// # Errors
    /// The name tells no format.
    pub fn for_path(path: &Path) -> Result<WriteOptions> {
        let gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        match by_name(path) {
            (Some(Format::Csv), tabs) => {
                Ok(WriteOptions { format: Format::Csv, delimiter: if tabs { b'\t' } else { b',' }, gzip })
            }
            (Some(Format::Parquet), _) if !gzip => Ok(WriteOptions { format: Format::Parquet, ..WriteOptions::default() }),
            _ => Err(Error::usage(format!(
                "the name `{}` tells no format that can be written: use .csv, .tsv, .csv.gz, .tsv.gz or .parquet",
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
/// moments are `2024-05-31 13:45:00`, with a fraction if they have one. Parquet files are compressed with zstd.
pub struct Writer {
    names: Vec<String>,
    sink: Sink,
    target: Option<Target>,
}

type Output = Box<dyn Write + Send>;

enum Sink {
    Csv(CsvLines<Output>),
    Gzip(Box<CsvLines<GzEncoder<Output>>>),
    Parquet(ParquetSink),
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
        let sink = match options {
            WriteOptions { format: Format::Parquet, .. } => Sink::Parquet(ParquetSink::Waiting(sink)),
            WriteOptions { gzip: true, delimiter, .. } => {
                let output = GzEncoder::new(sink, Compression::default());
                Sink::Gzip(Box::new(CsvLines::new(output, delimiter, names)?))
            }
            WriteOptions { delimiter, .. } => Sink::Csv(CsvLines::new(sink, delimiter, names)?),
        };
        Ok(Writer { names: names.to_vec(), sink, target: None })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// The columns are not those that were announced, or the output refuses.
    pub fn write(&mut self, data: &DataFrame) -> Result<()> {
        if !data.columns().iter().map(|c| c.name().as_str()).eq(self.names.iter().map(String::as_str)) {
            return Err(Error::internal(format!("columns {:?} were announced, {:?} given", self.names, data.get_column_names())));
        }
        match &mut self.sink {
            Sink::Csv(lines) => lines.write(data),
            Sink::Gzip(lines) => lines.write(data),
            Sink::Parquet(sink) => sink.write(data),
        }
    }

    /// Writes what is left, and gives the file its name.
    ///
    /// # Errors
    /// The output refuses; the file under that name, if there was one, is as before.
    pub fn finish(self) -> Result<()> {
        let finished = |mut output: Output| output.flush().map_err(|e| Error::io("writing", &e));
        match self.sink {
            Sink::Csv(lines) => finished(lines.into_output())?,
            Sink::Gzip(lines) => finished(lines.into_output().finish().map_err(|e| Error::io("writing", &e))?)?,
            Sink::Parquet(sink) => sink.finish(&self.names)?,
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
            let columns = names.iter().map(|name| Column::new_empty(name.as_str().into(), &DataType::String)).collect();
            self.write(&DataFrame::new(0, columns)?)?;
        }
        if let ParquetSink::Started(writer) = self {
            writer.finish()?;
        }
        Ok(())
    }
}
