//! One output of the model in the making: its scores, their gradients, and how a tree changes them.
//!
//! A regression and two classes have one output, more classes one each.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::descent::Descent;
use super::grow::{Grower, GrownTree};
use super::loss::{self, Objective};
use super::packed::{self, Range, Step, Sums, Units};
use super::params::GbdtParams;
use super::sample::Bag;
use super::split::Rules;
use super::table::{Table, by_chunk};
use crate::bins::Bins;

/// Scores and gradients of all rows, by place.
pub(super) struct Output {
    scores: Vec<f32>,
    g: Vec<f32>,
    h: Vec<f32>,
    steps: Vec<Step>,
    units: Units,
    /// Whether some gradients were cut off, so that the sums of steps tell no exact values.
    is_clipped: bool,
    /// The scores of the validation rows, in their order and in the unit of the model.
    validation: Vec<f64>,
}

impl Output {
    /// The output before the first tree.
    pub fn new(start: f64, table: &Table, n_valid: usize, unit: (f64, f64)) -> Output {
        let places = table.places_end();
        Output {
            scores: vec![start as f32; places],
            g: vec![0.0; places],
            h: vec![0.0; places],
            steps: vec![0; places],
            units: Units { g: 1.0, h: 1.0 },
            is_clipped: false,
            validation: vec![unit.0 + unit.1 * start; n_valid],
        }
    }

    /// Begins from scores in the unit of the model instead of a constant, of the training rows and of the validation rows.
    pub fn begin_from(&mut self, training: &[f64], validation: Vec<f64>, table: &Table, (shift, scale): (f64, f64)) {
        for (row, score) in training.iter().enumerate() {
            self.scores[table.places().at(row)] = ((score - shift) / scale) as f32;
        }
        self.validation = validation;
    }

    /// The rounded gradients by place.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What a step is worth.
    pub fn units(&self) -> Units {
        self.units
    }

    /// The scores of the validation rows.
    pub fn validation(&self) -> &[f64] {
        &self.validation
    }

    /// Takes the derivatives of the loss at all rows, for all outputs; returns the range of each.
    pub fn differentiate(outputs: &mut [&mut Output], objective: &Objective<'_>, table: &Table, threads: usize) -> Vec<Range> {
        let count = outputs.len();
        let chunks = table.chunks();
        let mut pieces: Vec<Vec<Piece<'_>>> = chunks.iter().map(|_| Vec::with_capacity(count)).collect();
        for output in outputs {
            let g = by_chunk(&mut output.g, chunks);
            let h = by_chunk(&mut output.h, chunks);
            let scores = chunks.iter().map(|c| &output.scores[c.places.clone()]);
            for (piece, ((g, h), scores)) in pieces.iter_mut().zip(g.into_iter().zip(h).zip(scores)) {
                piece.push(Piece { scores, g, h });
            }
        }
        let ranges = in_parallel(threads, chunks.iter().zip(pieces).collect(), |(chunk, mut pieces)| {
            differentiate_chunk(objective, chunk.rows.start, table.places_in(chunk), chunk.places.start, &mut pieces)
        });
        let merge = |mut all: Vec<Range>, chunk: Vec<Range>| {
            all.iter_mut().zip(chunk).for_each(|(a, c)| *a = a.and(c));
            all
        };
        ranges.into_iter().fold(vec![Range::EMPTY; count], merge)
    }

    /// Draws rows by the length of their gradients, and scales those that stand for others.
    pub fn draw_by_size(outputs: &mut [&mut Output], bag: &mut Bag, table: &Table, params: &GbdtParams, seed: u32) {
        let mut sizes = vec![0.0f32; table.places_end()];
        for output in outputs.iter() {
            table.places().for_each(|place| {
                let (g, h) = (output.g[place as usize], output.h[place as usize]);
                sizes[place as usize] += g * g + params.lambda_l2 as f32 * h * h;
            });
        }
        sizes.iter_mut().for_each(|size| *size = size.sqrt());
        bag.draw_by_size(table.places(), &sizes, params.bagging_fraction, seed, |place, factor| {
            for output in outputs.iter_mut() {
                output.g[place as usize] *= factor;
                output.h[place as usize] *= factor;
            }
        });
    }

    /// The range of the gradients at some places.
    pub fn range(&self, places: &[u32]) -> Range {
        let mut range = Range::EMPTY;
        for places in places.chunks(1024) {
            let (g, h): (Vec<f32>, Vec<f32>) = places.iter().map(|&p| (self.g[p as usize], self.h[p as usize])).unzip();
            range = range.and(Range::of(&g, &h));
        }
        range
    }

    /// Rounds the gradients of all rows.
    pub fn round(&mut self, range: Range, seed: u32, threads: usize) {
        /// Rows that a thread rounds at a time.
        const PIECE: usize = 1 << 15;
        self.units = range.units();
        self.is_clipped = range.is_clipped();
        let units = self.units;
        let pieces: Vec<_> =
            self.g.chunks(PIECE).zip(self.h.chunks(PIECE)).zip(self.steps.chunks_mut(PIECE)).enumerate().collect();
        in_parallel(threads, pieces, |(p, ((g, h), steps))| {
            packed::round(g, h, units, (p * PIECE) as u32, seed, steps);
        });
    }

    /// Gives the leaves of a tree the values that are added to the scores.
    pub fn settle(&self, grown: &mut GrownTree, grower: &Grower, objective: &Objective<'_>, table: &Table, rules: Rules<'_>) {
        if let Some(alpha) = objective.leaf_quantile() {
            for (leaf, (value, [low, high])) in grown.values.iter_mut().zip(&grown.bounds).enumerate() {
                *value = self.quantile_of(grower.leaf_rows(leaf), objective, table, alpha).clamp(*low, *high);
            }
        } else if self.is_clipped || rules.params.exact_leaves {
            for (leaf, (value, bounds)) in grown.values.iter_mut().zip(&grown.bounds).enumerate() {
                let rows = grower.leaf_rows(leaf);
                let add = |sums: Sums, &p: &u32| Sums {
                    g: sums.g + f64::from(self.g[p as usize]),
                    h: sums.h + f64::from(self.h[p as usize]),
                };
                let sums = rows.iter().fold(Sums::default(), add);
                *value = rules.value(sums, rows.len() as f64, 0.0, *bounds);
            }
        }
        // A tree that found nothing to ask adds nothing: its single value would only undo the bag's draw.
        if grown.tree.nodes.is_empty() {
            grown.values[0] = 0.0;
        }
    }

    /// The quantile of what is left to explain in a leaf.
    fn quantile_of(&self, rows: &[u32], objective: &Objective<'_>, table: &Table, alpha: f64) -> f64 {
        let mut rests: Vec<(f32, f32)> = rows
            .iter()
            .filter_map(|&place| {
                let (value, weight) = objective.answer(table.row_at(place)?);
                Some((value - self.scores[place as usize], weight))
            })
            .collect();
        f64::from(loss::quantile(&mut rests, alpha))
    }

    /// Adds a tree to the scores: of the rows it was grown on by their leaf, of the others by walking it.
    pub fn add(&mut self, grown: &GrownTree, grower: &Grower, table: &Table, bins: &Bins, others: &[u32], threads: usize) {
        if grown.tree.nodes.is_empty() {
            return;
        }
        let descent = Descent::new(&grown.tree);
        let pieces = table.chunks().iter().zip(by_chunk(&mut self.scores, table.chunks())).collect();
        in_parallel(threads, pieces, |(chunk, scores): (_, &mut [f32])| {
            let (begin, end) = (chunk.places.start, chunk.places.end);
            for (leaf, value) in grown.values.iter().enumerate() {
                let value = *value as f32;
                within(grower.leaf_rows(leaf), begin, end).iter().for_each(|&place| scores[place as usize - begin] += value);
            }
            let others = within(others, begin, end);
            descent.leaves(&bins.row_major, others, |i, leaf| scores[others[i] as usize - begin] += grown.values[leaf] as f32);
        });
    }

    /// Adds a tree to the scores of the validation rows.
    pub fn add_to_validation(&mut self, grown: &GrownTree, bins: &Bins, places: &[u32], scale: f64) {
        let scores = &mut self.validation;
        Descent::new(&grown.tree).leaves(&bins.row_major, places, |i, leaf| scores[i] += scale * grown.values[leaf]);
    }
}

/// The part of a rising list that lies in `begin..end`.
fn within(list: &[u32], begin: usize, end: usize) -> &[u32] {
    let (from, to) = (list.partition_point(|&p| (p as usize) < begin), list.partition_point(|&p| (p as usize) < end));
    &list[from..to]
}

/// Scores and gradients of one output in one chunk of places.
struct Piece<'a> {
    scores: &'a [f32],
    g: &'a mut [f32],
    h: &'a mut [f32],
}

/// Takes derivatives at the rows of a chunk, whose first is `row`, which lie at `places` (or at all); the pieces begin at
/// place `begin`.
fn differentiate_chunk(
    objective: &Objective<'_>,
    row: usize,
    places: Option<&[u32]>,
    begin: usize,
    pieces: &mut [Piece<'_>],
) -> Vec<Range> {
    let Some(places) = places else {
        let scores: Vec<&[f32]> = pieces.iter().map(|p| p.scores).collect();
        let (mut g, mut h): (Vec<&mut [f32]>, Vec<&mut [f32]>) = pieces.iter_mut().map(|p| (&mut *p.g, &mut *p.h)).unzip();
        objective.derivatives(row, &scores, &mut g, &mut h);
        return g.iter().zip(&h).map(|(g, h)| Range::of(g, h)).collect();
    };
    /// Rows that are gathered at a time.
    const BLOCK: usize = 512;
    let mut buffers = vec![[[0.0f32; BLOCK]; 3]; pieces.len()];
    let mut ranges = vec![Range::EMPTY; pieces.len()];
    for (b, places) in places.chunks(BLOCK).enumerate() {
        for (piece, [scores, ..]) in pieces.iter().zip(&mut buffers) {
            scores.iter_mut().zip(places).for_each(|(s, &place)| *s = piece.scores[place as usize - begin]);
        }
        let (mut scores, mut g, mut h) = (Vec::new(), Vec::new(), Vec::new());
        for [s, a, b] in &mut buffers {
            scores.push(&s[..places.len()]);
            g.push(&mut a[..places.len()]);
            h.push(&mut b[..places.len()]);
        }
        objective.derivatives(row + b * BLOCK, &scores, &mut g, &mut h);
        for ((range, piece), [_, g, h]) in ranges.iter_mut().zip(pieces.iter_mut()).zip(&buffers) {
            let (g, h) = (&g[..places.len()], &h[..places.len()]);
            *range = range.and(Range::of(g, h));
            for ((&place, g), h) in places.iter().zip(g).zip(h) {
                (piece.g[place as usize - begin], piece.h[place as usize - begin]) = (*g, *h);
            }
        }
    }
    ranges
}

/// Does something with every item, on several threads if there are several of both.
fn in_parallel<I: Send, T: Send>(threads: usize, items: Vec<I>, each: impl Fn(I) -> T + Sync + Send) -> Vec<T> {
    if threads > 1 && items.len() > 1 {
        items.into_par_iter().with_max_len(1).map(each).collect()
    } else {
        items.into_iter().map(each).collect()
    }
}
