//! Cutting a stream of bytes into blocks that end where a record ends.

use std::io::Read;

use memchr::{memchr_iter, memrchr, memrchr2};

use crate::error::{Error, Result};
use crate::frame::source::{Source, UTF8_MARK};

/// The longest record that is read.
const RECORD_BYTES_MAX: usize = 256 << 20;

/// How much of a file the delimiter is guessed from.
const SAMPLE_BYTES: usize = 64 << 10;

/// Where the records of a file end.
#[derive(Debug, Clone, Copy)]
pub(in crate::frame) enum Records {
    /// At the end of every line.
    Lines,
    /// At the ends of lines outside of quotes, which open cells that this byte separates.
    Quoted(u8),
}

/// Some whole records of a file.
#[derive(Debug)]
pub(in crate::frame) struct Block {
    bytes: Vec<u8>,
    start: usize,
    /// Where in the file the block begins.
    pub offset: u64,
    /// Lines of the file before the block.
    pub lines: u64,
    /// Where in the block a quote opens that the file never closes.
    pub open_quote: Option<usize>,
}

impl Block {
    /// The records.
    pub(in crate::frame) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Drops records from the beginning.
    pub(in crate::frame) fn skip(&mut self, bytes: usize) {
        self.lines += lines(&self.bytes()[..bytes]);
        self.offset += bytes as u64;
        self.open_quote = self.open_quote.and_then(|at| at.checked_sub(bytes));
        self.start += bytes;
    }
}

/// The blocks of a file, in order.
pub(in crate::frame) struct Blocks {
    source: Source,
    records: Records,
    block_bytes: usize,
    /// What was read; the part up to `used` went out in blocks.
    buffer: Vec<u8>,
    used: usize,
    is_at_end: bool,
    offset: u64,
    lines: u64,
}

impl Blocks {
    /// Blocks of about `block_bytes`, longer where a record is.
    pub(in crate::frame) fn new(source: Source, block_bytes: usize) -> Result<Blocks> {
        let mut blocks = Blocks {
            source,
            records: Records::Lines,
            block_bytes: block_bytes.max(1),
            buffer: Vec::new(),
            used: 0,
            is_at_end: false,
            offset: 0,
            lines: 0,
        };
        blocks.fill(SAMPLE_BYTES)?;
        if blocks.buffer.starts_with(UTF8_MARK) {
            blocks.used = UTF8_MARK.len();
            blocks.offset = UTF8_MARK.len() as u64;
        }
        Ok(blocks)
    }

    /// The beginning of the file, and whether it is all of it.
    pub(in crate::frame) fn sample(&self) -> (&[u8], bool) {
        (&self.buffer[self.used..], self.is_at_end)
    }

    /// Says where records end. To be called before the first block is taken.
    pub(in crate::frame) fn set_records(&mut self, records: Records) {
        self.records = records;
    }

    /// Whether the name of the file tells of tabs.
    pub(in crate::frame) fn is_tab_named(&self) -> bool {
        self.source.is_tab_named
    }

    /// The next block; `None` at the end of the file.
    pub(in crate::frame) fn next(&mut self) -> Result<Option<Block>> {
        let mut wanted = self.block_bytes;
        loop {
            // One byte more, to see whether a line feed follows a carriage return.
            self.fill(wanted + 1)?;
            let unread = &self.buffer[self.used..];
            if unread.is_empty() {
                return Ok(None);
            }
            let is_rest = unread.len() <= wanted;
            let scan = Scan::of(&unread[..wanted.min(unread.len())], self.records);
            if is_rest {
                return Ok(Some(self.cut(unread.len(), scan.open_quote)));
            }
            if let Some(end) = scan.last_end {
                let is_between = unread[end - 1] == b'\r' && unread.get(end) == Some(&b'\n');
                return Ok(Some(self.cut(end + usize::from(is_between), None)));
            }
            if wanted > RECORD_BYTES_MAX {
                return Err(self.endless_record());
            }
            wanted *= 2;
        }
    }

    fn cut(&mut self, length: usize, open_quote: Option<usize>) -> Block {
        let bytes = self.buffer[self.used..self.used + length].to_vec();
        let block = Block { start: 0, offset: self.offset, lines: self.lines, open_quote, bytes };
        self.lines += lines(&block.bytes);
        self.offset += length as u64;
        self.used += length;
        block
    }

    /// Reads until `wanted` bytes wait in the buffer or the file ends.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        let waiting = self.buffer.len() - self.used;
        if waiting >= wanted || self.is_at_end {
            return Ok(());
        }
        self.buffer.drain(..self.used);
        self.used = 0;
        let missing = (wanted.max(SAMPLE_BYTES) - waiting) as u64;
        let read = self.source.reader.by_ref().take(missing).read_to_end(&mut self.buffer);
        let read = read.map_err(|e| self.source.read_error(&e))?;
        self.is_at_end = (read as u64) < missing;
        Ok(())
    }

    fn endless_record(&self) -> Error {
        let why = match self.records {
            Records::Quoted(_) => "; a quote in it is probably not closed",
            Records::Lines => "",
        };
        Error::data(format!(
            "the record that begins at line {} (byte {}) is longer than {} MB{why}",
            self.lines + 1,
            self.offset,
            RECORD_BYTES_MAX >> 20
        ))
    }
}

/// Number of line ends: line feeds, and carriage returns without one.
pub(in crate::frame) fn lines(bytes: &[u8]) -> u64 {
    let lone_returns = memchr_iter(b'\r', bytes).filter(|&i| bytes.get(i + 1) != Some(&b'\n')).count();
    (memchr_iter(b'\n', bytes).count() + lone_returns) as u64
}

/// Where records end in bytes that begin with a record.
struct Scan {
    /// After the last line end that stands outside of quotes.
    last_end: Option<usize>,
    /// The quote that opens a cell and is not closed.
    open_quote: Option<usize>,
}

impl Scan {
    fn of(bytes: &[u8], records: Records) -> Scan {
        match records {
            Records::Lines => Scan { last_end: memrchr(b'\n', bytes).map(|i| i + 1), open_quote: None },
            Records::Quoted(delimiter) => Scan::of_quoted(bytes, delimiter),
        }
    }

    /// Walks from quote to quote, as the parser of `csv-core` understands them: a quote opens a cell only at
    /// its beginning, and inside of quotes two quotes are one.
    fn of_quoted(bytes: &[u8], delimiter: u8) -> Scan {
        let mut last_end = None;
        let mut outside = 0;
        loop {
            let open = opening_quote(bytes, outside, delimiter);
            if let Some(i) = memrchr2(b'\n', b'\r', &bytes[outside..open.unwrap_or(bytes.len())]) {
                last_end = Some(outside + i + 1);
            }
            let Some(open) = open else {
                return Scan { last_end, open_quote: None };
            };
            let Some(close) = closing_quote(bytes, open + 1) else {
                return Scan { last_end, open_quote: Some(open) };
            };
            outside = close + 1;
        }
    }
}

fn opening_quote(bytes: &[u8], from: usize, delimiter: u8) -> Option<usize> {
    let begins_cell = |i: usize| i == 0 || matches!(bytes[i - 1], b'\n' | b'\r') || bytes[i - 1] == delimiter;
    memchr_iter(b'"', &bytes[from..]).map(|i| from + i).find(|&i| begins_cell(i))
}

fn closing_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let mut after_escape = from;
    memchr_iter(b'"', &bytes[from..]).map(|i| from + i).find(|&i| {
        let is_escape = bytes.get(i + 1) == Some(&b'"');
        if i < after_escape {
            return false;
        }
        if is_escape {
            after_escape = i + 2;
        }
        !is_escape
    })
}
