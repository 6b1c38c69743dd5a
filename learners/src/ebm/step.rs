//! One pass over the rows: the last tree moves their scores, and their new gradients are summed by cell.

use super::cut::Sums;
use crate::exp::exp;
use crate::simd::for_each_machine;

/// Cells that a term can have.
pub(super) const CELLS_MAX: usize = 4096;
const MASK: usize = CELLS_MAX - 1;
/// Rows that are carried through all loops of a pass together.
const BLOCK: usize = 256;

/// What a tree adds to the score of a row, by cell.
pub(super) type Added = [f32; CELLS_MAX];
/// Sums of gradients and slopes by cell; two lists, so that rows in the same cell need not wait for each other.
pub(super) type Lists = [[[f32; 2]; CELLS_MAX]; 2];

/// Empties the lists of some cells into sums.
pub(super) fn flush(lists: &mut Lists, sums: &mut [Sums]) {
    let [even, odd] = lists;
    for ((sum, a), b) in sums.iter_mut().zip(even).zip(odd) {
        sum.g += f64::from(a[0] + b[0]);
        sum.h += f64::from(a[1] + b[1]);
        (*a, *b) = ([0.0; 2], [0.0; 2]);
    }
}

#[inline(always)]
fn moved(scores: &mut [f32], cells: &[u16], added: &Added) {
    for (score, &cell) in scores.iter_mut().zip(cells) {
        *score += added[usize::from(cell) & MASK];
    }
}

#[inline(always)]
fn summed(lists: &mut Lists, cells: &[u16], g: &[f32], h: &[f32]) {
    let [even, odd] = lists;
    let add = |list: &mut [[f32; 2]; CELLS_MAX], i: usize| {
        let sum = &mut list[usize::from(cells[i]) & MASK];
        *sum = [sum[0] + g[i], sum[1] + h[i]];
    };
    let n = cells.len().min(g.len()).min(h.len());
    for i in (0..n / 2 * 2).step_by(2) {
        add(even, i);
        add(odd, i + 1);
    }
    if n % 2 == 1 {
        add(even, n - 1);
    }
}

for_each_machine! {
    /// Only moves the scores.
    pub(super) fn only_move(scores: &mut [f32], cells: &[u16], added: &Added) = moved
}

for_each_machine! {
    /// A pass for half the squared errors. `moves` are the cells that the last tree had; empty if there was none.
    pub(super) fn of_numbers(scores: &mut [f32], moves: &[u16], added: &Added, aims: &[f32], weights: &[f32], cells: &[u16], lists: &mut Lists) = of_numbers_body
}

#[inline(always)]
fn of_numbers_body(
    scores: &mut [f32],
    moves: &[u16],
    added: &Added,
    aims: &[f32],
    weights: &[f32],
    cells: &[u16],
    lists: &mut Lists,
) {
    let mut g = [0.0; BLOCK];
    for (n, scores) in scores.chunks_mut(BLOCK).enumerate() {
        let (first, end) = (n * BLOCK, n * BLOCK + scores.len());
        if !moves.is_empty() {
            moved(scores, &moves[first..end], added);
        }
        let (aims, weights) = (&aims[first..end], &weights[first..end]);
        for (((g, s), y), w) in g.iter_mut().zip(&*scores).zip(aims).zip(weights) {
            *g = w * (s - y);
        }
        summed(lists, &cells[first..end], &g, weights);
    }
}

for_each_machine! {
    /// A pass for the log loss of two classes.
    pub(super) fn of_binary(scores: &mut [f32], moves: &[u16], added: &Added, aims: &[f32], weights: &[f32], cells: &[u16], lists: &mut Lists) = of_binary_body
}

#[inline(always)]
fn of_binary_body(
    scores: &mut [f32],
    moves: &[u16],
    added: &Added,
    aims: &[f32],
    weights: &[f32],
    cells: &[u16],
    lists: &mut Lists,
) {
    let (mut g, mut h) = ([0.0; BLOCK], [0.0; BLOCK]);
    for (n, scores) in scores.chunks_mut(BLOCK).enumerate() {
        let (first, end) = (n * BLOCK, n * BLOCK + scores.len());
        if !moves.is_empty() {
            moved(scores, &moves[first..end], added);
        }
        let rows = scores.iter().zip(&aims[first..end]).zip(&weights[first..end]);
        for (((s, y), w), (g, h)) in rows.zip(g.iter_mut().zip(&mut h)) {
            let p = 1.0 / (1.0 + exp(-s));
            (*g, *h) = (w * (p - y), w * p * (1.0 - p));
        }
        summed(lists, &cells[first..end], &g, &h);
    }
}

for_each_machine! {
    /// A pass for the log loss of more classes; `scores` and `added` per class.
    pub(super) fn of_classes(scores: &mut [&mut [f32]], moves: &[u16], added: &[Added], aims: &[u32], weights: &[f32], cells: &[u16], lists: &mut [Lists]) = of_classes_body
}

#[inline(always)]
fn of_classes_body(
    scores: &mut [&mut [f32]],
    moves: &[u16],
    added: &[Added],
    aims: &[u32],
    weights: &[f32],
    cells: &[u16],
    lists: &mut [Lists],
) {
    let mut parts = vec![[0.0f32; BLOCK]; scores.len()];
    for first in (0..cells.len()).step_by(BLOCK) {
        let end = (first + BLOCK).min(cells.len());
        let (mut top, mut sum) = ([f32::NEG_INFINITY; BLOCK], [0.0f32; BLOCK]);
        for (scores, added) in scores.iter_mut().zip(added) {
            if !moves.is_empty() {
                moved(&mut scores[first..end], &moves[first..end], added);
            }
            top.iter_mut().zip(&scores[first..end]).for_each(|(top, s)| *top = top.max(*s));
        }
        for (part, scores) in parts.iter_mut().zip(&*scores) {
            for (((part, sum), top), s) in part.iter_mut().zip(&mut sum).zip(&top).zip(&scores[first..end]) {
                *part = exp(s - top);
                *sum += *part;
            }
        }
        for (k, (part, lists)) in parts.iter().zip(&mut *lists).enumerate() {
            let (mut g, mut h) = ([0.0; BLOCK], [0.0; BLOCK]);
            let rows = part.iter().zip(&sum).zip(&aims[first..end]).zip(&weights[first..end]);
            for ((((part, sum), aim), w), (g, h)) in rows.zip(g.iter_mut().zip(&mut h)) {
                let p = part / sum;
                let truth = if *aim == k as u32 { 1.0 } else { 0.0 };
                (*g, *h) = (w * (p - truth), w * p * (1.0 - p));
            }
            summed(lists, &cells[first..end], &g, &h);
        }
    }
}
