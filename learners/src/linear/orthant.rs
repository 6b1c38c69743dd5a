//! A penalty on absolute values with many parameters: limited-memory BFGS within one orthant per step (Andrew & Gao,
//! *Scalable training of L1-regularized log-linear models*, 2007).

use automl_core::fit_context::FitContext;

use super::lbfgs::{Curvature, Ended, Ends, Found, Memory};
use super::proximal::Sparse;
use super::vector::dot;

/// Halvings of a step that is too long.
const HALVINGS: usize = 20;

/// Where a step begins and what it follows.
struct Line<'a> {
    x: &'a [f64],
    direction: &'a [f64],
    /// Derivatives, those of the absolute values included.
    slopes: &'a [f64],
    value: f64,
}

impl Sparse<'_> {
    /// Moves `x` to the minimum. `second` are rough second derivatives.
    pub fn by_orthants(&self, x: &mut [f64], second: &Curvature<'_>, ends: Ends, ctx: &FitContext<'_>) -> Ended {
        let n = x.len();
        let (mut gradient, mut next, mut next_gradient) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let (mut slopes, mut direction) = (vec![0.0; n], vec![0.0; n]);
        let mut memory = Memory::default();
        let Some(mut value) = self.evaluate(ctx, x, &mut gradient) else { return Ended::Interrupted };
        for _ in 0..ends.iterations_max {
            for (j, slope) in slopes.iter_mut().enumerate() {
                *slope = self.derivative(j, x[j], gradient[j]);
            }
            if slopes.iter().all(|slope| slope.abs() <= ends.gradient) {
                return Ended::Done;
            }
            memory.descend(&slopes, second, &mut direction);
            // A direction that rises in a coordinate would leave the orthant at once.
            direction.iter_mut().zip(&slopes).filter(|(d, slope)| **d * **slope > 0.0).for_each(|(d, _)| *d = 0.0);
            let line = Line { x, direction: &direction, slopes: &slopes, value };
            let next_value = match self.search(&line, &mut next, &mut next_gradient, ctx) {
                Found::Point(value) => value,
                Found::Nothing => return Ended::Done,
                Found::Stopped => return Ended::Interrupted,
            };
            memory.remember(second, (x, &next), (&gradient, &next_gradient));
            let decrease = value - next_value;
            x.copy_from_slice(&next);
            std::mem::swap(&mut gradient, &mut next_gradient);
            value = next_value;
            if decrease <= ends.decrease * value.abs() {
                return Ended::Done;
            }
        }
        Ended::Steps
    }

    /// A point that decreases the value enough.
    fn search(&self, line: &Line<'_>, next: &mut [f64], gradient: &mut [f64], ctx: &FitContext<'_>) -> Found {
        for step in (0..HALVINGS).map(|halvings| 0.5f64.powi(halvings as i32)) {
            self.reach(line, step, next);
            let Some(value) = self.evaluate(ctx, next, gradient) else { return Found::Stopped };
            if value <= line.value + 1e-4 * (dot(line.slopes, next) - dot(line.slopes, line.x)) {
                return Found::Point(value);
            }
        }
        Found::Nothing
    }

    /// The point a step away, without the coordinates that would have changed their sign.
    fn reach(&self, &Line { x, direction, slopes, .. }: &Line<'_>, step: f64, next: &mut [f64]) {
        for (j, next) in next.iter_mut().enumerate() {
            let moved = x[j] + step * direction[j];
            let side = if x[j] == 0.0 { -slopes[j] } else { x[j] };
            *next = if j < self.penalised() && moved * side <= 0.0 { 0.0 } else { moved };
        }
    }
}
