//! How the minimum for one penalty is found: by the normal equations, by second derivatives, or by gradients alone.

use automl_core::fit_context::FitContext;

use super::LinearParams;
use super::cholesky::Cholesky;
use super::elastic::Penalty;
use super::gram;
use super::lbfgs::{Curvature, Ended, Ends, minimise};
use super::objective::{Loss, Objective};
use super::path::Problem;
use super::proximal::Sparse;
use super::quantile::BANDWIDTHS;
use super::ridge::{self, NormalEquations};
use crate::design::Design;

/// How one penalty is solved.
pub(super) enum Solver {
    /// By the normal equations.
    Normal(NormalEquations),
    /// By second derivatives.
    Newton(Ends),
    /// Step by step.
    Descent(Ends),
}

/// Most parameters for which second derivatives are formed.
const NEWTON_MAX: usize = 300;
/// Products of columns may take this many nanoseconds, or as long as so many passes over the rows: those of second
/// derivatives are made several times for every penalty, those of normal equations once for all.
const SHORT: f64 = 5e7;
const PASSES_OF_NEWTON: f64 = 20.0;
const PASSES_OF_PATH: f64 = 100.0;
/// Newton steps come as near as they like: one more squares the error.
const NEWTON_TOLERANCE: f64 = 1e-7;
/// Many parameters need not be as near for every penalty: the next one goes on from there, and rows that are not seen hardly
/// tell the difference.
const ON_A_PATH: f64 = 10.0;
/// Steps between two matrices of second derivatives.
const BETWEEN: usize = 5;

/// Nanoseconds of one pass over the rows: per value half a nanosecond dense and four sparse, twenty per row for the loss.
pub(super) fn pass_work(rows: f64, dense: f64, nonzeros: f64, outputs: f64) -> f64 {
    outputs * (0.5 * rows * dense + 4.0 * nonzeros + 20.0 * rows)
}

/// Nanoseconds of all products of columns with each other: ten multiplications in one.
pub(super) fn products_work(rows: f64, parameters: f64) -> f64 {
    0.1 * rows * parameters * parameters
}

/// Whether products of columns are worth their time.
fn is_worth_products(design: &Design, outputs: usize, passes: f64) -> bool {
    let rows = design.rows as f64;
    let parameters = (design.width() + 1) * outputs;
    let products = if outputs == 1 { rows * gram::work(design, parameters) } else { products_work(rows, parameters as f64) };
    let pass = pass_work(rows, design.dense_columns.len() as f64, design.values.len() as f64, outputs as f64);
    products <= SHORT.max(passes * pass)
}

impl Solver {
    /// Chooses, and makes what stays the same for so many penalties.
    pub fn new(problem: &Problem, params: &LinearParams, penalties: usize, ctx: &FitContext<'_>) -> Solver {
        let (design, m) = (&problem.design, problem.head.outputs());
        if let Loss::Squared(target) = &problem.loss
            && design.width() <= ridge::WIDTH_MAX
            && is_worth_products(design, 1, PASSES_OF_PATH)
            && let Some(equations) = NormalEquations::new(design, target, ctx)
        {
            return Solver::Normal(equations);
        }
        let scale = problem.gradient_of_start(ctx);
        let ends = |tolerance: f64| Ends {
            iterations_max: params.iterations_max,
            gradient: tolerance * scale,
            decrease: 1e-3 * tolerance,
        };
        let few = (design.width() + 1) * m <= NEWTON_MAX && is_worth_products(design, m, PASSES_OF_NEWTON);
        match problem.loss {
            Loss::Poisson(_) | Loss::Binary(_) | Loss::Softmax(_) if few => {
                Solver::Newton(ends(params.tolerance.min(NEWTON_TOLERANCE)))
            }
            _ if penalties > 1 => Solver::Descent(ends(ON_A_PATH * params.tolerance)),
            _ => Solver::Descent(ends(params.tolerance)),
        }
    }

    /// Moves parameters to the minimum for one penalty, of which a share is on absolute values.
    pub fn solve(&self, problem: &Problem, l2: f64, share: f64, parameters: &mut [f64], ctx: &FitContext<'_>) -> Ended {
        let (squares, absolutes) = (l2 * (1.0 - share), l2 * share);
        let (width, total) = (problem.design.width(), problem.design.total_weight);
        match self {
            Solver::Normal(equations) => {
                let penalty = Penalty { squares, absolutes, on: width };
                let (w, intercept) = parameters.split_at_mut(width);
                let ended = equations.minimise(penalty, w, ctx);
                intercept[0] = equations.intercept(w);
                ended
            }
            Solver::Newton(ends) => {
                let objective = &problem.objective(squares, 1.0);
                match share > 0.0 {
                    true => Sparse { objective, absolutes: absolutes / total }.by_newton(parameters, *ends, ctx),
                    false => newton(objective, parameters, *ends, ctx),
                }
            }
            Solver::Descent(ends) => {
                let bandwidths: &[f64] = if let Loss::Quantile(..) = problem.loss { &BANDWIDTHS } else { &[1.0] };
                let mut each = bandwidths.iter().map(|&bandwidth| {
                    let objective = problem.objective(squares, bandwidth);
                    descend(&objective, absolutes / total, parameters, *ends, ctx)
                });
                each.find(|ended| *ended == Ended::Interrupted).unwrap_or(Ended::Done)
            }
        }
    }
}

/// Steps that learn from gradients alone.
fn descend(objective: &Objective<'_>, absolutes: f64, parameters: &mut [f64], ends: Ends, ctx: &FitContext<'_>) -> Ended {
    let diagonal = objective.diagonal();
    let second = Curvature::Diagonal(&diagonal);
    match absolutes > 0.0 {
        true => Sparse { objective, absolutes }.by_orthants(parameters, &second, ends, ctx),
        false => minimise(parameters, &second, ends, |x, g| objective.evaluate(ctx, x, g)),
    }
}

/// Newton's method: between two matrices of second derivatives, some steps that learn from gradients alone and cost less.
fn newton(objective: &Objective<'_>, parameters: &mut [f64], ends: Ends, ctx: &FitContext<'_>) -> Ended {
    let few = Ends { iterations_max: BETWEEN, ..ends };
    for _ in (0..ends.iterations_max).step_by(BETWEEN) {
        let Some(hessian) = objective.hessian(ctx, parameters) else { return Ended::Interrupted };
        let diagonal = hessian.diag().to_vec();
        let factor = Cholesky::new(&hessian, 0.0);
        let second = factor.as_ref().map_or(Curvature::Diagonal(&diagonal), Curvature::Full);
        let ended = minimise(parameters, &second, few, |x, g| objective.evaluate(ctx, x, g));
        if ended != Ended::Steps {
            return ended;
        }
    }
    Ended::Steps
}
