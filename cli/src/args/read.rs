//! How a table is read: the flags of every command that reads one.

use automl::frame::{Encoding, Format, ReadOptions};
use clap::ValueEnum;

#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadArgs {
    /// Format of the table; by extension and content if not given
    #[arg(long)]
    format: Option<FormatArg>,
    /// Encoding of CSV and NDJSON, such as latin1, windows-1250, utf-16le; UTF-8 if not given, and
    /// UTF-16 with a byte order mark
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,
    /// What separates the cells of CSV, one character or `tab`; found out if not given
    #[arg(long, value_name = "C", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The first line of CSV holds values, not names; columns are called column_1, column_2, …
    #[arg(long)]
    no_header: bool,
    /// What stands for a missing value, instead of: empty, NA, N/A, NaN, null, NULL, ?, -
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    na_values: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    Csv,
    Parquet,
    Arrow,
    Ndjson,
}

impl ReadArgs {
    /// Puts what was given over what the options say already.
    pub fn apply(&self, options: &mut ReadOptions) {
        if let Some(format) = self.format {
            options.format = Some(match format {
                FormatArg::Csv => Format::Csv,
                FormatArg::Parquet => Format::Parquet,
                FormatArg::Arrow => Format::Arrow,
                FormatArg::Ndjson => Format::Ndjson,
            });
        }
        if let Some(encoding) = self.encoding {
            options.encoding = Some(encoding);
        }
        if let Some(delimiter) = self.delimiter {
            options.delimiter = Some(delimiter);
        }
        if self.no_header {
            options.header = false;
        }
        if let Some(na_values) = &self.na_values {
            options.na_values = Some(na_values.clone());
        }
    }

    /// The options of a table that is read with so many threads.
    pub fn options(&self, threads: usize) -> ReadOptions {
        let mut options = ReadOptions { threads, ..ReadOptions::default() };
        self.apply(&mut options);
        options
    }
}

/// The flags that make these options, for a command line that reads another table of the same kind. The format is left
/// out: the next file may have another.
pub fn read_flags(options: &ReadOptions) -> Vec<String> {
    let mut flags = Vec::new();
    if let Some(encoding) = options.encoding {
        flags.extend(["--encoding".to_owned(), encoding.to_string()]);
    }
    if let Some(delimiter) = options.delimiter {
        let delimiter = char::from(delimiter);
        flags.extend(["--delimiter".to_owned(), if delimiter == '\t' { "tab".to_owned() } else { delimiter.to_string() }]);
    }
    if !options.header {
        flags.push("--no-header".to_owned());
    }
    if let Some(na_values) = &options.na_values {
        flags.extend(["--na-values".to_owned(), na_values.join(",")]);
    }
    flags
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
            _ => Err("one ASCII character or `tab` is needed, and not a quote".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_one_byte() {
        assert_eq!([delimiter(";"), delimiter("tab"), delimiter("\\t"), delimiter("\t")], [Ok(b';'), Ok(9), Ok(9), Ok(9)]);
        for text in ["", ";;", "é", "\"", "\n"] {
            assert!(delimiter(text).is_err(), "{text:?}");
        }
    }
}
