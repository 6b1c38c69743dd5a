//! The rows of every leaf, side by side in one array.

/// Row numbers ordered by leaf, rising within each leaf.
#[derive(Debug, Default)]
pub(super) struct Partition {
    rows: Vec<u32>,
    right: Vec<u32>,
}

impl Partition {
    /// Starts a tree with these rows in the root.
    pub(super) fn start(&mut self, rows: impl Iterator<Item = u32>) {
        self.rows.clear();
        self.rows.extend(rows);
        self.right.resize(self.rows.len(), 0);
    }

    /// The rows at some places.
    pub(super) fn rows(&self, first: usize, len: usize) -> &[u32] {
        &self.rows[first..first + len]
    }

    /// Number of rows in all leaves.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Splits the rows at some places by the bin that they have in `column`: those that go left come
    /// first, the order is kept. Says how many go left.
    ///
    /// Without branches on the data: about 1.5 ns per row.
    pub(super) fn split(&mut self, first: usize, len: usize, column: &[u8], goes_left: &[bool; 256]) -> usize {
        let rows = &mut self.rows[first..first + len];
        let right = &mut self.right[..len];
        let (mut to_left, mut to_right) = (0, 0);
        for k in 0..len {
            let row = rows[k];
            let left = goes_left[usize::from(column[row as usize])];
            rows[to_left] = row;
            right[to_right] = row;
            to_left += usize::from(left);
            to_right += usize::from(!left);
        }
        rows[to_left..].copy_from_slice(&right[..to_right]);
        to_left
    }
}
