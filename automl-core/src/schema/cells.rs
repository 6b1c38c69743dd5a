//! The cells of one column, whatever its type: four physical forms instead of all that polars has.

use std::fmt::Write;

use chrono::DateTime;
use polars::prelude::{ChunkedArray, Column, DataType, Float64Chunked, Int64Chunked, Int64Type, StringChunked, TimeUnit};

use super::NumberReader;
use super::number::print_number;

/// The cells of one column. Cloning the arrays is cheap: they are shared with the frame.
///
/// A cell is *missing* if it is null, NaN, or text without a visible character.
pub(crate) enum Cells {
    /// Integers.
    Ints(Int64Chunked),
    /// Floats.
    Floats(Float64Chunked),
    /// Text.
    Texts(StringChunked),
    /// Moments: microseconds since 1970.
    Times(Int64Chunked),
}

impl Cells {
    /// The cells of a column. Types that are none of the four forms are brought into the nearest one: other
    /// integers and floats, dates, booleans (`true`, `false`) and categories; what has no form at all
    /// (lists, structs) is all missing.
    pub fn read(column: &Column) -> Cells {
        let micros = DataType::Datetime(TimeUnit::Microseconds, None);
        let wanted = match column.dtype() {
            dtype if dtype.is_integer() => DataType::Int64,
            dtype if dtype.is_float() => DataType::Float64,
            DataType::Datetime(..) | DataType::Date => micros,
            _ => DataType::String,
        };
        let series = column.as_materialized_series();
        let series = if *series.dtype() == wanted { Some(series.clone()) } else { series.cast(&wanted).ok() };
        let cells = series.and_then(|series| match wanted {
            DataType::Int64 => series.i64().ok().cloned().map(Cells::Ints),
            DataType::Float64 => series.f64().ok().cloned().map(Cells::Floats),
            DataType::Datetime(..) => series.to_physical_repr().i64().ok().cloned().map(Cells::Times),
            _ => series.str().ok().cloned().map(Cells::Texts),
        });
        cells.unwrap_or_else(|| Cells::Texts(StringChunked::from_iter(std::iter::repeat_n(None::<&str>, column.len()))))
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Cells::Ints(cells) | Cells::Times(cells) => cells.len(),
            Cells::Floats(cells) => cells.len(),
            Cells::Texts(cells) => cells.len(),
        }
    }

    /// Every cell as a number: `None` for a missing or infinite one, and what is no number as `Err` of its text.
    pub fn for_each_number(&self, reader: &NumberReader, mut see: impl FnMut(usize, Result<Option<f64>, &str>)) {
        match self {
            Cells::Ints(cells) => cells.iter().enumerate().for_each(|(i, v)| see(i, Ok(v.map(|v| v as f64)))),
            Cells::Floats(cells) => cells.iter().enumerate().for_each(|(i, v)| see(i, Ok(v.filter(|v| v.is_finite())))),
            Cells::Texts(cells) => cells.iter().enumerate().for_each(|(i, v)| {
                see(i, v.and_then(present).map_or(Ok(None), |text| reader.read(text).map(Some).ok_or(text)));
            }),
            Cells::Times(_) => self.for_each_text(|i, v| see(i, v.map_or(Ok(None), Err))),
        }
    }

    /// Every cell as trimmed text, numbers as [`print_number`] prints them; `None` for a missing one.
    pub fn for_each_text(&self, mut see: impl FnMut(usize, Option<&str>)) {
        let mut buffer = String::new();
        match self {
            Cells::Ints(cells) => {
                for (i, value) in cells.iter().enumerate() {
                    see(i, value.map(|v| print_integer(v, &mut buffer)));
                }
            }
            Cells::Floats(cells) => {
                for (i, value) in cells.iter().enumerate() {
                    let printed = value.filter(|v| !v.is_nan()).map(print_number);
                    see(i, printed.as_deref());
                }
            }
            Cells::Texts(cells) => cells.iter().enumerate().for_each(|(i, v)| see(i, v.and_then(present))),
            Cells::Times(cells) => {
                for (i, value) in cells.iter().enumerate() {
                    see(i, value.and_then(|v| print_moment(v, &mut buffer)));
                }
            }
        }
    }

    /// Whether two columns hold exactly the same.
    pub fn equal(&self, other: &Cells) -> bool {
        let same = |a: &ChunkedArray<Int64Type>, b: &ChunkedArray<Int64Type>| a.iter().eq(b.iter());
        match (self, other) {
            (Cells::Ints(a), Cells::Ints(b)) | (Cells::Times(a), Cells::Times(b)) => same(a, b),
            (Cells::Floats(a), Cells::Floats(b)) => a.iter().map(float_bits).eq(b.iter().map(float_bits)),
            (Cells::Texts(a), Cells::Texts(b)) => a.iter().eq(b.iter()),
            _ => false,
        }
    }

    /// Whether a cell is null or NaN.
    pub fn is_missing(&self, i: usize) -> bool {
        match self {
            Cells::Ints(cells) | Cells::Times(cells) => cells.get(i).is_none(),
            Cells::Floats(cells) => cells.get(i).is_none_or(f64::is_nan),
            Cells::Texts(cells) => cells.get(i).is_none(),
        }
    }

    /// A hash of one cell; equal cells have equal hashes.
    pub fn hash(&self, i: usize) -> u64 {
        match self {
            Cells::Ints(cells) | Cells::Times(cells) => cells.get(i).map_or(MISSING, |v| v as u64),
            Cells::Floats(cells) => float_bits(cells.get(i)).unwrap_or(MISSING),
            Cells::Texts(cells) => cells.get(i).map_or(MISSING, hash_text),
        }
    }

    /// Mixes the cell of every row into a hash of the row. Equal cells mix equally; the reverse holds but for
    /// one chance in 2⁶⁴.
    pub fn mix_into(&self, hashes: &mut [u64]) {
        match self {
            Cells::Ints(cells) | Cells::Times(cells) => {
                for (hash, value) in hashes.iter_mut().zip(cells.iter()) {
                    *hash = mix(*hash, value.map_or(MISSING, |v| v as u64));
                }
            }
            Cells::Floats(cells) => {
                for (hash, value) in hashes.iter_mut().zip(cells.iter()) {
                    *hash = mix(*hash, float_bits(value).unwrap_or(MISSING));
                }
            }
            Cells::Texts(cells) => {
                for (hash, value) in hashes.iter_mut().zip(cells.iter()) {
                    *hash = mix(*hash, value.map_or(MISSING, hash_text));
                }
            }
        }
    }
}

/// The visible part of a text; `None` if there is none.
pub(crate) fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// The bits of a float, one zero and no NaN, so that equal values have equal bits.
pub(crate) fn float_bits(value: Option<f64>) -> Option<u64> {
    value.filter(|v| !v.is_nan()).map(|v| if v == 0.0 { 0 } else { v.to_bits() })
}

/// Stands for a missing cell in hashes; an arbitrary number that is no usual value.
const MISSING: u64 = 0x7FFD_1F2E_9B4C_A655;

/// One step of a hash: xor, then the two halves of a 128-bit product folded together (the step of wyhash).
pub(crate) fn mix(hash: u64, value: u64) -> u64 {
    let product = u128::from(hash ^ 0xA076_1D64_78BD_642F) * u128::from(value ^ 0xE703_7ED1_A0B4_28DB);
    // A factor of zero would forget the other one.
    (product as u64 ^ (product >> 64) as u64).wrapping_add(value.rotate_left(32)) ^ hash.rotate_left(17)
}

/// A hash of a text, the same on every platform.
pub(crate) fn hash_text(text: &str) -> u64 {
    let mut hash = text.len() as u64;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash, u64::from_le_bytes(word));
    }
    hash
}

fn print_integer(value: i64, buffer: &mut String) -> &str {
    buffer.clear();
    // Writing into a String never fails.
    let _ = write!(buffer, "{value}");
    buffer
}

/// `2021-03-04`, with the time of the day unless it is midnight; `None` if chrono cannot hold the moment.
fn print_moment(micros: i64, buffer: &mut String) -> Option<&str> {
    const MICROS_PER_DAY: i64 = 86_400_000_000;
    let moment = DateTime::from_timestamp_micros(micros)?.naive_utc();
    buffer.clear();
    let _ = if micros.rem_euclid(MICROS_PER_DAY) == 0 {
        write!(buffer, "{}", moment.format("%Y-%m-%d"))
    } else {
        write!(buffer, "{}", moment.format("%Y-%m-%d %H:%M:%S%.f"))
    };
    Some(buffer)
}
