//! Round after round every term gets a small tree for what the others leave over.

use automl_core::fit_context::{FitContext, Signal};

use super::cut::{Sums, across, along};
use super::terms::Term;
use crate::aims::Aims;
use crate::exp::exp;
use crate::head::softmax;
use crate::simd::for_each_machine;

/// Terms and their values, and where they lead the rows.
pub(super) struct Boosting<'a> {
    pub aims: &'a Aims,
    /// Weights of the rows, with a mean of one.
    pub weights: &'a [f32],
    pub terms: Vec<Term>,
    /// Per term what each cell adds to each score, cell by cell.
    pub values: Vec<Vec<f64>>,
    /// Per output the scores of the training rows.
    scores: Vec<Vec<f32>>,
    /// Per output the gradients.
    g: Vec<Vec<f32>>,
    /// Per output the slopes of the gradients.
    h: Vec<Vec<f32>>,
    /// The scores of the validation rows, row by row.
    pub validation: Vec<f64>,
    rate: f64,
}

impl<'a> Boosting<'a> {
    /// Terms without values.
    pub fn new(
        aims: &'a Aims,
        weights: &'a [f32],
        terms: Vec<Term>,
        start: &[f64],
        validation: usize,
        rate: f64,
    ) -> Boosting<'a> {
        let per_output = |fill: f32| start.iter().map(|_| vec![fill; aims.len()]).collect();
        let mut boosting = Boosting {
            aims,
            weights,
            values: Vec::new(),
            terms: Vec::new(),
            scores: start.iter().map(|&s| vec![s as f32; aims.len()]).collect(),
            g: per_output(0.0),
            h: per_output(0.0),
            validation: start.repeat(validation),
            rate,
        };
        terms.into_iter().for_each(|term| boosting.add(term));
        boosting.differentiate();
        boosting
    }

    /// One more term.
    pub fn add(&mut self, term: Term) {
        self.values.push(vec![0.0; term.cells() * self.scores.len()]);
        self.terms.push(term);
    }

    /// A small tree for every term.
    pub fn round(&mut self, ctx: &FitContext<'_>) -> Signal {
        for term in 0..self.terms.len() {
            if ctx.check().is_stop() {
                return Signal::Stop;
            }
            self.step(term);
        }
        Signal::Continue
    }

    /// The sums of the gradients over the cells of some rows, for one output.
    pub fn sums(&self, cells: &[u16], count: usize, output: usize) -> Vec<Sums> {
        let (mut even, mut odd) = (vec![Sums::default(); count], vec![Sums::default(); count]);
        let (g, h) = (&self.g[output][..cells.len()], &self.h[output][..cells.len()]);
        let add = |sums: &mut [Sums], i: usize| {
            let sum = &mut sums[usize::from(cells[i])];
            sum.g += f64::from(g[i]);
            sum.h += f64::from(h[i]);
        };
        // Two lists, so that rows in the same cell need not wait for each other.
        for i in (0..cells.len() / 2 * 2).step_by(2) {
            add(&mut even, i);
            add(&mut odd, i + 1);
        }
        if cells.len() % 2 == 1 {
            add(&mut even, cells.len() - 1);
        }
        even.iter_mut().zip(&odd).for_each(|(a, b)| (a.g, a.h) = (a.g + b.g, a.h + b.h));
        even
    }

    fn step(&mut self, at: usize) {
        let (term, outputs) = (&self.terms[at], self.scores.len());
        let mut added = vec![0.0; term.cells()];
        for output in 0..outputs {
            let sums = self.sums(&term.training, term.cells(), output);
            match term.sides[..] {
                [_, columns] => across(&sums, columns, &mut added),
                _ => along(&sums, term.is_codes(), &mut added),
            };
            let values = self.values[at].iter_mut().skip(output).step_by(outputs);
            values.zip(&mut added).for_each(|(value, new)| {
                *new *= self.rate;
                *value += *new;
            });
            let steps: Vec<f32> = added.iter().map(|&v| v as f32).collect();
            let scores = self.scores[output].iter_mut().zip(&term.training);
            scores.for_each(|(score, &cell)| *score += steps[usize::from(cell)]);
            let scores = self.validation.iter_mut().skip(output).step_by(outputs).zip(&term.validation);
            scores.for_each(|(score, &cell)| *score += added[usize::from(cell)]);
        }
        self.differentiate();
    }

    fn differentiate(&mut self) {
        match self.aims {
            Aims::Numbers(aims) => of_numbers(&self.scores[0], aims, self.weights, &mut self.g[0], &mut self.h[0]),
            Aims::Binary(aims) => of_binary(&self.scores[0], aims, self.weights, &mut self.g[0], &mut self.h[0]),
            Aims::Classes(aims) => self.of_classes(aims),
        }
    }

    fn of_classes(&mut self, aims: &[u32]) {
        let mut row = vec![0.0; self.scores.len()];
        for (i, (&aim, &weight)) in aims.iter().zip(self.weights).enumerate() {
            row.iter_mut().zip(&self.scores).for_each(|(z, scores)| *z = f64::from(scores[i]));
            softmax(&mut row);
            for (k, &p) in row.iter().enumerate() {
                let truth = if k == aim as usize { 1.0 } else { 0.0 };
                self.g[k][i] = weight * (p - truth) as f32;
                self.h[k][i] = weight * (p * (1.0 - p)) as f32;
            }
        }
    }
}

for_each_machine! {
    /// Gradients and slopes of half the squared errors.
    fn of_numbers(scores: &[f32], aims: &[f32], weights: &[f32], g: &mut [f32], h: &mut [f32]) = of_numbers_body
}

#[inline(always)]
fn of_numbers_body(scores: &[f32], aims: &[f32], weights: &[f32], g: &mut [f32], h: &mut [f32]) {
    for ((((s, y), w), g), h) in scores.iter().zip(aims).zip(weights).zip(g).zip(h) {
        (*g, *h) = (w * (s - y), *w);
    }
}

for_each_machine! {
    /// Gradients and slopes of the log loss.
    fn of_binary(scores: &[f32], aims: &[f32], weights: &[f32], g: &mut [f32], h: &mut [f32]) = of_binary_body
}

#[inline(always)]
fn of_binary_body(scores: &[f32], aims: &[f32], weights: &[f32], g: &mut [f32], h: &mut [f32]) {
    for ((((s, y), w), g), h) in scores.iter().zip(aims).zip(weights).zip(g).zip(h) {
        let p = 1.0 / (1.0 + exp(-s));
        (*g, *h) = (w * (p - y), w * p * (1.0 - p));
    }
}
