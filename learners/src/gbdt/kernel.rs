//! The two loops that take most of the time of boosting: sums per bin, and rows to the left and to the right.
//!
//! Both are here without the checks of indices that would cost a third of their time, beside a plain twin each,
//! which the tests compare them with. Their own checks, made once per call, keep every access in bounds whatever
//! the arguments hold.

#![allow(unsafe_code, reason = "indices are checked once per call or row instead of once per access")]

use super::packed::{Cell, Step, cell};
use crate::bins::RowMajor;

/// Features whose bins are loaded together, as one word.
pub(super) const TILE: usize = 8;

/// Rows that are looked up at a time: what is known of them stays in the first-level cache over all tiles.
const BLOCK: usize = 128;

/// Where the cells of a feature begin must be so far from the end of all cells: a byte needs no check then.
pub(super) const CELLS_BEHIND: usize = 256;

/// Neighbouring features whose sums are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tile {
    /// The first feature.
    pub first: usize,
    /// Per feature where its cells begin.
    pub cells: Vec<usize>,
}

/// Adds the steps of `rows` to the cells of their bins.
///
/// `table` has the bins, `steps` what to add, both by row; `cells` are those of all features.
///
/// # Panics
/// A row, a tile or its cells lie outside: a mistake of the caller.
pub(super) fn accumulate(table: &RowMajor, rows: &[u32], steps: &[Step], tiles: &[Tile], cells: &mut [Cell]) {
    assert!(steps.len() <= table.rows());
    for tile in tiles {
        assert!((1..=TILE).contains(&tile.cells.len()) && tile.first + tile.cells.len() <= table.width());
        assert!(tile.cells.iter().all(|&begin| begin + CELLS_BEHIND <= cells.len()));
    }
    let (bytes, start, stride) = table.raw();
    let mut values = [0; BLOCK];
    let mut places = [0; BLOCK];
    for (b, block) in rows.chunks(BLOCK).enumerate() {
        for ((value, place), &row) in values.iter_mut().zip(&mut places).zip(block) {
            // The check that every row is one of the table.
            *value = cell(steps[row as usize]);
            *place = start + row as usize * stride;
        }
        let (values, places) = (&values[..block.len()], &places[..block.len()]);
        let next = &rows[((b + 1) * BLOCK).min(rows.len())..((b + 2) * BLOCK).min(rows.len())];
        let mut ahead = if is_dense(next) { [].chunks(1) } else { next.chunks(next.len().div_ceil(tiles.len())) };
        for tile in tiles {
            // The next block is fetched a few rows at a time: the processor can wait for few lines at once.
            for &row in ahead.next().unwrap_or_default() {
                fetch(bytes, start + row as usize * stride);
                fetch(steps, row as usize);
            }
            // SAFETY: rows lie in the table (above) and tiles and their cells inside (asserted at the beginning), and
            // behind the last byte of a row the table has at least as many as a word: `RowMajor::raw`.
            unsafe {
                let begin = |k: usize| cells.as_mut_ptr().add(tile.cells[k]);
                match tile.cells.len() {
                    8 => add::<8>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                    7 => add::<7>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                    6 => add::<6>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                    5 => add::<5>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                    4 => add::<4>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                    3 => add::<3>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                    2 => add::<2>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                    _ => add::<1>(bytes, places, tile.first, values, std::array::from_fn(begin)),
                }
            }
        }
    }
}

/// Adds the values of a block to the cells of `N` neighbouring features.
///
/// # Safety
/// `place + first` is followed by at least a word of `bytes`, and each of `cells` by [`CELLS_BEHIND`] cells.
#[inline(always)]
unsafe fn add<const N: usize>(bytes: &[u8], places: &[usize], first: usize, values: &[Cell], cells: [*mut Cell; N]) {
    for (&place, &value) in places.iter().zip(values) {
        // SAFETY: the caller's promise; a byte is below `CELLS_BEHIND`.
        unsafe {
            let word = u64::from_le_bytes(bytes.as_ptr().add(place + first).cast::<[u8; TILE]>().read());
            for (k, begin) in cells.iter().enumerate() {
                let cell = begin.add(usize::from((word >> (8 * k)) as u8));
                *cell = (*cell).wrapping_add(value);
            }
        }
    }
}

/// Whether rows lie so close that the processor fetches them ahead by itself.
fn is_dense(rows: &[u32]) -> bool {
    rows.is_empty() || ((rows[rows.len() - 1] - rows[0]) as usize) < rows.len() * 3 / 2
}

/// Asks for the line of an item, before it is needed.
#[inline(always)]
fn fetch<T>(items: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: fetching ahead reads nothing; any address is allowed.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(items.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, at);
}

/// Puts the rows whose bin `goes_left` to the beginning of `rows` and the others into `scratch`, each in their order;
/// returns how many go left.
///
/// `column` has the bins of one feature, by row; `scratch` is at least as long as `rows`.
///
/// # Panics
/// A row lies outside of the column or the scratch is too short: mistakes of the caller.
#[inline(always)]
pub(super) fn partition(rows: &mut [u32], scratch: &mut [u32], column: &[u8], goes_left: impl Fn(u8) -> bool) -> usize {
    assert!(scratch.len() >= rows.len());
    let (mut left, mut right) = (0, 0);
    for i in 0..rows.len() {
        let row = rows[i];
        let is_left = goes_left(column[row as usize]);
        // SAFETY: neither counter is beyond `i`. Both places are written and one is kept: no branch to mispredict.
        unsafe {
            *rows.get_unchecked_mut(left) = row;
            *scratch.get_unchecked_mut(right) = row;
        }
        left += usize::from(is_left);
        right += usize::from(!is_left);
    }
    left
}

#[cfg(test)]
mod tests {
    use automl_core::seed::rng;
    use rand::RngExt;

    use super::*;

    /// The plain twin of [`accumulate`].
    fn plain(table: &RowMajor, rows: &[u32], steps: &[Step], tiles: &[Tile], cells: &mut [Cell]) {
        for &row in rows {
            for tile in tiles {
                for (k, begin) in tile.cells.iter().enumerate() {
                    cells[begin + usize::from(table.row(row as usize)[tile.first + k])] += cell(steps[row as usize]);
                }
            }
        }
    }

    #[test]
    fn sums_equal_those_of_the_plain_loop() {
        let mut rng = rng(5);
        for width in 1..=35 {
            let n = 300;
            let columns: Vec<Vec<u8>> = (0..width).map(|_| (0..n).map(|_| rng.random()).collect()).collect();
            let table = RowMajor::from_columns(n, &columns);
            let steps: Vec<Step> = (0..n).map(|_| rng.random()).collect();
            let rows: Vec<u32> = (0..n as u32).filter(|_| rng.random::<f32>() < 0.7).collect();
            let tiles: Vec<Tile> = (0..width)
                .step_by(TILE)
                .map(|first| Tile { first, cells: (first..(first + TILE).min(width)).map(|j| j * 256).collect() })
                .collect();
            let (mut fast, mut slow) = (vec![0; width * 256], vec![0; width * 256]);
            accumulate(&table, &rows, &steps, &tiles, &mut fast);
            plain(&table, &rows, &steps, &tiles, &mut slow);
            assert_eq!(fast, slow, "{width} columns");
        }
    }

    #[test]
    fn rows_go_where_the_plain_loop_puts_them() {
        let mut rng = rng(6);
        for n in [0, 1, 2, 500] {
            let column: Vec<u8> = (0..1000).map(|_| rng.random()).collect();
            let mut rows: Vec<u32> = (0..n).map(|i| i * 2).collect();
            let goes_left = |bin: u8| bin.is_multiple_of(3);
            let (expected, right): (Vec<u32>, Vec<u32>) = rows.iter().partition(|r| goes_left(column[**r as usize]));
            let mut scratch = vec![0; n as usize];
            let left = partition(&mut rows, &mut scratch, &column, goes_left);
            assert_eq!((&rows[..left], &scratch[..right.len()]), (&expected[..], &right[..]));
        }
    }
}
