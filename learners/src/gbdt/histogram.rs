//! Sums of gradients and hessians per bin: the kernel in which most of the time is spent.

use crate::bins::RowMajor;

/// Cells per feature. 256 would put the same bin of all features into one set of a first-level cache
/// (4096 bytes apart); four more spread them. An index of one byte is always in range.
const CELLS: usize = 260;

/// The sums of one feature: gradient and hessian per bin.
pub(super) type Cells = [[f64; 2]; CELLS];

/// Sums per feature and bin over the rows of one leaf.
pub(super) type Histogram = Vec<Cells>;

/// Empties a histogram; `bins` is the number of bins per feature.
pub(super) fn clear(histogram: &mut [Cells], bins: &[usize]) {
    for (cells, &n) in histogram.iter_mut().zip(bins) {
        cells[..n].fill([0.0; 2]);
    }
}

/// Adds the rows in `index`, one feature per column of `table`.
///
/// About 0.6 ns per row and feature while the table fits the second-level cache. Rows that come eight
/// later are touched, so that they are on their way from memory by then: a third less time where the
/// table is larger than the caches.
pub(super) fn add(histogram: &mut [Cells], table: &RowMajor, index: &[u32], gradients: &[[f32; 2]]) {
    const AHEAD: usize = 8;
    let mut touched = 0;
    for (k, &i) in index.iter().enumerate() {
        if let Some(&later) = index.get(k + AHEAD) {
            touched ^= table.touch(later as usize) ^ gradients[later as usize][0].to_bits() as u8;
        }
        let [g, h] = gradients[i as usize].map(f64::from);
        for (&bin, cells) in table.row(i as usize).iter().zip(histogram.iter_mut()) {
            let cell = &mut cells[usize::from(bin)];
            cell[0] += g;
            cell[1] += h;
        }
    }
    // Without a use the loads would be left out.
    std::hint::black_box(touched);
}

/// Turns the sums of a parent into those of one child by taking away the other's.
pub(super) fn subtract(parent: &mut [Cells], child: &[Cells], bins: &[usize]) {
    for ((from, what), &n) in parent.iter_mut().zip(child).zip(bins) {
        for (a, b) in from[..n].iter_mut().zip(&what[..n]) {
            a[0] -= b[0];
            a[1] -= b[1];
        }
    }
}

/// Histograms that are used again instead of allocated: fresh memory costs more than the sums in it.
#[derive(Debug)]
pub(super) struct Pool {
    features: usize,
    free: Vec<Histogram>,
    in_use: usize,
    capacity: usize,
}

impl Pool {
    /// A pool of at most `bytes`, but always of the few histograms without which no leaf can be split.
    pub(super) fn new(features: usize, bytes: u64) -> Pool {
        const FEWEST: u64 = 4;
        let each = (features.max(1) * size_of::<Cells>()) as u64;
        Pool { features, free: Vec::new(), in_use: 0, capacity: (bytes / each).max(FEWEST) as usize }
    }

    /// A histogram with anything in it.
    pub(super) fn take(&mut self) -> Histogram {
        self.in_use += 1;
        self.free.pop().unwrap_or_else(|| vec![[[0.0; 2]; CELLS]; self.features])
    }

    /// Takes a histogram back.
    pub(super) fn give_back(&mut self, histogram: Histogram) {
        self.in_use -= 1;
        self.free.push(histogram);
    }

    /// Whether leaves may keep their histograms: the next split needs two more.
    pub(super) fn has_room(&self) -> bool {
        self.in_use + 2 <= self.capacity
    }
}
