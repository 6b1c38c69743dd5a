//! Which byte separates the cells?

use super::cut::record_widths;
use crate::error::{Error, Result};

/// The bytes that are tried, the most usual first.
pub(in crate::frame) const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many records the guess is made from.
const RECORDS_MAX: usize = 100;

/// The candidate that gives most of the first records the same number of cells, above one.
///
/// The comma wins ties, then the candidate with more cells. Without any such candidate the file has one
/// column, and the comma will do.
pub(super) fn detect(sample: &[u8], is_whole_file: bool) -> u8 {
    let mut best = (b',', 0.0, 0);
    for delimiter in CANDIDATES {
        let mut sample = sample.to_vec();
        if is_whole_file {
            sample.push(b'\n');
        }
        let (share, cells) = evenness(&record_widths(&sample, delimiter, RECORDS_MAX));
        let is_better = share > best.1 || share == best.1 && best.0 != b',' && cells > best.2;
        if cells > 1 && is_better {
            best = (delimiter, share, cells);
        }
    }
    best.0
}

/// The most frequent width above one, and the share of records that have it. None where the header has a
/// single cell, or most records do not agree: then the byte stands within a text.
fn evenness(widths: &[usize]) -> (f64, usize) {
    const SHARE_MIN: f64 = 0.5;
    if widths.first().is_none_or(|&header| header < 2) {
        return (0.0, 0);
    }
    let count = |width: usize| widths.iter().filter(|&&w| w == width).count();
    let wide = widths.iter().copied().filter(|&w| w > 1);
    let Some(mode) = wide.max_by_key(|&w| (count(w), w)) else {
        return (0.0, 0);
    };
    let share = count(mode) as f64 / widths.len() as f64;
    if share >= SHARE_MIN { (share, mode) } else { (0.0, 0) }
}

/// Refuses bytes that cannot separate cells.
pub(super) fn check(delimiter: u8) -> Result<u8> {
    if delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\n' | b'\r' | 0) {
        Ok(delimiter)
    } else {
        Err(Error::usage(format!(
            "byte 0x{delimiter:02X} cannot be the delimiter: give an ASCII character other than a quote or a line end"
        )))
    }
}
