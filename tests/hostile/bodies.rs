//! What any bytes may do: be read, or end in an error. A panic, a hang or a lack of memory is a mistake of the program.
//!
//! `tests/hostile.rs` replays the corpora of `fuzz/` through these, and the fuzz targets search for more.

use automl::frame::{self, Format, Frame, ReadOptions};
use automl::schema::{Overrides, infer};
use automl::{DataFrame, InspectConfig, Model, Portfolio, RunConfig, SchemaFile};
use automl::{artifact, search};
use polars::prelude::{Column, IntoColumn, NamedFrom, Series};

/// A text table: it is read or refused, and one that is read is understood.
pub fn table(bytes: &[u8]) {
    for format in [Format::Csv, Format::Ndjson] {
        let options = ReadOptions { format: Some(format), threads: 1, ..ReadOptions::default() };
        let Ok((frame, _)) = frame::read_bytes(bytes.to_vec(), &options) else { continue };
        assert!(frame.rows() > 0, "a table without rows is refused");
        let (schema, _) = infer(&frame, &Overrides::default()).unwrap();
        schema.conform(&frame).unwrap();
        let Some(last) = frame.names().last().map(str::to_owned) else { continue };
        // Not every column can be a target.
        let _ =
            automl::inspect(&frame, Vec::new(), &InspectConfig { target: Some(last), threads: 1, ..InspectConfig::default() });
    }
}

/// What people write: a configuration, a schema, a portfolio, a journal.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(config) = serde_saphyr::from_str::<RunConfig>(text)
        && config.fit.validate().is_ok()
    {
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<RunConfig>(&json).unwrap(), config);
    }
    if let Ok(file) = serde_saphyr::from_str::<SchemaFile>(text) {
        let options = ReadOptions { threads: 1, ..ReadOptions::default() };
        let (frame, _) = frame::read_bytes(b"a,b,c\n1,x,2024-01-02\n2,y,\n,x,2024-01-03\n".to_vec(), &options).unwrap();
        let told = Overrides::from(file);
        if let Ok((schema, _)) = infer(&frame, &told) {
            let _ = schema.conform(&frame);
        }
    }
    let _ = Portfolio::parse(text);
    let _ = search::journal::read(text);
}

/// A model, as it is and with its checksums made right, so that more than they is tried. One that is read predicts.
pub fn model(bytes: &[u8]) {
    for bytes in [Some(bytes.to_vec()), mended(bytes)].into_iter().flatten() {
        if let Ok(model) = artifact::from_bytes(&bytes, &automl::registry()) {
            // Columns may have other names.
            let _ = model.predict(&strange_rows(&model), 1);
        }
    }
}

/// Rows of cells as text, as from a file, that suit no kind of column, or each of them.
fn strange_rows(model: &Model) -> Frame {
    const CELLS: [Option<&str>; 6] = [None, Some("1.5"), Some("-1e300"), Some("some words"), Some("2024-02-29"), Some("true")];
    let column = |name: &str| -> Column { Series::new(name.into(), CELLS).into_column() };
    let mut names: Vec<&str> = model.schema.features().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let data = DataFrame::new(CELLS.len(), names.into_iter().map(column).collect()).unwrap();
    Frame::from_data(data).unwrap().0
}

/// The bytes of an artifact with the checksums that belong to them; nothing if its lengths do not fit.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 56;
    const ENTRY: usize = 48;
    let mut bytes = bytes.to_vec();
    let count = u32::from_le_bytes(bytes.get(12..16)?.try_into().ok()?) as usize;
    let table_end = count.checked_mul(ENTRY)?.checked_add(HEADER).filter(|end| *end <= bytes.len())?;
    let end = table_end.checked_add(number_at(&bytes, 16)?).filter(|end| *end <= bytes.len())?;
    for entry in (HEADER..table_end).step_by(ENTRY) {
        let (offset, length) = (number_at(&bytes, entry)?, number_at(&bytes, entry + 8)?);
        let hash = blake3::hash(bytes.get(offset..offset.checked_add(length)?)?);
        bytes[entry + 16..entry + ENTRY].copy_from_slice(hash.as_bytes());
    }
    let hash = blake3::hash(&bytes[HEADER..end]);
    bytes[24..HEADER].copy_from_slice(hash.as_bytes());
    Some(bytes)
}

fn number_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?)).ok()
}
