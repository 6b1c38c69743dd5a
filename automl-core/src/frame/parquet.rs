//! Reading Parquet files.

use std::fs::File;
use std::io::{Cursor, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::io::mmap::MmapBytesReader;
use polars::prelude::{ArrowDataType, ArrowSchema, DataFrame, FileMetadataRef, ParquetReader, SerReader};

use super::Frame;
use super::normalise::unsupported;
use super::source::Source;
use crate::error::{Error, Result};
use crate::schema::Finding;

/// An opened Parquet file whose metadata was read.
pub(super) struct ParquetFile {
    bytes: Bytes,
    metadata: FileMetadataRef,
    /// Indices of the columns whose types frames have.
    kept: Vec<usize>,
    findings: Vec<Finding>,
}

/// A file is read in place; standard input and compressed files from memory.
enum Bytes {
    File(File),
    Memory(Vec<u8>),
}

impl ParquetFile {
    /// Reads the metadata.
    ///
    /// # Errors
    /// The file is no Parquet file, damaged, or has no rows or no usable columns.
    pub(super) fn open(mut source: Source) -> Result<ParquetFile> {
        let bytes = match source.file.take() {
            Some(file) => Bytes::File(file),
            None => {
                let mut bytes = Vec::new();
                source.reader.read_to_end(&mut bytes).map_err(|e| source.read_error(&e))?;
                Bytes::Memory(bytes)
            }
        };
        let mut reader = ParquetReader::new(bytes.reader()?);
        let (metadata, schema) = guarded(|| Ok((reader.get_metadata()?.clone(), reader.schema()?)))?;
        drop(reader);
        let (kept, findings) = usable(&schema);
        if metadata.num_rows == 0 {
            return Err(Error::data("the file has no rows"));
        }
        if kept.is_empty() {
            return Err(Error::data("the file has no columns of numbers, text or moments in time"));
        }
        Ok(ParquetFile { bytes, metadata, kept, findings })
    }

    /// What was left out.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Reads all rows.
    pub(super) fn read(self) -> Result<(Frame, Vec<Finding>)> {
        let frame = self.rows(0..self.metadata.num_rows)?;
        Ok((frame, self.findings))
    }

    /// Reads one row group at a time.
    pub(super) fn row_groups(self) -> impl Iterator<Item = Result<DataFrame>> + Send {
        let mut end = 0;
        let range = |rows: usize| {
            end += rows;
            end - rows..end
        };
        let ranges: Vec<Range<usize>> = self.metadata.row_groups.iter().map(|group| group.num_rows()).map(range).collect();
        ranges.into_iter().map(move |rows| self.rows(rows).map(|frame| frame.data))
    }

    fn rows(&self, rows: Range<usize>) -> Result<Frame> {
        let data = guarded(|| {
            let mut reader = ParquetReader::new(self.bytes.reader()?);
            reader.set_metadata(self.metadata.clone());
            let slice = (rows.start, rows.len());
            Ok(reader.with_projection(Some(self.kept.clone())).with_slice(Some(slice)).finish()?)
        })?;
        Ok(Frame::from_data(data)?.0)
    }
}

impl Bytes {
    fn reader(&self) -> Result<Box<dyn MmapBytesReader + '_>> {
        Ok(match self {
            Bytes::File(file) => Box::new(file.try_clone().map_err(|e| Error::io("opening", &e))?),
            Bytes::Memory(bytes) => Box::new(Cursor::new(bytes.as_slice())),
        })
    }
}

/// Runs polars on bytes that may be damaged. Its reader asserts some of what it finds in a file; a length that
/// was changed on disk may still ask for more memory than there is, which ends the process.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    let damaged = |why: String| Error::data(format!("this is not a Parquet file, or it is damaged: {why}"));
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("its parts do not fit together".into())),
    }
}

/// The indices of the columns that can be read, and a finding about the others.
///
/// They are chosen by their Arrow type, before polars sees them: it panics at types that are not compiled in.
fn usable(schema: &ArrowSchema) -> (Vec<usize>, Vec<Finding>) {
    let mut kept = Vec::new();
    let mut dropped = Vec::new();
    for (i, field) in schema.iter_values().enumerate() {
        if is_usable(&field.dtype) {
            kept.push(i);
        } else {
            dropped.push((field.name.to_string(), type_name(&field.dtype)));
        }
    }
    (kept, unsupported(&dropped).into_iter().collect())
}

fn is_usable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as T;
    match dtype {
        T::Null | T::Boolean | T::Float32 | T::Float64 | T::Date32 | T::Date64 | T::Timestamp(..) => true,
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => true,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => true,
        T::Dictionary(_, values, _) => matches!(**values, T::Utf8 | T::LargeUtf8 | T::Utf8View),
        _ => false,
    }
}

/// A short name of an Arrow type: `List`, without what the list holds.
fn type_name(dtype: &ArrowDataType) -> String {
    let full = format!("{dtype:?}");
    full.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}
