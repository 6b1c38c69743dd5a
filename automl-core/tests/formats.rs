//! Reading in breadth: formats, compression, encodings and several files as one table.

#![allow(missing_docs)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use automl_core::error::Kind;
use automl_core::frame::{Encoding, Format, Frame, ReadOptions, Writer, batches, read, read_bytes};
use polars::prelude::{CompatLevel, DataFrame, DataType, IntoColumn, NamedFrom, SchemaExt, Series, TimeUnit};
use polars_arrow::io::ipc::write::{Compression, FileWriter, StreamWriter, WriteOptions};

fn options() -> ReadOptions {
    ReadOptions { threads: 2, ..ReadOptions::default() }
}

/// A table of every type that all formats keep. Its text looks like no number: CSV does not tell the two apart.
fn table() -> Frame {
    let moments = Series::new("when".into(), [Some(1_700_000_000_123_456i64), None, Some(0), Some(86_400_000_000)]);
    let columns = vec![
        Series::new("whole".into(), [Some(1i64), Some(-7), None, Some(i64::MAX)]).into_column(),
        Series::new("number".into(), [Some(0.1), None, Some(-1e-300), Some(1e300)]).into_column(),
        Series::new("text".into(), [Some("a, b"), Some("line\nend \"quoted\" \\"), None, Some("日本 🙂 \t")]).into_column(),
        Series::new("nothing".into(), [None::<&str>; 4]).into_column(),
        moments.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap().into_column(),
    ];
    Frame::new(DataFrame::new(4, columns).unwrap())
}

fn write(path: &Path, frame: &Frame) {
    let names: Vec<String> = frame.names().map(String::from).collect();
    let mut writer = Writer::create(path, &names).unwrap();
    writer.write(frame.data()).unwrap();
    writer.finish().unwrap();
}

fn file(folder: &tempfile::TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

/// The message of the error that reading gives, in both ways of reading.
fn error_of(path: &Path, options: &ReadOptions) -> String {
    let error = read(path, options).map(|(frame, _)| frame).unwrap_err();
    assert_ne!(error.kind(), Kind::Internal, "{error}");
    let streamed = batches(path, options, 3).and_then(|batches| batches.collect::<Result<Vec<_>, _>>()).unwrap_err();
    assert_eq!(streamed.to_string(), error.to_string());
    error.to_string().replace(path.parent().unwrap().to_str().unwrap(), "…")
}

fn show(frame: &Frame) -> String {
    let data = frame.data();
    let column = |column: &polars::prelude::Column| {
        let values: Vec<String> = (0..data.height()).map(|i| column.get(i).unwrap().to_string()).collect();
        format!("{} {}: {}", column.name(), column.dtype(), values.join(", "))
    };
    data.columns().iter().map(column).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_format_reads_as_the_table_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let table = table();
    for name in ["t.csv", "t.csv.zst", "t.tsv.gz", "t.ndjson", "t.jsonl.zst", "t.json.gz", "t.parquet", "t.arrow", "t.feather"] {
        let path = folder.path().join(name);
        write(&path, &table);
        let (back, findings) = read(&path, &options()).unwrap();
        assert!(findings.is_empty(), "{name}");
        let is_text = !name.contains("parquet") && !name.contains("arrow") && !name.contains("feather");
        for wanted in table.data().columns() {
            let column = back.column(wanted.name()).unwrap();
            if is_text && wanted.name() == "when" {
                let first = column.get(0).unwrap().to_string();
                assert_eq!((column.dtype(), first.as_str()), (&DataType::String, "\"2023-11-14 22:13:20.123456\""), "{name}");
            } else {
                assert!(column.equals_missing(wanted), "{name}: {wanted:?} became {column:?}");
            }
        }
        assert_eq!(batches(&path, &options(), 3).unwrap().map(|batch| batch.unwrap().rows()).collect::<Vec<_>>(), [3, 1]);
    }
}

#[test]
fn formats_and_compression_are_seen_by_their_first_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let small = Frame::from_texts(vec![("a".into(), vec![Some("x".into()), Some("y".into())])]).unwrap();
    for name in ["t.csv", "t.csv.gz", "t.csv.zst", "t.ndjson", "t.ndjson.gz", "t.parquet", "t.arrow"] {
        let path = folder.path().join(name);
        write(&path, &small);
        let unnamed = folder.path().join("t");
        fs::copy(&path, &unnamed).unwrap();
        assert!(read(&unnamed, &options()).unwrap().0.data().equals(small.data()), "{name}");
        assert!(read_bytes(fs::read(&path).unwrap(), &options()).unwrap().0.data().equals(small.data()), "{name}");
    }
    let plain = file(&folder, "plain.csv.gz", "a\nx\ny\n");
    assert!(read(&plain, &options()).unwrap().0.data().equals(small.data()));
    let text = file(&folder, "u", "PAR1,PAR2\n1,2\n");
    assert_eq!(show(&read(&text, &options()).unwrap().0), "PAR1 i64: 1\nPAR2 i64: 2");
    let spaced = file(&folder, "v", "\u{feff}\n {\"a\": 1}\n");
    assert_eq!(show(&read(&spaced, &options()).unwrap().0), "a i64: 1");
    // zstd of two frames.
    let frames = [zstd::encode_all(&b"a\nx\n"[..], 0).unwrap(), zstd::encode_all(&b"y\n"[..], 0).unwrap()].concat();
    assert!(read(&file(&folder, "f.csv", frames), &options()).unwrap().0.data().equals(small.data()));
}

#[test]
fn objects_become_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        &folder,
        "t.ndjson",
        concat!(
            "{\"id\": 1, \"x\": 1.50, \"flag\": true, \"zip\": \"01234\", \"at\": {\"lat\": 1, \"more\": {\"deep\": \"é\\n\\u00e9\"}}}\r\n",
            "\n",
            "  {\"x\": 2, \"id\": null, \"late\": \"\", \"tags\": [1, {\"a\": 2}], \"flag\": \"no\", \"at\": {}}  \n",
            "{}\n",
            "{\"id\": 3, \"id\": 4, \"x\": 1e400, \"late\": 7, \"tags\": null, \"zip\": \"5\", \"at\": null}",
        ),
    );
    let (frame, findings) = read(&path, &options()).unwrap();
    insta::assert_snapshot!(show(&frame), @r#"
    id i64: 1, null, null, 4
    x f64: 1.5, 2.0, null, inf
    flag str: "true", "no", null, null
    zip str: "01234", null, null, "5"
    at.lat i64: 1, null, null, null
    at.more.deep str: "é
    é", null, null, null
    late i64: null, null, null, 7
    at str: null, null, null, null
    "#);
    let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages, ["Column `tags` holds List, which is neither numbers, text nor moments in time."]);

    let as_text = ReadOptions { text_columns: vec!["x".into()], ..options() };
    let (frame, _) = read(&path, &as_text).unwrap();
    assert_eq!(frame.view().texts("x").unwrap().iter().collect::<Vec<_>>(), [Some("1.50"), Some("2"), None, Some("1e400")]);
    let streamed: Vec<Frame> = batches(&path, &options(), 10).unwrap().map(Result::unwrap).collect();
    assert_eq!(streamed[0].view().texts("x").unwrap().get(3), Some("1e400"));
}

#[test]
fn objects_that_are_none_have_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8]); 11] = [
        ("array", b"[{\"a\": 1}]"),
        ("pretty", b"{\n  \"a\": 1\n}\n"),
        ("csv", b"a,b\n1,2\n"),
        ("number", b"{\"a\": 1}\n17\n"),
        ("comma", b"{\"a\": 1}\n\n{\"a\": 2,}\n{\"a\": 3}\n"),
        ("two", b"{\"a\": 1} {\"a\": 2}\n"),
        ("cut", b"{\"a\": 1}\n{\"a\": \"tex"),
        ("latin1", b"{\"a\": 1}\n{\"a\": \"caf\xE9\"}\n"),
        ("surrogate", b"{\"a\": \"\\ud800\"}\n"),
        ("empty", b""),
        ("blank", b"\n \n"),
    ];
    let shown: Vec<String> =
        cases.iter().map(|(name, bytes)| error_of(&file(&folder, &format!("{name}.ndjson"), bytes), &options())).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn objects_that_share_no_keys_and_deep_ones_are_no_danger() {
    let folder = tempfile::tempdir().unwrap();
    let sparse: String = (0..60_000).map(|i| format!("{{\"k{i}\": 1}}\n")).collect();
    assert!(error_of(&file(&folder, "sparse.ndjson", sparse), &options()).contains("different keys"));
    let deep = format!("{{\"a\": 1, \"b\": {}1{}}}\n", "{\"b\": ".repeat(100_000), "}".repeat(100_000));
    let (frame, findings) = read(&file(&folder, "deep.ndjson", deep), &options()).unwrap();
    assert_eq!((show(&frame).as_str(), findings.len()), ("a i64: 1", 1));
}

#[test]
fn objects_without_keys_are_rows() {
    let folder = tempfile::tempdir().unwrap();
    // The only key is in the second block.
    let rows = 400_000;
    let path = file(&folder, "t.ndjson", "{}\n".repeat(rows) + "{\"a\": 1}\n{}\n");
    assert_eq!(read(&path, &options()).unwrap().0.data().shape(), (rows + 2, 1));
    let shapes: Vec<(usize, usize)> =
        batches(&path, &options(), rows - 1).unwrap().map(|batch| batch.unwrap().data().shape()).collect();
    assert_eq!(shapes.iter().map(|shape| shape.0).collect::<Vec<_>>(), [rows - 1, 3]);
    assert_eq!(shapes[1].1, 1);
    for nothing in ["{}\n{}\n", "{}\n{\"a\": []}\n"] {
        assert!(read(&file(&folder, "nothing.ndjson", nothing), &options()).is_err());
    }
}

/// A table as an Arrow file and as a stream, with this compression.
fn arrow(data: &DataFrame, compression: Option<Compression>, level: CompatLevel) -> [Vec<u8>; 2] {
    let schema = data.schema().to_arrow(level);
    let options = WriteOptions { compression };
    let mut writer = FileWriter::try_new(Vec::new(), schema.clone().into(), None, options).unwrap();
    let mut stream = StreamWriter::new(Vec::new(), options);
    stream.start(&schema, None).unwrap();
    // The categories of a file are the same in all its batches, those of a stream may change.
    for batch in data.clone().rechunk_mut().iter_chunks(level, false) {
        writer.write(&batch, None).unwrap();
    }
    for start in (0..data.height()).step_by(2) {
        for batch in data.slice(start as i64, 2).rechunk_mut().iter_chunks(level, false) {
            stream.write(&batch, None).unwrap();
        }
    }
    writer.finish().unwrap();
    stream.finish().unwrap();
    [writer.into_inner(), stream.into_inner()]
}

/// One column of every type that Arrow files here may have.
fn every_type() -> DataFrame {
    let numbers = Series::new("i64".into(), [Some(1i64), None, Some(86_400_000_000)]);
    let cast = |name: &str, dtype: DataType| numbers.cast(&dtype).unwrap().with_name(name.into()).into_column();
    let small = |name: &str, dtype: DataType| Series::new(name.into(), [1u8, 2, 3]).cast(&dtype).unwrap().into_column();
    let columns = vec![
        small("i8", DataType::Int8),
        small("u64", DataType::UInt64),
        small("f32", DataType::Float32),
        Series::new("bool".into(), [Some(true), None, Some(false)]).into_column(),
        Series::new("text".into(), [Some("a"), None, Some("")]).into_column(),
        Series::new("category".into(), ["x", "y", "x"])
            .cast(&DataType::from_categories(polars::prelude::Categories::global()))
            .unwrap()
            .into_column(),
        Series::new("date".into(), [Some(-1), None, Some(20_000)]).cast(&DataType::Date).unwrap().into_column(),
        cast("ms", DataType::Datetime(TimeUnit::Milliseconds, None)),
        cast("duration", DataType::Duration(TimeUnit::Milliseconds)),
        Series::new_null("null".into(), 3).into_column(),
        Series::new("bytes".into(), [&b"a"[..], b"b", b"c"]).into_column(),
        Series::new("list".into(), vec![Series::new("".into(), [1]); 3]).into_column(),
    ];
    DataFrame::new(3, columns).unwrap()
}

#[test]
fn arrow_files_and_streams_read_as_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let data = every_type();
    let (wanted, _) = Frame::from_data(data.clone()).unwrap();
    for compression in [None, Some(Compression::LZ4), Some(Compression::ZSTD(Default::default()))] {
        for level in [CompatLevel::oldest(), CompatLevel::newest()] {
            for bytes in arrow(&data, compression, level) {
                for name in ["t.arrow", "t"] {
                    let path = file(&folder, name, &bytes);
                    let (frame, findings) = read(&path, &options()).unwrap();
                    assert!(frame.data().equals_missing(wanted.data()), "{compression:?}: {:?}", frame.data());
                    assert_eq!(findings[0].columns, ["duration", "bytes", "list"]);
                    let rows: Vec<usize> = batches(&path, &options(), 2).unwrap().map(|b| b.unwrap().rows()).collect();
                    assert_eq!(rows, [2, 1]);
                }
            }
        }
    }
}

#[test]
fn damaged_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<(&str, Vec<u8>, bool)> = Vec::new();
    for compression in [None, Some(Compression::LZ4)] {
        let [whole, stream] = arrow(&every_type(), compression, CompatLevel::oldest());
        let names = if compression.is_none() { ["t.arrow", "s.arrow"] } else { ["packed.arrow", "packed_s.arrow"] };
        files.push((names[0], whole, true));
        // A stream that ends between two batches is taken for whole.
        files.push((names[1], stream, false));
    }
    for name in ["t.csv.zst", "t.ndjson.gz", "t.parquet", "t.ndjson"] {
        let path = folder.path().join(name);
        write(&path, &table());
        files.push((name, fs::read(&path).unwrap(), name != "t.ndjson"));
    }
    for (name, bytes, is_told_when_cut) in files {
        for length in (0..bytes.len()).step_by(bytes.len() / 150 + 1) {
            let cut = read(&file(&folder, name, &bytes[..length]), &options());
            assert!(cut.is_err() || !is_told_when_cut, "{name} cut after {length} bytes");
        }
        // What is compressed within has its length in the file, and polars asks for as much memory as that says.
        if name.starts_with("packed") || name == "t.parquet" {
            continue;
        }
        for at in (0..bytes.len()).step_by(bytes.len() / 300 + 1) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x41;
            // A flipped value is a value: that nothing panics is all there is to see.
            let path = file(&folder, name, &flipped);
            let _ = read(&path, &options()).map(|_| ());
            let _ = batches(&path, &options(), 2).map(|batches| batches.filter(Result::is_ok).count());
        }
    }
}

#[test]
fn files_that_hold_something_else_say_so() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("t.parquet"), &table());
    write(&folder.path().join("t.arrow"), &table());
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    Writer::create(&folder.path().join("rows.arrow"), &["a".into()]).unwrap().finish().unwrap();
    Writer::create(&folder.path().join("rows.ndjson"), &["a".into()]).unwrap().finish().unwrap();
    let cases = [
        file(&folder, "parquet.csv", bytes("t.parquet")),
        file(&folder, "arrow.ndjson", bytes("t.arrow")),
        file(&folder, "csv.arrow", "a,b\n1,2\n"),
        file(&folder, "empty.arrow", ""),
        file(&folder, "empty.csv.zst", zstd::encode_all(&b""[..], 0).unwrap()),
        file(&folder, "one.feather", b"FEA1\0\0\0\0"),
        file(&folder, "parquet.arrow", bytes("t.parquet")),
        file(&folder, "utf32.csv", b"\xFF\xFE\0\0a\0\0\0"),
        file(&folder, "t.csv.xz", b"\xFD7zXZ\0\0"),
        folder.path().join("rows.arrow"),
        folder.path().join("rows.ndjson"),
        file(&folder, "header.csv", "a,b\n"),
    ];
    let shown: Vec<String> = cases.iter().map(|path| error_of(path, &options())).collect();
    insta::assert_snapshot!(shown.join("\n"));
    let told = ReadOptions { format: Some(Format::Parquet), ..options() };
    assert_eq!(read(&folder.path().join("parquet.csv"), &told).unwrap().0.rows(), 4);
}

#[test]
fn text_is_read_in_its_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let encoded = |label: &str| ReadOptions { encoding: Some(label.parse().unwrap()), ..options() };
    let latin1 = file(&folder, "latin1.csv", b"stra\xDFe,\x80\ncaf\xE9,1\n");
    assert!(error_of(&latin1, &options()).contains("`--encoding latin1`"));
    for label in ["latin1", "latin-1", "ISO-8859-1", "iso_8859_1", "windows-1252", "cp1252"] {
        assert_eq!(show(&read(&latin1, &encoded(label)).unwrap().0), "straße str: \"café\"\n€ i64: 1", "{label}");
    }
    let cyrillic = file(&folder, "c.ndjson", b"{\"\xE0\": \"\xDF\"}\n");
    assert_eq!(show(&read(&cyrillic, &encoded("windows-1251")).unwrap().0), "а str: \"Я\"");

    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let unmarked = file(&folder, "u.csv", wide("a,b\n1,🙂\n"));
    assert!(error_of(&unmarked, &options()).contains("`--encoding utf-16le`"));
    assert_eq!(show(&read(&unmarked, &encoded("utf-16le")).unwrap().0), "a i64: 1\nb str: \"🙂\"");
    let marked = file(&folder, "m.csv", [&b"\xFF\xFE"[..], &wide("a,b\n1,🙂\n")].concat());
    for options in [options(), encoded("utf-16")] {
        assert_eq!(show(&read(&marked, &options).unwrap().0), "a i64: 1\nb str: \"🙂\"");
    }
    let packed = file(&folder, "m.csv.gz", {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&fs::read(&marked).unwrap()).unwrap();
        encoder.finish().unwrap()
    });
    assert_eq!(show(&read(&packed, &options()).unwrap().0), "a i64: 1\nb str: \"🙂\"");

    // A lone surrogate, and half a character at the end, far into the file.
    let long = wide(&format!("a,b\n{}", "1,x\n".repeat(50_000)));
    let lone = file(&folder, "l.csv", [&b"\xFF\xFE"[..], &long, b"\x00\xD8a\x00"].concat());
    assert!(
        error_of(&lone, &options())
            .ends_with(&format!("byte {} of the file is not utf-16le; `--encoding` reads other encodings", 2 + long.len()))
    );
    let half = file(&folder, "h.csv", [&b"\xFF\xFE"[..], &long, b"1"].concat());
    assert!(error_of(&half, &options()).contains("is not utf-16le"));

    assert_eq!("latn1".parse::<Encoding>().unwrap_err().to_string(), "no encoding `latn1`; nearest: `latin1`, `latin2`");
    let stored: ReadOptions = serde_json::from_str(r#"{"encoding": "latin1", "format": "ndjson"}"#).unwrap();
    assert_eq!(stored.encoding, Some("windows-1252".parse().unwrap()));
    assert!(serde_json::to_string(&stored).unwrap().contains(r#""encoding":"windows-1252""#));
}

#[test]
fn files_of_a_pattern_are_one_table() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "p-1.csv", "id,x,code\n1,1,7\n");
    file(&folder, "p-2.csv.gz", "code;x;id\n1.0;2.5;2\n01;;3\n");
    file(&folder, "p-3.tsv", "id\tx\tcode\n");
    file(&folder, ".p-4.csv", "id\n4\n");
    fs::create_dir(folder.path().join("p-5.csv")).unwrap();
    let path = folder.path().join("p-*");
    let (frame, _) = read(&path, &options()).unwrap();
    insta::assert_snapshot!(show(&frame), @r#"
    id i64: 1, 2, 3
    x f64: 1.0, 2.5, null
    code str: "7", "1.0", "01"
    "#);
    let batches: Vec<Frame> = batches(&path, &options(), 2).unwrap().map(Result::unwrap).collect();
    assert_eq!(show(&batches[0]), "id str: \"1\", \"2\"\nx str: \"1\", \"2.5\"\ncode str: \"7\", \"1.0\"");
    assert_eq!(batches.len(), 2);
    // A file whose name looks like a pattern is that file.
    let odd = file(&folder, "p-[1].csv", "a\n1\n");
    assert_eq!(read(&odd, &options()).unwrap().0.rows(), 1);
}

#[test]
fn typed_files_of_a_pattern_take_the_wider_type() {
    let folder = tempfile::tempdir().unwrap();
    let frame = |columns: Vec<Series>| {
        let columns: Vec<_> = columns.into_iter().map(IntoColumn::into_column).collect();
        Frame::new(DataFrame::new_infer_height(columns).unwrap())
    };
    let nothing = |name: &str| Series::new(name.into(), [None::<&str>]);
    write(
        &folder.path().join("1.parquet"),
        &frame(vec![Series::new("n".into(), [1i64]), Series::new("t".into(), [2.0]), nothing("m")]),
    );
    write(
        &folder.path().join("2.parquet"),
        &frame(vec![Series::new("t".into(), ["1.0"]), Series::new("m".into(), [5i64]), Series::new("n".into(), [0.5])]),
    );
    let path = folder.path().join("?.parquet");
    assert_eq!(show(&read(&path, &options()).unwrap().0), "n f64: 1.0, 0.5\nt str: \"2\", \"1.0\"\nm i64: null, 5");
    let batched: Vec<Frame> = batches(&path, &options(), 2).unwrap().map(Result::unwrap).collect();
    assert_eq!(show(&batched[0]), "n f64: 1.0, 0.5\nt str: \"2\", \"1.0\"\nm i64: null, 5");
}

#[test]
fn files_that_do_not_go_together_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let error = |pattern: &str| error_of(&folder.path().join(pattern), &options());
    file(&folder, "a1.csv", "id,price\n1,2\n");
    file(&folder, "a2.csv", "id,prize\n1,2\n");
    file(&folder, "b1.csv", "id\n1\n");
    file(&folder, "b2.csv", "id,di\n1,2\n");
    file(&folder, "c1.csv", "id\n1\n");
    file(&folder, "c2.ndjson", "{\"id\": 1}\n");
    file(&folder, "d1.csv", "id\n");
    file(&folder, "d2.csv", "id\n");
    file(&folder, "e1.csv", "id,x\n1,2\n");
    file(&folder, "e2.csv", "id,x\n1\n");
    fs::create_dir(folder.path().join("folder")).unwrap();
    let shown = ["a?.csv", "b?.csv", "c*", "d?.csv", "e?.csv", "z*.csv", "[a", "folder"].map(error);
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_key_that_comes_late_is_missing_before_for_who_expects_it() {
    let folder = tempfile::tempdir().unwrap();
    // More than one block of a file.
    let lines: String = (0..60_000).map(|i| format!("{{\"id\": {i}, \"name\": \"row number {i}\"}}\n")).collect();
    let path = file(&folder, "t.ndjson", lines + "{\"id\": -1, \"late\": \"x\"}\n");
    let expected = || vec!["late".to_owned(), "never".to_owned()];
    let columns = |batch: Frame| (batch.contains("late"), batch.contains("never"));
    let read = |batches: automl_core::frame::Batches| batches.map(|batch| columns(batch.unwrap())).collect::<Vec<_>>();
    let told = read(batches(&path, &options(), 10_000).unwrap().expecting(expected()));
    assert_eq!(told.first(), Some(&(true, true)), "who knows what is to come");
    assert_eq!(told.last(), Some(&(true, false)));
    assert_eq!(read(batches(&path, &options(), 10_000).unwrap()).first(), Some(&(false, false)));

    let csv = file(&folder, "t.csv", "id\n".to_owned() + &"1\n".repeat(30));
    let told = read(batches(&csv, &options(), 10).unwrap().expecting(expected()));
    assert_eq!(told, [(false, false); 3], "the header of a CSV file tells all");
}
