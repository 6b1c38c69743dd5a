//! Dual coordinate descent: one variable per training row, each in turn set to its best value.

use std::sync::OnceLock;

use automl_core::fit_context::FitContext;
use automl_core::seed::rng;
use rand::seq::SliceRandom;

use super::newton::Hinge;
use super::tube::Tube;
use crate::design::Design;
use crate::linear::vector::dot;

/// Rows between two looks at the clock.
const ROWS_UNWATCHED: usize = 128;
/// Most features for which normal equations are solved: beyond, these cost more than some dozen passes over the rows.
const WIDTH_MAX: usize = 200;

/// What is minimised beside half the squared weights, per row and times its `C`.
#[derive(Clone, Copy)]
pub(super) enum Loss<'a> {
    /// `max(0, 1 - y · margin)²`, with `y` 1 or -1.
    SquaredHinge(&'a [f64]),
    /// `max(0, |y - margin| - insensitive)`.
    Insensitive { target: &'a [f64], insensitive: f64 },
}

/// How far a solution has come: the variables of the rows, and the weights that follow from them.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    /// One per row of the design; zero for rows that are left out.
    pub duals: Vec<f64>,
    /// Weights of the dense columns, of the sparse features, and of the constant.
    pub weights: Vec<f64>,
}

/// The training rows, ready to descend on.
pub(super) struct Dual<'a> {
    pub design: &'a Design,
    /// Squared length of every row, with the constant that stands for the intercept.
    squares: OnceLock<Vec<f64>>,
    pub tolerance: f64,
    pub epochs_max: usize,
    pub seed: u64,
}

impl<'a> Dual<'a> {
    pub fn new(design: &'a Design, tolerance: f64, epochs_max: usize, seed: u64) -> Dual<'a> {
        Dual { design, squares: OnceLock::new(), tolerance, epochs_max, seed }
    }

    /// The solution without any row.
    pub fn nothing(&self) -> Solution {
        Solution { duals: vec![0.0; self.design.rows], weights: vec![0.0; self.design.width() + 1] }
    }

    /// Whether normal equations are cheaper than many passes over the rows.
    fn is_narrow(design: &Design) -> bool {
        design.width() <= WIDTH_MAX
    }

    /// Improves a solution on some rows until it is nearly the best. Says whether it came to that end.
    pub fn solve(&self, loss: Loss<'_>, c: f64, rows: &[u32], solution: &mut Solution, ctx: &FitContext<'_>) -> bool {
        if !Dual::is_narrow(self.design) {
            return self.descend(loss, c, rows, solution, ctx);
        }
        match loss {
            Loss::SquaredHinge(signs) => Hinge { dual: self, signs, c, rows }.solve(&mut solution.weights, ctx),
            Loss::Insensitive { target, insensitive } => {
                Tube { dual: self, target, insensitive, c, rows }.solve(&mut solution.weights, ctx)
            }
        }
    }

    /// The same by coordinate descent, until no variable violates its condition by much.
    pub fn descend(&self, loss: Loss<'_>, c: f64, rows: &[u32], solution: &mut Solution, ctx: &FitContext<'_>) -> bool {
        let squares = self.squares.get_or_init(|| (0..self.design.rows).map(|i| 1.0 + self.square(i)).collect());
        let mut order = rows.to_vec();
        let mut rng = rng(self.seed);
        let mut first = None;
        for _ in 0..self.epochs_max {
            order.shuffle(&mut rng);
            let mut violation = 0.0f64;
            for rows in order.chunks(ROWS_UNWATCHED) {
                if ctx.check().is_stop() {
                    return false;
                }
                for &row in rows {
                    violation += self.improve(loss, c, row as usize, squares[row as usize], solution);
                }
            }
            // The mean violation, against that of the first time over the rows.
            let first = *first.get_or_insert(violation);
            if violation <= self.tolerance * first || violation <= 1e-9 * rows.len() as f64 {
                return true;
            }
        }
        true
    }

    /// Sets the variable of a row to its best value; gives how far its condition was violated.
    fn improve(&self, loss: Loss<'_>, c: f64, row: usize, square: f64, solution: &mut Solution) -> f64 {
        let c = c * self.design.weights[row];
        if c <= 0.0 {
            return 0.0;
        }
        let (margin, before) = (self.margin(row, &solution.weights), solution.duals[row]);
        let (after, violation) = match loss {
            Loss::SquaredHinge(signs) => {
                // The variable is kept with the sign of its row, and never beyond zero.
                let (sign, diagonal) = (signs[row], 0.5 / c);
                let dual = before * sign;
                let gradient = sign * margin - 1.0 + diagonal * dual;
                let projected = if dual <= 0.0 { gradient.min(0.0) } else { gradient };
                let next = (dual - gradient / (square + diagonal)).max(0.0);
                (next * sign, projected.abs())
            }
            Loss::Insensitive { target, insensitive } => insensitive_step(before, margin - target[row], insensitive, square, c),
        };
        if after != before {
            solution.duals[row] = after;
            self.add(row, after - before, &mut solution.weights);
        }
        violation
    }

    /// The margin of a row.
    pub fn margin(&self, row: usize, weights: &[f64]) -> f64 {
        let width = self.design.dense_columns.len();
        let (dense, rest) = weights.split_at(width);
        let mut sum = dot(&self.design.dense[row * width..][..width], dense) + rest[rest.len() - 1];
        for (&feature, &value) in self.sparse(row).0.iter().zip(self.sparse(row).1) {
            sum += f64::from(value) * rest[feature as usize];
        }
        sum
    }

    /// The margins of some rows; `None` when the context says stop.
    pub fn margins(&self, rows: &[u32], weights: &[f64], ctx: &FitContext<'_>) -> Option<Vec<f64>> {
        let mut margins = Vec::with_capacity(rows.len());
        for rows in rows.chunks(8 * ROWS_UNWATCHED) {
            if ctx.check().is_stop() {
                return None;
            }
            margins.extend(rows.iter().map(|&row| self.margin(row as usize, weights)));
        }
        Some(margins)
    }

    /// Adds a multiple of a row to weights.
    pub fn add(&self, row: usize, factor: f64, weights: &mut [f64]) {
        let width = self.design.dense_columns.len();
        let (dense, rest) = weights.split_at_mut(width);
        dense.iter_mut().zip(&self.design.dense[row * width..][..width]).for_each(|(w, x)| *w += factor * f64::from(*x));
        let (features, values) = self.sparse(row);
        features.iter().zip(values).for_each(|(&f, &v)| rest[f as usize] += factor * f64::from(v));
        if let Some(constant) = rest.last_mut() {
            *constant += factor;
        }
    }

    fn sparse(&self, row: usize) -> (&[u32], &[f32]) {
        let Design { starts, indices, values, .. } = self.design;
        if starts.is_empty() {
            (&[], &[])
        } else {
            (&indices[starts[row]..starts[row + 1]], &values[starts[row]..starts[row + 1]])
        }
    }

    fn square(&self, row: usize) -> f64 {
        let width = self.design.dense_columns.len();
        let square = |x: &f32| f64::from(*x).powi(2);
        self.design.dense[row * width..][..width].iter().chain(self.sparse(row).1).map(square).sum()
    }
}

/// The best value of a variable between `-c` and `c` (Ho, Lin 2012), and the violation before.
fn insensitive_step(dual: f64, gradient: f64, insensitive: f64, square: f64, c: f64) -> (f64, f64) {
    let (above, below) = (gradient + insensitive, gradient - insensitive);
    let violation = if dual == 0.0 {
        (-above).max(below).max(0.0)
    } else if dual >= c {
        above.max(0.0)
    } else if dual <= -c {
        (-below).max(0.0)
    } else if dual > 0.0 {
        above.abs()
    } else {
        below.abs()
    };
    let step = if above < square * dual {
        -above / square
    } else if below > square * dual {
        -below / square
    } else {
        -dual
    };
    ((dual + step).clamp(-c, c), violation)
}
