//! Which rows does a tree see, and in which part of the tree do they lie?
//!
//! A tree grows on [`Item`]s, the rows that were drawn for it. The rows that were not drawn go down with them, so
//! that each ends in the leaf that predicts it honestly.

use automl_core::seed::Rng;
use rand::RngExt;

use super::layout::Column;
use crate::trees::Rule;

/// A row that was drawn, with all that a node needs to know of it but its codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<V> {
    /// The row of the matrix.
    pub place: u32,
    /// How often it was drawn, times its weight: above 0.
    pub weight: f32,
    /// Its target.
    pub value: V,
}

/// A row that was not drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unseen {
    /// The row of the matrix.
    pub place: u32,
    /// The row of the training data.
    pub row: u32,
}

/// What can be sent left or right.
pub(super) trait Placed: Copy {
    /// The row of the matrix.
    fn place(&self) -> u32;
}

impl<V: Copy> Placed for Item<V> {
    fn place(&self) -> u32 {
        self.place
    }
}

impl Placed for Unseen {
    fn place(&self) -> u32 {
        self.place
    }
}

/// The training data as trees see it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, V> {
    /// The row of the matrix behind every training row.
    pub places: &'a [u32],
    /// The target of every training row.
    pub values: &'a [V],
    /// The weight of every training row, if they differ.
    pub weights: Option<&'a [f64]>,
}

/// The rows of one tree. Its buffers serve one tree after the other.
#[derive(Debug)]
pub(super) struct Sample<V> {
    /// The rows that were drawn; those of a node lie together.
    pub items: Vec<Item<V>>,
    /// The rows that were not; those of a node lie together.
    pub unseen: Vec<Unseen>,
    counts: Vec<u32>,
    items_right: Vec<Item<V>>,
    unseen_right: Vec<Unseen>,
}

impl<V: Copy> Sample<V> {
    pub fn new() -> Sample<V> {
        let (items, items_right, counts) = (Vec::new(), Vec::new(), Vec::new());
        Sample { items, unseen: Vec::new(), counts, items_right, unseen_right: Vec::new() }
    }

    /// Draws as many rows as there are, with replacement. Calls `pause` now and then and ends where it says no.
    pub fn draw<E>(&mut self, source: Source<'_, V>, rng: &mut Rng, mut pause: impl FnMut() -> Result<(), E>) -> Result<(), E> {
        /// Draws take a few nanoseconds each, so that a stretch takes less than a millisecond.
        const STRETCH: usize = 1 << 17;
        let rows = source.places.len();
        self.counts.clear();
        self.counts.resize(rows, 0);
        for first in (0..rows).step_by(STRETCH) {
            for _ in first..rows.min(first + STRETCH) {
                self.counts[rng.random_range(0..rows as u32) as usize] += 1;
            }
            pause()?;
        }
        self.items.clear();
        self.unseen.clear();
        for (row, (&count, &place)) in self.counts.iter().zip(source.places).enumerate() {
            if count == 0 {
                self.unseen.push(Unseen { place, row: row as u32 });
            } else {
                let weight = f64::from(count) * source.weights.map_or(1.0, |weights| weights[row]);
                // A weight that `f32` cannot hold is still a weight.
                let weight = (weight as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
                self.items.push(Item { place, weight, value: source.values[row] });
            }
        }
        Ok(())
    }

    /// Sends the drawn rows of a node left or right; says how many went left.
    pub fn part_items(&mut self, start: usize, count: usize, column: Column<'_>, rule: &Rule, missing: Option<u16>) -> usize {
        part(&mut self.items[start..start + count], &mut self.items_right, column, rule, missing)
    }

    /// Sends the other rows of a node left or right; says how many went left.
    pub fn part_unseen(&mut self, start: usize, count: usize, column: Column<'_>, rule: &Rule, missing: Option<u16>) -> usize {
        part(&mut self.unseen[start..start + count], &mut self.unseen_right, column, rule, missing)
    }
}

fn part<T: Placed>(rows: &mut [T], right: &mut Vec<T>, column: Column<'_>, rule: &Rule, missing: Option<u16>) -> usize {
    match column {
        Column::Bytes(codes) => part_by(rows, right, |row| u16::from(codes[row.place() as usize]), rule, missing),
        Column::Words(codes) => part_by(rows, right, |row| codes[row.place() as usize], rule, missing),
    }
}

fn part_by<T: Placed>(rows: &mut [T], right: &mut Vec<T>, code: impl Fn(&T) -> u16, rule: &Rule, missing: Option<u16>) -> usize {
    match rule {
        Rule::UpTo { bin, missing_left } => {
            // The missing are the last code, so that they go right unless they are named. No row has the largest.
            let named = missing.filter(|_| *missing_left).unwrap_or(u16::MAX);
            move_left(rows, right, |row| (code(row) <= *bin) | (code(row) == named))
        }
        Rule::In(set) => move_left(rows, right, |row| set[usize::from(code(row) / 64) & 3] >> (code(row) % 64) & 1 == 1),
    }
}

/// Moves those that go left before the others, both in their order. No branch depends on where a row goes,
/// since that cannot be foreseen.
fn move_left<T: Copy>(rows: &mut [T], right: &mut Vec<T>, goes_left: impl Fn(&T) -> bool) -> usize {
    let Some(&any) = rows.first() else { return 0 };
    if right.len() < rows.len() {
        right.resize(rows.len(), any);
    }
    let (mut lefts, mut rights) = (0, 0);
    for i in 0..rows.len() {
        let row = rows[i];
        let is_left = goes_left(&row);
        rows[lefts] = row;
        right[rights] = row;
        lefts += usize::from(is_left);
        rights += usize::from(!is_left);
    }
    rows[lefts..].copy_from_slice(&right[..rights]);
    lefts
}
