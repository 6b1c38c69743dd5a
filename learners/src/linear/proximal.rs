//! A penalty on absolute values with few parameters: Newton's method, whose steps are themselves found by coordinate
//! descent (Friedman, Hastie, Tibshirani 2010).

use automl_core::fit_context::FitContext;

use super::elastic::{self, Penalty, shrink};
use super::lbfgs::{Ended, Ends};
use super::objective::Objective;

/// Halvings of a step that is too long.
const HALVINGS: usize = 20;

/// The mean loss with its penalty on squares, and a penalty on absolute values.
pub(super) struct Sparse<'a> {
    pub objective: &'a Objective<'a>,
    /// Beside the mean of the losses.
    pub absolutes: f64,
}

impl Sparse<'_> {
    /// Moves `x` to the minimum.
    pub fn by_newton(&self, x: &mut [f64], ends: Ends, ctx: &FitContext<'_>) -> Ended {
        let mut gradient = vec![0.0; x.len()];
        let Some(mut value) = self.evaluate(ctx, x, &mut gradient) else { return Ended::Interrupted };
        for _ in 0..ends.iterations_max {
            if self.steepest(x, &gradient) <= ends.gradient {
                return Ended::Done;
            }
            let Some(aim) = self.aim(x, &gradient, 0.1 * ends.gradient, ctx) else { return Ended::Interrupted };
            let slope = self.slope(x, &aim, &gradient);
            let from = x.to_vec();
            let mut found = false;
            for step in (0..HALVINGS).map(|halvings| 0.5f64.powi(halvings as i32)) {
                let next: Vec<f64> = from.iter().zip(&aim).map(|(x, aim)| x + step * (aim - x)).collect();
                let Some(next_value) = self.evaluate(ctx, &next, &mut gradient) else { return Ended::Interrupted };
                if next_value <= value + 1e-4 * step * slope {
                    x.copy_from_slice(&next);
                    (found, value) = (next_value < value, next_value);
                    break;
                }
            }
            if !found {
                return Ended::Done;
            }
        }
        Ended::Steps
    }

    /// How many parameters the penalty is on.
    pub fn penalised(&self) -> usize {
        self.objective.parameters() - self.objective.outputs
    }

    /// The value, and the gradient without the absolute values.
    pub fn evaluate(&self, ctx: &FitContext<'_>, x: &[f64], gradient: &mut [f64]) -> Option<f64> {
        let value = self.objective.evaluate(ctx, x, gradient)?;
        Some(value + self.absolutes * x[..self.penalised()].iter().map(|w| w.abs()).sum::<f64>())
    }

    /// The derivative along parameter `j`; at zero, of the side that falls.
    pub fn derivative(&self, j: usize, x: f64, gradient: f64) -> f64 {
        match j < self.penalised() {
            false => gradient,
            true if x == 0.0 => shrink(gradient, self.absolutes),
            true => gradient + self.absolutes.copysign(x),
        }
    }

    /// The largest derivative.
    pub fn steepest(&self, x: &[f64], gradient: &[f64]) -> f64 {
        (0..x.len()).map(|j| self.derivative(j, x[j], gradient[j]).abs()).fold(0.0, f64::max)
    }

    /// The minimum of the quadratic function through here.
    fn aim(&self, x: &[f64], gradient: &[f64], enough: f64, ctx: &FitContext<'_>) -> Option<Vec<f64>> {
        let hessian = self.objective.hessian(ctx, x)?;
        let moments: Vec<f64> = hessian
            .rows()
            .into_iter()
            .zip(gradient)
            .map(|(row, g)| row.iter().zip(x).map(|(h, x)| h * x).sum::<f64>() - g)
            .collect();
        let penalty = Penalty { squares: 0.0, absolutes: self.absolutes, on: self.penalised() };
        let mut aim = x.to_vec();
        let ended = elastic::descend(&hessian, &moments, penalty, enough, &mut aim, ctx);
        (ended != Ended::Interrupted).then_some(aim)
    }

    /// How the value changes toward the aim, at first.
    fn slope(&self, x: &[f64], aim: &[f64], gradient: &[f64]) -> f64 {
        let smooth: f64 = x.iter().zip(aim).zip(gradient).map(|((x, aim), g)| g * (aim - x)).sum();
        let length = |w: &[f64]| w[..self.penalised()].iter().map(|w| w.abs()).sum::<f64>();
        smooth + self.absolutes * (length(aim) - length(x))
    }
}
