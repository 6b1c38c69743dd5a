//! The path of penalties: each fit starts from the one before, and the best one is kept.

use automl_core::fit_context::FitContext;
use automl_core::learner::Model;
use automl_core::matrix::View;

use super::LinearParams;
use super::elastic::Penalty;
use super::lbfgs::{Ended, Ends, minimise};
use super::model::LinearModel;
use super::objective::{Loss, Objective};
use super::quantile::BANDWIDTHS;
use super::ridge::{self, NormalEquations};
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
        let mut solver = Solver::new(self, params, ctx);
        let mut steps: Vec<LinearModel> = Vec::new();
        for (i, &l2) in penalties.iter().enumerate() {
            let ended = solver.solve(self, l2, &mut parameters, ctx);
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
    /// By the normal equations, with this share of the penalty on absolute values.
    Normal(NormalEquations, f64),
    /// Step by step.
    Descent(Ends),
}

impl Solver {
    fn new(problem: &Problem, params: &LinearParams, ctx: &FitContext<'_>) -> Solver {
        if let Loss::Squared(target) = &problem.loss
            && ridge::takes(&problem.design)
            && let Some(equations) = NormalEquations::new(&problem.design, target, ctx)
        {
            return Solver::Normal(equations, params.l1_ratio);
        }
        let gradient = params.tolerance * problem.gradient_of_start(ctx);
        Solver::Descent(Ends { iterations_max: params.iterations_max, gradient, decrease: 1e-2 * params.tolerance })
    }

    fn solve(&mut self, problem: &Problem, l2: f64, parameters: &mut [f64], ctx: &FitContext<'_>) -> Ended {
        match self {
            Solver::Normal(equations, share) if *share > 0.0 => {
                let penalty = Penalty { squares: l2 * (1.0 - *share), absolutes: l2 * *share };
                let width = problem.design.width();
                equations.descend(penalty, &mut parameters[..width], ctx)
            }
            Solver::Normal(equations, _) => {
                if ctx.check().is_stop() {
                    return Ended::Interrupted;
                }
                let solution = equations.solve(l2);
                parameters[..solution.len()].copy_from_slice(&solution);
                Ended::Done
            }
            Solver::Descent(ends) => {
                let bandwidths: &[f64] = if let Loss::Quantile(..) = problem.loss { &BANDWIDTHS } else { &[1.0] };
                for &bandwidth in bandwidths {
                    let objective = problem.objective(l2, bandwidth);
                    let diagonal = objective.diagonal();
                    let ended = minimise(parameters, &diagonal, *ends, |x, g| objective.evaluate(ctx, x, g));
                    if ended == Ended::Interrupted {
                        return ended;
                    }
                }
                Ended::Done
            }
        }
    }
}
