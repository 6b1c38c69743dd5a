//! Reading Parquet files, one row group at a time.

use std::fs::File;
use std::io::Cursor;

use polars::io::mmap::MmapBytesReader;
use polars::prelude::{DataFrame, FileMetadataRef, ParquetReader, SerReader};

use super::{Bytes, TypedTable, guarded, usable};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::frame::source::Source;

/// Reads the metadata.
pub(super) fn open(source: Source) -> Result<TypedTable> {
    let bytes = Bytes::of(source)?;
    let (metadata, schema) = guarded("Parquet", || {
        let mut reader = ParquetReader::new(bytes.mapped()?);
        Ok((reader.get_metadata()?.clone(), reader.schema()?))
    })?;
    let (kept, names, findings) = usable(&schema)?;
    let mut end = 0;
    let range = |rows: usize| {
        end += rows;
        (end - rows, rows)
    };
    let ranges: Vec<(usize, usize)> = metadata.row_groups.iter().map(|group| group.num_rows()).map(range).collect();
    let parts = ranges.into_iter().map(move |range| guarded("Parquet", || rows(&bytes, &metadata, &kept, range)));
    Ok(TypedTable { names, findings, parts: Box::new(parts) })
}

/// The rows of a range, which is a start and a number.
fn rows(bytes: &Bytes, metadata: &FileMetadataRef, kept: &[usize], range: (usize, usize)) -> Result<DataFrame> {
    let mut reader = ParquetReader::new(bytes.mapped()?);
    reader.set_metadata(metadata.clone());
    let data = reader.with_projection(Some(kept.to_vec())).with_slice(Some(range)).finish()?;
    Ok(Frame::from_data(data)?.0.data)
}

impl Bytes {
    /// What polars reads Parquet from.
    fn mapped(&self) -> Result<Box<dyn MmapBytesReader + '_>> {
        let clone = |file: &File| file.try_clone().map_err(|e| Error::io("opening", &e));
        Ok(match self {
            Bytes::File(file) => Box::new(clone(file)?),
            Bytes::Memory(bytes) => Box::new(Cursor::new(bytes.get_ref().as_slice())),
        })
    }
}
