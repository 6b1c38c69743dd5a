//! What do files contain that have typed columns?

mod arrow;
mod parquet;
mod whole;

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::{ArrowDataType, ArrowSchema};

use super::normalise::unsupported;
use super::open::Frames;
use super::options::Format;
use super::source::Source;
use crate::error::{Error, Result};
use crate::schema::Finding;
pub(super) use whole::Whole;

/// An opened file with typed columns.
pub(super) struct TypedTable {
    /// Names of the columns that can be read.
    pub names: Vec<String>,
    /// What was left out.
    pub findings: Vec<Finding>,
    /// The rows, in the types of frames.
    pub parts: Frames,
}

/// Reads the names and types of the columns.
///
/// # Errors
/// The file is damaged or of another format, or has no usable columns.
pub(super) fn open(source: Source) -> Result<TypedTable> {
    if source.format == Format::Parquet { parquet::open(source) } else { arrow::open(source) }
}

/// A file is read in place; standard input and compressed files from memory.
enum Bytes {
    File(File),
    Memory(Cursor<Vec<u8>>),
}

impl Bytes {
    /// The bytes of a source, from the first on.
    fn of(mut source: Source) -> Result<Bytes> {
        match source.file.take() {
            Some(mut file) => {
                file.rewind().map_err(|e| Error::io("reading", &e))?;
                Ok(Bytes::File(file))
            }
            None => Ok(Bytes::Memory(Cursor::new(source.read_to_end()?))),
        }
    }
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Bytes::File(file) => file.read(buffer),
            Bytes::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        match self {
            Bytes::File(file) => file.seek(to),
            Bytes::Memory(bytes) => bytes.seek(to),
        }
    }
}

/// Runs polars on bytes that may be damaged. Its readers assert some of what they find in a file; the length of
/// compressed data that was changed on disk may still ask for more memory than there is, which ends the process.
fn guarded<T>(format: &str, read: impl FnOnce() -> Result<T>) -> Result<T> {
    let damaged = |why: String| Error::data(format!("this is no {format} file, or it is damaged: {why}"));
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("its parts do not fit together".into())),
    }
}

/// The columns that can be read, with their places, and a finding about the others.
///
/// They are chosen by their Arrow type, before polars sees them: it panics at types that are not compiled in.
fn usable(schema: &ArrowSchema) -> Result<(Vec<usize>, Vec<String>, Vec<Finding>)> {
    let (mut kept, mut names, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
    for (i, field) in schema.iter_values().enumerate() {
        if is_usable(&field.dtype) {
            kept.push(i);
            names.push(field.name.to_string());
        } else {
            dropped.push((field.name.to_string(), type_name(&field.dtype)));
        }
    }
    if kept.is_empty() {
        return Err(Error::data("the file has no columns of numbers, text or moments in time"));
    }
    Ok((kept, names, unsupported(&dropped).into_iter().collect()))
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
