//! Sparse rows in compressed form.

/// A sparse matrix in compressed sparse row form: per row the features that are not zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Csr {
    width: usize,
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Csr {
    /// An empty matrix of `width` features, to which rows are pushed.
    pub fn new(width: usize) -> Csr {
        Csr { width, starts: vec![0], indices: Vec::new(), values: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If an index is not below the width: a mistake of the caller.
    pub fn push_row(&mut self, entries: impl IntoIterator<Item = (u32, f32)>) {
        for (index, value) in entries {
            assert!((index as usize) < self.width, "feature {index} of {}", self.width);
            self.indices.push(index);
            self.values.push(value);
        }
        self.starts.push(self.indices.len());
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of stored values.
    pub fn nonzeros(&self) -> usize {
        self.indices.len()
    }

    /// The features and values of one row.
    #[inline]
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.indices[range.clone()], &self.values[range])
    }
}
