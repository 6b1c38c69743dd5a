//! How tables are read.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::delimiter_text;
use super::encoding::Encoding;

/// How tables are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with a delimiter between the cells, RFC 4180 quotes.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, which is also Feather version 2: a file, or a stream of the same.
    Arrow,
    /// JSON objects, one on every line. Keys are columns, those of inner objects `outer.inner`; columns with lists are
    /// left out.
    Ndjson,
}

impl Format {
    /// Whether it is text, which may be stored in several encodings.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Format::Csv | Format::Ndjson)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::Ndjson => "ndjson",
        })
    }
}

/// How to read a table. That gzip or zstd is around a file is seen by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadOptions {
    /// The format. By default the name tells, with or without `.gz` or `.zst` behind it: `.csv`, `.tsv`, `.txt`, `.tab`;
    /// `.parquet`, `.pq`; `.arrow`, `.feather`, `.ipc`, `.arrows`; `.ndjson`, `.jsonl`, `.json`. Files of other names and
    /// standard input are what they begin like, else CSV.
    pub format: Option<Format>,
    /// The encoding of a text file. By default UTF-8, or UTF-16 if a byte order mark says so. Serialised as a label:
    /// `"latin1"`, `"utf-16le"`.
    pub encoding: Option<Encoding>,
    /// The byte between the cells of a CSV file. By default a tab in `.tsv` and `.tab` files, else whichever of
    /// comma, semicolon, tab and `|` cuts the first records most evenly. Serialised as text: `";"`, `"tab"`.
    #[serde(with = "delimiter_text")]
    pub delimiter: Option<u8>,
    /// Whether the first record of a CSV file holds the names of the columns; if not, they are `column_1`, ….
    pub header: bool,
    /// The texts of a CSV file that stand for a missing value, compared without the spaces around them;
    /// [`NA_VALUES`] by default. The empty cell is always missing.
    pub na_values: Option<Vec<String>>,
    /// Columns of a text file to be kept as the text that stands in the file, as targets are. In CSV `-` is not
    /// a missing value there unless `na_values` says so. Names that the file does not have are passed over.
    pub text_columns: Vec<String>,
    /// Number of threads; 0 takes one per processor.
    #[serde(skip)]
    pub threads: usize,
}

/// What stands for a missing value in a CSV file unless [`ReadOptions::na_values`] says otherwise.
pub const NA_VALUES: [&str; 9] = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "?", "-"];

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions {
            format: None,
            encoding: None,
            delimiter: None,
            header: true,
            na_values: None,
            text_columns: Vec::new(),
            threads: 0,
        }
    }
}
