//! Bytes row after row, each row in as few cache lines as possible.

/// Bytes of one cache line.
const LINE: usize = 64;

/// Bytes behind the last row: for its place at the beginning of a line, and for words that are read across its end.
const BEHIND: usize = 2 * LINE;

/// A table of bytes stored row after row.
///
/// The distance of the rows divides a cache line or is a multiple of it, and the first row begins at one:
/// a visit to a random row then loads the fewest lines.
#[derive(Debug)]
pub(crate) struct RowMajor {
    rows: usize,
    width: usize,
    stride: usize,
    /// Where the first row begins: chosen for its address, invisible in any result.
    start: usize,
    bytes: Vec<u8>,
}

impl RowMajor {
    /// The table of these columns, all `rows` long.
    pub(crate) fn from_columns<C: AsRef<[u8]>>(rows: usize, columns: &[C]) -> RowMajor {
        /// Rows written at a time, so that their lines stay in the first-level cache over all columns.
        const BLOCK: usize = 256;
        let mut table = RowMajor::zeros(rows, columns.len());
        let (start, stride) = (table.start, table.stride);
        for first in (0..rows).step_by(BLOCK) {
            let last = (first + BLOCK).min(rows);
            for (j, column) in columns.iter().enumerate() {
                let places = table.bytes[start + first * stride + j..].iter_mut().step_by(stride);
                for (place, &bin) in places.zip(&column.as_ref()[first..last]) {
                    *place = bin;
                }
            }
        }
        table
    }

    fn zeros(rows: usize, width: usize) -> RowMajor {
        let stride = match width {
            0..=LINE => width.max(1).next_power_of_two(),
            _ => width.next_multiple_of(LINE),
        };
        let bytes = vec![0; rows * stride + BEHIND];
        let start = bytes.as_ptr().align_offset(LINE).min(LINE);
        RowMajor { rows, width, stride, start, bytes }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// All bytes, where the first row begins among them, and from there the distance of the rows. At least 64 bytes
    /// follow any byte of a row.
    pub(crate) fn raw(&self) -> (&[u8], usize, usize) {
        (&self.bytes, self.start, self.stride)
    }

    /// The bytes of one row.
    #[inline]
    pub(crate) fn row(&self, i: usize) -> &[u8] {
        let first = self.start + i * self.stride;
        &self.bytes[first..first + self.width]
    }
}
