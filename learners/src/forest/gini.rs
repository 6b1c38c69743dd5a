//! More than two classes: the Gini impurity.
//!
//! With the weights `l` of the classes on the left and `r` on the right, a split is worth `Σl² / Σl + Σr² / Σr`. A
//! row that moves changes one class, so that the sums are kept up to date without a look at the others, and a
//! node of few rows costs the same whatever the number of classes.

use automl_core::seed::Rng;
use rand::RngExt;

use super::impurity::{Found, Impurity, NodeColumn, Sides, best_in_order};
use super::order::{Order, Ranked};
use super::sample::Item;
use crate::trees::{Rule, with_bin};

/// The Gini impurity of a node.
#[derive(Clone)]
pub(super) struct Gini {
    order: Order,
    cells: Cells,
    sides: ClassSums,
    /// Per class its number in the node, or `ABSENT`.
    numbers: Vec<u32>,
    /// The classes of the node by their number.
    present: Vec<u32>,
}

const ABSENT: u32 = u32::MAX;

/// Weights of the classes of a node on both sides.
#[derive(Debug, Clone, Default)]
struct ClassSums {
    /// Per row of the node its weight and the number of its class.
    rows: Vec<(f64, u32)>,
    /// Per class of the node its weight on the left, and in all.
    classes: Vec<[f64; 2]>,
    weight: f64,
    squares: f64,
    /// `squares / weight`.
    per_weight: f64,
    left_weight: f64,
    left_squares: f64,
    right_squares: f64,
}

impl ClassSums {
    /// Makes the sums over classes from the weights on the left.
    fn sum_up(&mut self) {
        (self.left_weight, self.left_squares, self.right_squares) = (0.0, 0.0, 0.0);
        for [left, all] in &self.classes {
            self.left_weight += left;
            self.left_squares += left * left;
            self.right_squares += (all - left) * (all - left);
        }
    }
}

impl Sides for ClassSums {
    fn reset(&mut self) {
        self.classes.iter_mut().for_each(|class| class[0] = 0.0);
        (self.left_weight, self.left_squares, self.right_squares) = (0.0, 0.0, self.squares);
    }

    #[inline]
    fn take(&mut self, row: u32) {
        let (weight, class) = self.rows[row as usize];
        let [left, all] = &mut self.classes[class as usize];
        let right = *all - *left;
        self.left_squares += weight * (2.0 * *left + weight);
        self.right_squares -= weight * (2.0 * right - weight);
        *left += weight;
        self.left_weight += weight;
    }

    #[inline]
    fn fall(&self) -> f64 {
        // Rounding must not leave the right side without weight.
        let right = (self.weight - self.left_weight).max(1e-12 * self.weight);
        let both = self.left_squares * right + self.right_squares * self.left_weight;
        both / (self.left_weight * right) - self.per_weight
    }
}

/// The classes of the rows of a node by their codes: sides that rows move to with all others of their code.
struct CodeSums<'a> {
    /// Per code of the node the weight of every class, from `first` on.
    cells: &'a [Four],
    /// Weights in all, then on the left.
    all: &'a [Four],
    left: &'a mut [Four],
    weight: f64,
    per_weight: f64,
    /// Weight and squares on the left, squares on the right.
    sums: [f64; 3],
}

/// Weights of four classes, which are added at once.
type Four = [f64; 4];

impl Sides for CodeSums<'_> {
    fn reset(&mut self) {
        self.left.fill([0.0; 4]);
        self.sums[0] = 0.0;
    }

    fn take(&mut self, slot: u32) {
        let fours = self.all.len();
        let cell = &self.cells[slot as usize * fours..(slot as usize + 1) * fours];
        let mut sums = [[0.0; 4]; 3];
        for ((left, all), cell) in self.left.iter_mut().zip(self.all).zip(cell) {
            for k in 0..4 {
                left[k] += cell[k];
                let right = all[k] - left[k];
                sums[0][k] += cell[k];
                sums[1][k] += left[k] * left[k];
                sums[2][k] += right * right;
            }
        }
        let [weight, left, right] = sums.map(|four| four.iter().sum::<f64>());
        self.sums = [self.sums[0] + weight, left, right];
    }

    fn fall(&self) -> f64 {
        let [left_weight, left, right] = self.sums;
        let right_weight = (self.weight - left_weight).max(1e-12 * self.weight);
        left / left_weight + right / right_weight - self.per_weight
    }
}

/// Weights of classes by codes; the buffers of [`CodeSums`].
#[derive(Debug, Clone, Default)]
struct Cells {
    cells: Vec<Four>,
    all: Vec<Four>,
    left: Vec<Four>,
    slots: Vec<Ranked>,
}

impl Cells {
    /// The best threshold where rows are many and codes and classes few.
    fn best_cut(&mut self, column: &NodeColumn<'_>, sides: &ClassSums) -> Option<Found> {
        let (fours, codes) = (sides.classes.len().div_ceil(4), column.width());
        self.cells.clear();
        self.cells.resize(codes * fours, [0.0; 4]);
        let cells = self.cells.as_flattened_mut();
        for (&code, &(weight, class)) in column.codes.iter().zip(&sides.rows) {
            cells[usize::from(code - column.first) * 4 * fours + class as usize] += weight;
        }
        self.all.clear();
        self.all.resize(fours, [0.0; 4]);
        self.left.clone_from(&self.all);
        self.all.as_flattened_mut().iter_mut().zip(&sides.classes).for_each(|(all, class)| *all = class[1]);
        self.slots.clear();
        for (slot, cell) in self.cells.chunks_exact(fours).enumerate() {
            if cell.iter().any(|four| *four != [0.0; 4]) {
                self.slots.push(Ranked { code: column.first + slot as u16, row: slot as u32 });
            }
        }
        let (weight, per_weight) = (sides.weight, sides.per_weight);
        let mut sides = CodeSums { cells: &self.cells, all: &self.all, left: &mut self.left, weight, per_weight, sums: [0.0; 3] };
        best_in_order(&mut sides, column, &self.slots)
    }
}

impl Gini {
    /// For so many classes.
    pub fn new(classes: usize) -> Gini {
        let numbers = vec![ABSENT; classes];
        Gini { order: Order::default(), cells: Cells::default(), sides: ClassSums::default(), numbers, present: Vec::new() }
    }

    /// What one category against the rest is worth.
    fn single(sides: &mut ClassSums, column: &NodeColumn<'_>, rows: &[Ranked]) -> Option<Found> {
        sides.reset();
        rows.iter().for_each(|r| sides.take(r.row));
        let rule = Rule::In(with_bin([0; 4], usize::from(rows[0].code)));
        column.allows(rows.len()).then(|| Found { fall: sides.fall(), rule })
    }
}

impl Impurity for Gini {
    type Value = u32;

    fn outputs(&self) -> usize {
        self.numbers.len()
    }

    fn enter(&mut self, items: &[Item<u32>]) {
        self.present.drain(..).for_each(|class| self.numbers[class as usize] = ABSENT);
        let sides = &mut self.sides;
        sides.rows.clear();
        sides.classes.clear();
        for item in items {
            let number = &mut self.numbers[item.value as usize];
            if *number == ABSENT {
                *number = self.present.len() as u32;
                self.present.push(item.value);
                sides.classes.push([0.0; 2]);
            }
            let weight = f64::from(item.weight);
            sides.rows.push((weight, *number));
            sides.classes[*number as usize][1] += weight;
        }
        sides.weight = sides.classes.iter().map(|class| class[1]).sum();
        sides.squares = sides.classes.iter().map(|class| class[1] * class[1]).sum();
        sides.per_weight = sides.squares / sides.weight;
    }

    fn total(&self) -> f64 {
        if self.present.len() > 1 { self.sides.weight - self.sides.per_weight } else { 0.0 }
    }

    fn write_leaf(&self, out: &mut [f32]) {
        out.fill(0.0);
        for (&class, weights) in self.present.iter().zip(&self.sides.classes) {
            out[class as usize] = (weights[1] / self.sides.weight) as f32;
        }
    }

    fn best_cut(&mut self, column: &NodeColumn<'_>) -> Option<Found> {
        // A row of a code that moves alone costs a few times as much as a class that is added up.
        if column.least <= 1 && 2 * column.codes.len() >= column.width() * self.present.len() {
            return self.cells.best_cut(column, &self.sides);
        }
        let ranked = self.order.of(column.codes, column.first, column.end());
        best_in_order(&mut self.sides, column, ranked)
    }

    fn cut_at(&mut self, column: &NodeColumn<'_>, bin: u16, missing_left: bool) -> Option<Found> {
        let named = column.missing.filter(|_| missing_left).unwrap_or(u16::MAX);
        let sides = &mut self.sides;
        sides.reset();
        let mut rows_left = 0;
        for (&code, &(weight, class)) in column.codes.iter().zip(&sides.rows) {
            // Without a branch: which side a row goes to cannot be foreseen.
            let is_left = (code <= bin) | (code == named);
            sides.classes[class as usize][0] += f64::from(u8::from(is_left)) * weight;
            rows_left += usize::from(is_left);
        }
        sides.sum_up();
        let rule = Rule::UpTo { bin, missing_left };
        column.allows(rows_left).then(|| Found { fall: sides.fall(), rule })
    }

    fn best_set(&mut self, column: &NodeColumn<'_>) -> Option<Found> {
        let ranked = self.order.of(column.codes, column.first, column.end());
        let levels = ranked.chunk_by(|a, b| a.code == b.code);
        let found = levels.filter_map(|rows| Gini::single(&mut self.sides, column, rows));
        found.reduce(|a, b| if b.fall > a.fall { b } else { a })
    }

    fn random_set(&mut self, column: &NodeColumn<'_>, rng: &mut Rng) -> Option<Found> {
        let ranked = self.order.of(column.codes, column.first, column.end());
        let levels = ranked.chunk_by(|a, b| a.code == b.code).count();
        let chosen = rng.random_range(0..levels);
        let rows = ranked.chunk_by(|a, b| a.code == b.code).nth(chosen)?;
        Gini::single(&mut self.sides, column, rows)
    }
}
