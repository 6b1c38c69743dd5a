//! Reading tables: every file of `tests/read` against its snapshot, and the files that are made here.
//!
//! A file `NAME.options.json` beside a file gives the options that it is read with.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use automl_core::error::Kind;
use automl_core::frame::{Frame, ReadOptions, WriteOptions, Writer, batches, read};
use automl_core::schema::Finding;
use flate2::Compression;
use flate2::write::GzEncoder;
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit};

#[test]
fn files_read_as_their_snapshots_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file() && path.extension().is_none_or(|e| e != "json"));
    paths.sort();
    assert!(paths.len() > 20);
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let options: ReadOptions = match fs::read(folder.join(format!("{name}.options.json"))) {
            Ok(json) => serde_json::from_slice(&json).unwrap(),
            Err(_) => ReadOptions::default(),
        };
        let shown = match read(&path, &options) {
            Ok((frame, findings)) => show(&frame, &findings),
            Err(error) => format!("{:?} error: {error}\n", error.kind()).replace(folder.to_str().unwrap(), "…"),
        };
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "read/snapshots", omit_expression => true }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

/// Shape, types, the first rows as they are in memory, and the findings.
fn show(frame: &Frame, findings: &[Finding]) -> String {
    let data = frame.data();
    let mut text = format!("{} rows, {} columns\n", data.height(), data.width());
    for column in data.columns() {
        let values: Vec<String> = (0..data.height().min(6)).map(|i| format!("{}", column.get(i).unwrap())).collect();
        let more = if data.height() > 6 { ", …" } else { "" };
        writeln!(text, "{:?} {}: {}{more}", column.name().as_str(), column.dtype(), values.join(", ")).unwrap();
    }
    for finding in findings {
        let Finding { check, status, columns, count, message, action, .. } = finding;
        writeln!(text, "{status:?} {check}: {message}; {action} {columns:?} {count:?}").unwrap();
    }
    text
}

fn error_of(path: &Path) -> String {
    let error = read(path, &ReadOptions::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Data, "{error}");
    error.to_string().replace(path.parent().unwrap().to_str().unwrap(), "…")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn files_that_are_no_tables_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        error_of(&path)
    };
    let damaged = gzip("a,b\n1,2\n".repeat(10_000).as_bytes());
    let mut flipped = damaged.clone();
    flipped[40] ^= 0xff;
    let mut shown = vec![
        error_of(&folder.path().join("missing.csv")),
        file("cut.csv.gz", &damaged[..damaged.len() / 2]),
        file("flipped.csv.gz", &flipped),
        file("sheet.csv", b"PK\x03\x04\x00\x00"),
        file("no.parquet", b"a,b\n1,2\n"),
        file("cut.parquet", b"PAR1abc"),
        file("empty.parquet", b""),
    ];
    fs::create_dir(folder.path().join("folder.csv")).unwrap();
    shown.push(error_of(&folder.path().join("folder.csv")));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn gzip_is_seen_by_its_bytes_and_may_have_several_members() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.csv.gz", "t.csv", "t.CSV.GZ", "t"] {
        let path = folder.path().join(name);
        fs::write(&path, [gzip(b"a,b\n1,x\n"), gzip(b"2,y\n")].concat()).unwrap();
        let (frame, _) = read(&path, &ReadOptions::default()).unwrap();
        assert_eq!(frame.data().shape(), (2, 2), "{name}");
    }
}

#[test]
fn a_very_wide_table_and_a_very_long_cell_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    let line = |f: &dyn Fn(usize) -> String| (0..20_000).map(f).collect::<Vec<_>>().join(",") + "\n";
    fs::write(&path, line(&|j| format!("c{j}")) + &line(&|j| j.to_string()).repeat(30)).unwrap();
    let (frame, _) = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(frame.data().shape(), (30, 20_000));
    assert_eq!(frame.dtype("c19999").unwrap(), &DataType::Int64);

    let path = folder.path().join("long.csv");
    let long = "word \"\"quoted\"\",\n".repeat(130_000);
    fs::write(&path, format!("a,b\n1,\"{long}\"\n2,short\n")).unwrap();
    let (frame, _) = read(&path, &ReadOptions::default()).unwrap();
    let texts = frame.view().texts("b").unwrap();
    assert_eq!(texts.get(0).map(str::len), Some(long.replace("\"\"", "\"").len()));
    assert_eq!(texts.get(1), Some("short"));
}

#[test]
fn types_come_from_the_whole_file_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let mut content = String::from("whole,number,text,label\n");
    for i in 0..200_000 {
        writeln!(content, "{i},{i},{i},{i}").unwrap();
    }
    content.push_str("7,0.5,x,01\n");
    fs::write(&path, content).unwrap();
    for threads in [1, 4] {
        let options = ReadOptions { threads, text_columns: vec!["label".into()], ..ReadOptions::default() };
        let (frame, _) = read(&path, &options).unwrap();
        let types: Vec<DataType> = frame.data().dtypes();
        assert_eq!(types, [DataType::Int64, DataType::Float64, DataType::String, DataType::String]);
        assert_eq!(frame.rows(), 200_001);
        assert_eq!(frame.view().numbers("number").unwrap()[199_999..], [199_999.0, 0.5]);
        assert_eq!(frame.view().texts("label").unwrap().get(200_000), Some("01"));
    }
}

#[test]
fn a_fault_far_into_a_file_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let rows = 400_000;
    fs::write(&path, format!("a,b\n{}1\n{}", "1,\"x\r\ny\"\n".repeat(rows), "1,2\n".repeat(100_000))).unwrap();
    let wanted = format!("row {} (line {}, byte {}) has 1 cell, expected 2", rows + 1, 2 * rows + 2, 4 + 9 * rows);
    let message = error_of(&path);
    assert!(message.ends_with(&wanted), "{message}");
    let streamed = batches(&path, &ReadOptions::default(), 1000).unwrap().find_map(|batch| batch.err()).unwrap();
    assert!(streamed.to_string().ends_with(&wanted), "{streamed}");
}

#[test]
fn batches_give_text_and_end_after_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, "a, b\n1,-\n2,y\n3\n4,z\n").unwrap();
    let options = ReadOptions { threads: 1, ..ReadOptions::default() };
    let mut stream = batches(&path, &options, 1).unwrap();
    assert_eq!(stream.findings().len(), 1);
    assert!(stream.next().unwrap().is_err());
    assert!(stream.next().is_none());

    fs::write(&path, "a,b\n1,-\n2,y\n3,z\n").unwrap();
    let frames: Vec<Frame> = batches(&path, &options, 2).unwrap().map(Result::unwrap).collect();
    assert_eq!(frames.iter().map(Frame::rows).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(frames[0].view().texts("a").unwrap().iter().collect::<Vec<_>>(), [Some("1"), Some("2")]);
    assert_eq!(frames[0].view().texts("b").unwrap().iter().collect::<Vec<_>>(), [None, Some("y")]);
}

#[test]
fn batches_of_wide_tables_have_fewer_rows() {
    const COLUMNS: usize = 5_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let line = |cell: &dyn Fn(usize) -> String| (0..COLUMNS).map(cell).collect::<Vec<_>>().join(",") + "\n";
    fs::write(&path, line(&|j| format!("c{j}")) + &line(&|j| (j % 10).to_string()).repeat(1_000)).unwrap();
    let rows = batches(&path, &ReadOptions::default(), 50_000).unwrap().map(|batch| batch.unwrap().rows());
    assert_eq!(rows.collect::<Vec<_>>(), [800, 200]);
}

/// One column of every type that polars has here.
fn every_type() -> DataFrame {
    let numbers = Series::new("i64".into(), [Some(1i64), None, Some(86_400_000_000)]);
    let cast = |name: &str, dtype: DataType| numbers.cast(&dtype).unwrap().with_name(name.into()).into_column();
    let small = |name: &str, dtype: DataType| Series::new(name.into(), [1u8, 2, 3]).cast(&dtype).unwrap().into_column();
    let columns: Vec<Column> = vec![
        small("i8", DataType::Int8),
        small("i16", DataType::Int16),
        small("i32", DataType::Int32),
        cast("i64", DataType::Int64),
        small("u8", DataType::UInt8),
        small("u16", DataType::UInt16),
        small("u32", DataType::UInt32),
        small("u64", DataType::UInt64),
        Series::new("u64_beyond".into(), [1u64, 2, u64::MAX]).into_column(),
        small("f32", DataType::Float32),
        Series::new("f64".into(), [Some(0.5), Some(f64::NAN), None]).into_column(),
        Series::new("bool".into(), [Some(true), None, Some(false)]).into_column(),
        Series::new("text".into(), [Some("a"), None, Some("")]).into_column(),
        Series::new("category".into(), ["x", "y", "x"])
            .cast(&DataType::from_categories(polars::prelude::Categories::global()))
            .unwrap()
            .into_column(),
        Series::new("date".into(), [Some(-1), None, Some(20_000)]).cast(&DataType::Date).unwrap().into_column(),
        cast("datetime_ms", DataType::Datetime(TimeUnit::Milliseconds, None)),
        cast("datetime_us", DataType::Datetime(TimeUnit::Microseconds, None)),
        cast("datetime_ns", DataType::Datetime(TimeUnit::Nanoseconds, None)),
        cast("duration", DataType::Duration(TimeUnit::Milliseconds)),
        Series::new_null("null".into(), 3).into_column(),
        Series::new("bytes".into(), [&b"a"[..], b"b", b"c"]).into_column(),
        Series::new("list".into(), vec![Series::new("".into(), [1]); 3]).into_column(),
    ];
    DataFrame::new(3, columns).unwrap()
}

#[test]
fn every_type_is_brought_into_one_of_a_frame() {
    let (frame, findings) = Frame::from_data(every_type()).unwrap();
    insta::assert_snapshot!(show(&frame, &findings));
}

#[test]
fn a_parquet_file_reads_as_the_table_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let mut data = every_type();
    ParquetWriter::new(fs::File::create(&path).unwrap()).with_row_group_size(Some(2)).finish(&mut data).unwrap();
    let (wanted, _) = Frame::from_data(data).unwrap();
    let (frame, findings) = read(&path, &ReadOptions::default()).unwrap();
    assert!(frame.data().equals_missing(wanted.data()), "{:?}", frame.data());
    insta::assert_snapshot!(show(&frame.clone(), &findings).lines().filter(|l| l.starts_with("Alerted")).collect::<String>());

    let unnamed = folder.path().join("data");
    fs::copy(&path, &unnamed).unwrap();
    assert_eq!(read(&unnamed, &ReadOptions::default()).unwrap().0.rows(), 3);
    let packed = folder.path().join("t.parquet.gz");
    fs::write(&packed, gzip(&fs::read(&path).unwrap())).unwrap();
    assert_eq!(read(&packed, &ReadOptions::default()).unwrap().0.rows(), 3);

    let mut whole = DataFrame::empty();
    for batch in batches(&path, &ReadOptions::default(), 2).unwrap() {
        whole.vstack_mut(batch.unwrap().data()).unwrap();
    }
    assert!(whole.equals_missing(wanted.data()));
}

#[test]
fn a_parquet_file_that_is_cut_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    ParquetWriter::new(fs::File::create(&path).unwrap()).finish(&mut every_type()).unwrap();
    let content = fs::read(&path).unwrap();
    for i in (0..content.len()).step_by(7) {
        fs::write(&path, &content[..i]).unwrap();
        error_of(&path);
    }
}

#[test]
fn what_is_written_as_csv_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let (frame, _) = Frame::from_data(every_type()).unwrap();
    let names: Vec<String> = frame.names().map(String::from).collect();
    let path = folder.path().join("t.csv");
    let mut writer = Writer::create(&path, &names).unwrap();
    writer.write(frame.data()).unwrap();
    writer.finish().unwrap();
    insta::assert_snapshot!(fs::read_to_string(&path).unwrap());

    let numbers = [0.1, -0.0, 1e-300, 1e300, f64::MAX, f64::MIN_POSITIVE, 1.0 / 3.0, f64::INFINITY, 5e-324, 123456789.125, 1e16];
    let data = DataFrame::new_infer_height(vec![Series::new("x".into(), numbers).into_column()]).unwrap();
    let mut writer = Writer::create(&path, &["x".into()]).unwrap();
    writer.write(&data).unwrap();
    writer.finish().unwrap();
    let (back, _) = read(&path, &ReadOptions::default()).unwrap();
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&back.view().numbers("x").unwrap()), bits(&numbers));
}

#[test]
fn a_file_appears_only_when_it_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let names = || fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    let path = folder.path().join("t.csv");
    let frame = Frame::from_texts(vec![("a".into(), vec![Some("1".into())])]).unwrap();
    let mut writer = Writer::create(&path, &["a".into()]).unwrap();
    writer.write(frame.data()).unwrap();
    assert!(!path.exists() && names().len() == 1);
    drop(writer);
    assert!(names().is_empty());

    fs::write(&path, "old").unwrap();
    let writer = Writer::create(&path, &["a".into()]).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    writer.finish().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "a\n");
    assert_eq!(names().len(), 1);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let create = |name: &str| Writer::create(&folder.path().join(name), &["a".into()]).err().unwrap();
    assert_eq!(create("t.xlsx").kind(), Kind::Usage);
    assert!(create("no/such/t.csv").to_string().ends_with("there is no such folder"));
    fs::create_dir(folder.path().join("d.csv")).unwrap();
    assert!(create("d.csv").to_string().contains("folder"));
    let mut writer = Writer::to(Box::new(Vec::new()), WriteOptions::default(), &["a".into()]).unwrap();
    let other = Frame::from_texts(vec![("b".into(), vec![None])]).unwrap();
    assert_eq!(writer.write(other.data()).unwrap_err().kind(), Kind::Internal);
}

#[test]
fn an_empty_parquet_file_has_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    Writer::create(&path, &["a".into(), "b".into()]).unwrap().finish().unwrap();
    assert_eq!(error_of(&path), "…/t.parquet: there are columns but no rows");
}

#[test]
fn the_delimiter_is_text_in_a_configuration() {
    let options: ReadOptions = serde_json::from_str(r#"{"delimiter": "tab", "header": false}"#).unwrap();
    assert_eq!((options.delimiter, options.header), (Some(b'\t'), false));
    assert!(serde_json::to_string(&options).unwrap().contains(r#""delimiter":"tab""#));
    assert!(serde_json::from_str::<ReadOptions>(r#"{"delimiter": "::"}"#).is_err());
    assert_eq!(serde_json::from_str::<ReadOptions>("{}").unwrap(), ReadOptions::default());
}
