//! The nearest references of every query.
//!
//! Distances are sums of squared differences, column by column: the same bits for a row by itself and in a batch, and
//! exactly zero between equal rows. The detour by a matrix product (‖x‖² + ‖y‖² − 2xy) has neither, and on the few dozen
//! columns of a table it is no faster.

use super::layout::{LANES, Layout, Panels};
use crate::simd::for_each_machine;

/// Queries whose nearest references are collected in one pass over the references.
pub(super) const BLOCK: usize = 64;
/// Queries compared with a panel at once: their sums stay in registers.
const TOGETHER: usize = 4;
/// Values of the panels that are compared with a whole block of queries before the next ones are read: 128 KB.
const CHUNK_VALUES: usize = 32 * 1024;

/// A reference and its squared distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    /// Number of the reference.
    pub reference: u32,
    /// Squared distance.
    pub square: f32,
}

/// The nearest references that a query has met so far.
struct Nearest {
    wanted: usize,
    /// Those met; cut down to the nearest whenever there are twice as many as wanted.
    met: Vec<Neighbour>,
    /// No reference this far away belongs to the nearest.
    bound: f32,
}

impl Nearest {
    fn new(wanted: usize) -> Nearest {
        Nearest { wanted, met: Vec::with_capacity(2 * wanted), bound: f32::INFINITY }
    }

    #[inline]
    fn meet(&mut self, reference: u32, square: f32) {
        if square < self.bound {
            self.met.push(Neighbour { reference, square });
            if self.met.len() >= 2 * self.wanted {
                self.cut();
            }
        }
    }

    /// Keeps the nearest; of those equally near, the ones that come first.
    fn cut(&mut self) {
        if self.met.len() > self.wanted {
            self.met.select_nth_unstable_by(self.wanted - 1, order);
            self.met.truncate(self.wanted);
            self.bound = self.met[self.wanted - 1].square;
        }
    }

    fn into_sorted(mut self) -> Vec<Neighbour> {
        self.cut();
        self.met.sort_unstable_by(order);
        self.met
    }
}

fn order(a: &Neighbour, b: &Neighbour) -> std::cmp::Ordering {
    a.square.total_cmp(&b.square).then(a.reference.cmp(&b.reference))
}

/// The `wanted` nearest references of each of at most [`BLOCK`] queries, nearest first.
///
/// `queries` are rows of the layout, row-major; there is at least one column.
pub(super) fn nearest(layout: &Layout, references: &Panels, queries: &[f32], wanted: usize) -> Vec<Vec<Neighbour>> {
    let width = layout.width();
    let mut found: Vec<Nearest> = queries.chunks_exact(width).map(|_| Nearest::new(wanted)).collect();
    let panels_together = (CHUNK_VALUES / (width * LANES)).max(1);
    for (chunk, values) in references.values.chunks(panels_together * width * LANES).enumerate() {
        let first = chunk * panels_together * LANES;
        for (rows, found) in queries.chunks(TOGETHER * width).zip(found.chunks_mut(TOGETHER)) {
            for (panel, values) in values.chunks_exact(width * LANES).enumerate() {
                let start = first + panel * LANES;
                let squares = squares(values, rows, layout.numbers.len(), width);
                let real = LANES.min(references.rows - start);
                for (found, squares) in found.iter_mut().zip(&squares) {
                    if squares.iter().any(|&square| square < found.bound) {
                        (start as u32..).zip(&squares[..real]).for_each(|(r, &square)| found.meet(r, square));
                    }
                }
            }
        }
    }
    found.into_iter().map(Nearest::into_sorted).collect()
}

for_each_machine! {
    /// The squared distances of up to four rows from the references of a panel.
    fn squares(panel: &[f32], rows: &[f32], numbers: usize, width: usize) -> [[f32; LANES]; TOGETHER] = squares_body
}

#[inline(always)]
fn squares_body(panel: &[f32], rows: &[f32], numbers: usize, width: usize) -> [[f32; LANES]; TOGETHER] {
    if rows.len() == TOGETHER * width {
        let (a, rest) = rows.split_at(width);
        let (b, rest) = rest.split_at(width);
        let (c, d) = rest.split_at(width);
        return sums([a, b, c, d], panel, numbers);
    }
    let mut out = [[0.0; LANES]; TOGETHER];
    for (row, out) in rows.chunks_exact(width).zip(&mut out) {
        [*out] = sums([row], panel, numbers);
    }
    out
}

#[inline(always)]
fn sums<const N: usize>(rows: [&[f32]; N], panel: &[f32], numbers: usize) -> [[f32; LANES]; N] {
    let mut sums = [[0.0f32; LANES]; N];
    let (of_numbers, of_codes) = panel.as_chunks::<LANES>().0.split_at(numbers);
    for (j, values) in of_numbers.iter().enumerate() {
        for (row, sums) in rows.iter().zip(&mut sums) {
            for (sum, value) in sums.iter_mut().zip(values) {
                let difference = value - row[j];
                *sum += difference * difference;
            }
        }
    }
    for (j, values) in (numbers..).zip(of_codes) {
        for (row, sums) in rows.iter().zip(&mut sums) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += if *value == row[j] { 0.0 } else { 1.0 };
            }
        }
    }
    sums
}
