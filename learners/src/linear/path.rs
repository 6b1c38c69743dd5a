//! The path of penalties: each fit starts from the one before, and the best one is kept.

use automl_core::fit_context::FitContext;
use automl_core::learner::Model;
use automl_core::matrix::View;

use super::lbfgs::Ended;
use super::leave_one_out;
use super::model::LinearModel;
use super::objective::{Loss, Objective};
use super::quantile::BANDWIDTHS;
use super::solver::Solver;
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
        let solver = Solver::new(self, params, penalties.len(), ctx);
        let chosen = if params.is_open(valid.is_some()) { self.left_out(&solver, ctx) } else { None };
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

    /// The penalty that is best for rows that are left out, where that is easily told.
    fn left_out(&self, solver: &Solver, ctx: &FitContext<'_>) -> Option<f64> {
        match (solver, &self.loss) {
            (Solver::Normal(equations), Loss::Squared(target)) => {
                leave_one_out::best(equations, (&self.design, target), &DENSE_PATH, ctx)
            }
            _ => None,
        }
    }

    /// The largest component of the gradient at the model without features: the scale of all others.
    pub fn gradient_of_start(&self, ctx: &FitContext<'_>) -> f64 {
        let objective = self.objective(0.0, BANDWIDTHS[0]);
        let mut parameters = vec![0.0; self.design.width() * self.head.outputs()];
        parameters.extend(&self.start);
        let mut gradient = vec![0.0; parameters.len()];
        let _ = objective.evaluate(ctx, &parameters, &mut gradient);
        gradient.iter().fold(0.0, |m, g| g.abs().max(m))
    }

    /// What is minimised, with this penalty on squares.
    pub fn objective(&self, l2: f64, bandwidth: f64) -> Objective<'_> {
        Objective { design: &self.design, loss: &self.loss, outputs: self.head.outputs(), l2, bandwidth }
    }

    fn model(&self, parameters: &[f64]) -> LinearModel {
        LinearModel::new(self.head.clone(), &self.design, parameters, self.scale, self.offset)
    }
}
