//! What holds for any table, at any block size.

use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use proptest::collection::vec;
use proptest::prelude::*;

use super::batches::batches_blocks;
use super::read::read_blocks;
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

/// Names of all formats that are read and written.
const FILES: [&str; 9] =
    ["t.csv", "t.tsv", "t.csv.gz", "t.csv.zst", "t.parquet", "t.arrow", "t.ndjson", "t.jsonl.gz", "t.ndjson.zst"];

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_comes_back_as_it_was_written(
        rows in tables(),
        block_bytes in 1..80usize,
        file in prop::sample::select(FILES.to_vec()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let frame = frame_of(&rows);
        let path = write(folder.path(), file, &frame);
        let (back, findings) = read_blocks(&path, &as_text(&frame), block_bytes).unwrap();
        prop_assert!(back.data().equals_missing(frame.data()), "{:?} became {:?}", frame.data(), back.data());
        prop_assert!(findings.is_empty());
    }

    #[test]
    fn batches_are_the_table_cut_into_pieces(
        rows in tables(),
        block_bytes in 1..80usize,
        rows_max in 1..8usize,
        file in prop::sample::select(FILES.to_vec()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let frame = frame_of(&rows);
        let path = write(folder.path(), file, &frame);
        let batches = batches_blocks(&path, &as_text(&frame), rows_max, block_bytes).unwrap();
        let mut whole = DataFrame::empty();
        for batch in batches {
            let batch = batch.unwrap();
            prop_assert!(batch.rows() == rows_max || whole.height() + batch.rows() == rows.len());
            whole.vstack_mut_owned(batch.data().clone()).unwrap();
        }
        prop_assert!(whole.equals_missing(frame.data()));
    }

    #[test]
    fn a_table_in_utf16_reads_as_in_utf8(rows in tables(), block_bytes in 1..80usize, file in prop::sample::select(vec!["t.csv", "t.ndjson"])) {
        let folder = tempfile::tempdir().unwrap();
        let frame = frame_of(&rows);
        let path = write(folder.path(), file, &frame);
        let text = std::fs::read_to_string(&path).unwrap();
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            std::fs::write(&path, utf16(&text, to_bytes)).unwrap();
            let (back, _) = read_blocks(&path, &as_text(&frame), block_bytes).unwrap();
            prop_assert!(back.data().equals_missing(frame.data()));
        }
    }

    /// Rows are the same in one file and in several, whatever the order of their columns.
    #[test]
    fn a_table_in_pieces_is_the_table(
        cells in vec((any::<Option<i8>>(), any::<Option<i16>>(), prop::sample::select(vec!["1", "1.0", "x", "01", ""])), 2..20),
        cut in 1..19usize,
        file in prop::sample::select(vec!["csv", "csv.zst", "ndjson", "parquet", "arrow"]),
        block_bytes in 1..80usize,
    ) {
        let number = |cell: Option<f64>| cell.map_or(String::new(), |value| value.to_string());
        let line = |(a, b, c): &(Option<i8>, Option<i16>, &str)| {
            (number(a.map(f64::from)), number(b.map(|b| f64::from(b) / 4.0)), c.to_string())
        };
        let lines: Vec<(String, String, String)> = cells.iter().map(line).collect();
        let folder = tempfile::tempdir().unwrap();
        let text = |lines: &[(String, String, String)]| {
            lines.iter().fold("a,b,c\n".to_owned(), |text, (a, b, c)| text + &format!("{a},{b},{c}\n"))
        };
        let cut = cut.min(lines.len() - 1);
        let turned = lines[cut..].iter().fold("c,a,b\n".to_owned(), |text, (a, b, c)| text + &format!("{c},{a},{b}\n"));
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("whole.csv"), text(&lines)).unwrap();
        std::fs::write(path("p1.csv"), text(&lines[..cut])).unwrap();
        std::fs::write(path("p2.csv"), turned).unwrap();
        let options = ReadOptions { threads: 2, ..ReadOptions::default() };
        let (whole, _) = read_blocks(&path("whole.csv"), &options, 1 << 20).unwrap();
        if file != "csv" {
            for part in ["p1", "p2"] {
                let (frame, _) = read_blocks(&path(&format!("{part}.csv")), &options, 1 << 20).unwrap();
                write(folder.path(), &format!("{part}.{file}"), &frame);
            }
        }
        let (back, _) = read_blocks(&path(&format!("p*.{file}")), &options, block_bytes).unwrap();
        if file == "csv" {
            prop_assert!(back.data().equals_missing(whole.data()), "{:?} became {:?}", whole.data(), back.data());
        }
        // The other formats have the types of their pieces, where `1.0` may have become `1`.
        for name in ["a", "b"] {
            let numbers = |frame: &Frame| -> Vec<Option<u64>> {
                let column = frame.column(name).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
                column.f64().unwrap().iter().map(|v| v.map(f64::to_bits)).collect()
            };
            prop_assert_eq!(numbers(&back), numbers(&whole));
        }
        let batched: usize = batches_blocks(&path(&format!("p*.{file}")), &options, 3, block_bytes).unwrap().map(|b| b.unwrap().rows()).sum();
        prop_assert_eq!(batched, whole.rows());
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
