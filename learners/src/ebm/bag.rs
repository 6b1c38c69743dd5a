//! One bag: a model of most rows, whose other rows say when it has had enough.

use automl_core::fit_context::{FitContext, Signal};
use automl_core::seed::Rng;

use super::cut::{Limits, Sums, along};
use super::step::{self, Added, CELLS_MAX, Lists};
use super::table::across;
use super::terms::Term;
use crate::aims::Aims;

/// Rows between two questions whether to go on.
const ROWS_AT_ONCE: usize = 16_384;

/// What all bags share.
pub(super) struct Problem<'a> {
    pub aims: &'a Aims,
    /// Weights of the rows, with a mean of one.
    pub weights: &'a [f32],
    /// The scores of a model that knows no features.
    pub start: &'a [f64],
    /// How much of a tree counts.
    pub rate: f64,
    pub limits: Limits,
    /// Rounds without gain after which a bag is done.
    pub patience: u32,
}

/// Per term and output, what each cell adds to the score.
pub(super) type Values = Vec<Vec<f64>>;

/// A model of the rows that are not held out.
pub(super) struct Bag {
    /// Weights of the rows, 0 for those that are held out.
    weights: Vec<f32>,
    held_out: Vec<u32>,
    /// Per output the scores of all rows, without what `added` has for the cells of the term `last`.
    scores: Vec<Vec<f32>>,
    last: Option<usize>,
    added: Vec<Added>,
    lists: Vec<Lists>,
    values: Values,
    best: Values,
    best_loss: f64,
    best_round: u32,
    /// Per term the weight in each cell.
    cell_weights: Vec<Vec<f64>>,
    round: u32,
    has_begun: bool,
    is_done: bool,
    rng: Rng,
}

impl Bag {
    /// A bag without terms.
    pub fn new(problem: &Problem<'_>, held_out: Vec<u32>, rng: Rng) -> Bag {
        let mut weights = problem.weights.to_vec();
        held_out.iter().for_each(|&row| weights[row as usize] = 0.0);
        let outputs = problem.start.len();
        Bag {
            scores: problem.start.iter().map(|&s| vec![s as f32; weights.len()]).collect(),
            weights,
            held_out,
            last: None,
            added: vec![[0.0; CELLS_MAX]; outputs],
            lists: vec![[[[0.0; 2]; CELLS_MAX]; 2]; outputs],
            values: Vec::new(),
            best: Vec::new(),
            best_loss: f64::INFINITY,
            best_round: 0,
            cell_weights: Vec::new(),
            round: 0,
            has_begun: false,
            is_done: false,
            rng,
        }
    }

    /// Goes back to the best round, and takes terms in that are new.
    pub fn begin(&mut self, problem: &Problem<'_>, terms: &[Term], ctx: &FitContext<'_>) {
        let outputs = self.scores.len();
        for term in &terms[self.cell_weights.len()..] {
            if ctx.check().is_stop() {
                self.is_done = true;
                return;
            }
            self.cell_weights.push(term.weights(&self.weights));
            self.best.extend((0..outputs).map(|_| vec![0.0; term.cells()]));
        }
        for (scores, start) in self.scores.iter_mut().zip(problem.start) {
            scores.fill(*start as f32);
        }
        for (at, values) in self.best.iter().enumerate().filter(|(_, values)| values.iter().any(|v| *v != 0.0)) {
            if ctx.check().is_stop() {
                self.is_done = true;
                return;
            }
            let mut added = [0.0; CELLS_MAX];
            added.iter_mut().zip(values).for_each(|(to, v)| *to = *v as f32);
            step::only_move(&mut self.scores[at % outputs], &terms[at / outputs].training, &added);
        }
        self.values.clone_from(&self.best);
        (self.last, self.round, self.best_round, self.is_done) = (None, 0, 0, false);
        self.best_loss = self.loss(problem, terms);
    }

    /// Whether more rounds are of no use.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Whether there was time for any of it.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// The values of the best round.
    pub fn best(&self) -> &Values {
        &self.best
    }

    /// Gives every term a tree in each round until so many rounds are made.
    pub fn advance(&mut self, problem: &Problem<'_>, terms: &[Term], until: u32, ctx: &FitContext<'_>) {
        while !self.is_done && self.round < until {
            for at in 0..terms.len() {
                if self.step(problem, terms, at, ctx).is_stop() {
                    self.is_done = true;
                    if self.round == 0 {
                        // Every tree by itself is an improvement.
                        self.best.clone_from(&self.values);
                    }
                    return;
                }
            }
            self.round += 1;
            self.judge(problem, terms);
        }
    }

    fn judge(&mut self, problem: &Problem<'_>, terms: &[Term]) {
        let loss = self.loss(problem, terms);
        if self.held_out.is_empty() {
            self.best.clone_from(&self.values);
            self.is_done = self.round >= problem.patience;
            return;
        }
        if loss < self.best_loss {
            (self.best_loss, self.best_round) = (loss, self.round);
            self.best.clone_from(&self.values);
        }
        self.is_done = self.round - self.best_round >= problem.patience;
    }

    /// A tree for one term.
    fn step(&mut self, problem: &Problem<'_>, terms: &[Term], at: usize, ctx: &FitContext<'_>) -> Signal {
        let (term, outputs) = (&terms[at], self.scores.len());
        let mut sums = vec![vec![Sums::default(); term.cells()]; outputs];
        if self.pass(problem, terms, at, &mut sums, ctx).is_stop() {
            return Signal::Stop;
        }
        let mut out = vec![0.0; term.cells()];
        for (output, mut sums) in sums.into_iter().enumerate() {
            sums.iter_mut().zip(&self.cell_weights[at]).for_each(|(sum, weight)| sum.weight = *weight);
            _ = match term.sides[..] {
                [_, columns] => across(&sums, columns, &problem.limits, &mut self.rng, &mut out),
                _ => along(&sums, term.is_codes(), &problem.limits, &mut self.rng, &mut out),
            };
            let values = self.values[at * outputs + output].iter_mut().zip(&mut self.added[output]);
            for ((value, added), new) in values.zip(&out) {
                // What is added to the scores is what is added to the values.
                *added = (problem.rate * new) as f32;
                *value += f64::from(*added);
            }
        }
        (self.last, self.has_begun) = (Some(at), true);
        Signal::Continue
    }

    /// Moves the scores by the last tree and sums the gradients by the cells of a term.
    fn pass(&mut self, problem: &Problem<'_>, terms: &[Term], at: usize, sums: &mut [Vec<Sums>], ctx: &FitContext<'_>) -> Signal {
        let Bag { weights, scores, added, lists, .. } = self;
        let moves = self.last.map_or(&[][..], |last| &terms[last].training[..]);
        let rows = weights.len();
        for first in (0..rows).step_by(ROWS_AT_ONCE) {
            if ctx.check().is_stop() {
                return Signal::Stop;
            }
            let part = first..(first + ROWS_AT_ONCE).min(rows);
            let moves = if moves.is_empty() { moves } else { &moves[part.clone()] };
            let (weights, cells) = (&weights[part.clone()], &terms[at].training[part.clone()]);
            match problem.aims {
                Aims::Numbers(aims) => {
                    step::of_numbers(&mut scores[0][part.clone()], moves, &added[0], &aims[part], weights, cells, &mut lists[0]);
                }
                Aims::Binary(aims) => {
                    step::of_binary(&mut scores[0][part.clone()], moves, &added[0], &aims[part], weights, cells, &mut lists[0]);
                }
                Aims::Classes(aims) => {
                    let mut scores: Vec<&mut [f32]> = scores.iter_mut().map(|s| &mut s[part.clone()]).collect();
                    step::of_classes(&mut scores, moves, added, &aims[part], weights, cells, lists);
                }
            }
            lists.iter_mut().zip(&mut *sums).for_each(|(lists, sums)| step::flush(lists, sums));
        }
        Signal::Continue
    }

    /// The mean loss of the rows that are held out.
    fn loss(&self, problem: &Problem<'_>, terms: &[Term]) -> f64 {
        let cells = self.last.map(|last| &terms[last].training);
        let score = |output: usize, row: usize| {
            let more = cells.map_or(0.0, |cells| self.added[output][usize::from(cells[row])]);
            f64::from(self.scores[output][row] + more)
        };
        let (mut loss, mut total) = (0.0, 0.0);
        let mut scores = vec![0.0; self.scores.len()];
        for row in self.held_out.iter().map(|&row| row as usize) {
            scores.iter_mut().enumerate().for_each(|(output, s)| *s = score(output, row));
            let weight = f64::from(problem.weights[row]);
            loss += weight * problem.aims.loss(row, &mut scores);
            total += weight;
        }
        loss / total
    }
}
