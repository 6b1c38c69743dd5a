//! From rows to functions: bags of single columns, then bags of pairs, then their mean.

use std::sync::{Mutex, PoisonError};

use automl_core::fit_context::FitContext;
use automl_core::seed::{derive, rng};

use super::bag::{Bag, Problem, Values};
use super::held_out::held_out;
use super::model::{EbmModel, Function};
use super::pairs::strongest;
use super::purify::{Loose, purify};
use super::terms::Term;
use crate::aims::Unit;
use crate::head::Head;

/// Rounds until the first report; those until the next are as many as were made before.
const ROUNDS_FIRST: u32 = 8;

/// The bags in the making.
pub(super) struct Fit<'a> {
    problem: Problem<'a>,
    terms: Vec<Term>,
    head: Head,
    unit: Unit,
    bags: Vec<Mutex<Bag>>,
    /// The mean of the bags that was judged best.
    best: Option<Values>,
    reports: u32,
    plan: Plan,
}

/// How the bags are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub bags: usize,
    /// Rounds at most.
    pub rounds: u32,
    /// Whether there are validation rows to report predictions of.
    pub is_judged: bool,
    pub seed: u64,
}

impl<'a> Fit<'a> {
    /// Bags without trees.
    pub fn new(problem: Problem<'a>, terms: Vec<Term>, head: Head, unit: Unit, plan: Plan) -> Fit<'a> {
        let held_out = held_out(problem.aims, plan.bags, derive(plan.seed, 0));
        let bag = |(n, rows)| Mutex::new(Bag::new(&problem, rows, rng(derive(plan.seed, 1 + n as u64))));
        let bags = held_out.into_iter().enumerate().map(bag).collect();
        Fit { problem, terms, head, unit, bags, best: None, reports: 0, plan }
    }

    /// Boosts the terms in all bags. Says whether there is time for more.
    pub fn boost(&mut self, ctx: &mut FitContext<'_>) -> bool {
        let mut until = ROUNDS_FIRST.min(self.plan.rounds);
        loop {
            let (problem, terms, bags) = (&self.problem, &self.terms, &self.bags);
            ctx.map(bags.len(), |n| {
                let mut bag = bags[n].lock().unwrap_or_else(PoisonError::into_inner);
                if until == ROUNDS_FIRST.min(self.plan.rounds) {
                    bag.begin(problem, terms, ctx);
                }
                bag.advance(problem, terms, until, ctx);
            });
            let is_done = until == self.plan.rounds || self.bags.iter().all(|bag| locked(bag).is_done());
            if self.report(ctx) || ctx.check().is_stop() {
                return false;
            }
            if is_done {
                return true;
            }
            until = (2 * until).min(self.plan.rounds);
        }
    }

    /// Adds the pairs that tell most.
    pub fn add_pairs(&mut self, count: usize, ctx: &FitContext<'_>) {
        let values = self.mean();
        let weights: Vec<Vec<f64>> = self.terms.iter().map(|t| t.weights(self.problem.weights)).collect();
        let pairs = strongest(&self.problem, &self.terms, &values, &weights, count, ctx);
        self.terms.extend(pairs);
    }

    /// Reports the mean of the bags; whether it was the last one.
    fn report(&mut self, ctx: &mut FitContext<'_>) -> bool {
        if !self.plan.is_judged {
            return false;
        }
        let (values, outputs) = (self.mean(), self.problem.start.len());
        let rows = self.terms.first().map_or(0, |term| term.validation.len());
        let mut scores = self.problem.start.repeat(rows);
        for (n, values) in values.iter().enumerate() {
            let own = scores.iter_mut().skip(n % outputs).step_by(outputs);
            own.zip(&self.terms[n / outputs].validation).for_each(|(s, &cell)| *s += values[usize::from(cell)]);
        }
        self.reports += 1;
        let predictions = self.head.predictions(rows, self.unit.back(&scores));
        let signal = ctx.report(self.reports, &predictions);
        if ctx.best_step().is_none_or(|step| step == self.reports) {
            self.best = Some(values);
        }
        signal.is_stop()
    }

    /// The mean of the bags that there was time for.
    fn mean(&self) -> Values {
        let bags: Vec<_> = self.bags.iter().map(locked).collect();
        let begun: Vec<_> = bags.iter().filter(|bag| bag.has_begun()).collect();
        let count = begun.len() as f64;
        let mut mean: Values = Vec::new();
        for bag in begun {
            mean.resize_with(bag.best().len(), Vec::new);
            for (to, values) in mean.iter_mut().zip(bag.best()) {
                to.resize(values.len(), 0.0);
                to.iter_mut().zip(values).for_each(|(to, v)| *to += v / count);
            }
        }
        mean
    }

    /// The functions in the unit of the target.
    pub fn finish(self) -> EbmModel {
        let (values, outputs) = (self.best.clone().unwrap_or_else(|| self.mean()), self.problem.start.len());
        let terms = &self.terms[..values.len() / outputs];
        let weights: Vec<Vec<f64>> = terms.iter().map(|t| t.weights(self.problem.weights)).collect();
        let mains = terms.iter().filter(|t| t.axes.len() == 1).count();
        let mut intercepts = self.problem.start.to_vec();
        let mut functions: Vec<Function> = terms
            .iter()
            .zip(&weights)
            .map(|(t, w)| Function { axes: t.axes.clone(), values: vec![0.0; t.cells() * outputs], weights: w.clone() })
            .collect();
        for (output, intercept) in intercepts.iter_mut().enumerate() {
            let parts = terms.iter().zip(values.iter().skip(output).step_by(outputs)).zip(&weights);
            let mut loose: Vec<Loose<'_>> =
                parts.map(|((term, values), weights)| Loose { term, values: values.clone(), weights }).collect();
            *intercept += purify(&mut loose, mains);
            for (function, part) in functions.iter_mut().zip(&loose) {
                let own = function.values.iter_mut().skip(output).step_by(outputs);
                own.zip(&part.values).for_each(|(value, v)| *value = self.unit.scale * v);
            }
        }
        EbmModel { intercepts: self.unit.back(&intercepts), head: self.head, functions }
    }
}

fn locked(bag: &Mutex<Bag>) -> std::sync::MutexGuard<'_, Bag> {
    bag.lock().unwrap_or_else(PoisonError::into_inner)
}
