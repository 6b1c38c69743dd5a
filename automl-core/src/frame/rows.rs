//! Whole-frame operations: some of its rows, and a fingerprint of its cells.

use polars::prelude::{DataType, IdxCa};

use super::Frame;
use crate::error::Result;

impl Frame {
    /// The chosen rows as a frame of their own.
    ///
    /// # Errors
    /// A row number beyond the end.
    pub fn take(&self, rows: &[u32]) -> Result<Frame> {
        let rows = IdxCa::from_vec("".into(), rows.to_vec());
        Ok(Frame::new(self.data().take(&rows)?))
    }

    /// At most so many rows from one on, which are not copied.
    pub fn slice(&self, first: usize, rows: usize) -> Frame {
        Frame::new(self.data().slice(first as i64, rows))
    }

    /// A hash of names and cells, the same for the same table wherever it was read from.
    ///
    /// Numbers count with their bits, times with their microseconds, everything else as text.
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for column in self.data().columns() {
            hasher.update(column.name().as_bytes());
            hasher.update(&[0]);
            let series = column.as_materialized_series().to_physical_repr();
            match series.dtype() {
                DataType::Float64 => {
                    if let Ok(values) = series.f64() {
                        for value in values.iter() {
                            hasher.update(&value.map_or(u64::MAX, f64::to_bits).to_le_bytes());
                        }
                    }
                }
                DataType::Int64 => {
                    if let Ok(values) = series.i64() {
                        for value in values.iter() {
                            hasher.update(&value.unwrap_or(i64::MIN).to_le_bytes());
                        }
                    }
                }
                _ => {
                    if let Ok(values) = series.str() {
                        for value in values.iter() {
                            hasher.update(value.unwrap_or("\u{0}").as_bytes());
                            hasher.update(&[0]);
                        }
                    }
                }
            }
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}
