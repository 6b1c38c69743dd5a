//! The walk over a tree for eight rows at once: the one place where contributions cost time.
//!
//! Per branch and point of the quadrature a product, a sum and a share are updated for every row: about
//! `10 * points` multiplications and additions. They are written as loops over the rows of a group, compiled once for any processor
//! and once each for wider registers; `unsafe` says that a copy is called only where the processor has them.
//! No copy fuses multiplications with additions, so that all give the same bits.

#![allow(unsafe_code, reason = "copies for wider registers are called after the processor was asked for them")]

use super::steps::{Branch, Factor, Part, Step, Steps};
use crate::trees::Trees;

/// Rows in a group.
pub(super) const LANES: usize = 8;
/// The values of one column in a group of rows.
pub(super) type Values = [f32; LANES];
/// One number per row of a group.
pub(super) type Numbers = [f64; LANES];

/// Buffers of the walk, used again from tree to tree.
#[derive(Default)]
pub(super) struct Scratch {
    /// By depth, per point, the product of the factors down to there.
    products: Vec<Numbers>,
    /// By depth, per point, the products at the leaves below, times their values.
    below: Vec<Numbers>,
    /// By depth, 1 for rows that pass all splits on the column of the branch down to it, else 0.
    passes: Vec<Numbers>,
}

/// Adds what a tree contributes to groups of rows; there are `slots` columns in a group.
pub(super) fn run(trees: &Trees, steps: &Steps, values: &[Values], slots: usize, sums: &mut [Numbers], scratch: &mut Scratch) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has what the copy is compiled for.
            return unsafe { run_avx512(trees, steps, values, slots, sums, scratch) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { run_avx2(trees, steps, values, slots, sums, scratch) };
        }
    }
    run_anywhere(trees, steps, values, slots, sums, scratch);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn run_avx512(trees: &Trees, steps: &Steps, values: &[Values], slots: usize, sums: &mut [Numbers], scratch: &mut Scratch) {
    run_anywhere(trees, steps, values, slots, sums, scratch);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2(trees: &Trees, steps: &Steps, values: &[Values], slots: usize, sums: &mut [Numbers], scratch: &mut Scratch) {
    run_anywhere(trees, steps, values, slots, sums, scratch);
}

/// The safe twin of the copies, and their body.
#[inline(always)]
pub(super) fn run_anywhere(
    trees: &Trees,
    steps: &Steps,
    values: &[Values],
    slots: usize,
    sums: &mut [Numbers],
    scratch: &mut Scratch,
) {
    if steps.steps.is_empty() {
        return;
    }
    scratch.resize(steps);
    for (values, sums) in values.chunks_exact(slots).zip(sums.chunks_exact_mut(slots)) {
        walk(trees, steps, values, sums, scratch);
    }
}

#[inline(always)]
fn walk(trees: &Trees, steps: &Steps, values: &[Values], sums: &mut [Numbers], scratch: &mut Scratch) {
    let points = steps.points;
    for step in &steps.steps {
        match *step {
            Step::Down(b) => {
                let branch = &steps.branches[b as usize];
                let (depth, factors) = (branch.depth as usize, &steps.factors[b as usize * points..][..points]);
                let above = scratch.passes[branch.above as usize];
                let here = follow(trees, branch, &values[branch.slot as usize], &above);
                scratch.passes[depth] = here;
                let (before, after) = scratch.products.split_at_mut(depth * points);
                let before = &before[(depth - 1) * points..];
                for ((after, before), factor) in after.iter_mut().zip(before).zip(factors) {
                    *after = times(before, &part(&factor.down, branch, &above, &here));
                }
                scratch.below[depth * points..][..points].fill([0.0; LANES]);
            }
            Step::Leaf(b) => {
                let branch = &steps.branches[b as usize];
                let (depth, factors) = (branch.depth as usize, &steps.factors[b as usize * points..][..points]);
                let above = scratch.passes[branch.above as usize];
                let here = follow(trees, branch, &values[branch.slot as usize], &above);
                let before = &scratch.products[(depth - 1) * points..][..points];
                let below = &mut scratch.below[(depth - 1) * points..][..points];
                let value = [branch.value; LANES];
                let mut sum = sums[branch.slot as usize];
                for ((before, below), factor) in before.iter().zip(below).zip(factors) {
                    let product = times(&times(before, &part(&factor.down, branch, &above, &here)), &value);
                    give(factor, branch, &above, &here, &product, &mut sum);
                    add(below, &product);
                }
                sums[branch.slot as usize] = sum;
            }
            Step::Up(b) => {
                let branch = &steps.branches[b as usize];
                let (depth, factors) = (branch.depth as usize, &steps.factors[b as usize * points..][..points]);
                let (above, here) = (scratch.passes[branch.above as usize], scratch.passes[depth]);
                let (before, below) = scratch.below.split_at_mut(depth * points);
                let before = &mut before[(depth - 1) * points..];
                let mut sum = sums[branch.slot as usize];
                for ((before, below), factor) in before.iter_mut().zip(&*below).zip(factors) {
                    give(factor, branch, &above, &here, below, &mut sum);
                    add(before, below);
                }
                sums[branch.slot as usize] = sum;
            }
        }
    }
}

impl Scratch {
    fn resize(&mut self, steps: &Steps) {
        let depths = steps.depth + 1;
        self.products.resize(depths * steps.points, [0.0; LANES]);
        self.below.resize(depths * steps.points, [0.0; LANES]);
        self.passes.resize(depths, [0.0; LANES]);
        self.products[..steps.points].fill([1.0; LANES]);
        self.passes[0] = [1.0; LANES];
    }
}

/// Which rows pass the branch and all splits above it on the same column, as 1 and 0.
#[inline(always)]
fn follow(trees: &Trees, branch: &Branch, values: &Values, above: &Numbers) -> Numbers {
    let node = &trees.nodes[branch.node as usize];
    let wanted = branch.is_left;
    let passes = trees.go_left(node, values);
    std::array::from_fn(|i| if passes[i] == wanted { above[i] } else { 0.0 })
}

/// A part for every row of a group.
#[inline(always)]
fn part(part: &Part, branch: &Branch, above: &Numbers, here: &Numbers) -> Numbers {
    if branch.above == 0 {
        return std::array::from_fn(|i| part.base + part.here * here[i]);
    }
    std::array::from_fn(|i| part.base + part.above * above[i] + part.here * here[i])
}

/// Gives the column of a branch its part of the products at the leaves.
#[inline(always)]
fn give(factor: &Factor, branch: &Branch, above: &Numbers, here: &Numbers, products: &Numbers, sum: &mut Numbers) {
    let shares = part(&factor.up, branch, above, here);
    add(sum, &times(products, &shares));
}

#[inline(always)]
fn times(a: &Numbers, b: &Numbers) -> Numbers {
    std::array::from_fn(|i| a[i] * b[i])
}

#[inline(always)]
fn add(sum: &mut Numbers, term: &Numbers) {
    sum.iter_mut().zip(term).for_each(|(s, t)| *s += t);
}
