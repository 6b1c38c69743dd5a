//! Sums of gradients per bin, for all features of a leaf.

use std::ops::Range;

use super::kernel::{self, CELLS_BEHIND, TILE, Tile};
use super::packed::{Cell, Step};
use crate::bins::Bins;

/// Cells of one cache line.
const LINE: usize = 8;

/// Additions below which a second thread is not worth its start.
const PARALLEL: usize = 150_000;

/// The sums of a leaf; where those of a feature lie, its [`Layout`] knows.
pub(super) type Histogram = Box<[Cell]>;

/// Where the cells of the features lie in a histogram.
pub(super) struct Layout {
    /// Per feature of the bins its cells.
    ranges: Vec<Range<usize>>,
    cells: usize,
}

impl Layout {
    /// The layout for all features of the bins, each beginning a cache line.
    pub fn new(bins: &Bins) -> Layout {
        let mut cells = 0;
        let ranges = bins.features.iter().map(|feature| {
            let begin = cells;
            cells += feature.count().next_multiple_of(LINE);
            begin..begin + feature.count()
        });
        Layout { ranges: ranges.collect(), cells }
    }

    /// The cells of a feature.
    #[inline]
    pub fn range(&self, feature: usize) -> Range<usize> {
        self.ranges[feature].clone()
    }

    /// Bytes of a histogram.
    pub fn bytes(&self) -> usize {
        (self.cells + CELLS_BEHIND) * size_of::<Cell>()
    }

    fn new_histogram(&self) -> Histogram {
        vec![0; self.cells + CELLS_BEHIND].into()
    }

    /// Tiles for these features, in rising order. Where most features of a tile are wanted, all are summed: it is
    /// faster to walk neighbours than a list.
    pub fn tiles(&self, features: &[usize]) -> Vec<Tile> {
        let mut tiles = Vec::new();
        for group in features.chunk_by(|a, b| a / TILE == b / TILE) {
            let first = group[0] / TILE * TILE;
            let wide = first..(first + TILE).min(self.ranges.len());
            let dense = if group.len() * 2 > wide.len() { vec![wide] } else { runs(group) };
            tiles.extend(
                dense.into_iter().map(|run| Tile { first: run.start, cells: run.map(|j| self.ranges[j].start).collect() }),
            );
        }
        tiles
    }
}

/// The stretches of neighbours in a rising list.
fn runs(features: &[usize]) -> Vec<Range<usize>> {
    features.chunk_by(|a, b| a + 1 == *b).map(|run| run[0]..run[0] + run.len()).collect()
}

/// Histograms that are used again and again.
pub(super) struct Pool {
    free: Vec<Histogram>,
    /// How many more may be made.
    room: usize,
}

impl Pool {
    /// A pool that takes about so many bytes at most, but never fewer histograms than two leaves need.
    pub fn new(layout: &Layout, bytes: u64) -> Pool {
        Pool { free: Vec::new(), room: ((bytes / layout.bytes() as u64) as usize).max(4) }
    }

    /// A histogram with any content; `None` if there are none left.
    pub fn take(&mut self, layout: &Layout) -> Option<Histogram> {
        self.free.pop().or_else(|| {
            self.room = self.room.checked_sub(1)?;
            Some(layout.new_histogram())
        })
    }

    /// Whether so many could be taken.
    pub fn has_room_for(&self, count: usize) -> bool {
        self.free.len().saturating_add(self.room) >= count
    }

    /// Takes a histogram back.
    pub fn give_back(&mut self, histogram: Histogram) {
        self.free.push(histogram);
    }
}

/// The data that histograms are built from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub bins: &'a Bins,
    pub layout: &'a Layout,
    /// The steps of all places.
    pub steps: &'a [Step],
    pub tiles: &'a [Tile],
    /// Threads that may help.
    pub threads: usize,
}

impl Source<'_> {
    /// Sums the steps of the rows at these places.
    pub fn build(&self, rows: &[u32], histogram: &mut Histogram, pool: &mut Pool) {
        self.clear(histogram);
        let features: usize = self.tiles.iter().map(|t| t.cells.len()).sum();
        let pieces = self.threads.min(rows.len() * features / PARALLEL).max(1);
        let mut helpers: Vec<Histogram> = (1..pieces).map_while(|_| pool.take(self.layout)).collect();
        if helpers.is_empty() {
            self.accumulate(rows, histogram);
            return;
        }
        let piece = rows.len().div_ceil(helpers.len() + 1);
        let (first, others) = rows.split_at(piece);
        rayon::scope(|scope| {
            for (helper, rows) in helpers.iter_mut().zip(others.chunks(piece)) {
                scope.spawn(|_| {
                    self.clear(helper);
                    self.accumulate(rows, helper);
                });
            }
            self.accumulate(first, histogram);
        });
        for helper in helpers {
            // Sums of integers: the same whoever added what.
            for tile in self.tiles {
                let cells = self.cells(tile);
                histogram[cells.clone()].iter_mut().zip(&helper[cells]).for_each(|(sum, part)| *sum = sum.wrapping_add(*part));
            }
            pool.give_back(helper);
        }
    }

    fn accumulate(&self, rows: &[u32], histogram: &mut Histogram) {
        kernel::accumulate(&self.bins.row_major, rows, self.steps, self.tiles, histogram);
    }

    fn clear(&self, histogram: &mut Histogram) {
        for tile in self.tiles {
            histogram[self.cells(tile)].fill(0);
        }
    }

    /// The cells of all features of a tile.
    fn cells(&self, tile: &Tile) -> Range<usize> {
        self.layout.range(tile.first).start..self.layout.range(tile.first + tile.cells.len() - 1).end
    }
}

/// Takes the cells of one child from those of its parent, which leaves the other child's.
pub(super) fn subtract(parent: &mut [Cell], child: &[Cell]) {
    parent.iter_mut().zip(child).for_each(|(p, c)| *p = p.wrapping_sub(*c));
}
