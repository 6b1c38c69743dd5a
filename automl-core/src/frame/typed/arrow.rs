//! Reading Arrow IPC files and streams, one record batch at a time.

use std::io::{BufReader, Read, Seek};

use polars::prelude::{ArrowSchema, DataFrame};
use polars_arrow::array::Array;
use polars_arrow::io::ipc::read::{FileReader, StreamReader, StreamState, read_file_metadata, read_stream_metadata};
use polars_arrow::record_batch::RecordBatchT;

use super::{Bytes, TypedTable, guarded, usable};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::frame::source::Source;

type RecordBatch = RecordBatchT<Box<dyn Array>>;

/// Reads the schema.
pub(super) fn open(source: Source) -> Result<TypedTable> {
    let mut bytes = BufReader::new(Bytes::of(source)?);
    let mut head = Vec::new();
    bytes.by_ref().take(6).read_to_end(&mut head).map_err(|e| Error::io("reading", &e))?;
    bytes.rewind().map_err(|e| Error::io("reading", &e))?;
    match head.as_slice() {
        b"ARROW1" => open_file(bytes),
        [b'F', b'E', b'A', b'1', ..] => Err(Error::data("this is Feather version 1; save it as version 2, which is Arrow")),
        [0xFF, 0xFF, 0xFF, 0xFF, ..] => open_stream(bytes),
        _ => Err(Error::data("this is no Arrow file: it begins neither like a file nor like a stream")),
    }
}

/// A file has its schema and the places of its record batches at the end.
fn open_file(mut bytes: BufReader<Bytes>) -> Result<TypedTable> {
    let metadata = guarded("Arrow", || Ok(read_file_metadata(&mut bytes)?))?;
    let schema = metadata.schema.clone();
    table(&schema, move |kept| {
        let mut batches = FileReader::new(bytes, metadata, Some(kept), None);
        move || batches.next().transpose()
    })
}

/// A stream begins with its schema.
fn open_stream(mut bytes: BufReader<Bytes>) -> Result<TypedTable> {
    let metadata = guarded("Arrow", || Ok(read_stream_metadata(&mut bytes)?))?;
    let schema = metadata.schema.clone();
    table(&schema, move |kept| {
        let mut batches = StreamReader::new(bytes, metadata, Some(kept));
        move || match batches.next().transpose()? {
            Some(StreamState::Some(batch)) => Ok(Some(batch)),
            // A stream may end without the mark for its end.
            Some(StreamState::Waiting) | None => Ok(None),
        }
    })
}

/// A table of the usable columns, its rows from the reader that `open` makes for the places of these columns.
fn table<N>(schema: &ArrowSchema, open: impl FnOnce(Vec<usize>) -> N) -> Result<TypedTable>
where
    N: FnMut() -> polars::error::PolarsResult<Option<RecordBatch>> + Send + 'static,
{
    let (kept, names, findings) = usable(schema)?;
    let mut next = open(kept);
    let mut read = move || match next()? {
        Some(batch) => Ok(Some(Frame::from_data(DataFrame::from(batch))?.0.data)),
        None => Ok(None),
    };
    let parts = std::iter::from_fn(move || guarded("Arrow", &mut read).transpose());
    Ok(TypedTable { names, findings, parts: Box::new(parts) })
}
