//! The path of penalties: each fit starts from the one before, and the best one is kept.

use automl_core::fit_context::FitContext;
use automl_core::learner::Model;
use automl_core::matrix::View;

use super::cholesky::Cholesky;
use super::elastic::Penalty;
use super::lbfgs::{Curvature, Ended, Ends, minimise};
use super::leave_one_out;
use super::model::LinearModel;
use super::objective::{Loss, Objective};
use super::proximal::Sparse;
use super::quantile::BANDWIDTHS;
use super::ridge::{self, NormalEquations};
use super::{DENSE_PATH, LinearParams};
use crate::design::Design;
use crate::head::Head;

/// Everything that stays the same along the path.
pub(super) struct Problem {
    pub head: Head,
    pub loss: Loss,
    pub design: Design,
    /// The intercepts of the model without features.
    pub start: Vec<f64>,
    /// Standard deviation of the target, for regression.
    pub scale: f64,
    /// Mean of the target, for regression.
    pub offset: f64,
}

impl Problem {
    /// Fits every penalty, reports its predictions, and gives the model of the best step: of the last one
    /// that was completed where nobody judges.
    pub fn walk(
        &self,
        penalties: &[f64],
        params: &LinearParams,
        valid: Option<View<'_>>,
        ctx: &mut FitContext<'_>,
    ) -> LinearModel {
        let mut parameters = vec![0.0; self.design.width() * self.head.outputs()];
        parameters.extend(&self.start);
        if self.design.width() == 0 || self.head.outputs() == 0 || self.design.rows == 0 {
            let model = self.model(&parameters);
            if let Some(valid) = valid {
                let _ = ctx.report(1, &model.predict(valid));
            }
            return model;
        }
        let solver = Solver::new(self, params, ctx);
        let chosen = match (&solver, &self.loss) {
            (Solver::Normal(equations), Loss::Squared(target)) if params.is_open(valid.is_some()) => {
                leave_one_out::best(equations, (&self.design, target), &DENSE_PATH, ctx)
            }
            _ => None,
        };
        let penalties = chosen.as_ref().map_or(penalties, std::slice::from_ref);
        let mut steps: Vec<LinearModel> = Vec::new();
        for (i, &l2) in penalties.iter().enumerate() {
            let ended = solver.solve(self, l2, params.l1_ratio, &mut parameters, ctx);
            // An unfinished fit counts only where there is no finished one.
            if ended == Ended::Interrupted && i > 0 {
                break;
            }
            let model = self.model(&parameters);
            let signal = valid.map(|valid| ctx.report(i as u32 + 1, &model.predict(valid)));
            steps.push(model);
            if ended == Ended::Interrupted || signal.is_some_and(|s| s.is_stop()) {
                break;
            }
        }
        let best = ctx.best_step().map_or(steps.len(), |s| s as usize).clamp(1, steps.len().max(1));
        if best <= steps.len() { steps.swap_remove(best - 1) } else { self.model(&parameters) }
    }

    /// The largest component of the gradient at the model without features: the scale of all others.
    fn gradient_of_start(&self, ctx: &FitContext<'_>) -> f64 {
        let objective = self.objective(0.0, BANDWIDTHS[0]);
        let mut parameters = vec![0.0; self.design.width() * self.head.outputs()];
        parameters.extend(&self.start);
        let mut gradient = vec![0.0; parameters.len()];
        let _ = objective.evaluate(ctx, &parameters, &mut gradient);
        gradient.iter().fold(0.0, |m, g| g.abs().max(m))
    }

    fn objective(&self, l2: f64, bandwidth: f64) -> Objective<'_> {
        Objective { design: &self.design, loss: &self.loss, outputs: self.head.outputs(), l2, bandwidth }
    }

    fn model(&self, parameters: &[f64]) -> LinearModel {
        LinearModel::new(self.head.clone(), &self.design, parameters, self.scale, self.offset)
    }
}

/// How one penalty is solved.
enum Solver {
    /// By the normal equations.
    Normal(NormalEquations),
    /// By second derivatives.
    Newton(Ends),
    /// Step by step.
    Descent(Ends),
}

/// Most parameters for which second derivatives are formed.
const NEWTON_MAX: usize = 300;
/// Second derivatives may take this many nanoseconds, or as long as this many passes.
const SHORT: f64 = 5e7;
const PASSES: f64 = 20.0;
/// Newton steps come as near as they like: one more squares the error.
const NEWTON_TOLERANCE: f64 = 1e-7;
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

/// Whether second derivatives are worth their time.
fn suits_newton(design: &Design, outputs: usize) -> bool {
    let (rows, parameters) = (design.rows as f64, (design.width() + 1) * outputs);
    let products = products_work(rows, parameters as f64);
    let pass = pass_work(rows, design.dense_columns.len() as f64, design.values.len() as f64, outputs as f64);
    parameters <= NEWTON_MAX && products <= SHORT.max(PASSES * pass)
}

impl Solver {
    fn new(problem: &Problem, params: &LinearParams, ctx: &FitContext<'_>) -> Solver {
        let (design, m) = (&problem.design, problem.head.outputs());
        if let Loss::Squared(target) = &problem.loss
            && design.width() <= ridge::WIDTH_MAX
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
        match problem.loss {
            Loss::Poisson(_) | Loss::Binary(_) | Loss::Softmax(_) if suits_newton(design, m) => {
                Solver::Newton(ends(params.tolerance.min(NEWTON_TOLERANCE)))
            }
            _ => Solver::Descent(ends(params.tolerance)),
        }
    }

    fn solve(&self, problem: &Problem, l2: f64, share: f64, parameters: &mut [f64], ctx: &FitContext<'_>) -> Ended {
        let (squares, absolutes) = (l2 * (1.0 - share), l2 * share);
        match self {
            Solver::Normal(equations) => {
                let (w, intercept) = parameters.split_at_mut(problem.design.width());
                let ended = if share > 0.0 {
                    equations.descend(Penalty { squares, absolutes, on: w.len() }, w, ctx)
                } else if ctx.check().is_stop() {
                    return Ended::Interrupted;
                } else {
                    w.copy_from_slice(&equations.solve(l2));
                    Ended::Done
                };
                intercept[0] = equations.intercept(w);
                ended
            }
            Solver::Newton(ends) => {
                let objective = problem.objective(squares, 1.0);
                if share > 0.0 {
                    let absolutes = absolutes / problem.design.total_weight;
                    return Sparse { objective: &objective, absolutes }.by_newton(parameters, *ends, ctx);
                }
                newton(&objective, parameters, *ends, ctx)
            }
            Solver::Descent(ends) => {
                let bandwidths: &[f64] = if let Loss::Quantile(..) = problem.loss { &BANDWIDTHS } else { &[1.0] };
                for &bandwidth in bandwidths {
                    let objective = problem.objective(squares, bandwidth);
                    let diagonal = objective.diagonal();
                    let second = Curvature::Diagonal(&diagonal);
                    let ended = if share > 0.0 {
                        let absolutes = absolutes / problem.design.total_weight;
                        Sparse { objective: &objective, absolutes }.by_orthants(parameters, &second, *ends, ctx)
                    } else {
                        minimise(parameters, &second, *ends, |x, g| objective.evaluate(ctx, x, g))
                    };
                    if ended == Ended::Interrupted {
                        return ended;
                    }
                }
                Ended::Done
            }
        }
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
