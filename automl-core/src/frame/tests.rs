//! What holds for any table, at any block size.

use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use proptest::collection::vec;
use proptest::prelude::*;

use super::read::{batches_blocks, read_blocks};
use super::{Frame, ReadOptions, Writer};

/// Rows of cells that are hard to write or to cut: quotes, line ends, delimiters, markers, a byte order mark.
fn tables() -> impl Strategy<Value = Vec<Vec<Option<String>>>> {
    let piece = prop_oneof![
        3 => "[a-z0-9]{1,3}",
        1 => prop_oneof![
            Just("\""), Just("\"\""), Just("\n"), Just("\r"), Just("\r\n"), Just(","), Just(";"), Just("\t"),
            Just("|"), Just("\u{feff}"), Just("ä"), Just("日本"), Just("🙂"), Just(" x"), Just("x "), Just("'"), Just("\\"),
        ].prop_map(String::from),
    ];
    let cell = vec(piece, 0..4).prop_map(|pieces| pieces.concat());
    // Missing cells and cells of spaces alone are written as they are, and come back missing.
    let cell = cell.prop_map(|text| (!text.trim_matches([' ', '\t']).is_empty()).then_some(text));
    (1..5usize).prop_flat_map(move |width| vec(vec(cell.clone(), width), 1..12))
}

fn frame_of(rows: &[Vec<Option<String>>]) -> Frame {
    let column = |j: usize| (format!("c{j}"), rows.iter().map(|row| row[j].clone()).collect());
    Frame::from_texts((0..rows[0].len()).map(column).collect()).unwrap()
}

/// Every column as the text that stands in the file, whatever it is.
fn as_text(frame: &Frame) -> ReadOptions {
    let text_columns = frame.names().map(String::from).collect();
    ReadOptions { text_columns, na_values: Some(Vec::new()), threads: 2, ..ReadOptions::default() }
}

fn write(folder: &Path, file: &str, frame: &Frame) -> PathBuf {
    let path = folder.join(file);
    let names: Vec<String> = frame.names().map(String::from).collect();
    let mut writer = Writer::create(&path, &names).unwrap();
    let half = frame.rows() / 2;
    writer.write(&frame.data().slice(0, half)).unwrap();
    writer.write(&frame.data().slice(half as i64, usize::MAX)).unwrap();
    writer.finish().unwrap();
    path
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_comes_back_as_it_was_written(
        rows in tables(),
        block_bytes in 1..80usize,
        file in prop_oneof![Just("t.csv"), Just("t.tsv"), Just("t.csv.gz"), Just("t.parquet")],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let frame = frame_of(&rows);
        let path = write(folder.path(), file, &frame);
        let (back, findings) = read_blocks(&path, &as_text(&frame), block_bytes).unwrap();
        prop_assert!(back.data().equals_missing(frame.data()), "{:?} became {:?}", frame.data(), back.data());
        prop_assert!(findings.is_empty());
    }

    #[test]
    fn batches_are_the_table_cut_into_pieces(rows in tables(), block_bytes in 1..80usize, rows_max in 1..8usize) {
        let folder = tempfile::tempdir().unwrap();
        let frame = frame_of(&rows);
        let path = write(folder.path(), "t.csv", &frame);
        let batches = batches_blocks(&path, &as_text(&frame), rows_max, block_bytes).unwrap();
        let mut whole = DataFrame::empty();
        for batch in batches {
            let batch = batch.unwrap();
            prop_assert!(batch.rows() == rows_max || whole.height() + batch.rows() == rows.len());
            whole.vstack_mut_owned(batch.data().clone()).unwrap();
        }
        prop_assert!(whole.equals_missing(frame.data()));
    }

    /// Any bytes end in a table or an error, the same at every block size and in both ways of reading.
    #[test]
    fn any_bytes_read_alike_at_any_block_size(
        bytes in vec(prop_oneof![
            8 => prop::sample::select(b"ab1-.,\n\"\r;".to_vec()), 1 => prop::sample::select(vec![0xC3, 0xA4, 0xE9, 0]),
        ], 0..60),
        block_bytes in 1..20usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, bytes).unwrap();
        let options = ReadOptions { threads: 2, ..ReadOptions::default() };
        match (read_blocks(&path, &options, 1 << 20), read_blocks(&path, &options, block_bytes)) {
            (Ok((whole, a)), Ok((cut, b))) => {
                prop_assert!(whole.data().equals_missing(cut.data()));
                prop_assert_eq!(whole.data().schema(), cut.data().schema());
                prop_assert_eq!(a, b);
            }
            (Err(whole), Err(cut)) => {
                let in_batches = batches_blocks(&path, &options, 2, block_bytes).and_then(|b| b.collect::<Result<Vec<_>, _>>());
                // What is wrong with a block is looked for in an order, so other blocks may find other faults first.
                prop_assert_eq!(whole.kind(), cut.kind());
                prop_assert_eq!(in_batches.unwrap_err().to_string(), cut.to_string());
            }
            (whole, cut) => prop_assert!(false, "{whole:?} or {cut:?}"),
        }
    }
}
