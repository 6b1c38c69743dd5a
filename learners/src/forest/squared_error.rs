//! Numbers and two classes: the squared error around the mean.
//!
//! Values are taken from the mean of their node, so that the sums of both sides differ in sign alone: with
//! weight `w` and sum `s` on the left and `W` in all, the error falls by `s² W / (w (W - w))`.

use automl_core::seed::Rng;
use rand::RngExt;

use super::impurity::{Found, Impurity, NodeColumn, Sides, best_in_order, between};
use super::order::{FEW_ROWS, Occupied, Order, is_sparse};
use super::sample::Item;
use crate::trees::{Rule, with_bin};

/// Weight and sum of every second row, and of the others: an addition then seldom waits for the one before, which
/// many rows with the same code would make it do.
type Cell = [[f64; 2]; 2];

/// The squared error of a node.
#[derive(Clone)]
pub(super) struct SquaredError {
    /// What was taken from all values beforehand; leaves give it back.
    centre: f64,
    /// Per row of the node its weight, and that times its distance from the mean.
    rows: Vec<[f64; 2]>,
    mean: f64,
    total: f64,
    sides: TwoSums,
    order: Order,
    /// Sums per code; zero between two calls.
    cells: Vec<Cell>,
    /// Rows per code, where leaves have to have several; zero between two calls.
    counts: Vec<u32>,
    occupied: Occupied,
    levels: Vec<Level>,
}

/// What is summed up for one code.
#[derive(Debug, Clone, Copy)]
struct Level {
    code: u16,
    weight: f64,
    sum: f64,
    /// Number of rows, or 0 where it does not matter.
    rows: usize,
}

/// Weight and sum of the left side, and what the fall depends on besides.
#[derive(Debug, Clone, Copy, Default)]
struct TwoSums {
    weight: f64,
    sum: f64,
    all: f64,
}

impl TwoSums {
    #[inline]
    fn add(&mut self, weight: f64, sum: f64) {
        self.weight += weight;
        self.sum += sum;
    }

    /// The fall per weight of the node.
    #[inline]
    fn score(self) -> f64 {
        // Rounding must not leave the right side without weight.
        let right = (self.all - self.weight).max(1e-12 * self.all);
        self.sum * self.sum / (self.weight * right)
    }
}

/// [`TwoSums`] over the rows of a node.
struct Moving<'a> {
    rows: &'a [[f64; 2]],
    sums: TwoSums,
}

impl Sides for Moving<'_> {
    fn reset(&mut self) {
        self.sums = TwoSums { all: self.sums.all, ..TwoSums::default() };
    }

    #[inline]
    fn take(&mut self, row: u32) {
        let [weight, sum] = self.rows[row as usize];
        self.sums.add(weight, sum);
    }

    #[inline]
    fn fall(&self) -> f64 {
        self.sums.score()
    }
}

impl SquaredError {
    /// For values that `centre` was taken from, in columns of up to `codes` codes.
    pub fn new(centre: f64, codes: usize) -> SquaredError {
        SquaredError {
            centre,
            rows: Vec::new(),
            mean: 0.0,
            total: 0.0,
            sides: TwoSums::default(),
            order: Order::default(),
            cells: vec![Cell::default(); codes],
            counts: vec![0; codes],
            occupied: Occupied::default(),
            levels: Vec::new(),
        }
    }

    fn found(&self, (score, rule): (f64, Rule)) -> Found {
        Found { fall: score * self.sides.all, rule }
    }

    /// Adds every row to the cell of its code.
    fn fill(&mut self, column: &NodeColumn<'_>) {
        let (codes, cells) = (column.codes, &mut self.cells);
        let mut add = |half: usize, code: u16, row: &[f64; 2]| {
            let sums = &mut cells[usize::from(code)][half];
            sums[0] += row[0];
            sums[1] += row[1];
        };
        let (twos, rows) = (codes.chunks_exact(2), self.rows.chunks_exact(2));
        if let ([code], [row]) = (twos.remainder(), rows.remainder()) {
            add(0, *code, row);
        }
        for (codes, rows) in twos.zip(rows) {
            add(0, codes[0], &rows[0]);
            add(1, codes[1], &rows[1]);
        }
        if column.least > 1 {
            codes.iter().for_each(|&code| self.counts[usize::from(code)] += 1);
        }
    }

    /// Calls `each` for every code that occurs but the missing, in rising order, and empties the cells.
    fn drain(&mut self, column: &NodeColumn<'_>, mut each: impl FnMut(Level)) {
        let (first, last) = (column.first, column.last);
        let (cells, counts) = (&mut self.cells, &mut self.counts);
        if is_sparse(column.codes.len(), first, last) {
            let known = column.codes.iter().filter(|code| **code <= last);
            known.for_each(|&code| self.occupied.insert(code));
            self.occupied.drain(first, last, |code| each(take_level(cells, counts, code)));
            return;
        }
        for code in first..=last {
            let level = take_level(cells, counts, code);
            if level.weight > 0.0 {
                each(level);
            }
        }
    }

    /// The best threshold from sums per code.
    fn best_by_cells(&mut self, column: &NodeColumn<'_>) -> Option<(f64, Rule)> {
        self.fill(column);
        let missing = column.missing.map(|code| take_level(&mut self.cells, &mut self.counts, code));
        let (mut left, mut rows_left, mut last) = (self.sides, 0, None);
        let allows = |rows: usize| column.least <= 1 || column.allows(rows);
        let mut best = Threshold { score: f64::NEG_INFINITY, ..Threshold::default() };
        self.drain(column, |level| {
            if let Some(last) = last {
                best.offer(left, allows(rows_left), (last, level.code), false);
                if let Some(missing) = missing {
                    let mut with = left;
                    with.add(missing.weight, missing.sum);
                    best.offer(with, allows(rows_left + missing.rows), (last, level.code), true);
                }
            }
            left.add(level.weight, level.sum);
            rows_left += level.rows;
            last = Some(level.code);
        });
        if let Some(missing) = column.missing {
            best.offer(left, allows(rows_left), (missing - 1, missing), false);
        }
        best.rule()
    }

    /// The categories of the node in the order of their means, in `levels`.
    fn sort_levels(&mut self, column: &NodeColumn<'_>) {
        self.fill(column);
        let mut levels = std::mem::take(&mut self.levels);
        levels.clear();
        self.drain(column, |level| levels.push(level));
        let mean = |level: &Level| level.sum / level.weight;
        levels.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
        self.levels = levels;
    }

    /// The best of the sets that hold the first categories of `levels`, `sizes` of them.
    fn best_prefix(&self, column: &NodeColumn<'_>, sizes: std::ops::Range<usize>) -> Option<(f64, Rule)> {
        let (mut left, mut rows_left, mut set) = (self.sides, 0, [0; 4]);
        let mut best: Option<(f64, Rule)> = None;
        for (i, level) in self.levels.iter().enumerate().take(sizes.end - 1) {
            set = with_bin(set, usize::from(level.code));
            left.add(level.weight, level.sum);
            rows_left += level.rows;
            let is_asked = i + 1 >= sizes.start && (column.least <= 1 || column.allows(rows_left));
            if is_asked && best.is_none_or(|b| left.score() > b.0) {
                best = Some((left.score(), Rule::In(set)));
            }
        }
        best
    }
}

/// Empties the cell of a code.
#[inline]
fn take_level(cells: &mut [Cell], counts: &mut [u32], code: u16) -> Level {
    let [a, b] = std::mem::take(&mut cells[usize::from(code)]);
    let rows = std::mem::take(&mut counts[usize::from(code)]) as usize;
    Level { code, weight: a[0] + b[0], sum: a[1] + b[1], rows }
}

/// The best threshold so far.
#[derive(Default)]
struct Threshold {
    score: f64,
    codes: (u16, u16),
    missing_left: bool,
}

impl Threshold {
    #[inline]
    fn offer(&mut self, left: TwoSums, is_allowed: bool, codes: (u16, u16), missing_left: bool) {
        let score = left.score();
        if is_allowed & (score > self.score) {
            *self = Threshold { score, codes, missing_left };
        }
    }

    fn rule(&self) -> Option<(f64, Rule)> {
        let rule = Rule::UpTo { bin: between(self.codes.0, self.codes.1), missing_left: self.missing_left };
        (self.score > f64::NEG_INFINITY).then_some((self.score, rule))
    }
}

impl Impurity for SquaredError {
    type Value = f32;

    fn outputs(&self) -> usize {
        1
    }

    fn enter(&mut self, items: &[Item<f32>]) {
        let (mut weight, mut sum) = (0.0, 0.0);
        for item in items {
            weight += f64::from(item.weight);
            sum += f64::from(item.weight) * f64::from(item.value);
        }
        self.mean = sum / weight;
        let (mean, mut squares) = (self.mean, 0.0);
        self.rows.clear();
        self.rows.extend(items.iter().map(|item| {
            let (weight, distance) = (f64::from(item.weight), f64::from(item.value) - mean);
            squares += weight * distance * distance;
            [weight, weight * distance]
        }));
        let is_pure = items.iter().all(|item| item.value == items[0].value);
        self.total = if is_pure { 0.0 } else { squares };
        self.sides = TwoSums { all: weight, ..TwoSums::default() };
    }

    fn total(&self) -> f64 {
        self.total
    }

    fn write_leaf(&self, out: &mut [f32]) {
        out[0] = (self.centre + self.mean) as f32;
    }

    fn best_cut(&mut self, column: &NodeColumn<'_>) -> Option<Found> {
        if column.codes.len() > FEW_ROWS {
            return self.best_by_cells(column).map(|best| self.found(best));
        }
        let ranked = self.order.of(column.codes, column.first, column.end());
        let mut sides = Moving { rows: &self.rows, sums: self.sides };
        let best = best_in_order(&mut sides, column, ranked);
        best.map(|best| self.found((best.fall, best.rule)))
    }

    fn cut_at(&mut self, column: &NodeColumn<'_>, bin: u16, missing_left: bool) -> Option<Found> {
        let named = column.missing.filter(|_| missing_left).unwrap_or(u16::MAX);
        let is_left = |code: u16| (code <= bin) | (code == named);
        if column.least > 1 && !column.allows(column.codes.iter().filter(|code| is_left(**code)).count()) {
            return None;
        }
        let [weight, sum] = sum_of_left(column.codes, &self.rows, is_left);
        let left = TwoSums { weight, sum, all: self.sides.all };
        Some(self.found((left.score(), Rule::UpTo { bin, missing_left })))
    }

    fn best_set(&mut self, column: &NodeColumn<'_>) -> Option<Found> {
        self.sort_levels(column);
        self.best_prefix(column, 1..self.levels.len()).map(|best| self.found(best))
    }

    fn random_set(&mut self, column: &NodeColumn<'_>, rng: &mut Rng) -> Option<Found> {
        self.sort_levels(column);
        let size = rng.random_range(1..self.levels.len());
        self.best_prefix(column, size..size + 1).map(|best| self.found(best))
    }
}

/// Sums over the rows that go left. Four sums at a time, so that an addition does not wait for the one before.
fn sum_of_left(codes: &[u16], rows: &[[f64; 2]], is_left: impl Fn(u16) -> bool) -> [f64; 2] {
    let mut sums = [[0.0; 2]; 4];
    let mut add = |k: usize, code: u16, row: &[f64; 2]| {
        let share = f64::from(u8::from(is_left(code)));
        sums[k][0] += share * row[0];
        sums[k][1] += share * row[1];
    };
    let (fours, fours_rows) = (codes.chunks_exact(4), rows.chunks_exact(4));
    for (k, (&code, row)) in fours.remainder().iter().zip(fours_rows.remainder()).enumerate() {
        add(k, code, row);
    }
    for (codes, rows) in fours.zip(fours_rows) {
        (0..4).for_each(|k| add(k, codes[k], &rows[k]));
    }
    sums.iter().fold([0.0; 2], |all, one| [all[0] + one[0], all[1] + one[1]])
}
