//! Cutting a block into cells.

use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::memchr;

use super::fault;
use super::header::Layout;
use crate::frame::text::{Block, Class, Fault, Tokens};

impl Layout {
    /// Cuts a block into cells, in memory of its own size plus four bytes per cell, and finds the types.
    pub(super) fn tokens(&self, block: &Block) -> Result<Tokens, Fault> {
        check_bytes(block, self.delimiter)?;
        let mut text = vec![0; block.bytes().len() + 1];
        let (mut ends, length) = cut(block, self, &mut text)?;
        // The cells of all blocks wait until the types are known; what was reserved too much would wait with them.
        ends.shrink_to_fit();
        text.truncate(length);
        text.shrink_to_fit();
        // The block is UTF-8, and so it remains without its quotes and delimiters, which are ASCII.
        let text = String::from_utf8(text).map_err(|_| fault::not_utf8(block, 0, self.delimiter))?;
        let rows = ends.len() / self.names.len();
        let classes = self.classes(&text, &ends);
        Ok(Tokens { names: Arc::clone(&self.names), classes, rows, text, ends })
    }

    /// The types of the columns, by cells that stand row after row.
    fn classes(&self, text: &str, ends: &[u32]) -> Vec<Class> {
        let mut classes: Vec<Class> = self.is_text.iter().map(|&text| if text { Class::Text } else { Class::Missing }).collect();
        let mut start = 0;
        for record in ends.chunks_exact(self.names.len()) {
            for (class, &end) in classes.iter_mut().zip(record) {
                if *class < Class::Text {
                    *class = (*class).max(Class::of(&text[start..end as usize], self.rules.of_values()));
                }
                start = end as usize;
            }
        }
        classes
    }
}

/// Refuses what is not text, at the first place where it is not.
fn check_bytes(block: &Block, delimiter: u8) -> Result<(), Fault> {
    if let Some(at) = block.open_quote {
        return Err(fault::open_quote(block, at, delimiter));
    }
    if let Some(at) = memchr(0, block.bytes()) {
        return Err(fault::nul(block, at, delimiter));
    }
    std::str::from_utf8(block.bytes()).map(|_| ()).map_err(|e| fault::not_utf8(block, e.valid_up_to(), delimiter))
}

/// Writes the cells of a block into `text`; returns their ends and the length of the text.
fn cut(block: &Block, layout: &Layout, text: &mut [u8]) -> Result<(Vec<u32>, usize), Fault> {
    let (input, width, expected) = (block.bytes(), layout.names.len(), layout.cells_per_record());
    let mut reader = reader(layout.delimiter);
    let mut record = vec![0; expected + 1];
    let mut ends: Vec<u32> = Vec::new();
    let (mut record_start, mut read, mut text_start, mut written, mut found) = (0, 0, 0, 0, 0);
    loop {
        let (result, bytes_in, bytes_out, cells) = reader.read_record(&input[read..], &mut text[written..], &mut record[found..]);
        (read, written, found) = (read + bytes_in, written + bytes_out, found + cells);
        match result {
            ReadRecordResult::Record => {
                let is_whole = found == expected && (!layout.trailing || record[width] == record[width - 1]);
                if !is_whole {
                    return Err(fault::width(block, ends.len() / width, record_start, layout));
                }
                if ends.is_empty() {
                    // Guess from the first record how many there are.
                    ends.reserve(input.len() / read.max(1) * width + width);
                }
                ends.extend(record[..width].iter().map(|&end| (text_start + end) as u32));
                (record_start, text_start, found) = (read, written, 0);
            }
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::End => return Ok((ends, written)),
            // `text` has room for all of the input, so the row has too many cells.
            ReadRecordResult::OutputEndsFull | ReadRecordResult::OutputFull => {
                return Err(fault::width(block, ends.len() / width, record_start, layout));
            }
        }
    }
}

/// The parser, set so that it takes a byte order mark inside of the file for text.
fn reader(delimiter: u8) -> Reader {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    // It strips a mark in its first call only, and a call without room for output reads nothing.
    reader.read_record(b"-", &mut [], &mut [0]);
    reader
}

/// The cells of the first record, and where it ends; `None` if there is no record.
pub(super) fn first_record(input: &[u8], delimiter: u8) -> Option<(Vec<Vec<u8>>, usize)> {
    let mut reader = reader(delimiter);
    let mut text = vec![0; input.len() + 1];
    let mut ends: Vec<usize> = vec![0; 64];
    let (mut read, mut written, mut found) = (0, 0, 0);
    loop {
        let (result, bytes_in, bytes_out, cells) = reader.read_record(&input[read..], &mut text[written..], &mut ends[found..]);
        (read, written, found) = (read + bytes_in, written + bytes_out, found + cells);
        match result {
            ReadRecordResult::Record => break,
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
            ReadRecordResult::End | ReadRecordResult::OutputFull => return None,
        }
    }
    let mut start = 0;
    let cells = ends[..found].iter().map(|&end| text[std::mem::replace(&mut start, end)..end].to_vec());
    Some((cells.collect(), read))
}

/// Number of cells of the first record.
pub(super) fn count_cells(input: &[u8], delimiter: u8) -> usize {
    first_record(input, delimiter).map_or(0, |(cells, _)| cells.len())
}

/// Number of records that end in `input`.
pub(super) fn count_records(input: &[u8], delimiter: u8) -> usize {
    record_widths(input, delimiter, usize::MAX).len()
}

/// Number of cells of each of the first records, one without an end left out.
pub(super) fn record_widths(input: &[u8], delimiter: u8, records_max: usize) -> Vec<usize> {
    let mut reader = reader(delimiter);
    let mut text = [0; 1024];
    let mut ends = [0; 256];
    let mut widths = Vec::new();
    let (mut read, mut found) = (0, 0);
    while read < input.len() && widths.len() < records_max {
        let (result, bytes, _, cells) = reader.read_record(&input[read..], &mut text, &mut ends);
        (read, found) = (read + bytes, found + cells);
        if result == ReadRecordResult::Record {
            widths.push(std::mem::take(&mut found));
        }
    }
    widths
}
