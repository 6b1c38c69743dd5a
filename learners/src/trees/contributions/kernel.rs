//! The walk over a tree for eight rows at once: the one place where contributions cost time.
//!
//! Per branch and point of the quadrature a product, a sum and a contribution are updated for every row, about ten
//! multiplications and additions, written as loops over the rows of a group. They are compiled once for any
//! processor and once each for wider registers; `unsafe` says that a copy is called only where the processor has
//! them. No copy fuses multiplications with additions, so that all give the same bits.

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
    for step in &steps.steps {
        let (Step::Down(b) | Step::Leaf(b) | Step::Up(b)) = *step;
        let branch = &steps.branches[b as usize];
        let factors = &steps.factors[b as usize * steps.points..][..steps.points];
        let slot = branch.slot as usize;
        // Most branches have none above on their column: a copy for them has less to add up.
        match (step, branch.above) {
            (Step::Down(_), 0) => scratch.down::<false>(trees, branch, factors, &values[slot]),
            (Step::Down(_), _) => scratch.down::<true>(trees, branch, factors, &values[slot]),
            (Step::Leaf(_), 0) => scratch.leaf::<false>(trees, branch, factors, &values[slot], &mut sums[slot]),
            (Step::Leaf(_), _) => scratch.leaf::<true>(trees, branch, factors, &values[slot], &mut sums[slot]),
            (Step::Up(_), 0) => scratch.up::<false>(branch, factors, &mut sums[slot]),
            (Step::Up(_), _) => scratch.up::<true>(branch, factors, &mut sums[slot]),
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

    #[inline(always)]
    fn down<const REPEATS: bool>(&mut self, trees: &Trees, branch: &Branch, factors: &[Factor], values: &Values) {
        let (depth, points) = (branch.depth as usize, factors.len());
        let above = self.passes[branch.above as usize];
        let here = follow::<REPEATS>(trees, branch, values, &above);
        self.passes[depth] = here;
        let (before, after) = self.products.split_at_mut(depth * points);
        let before = &before[(depth - 1) * points..];
        for ((after, before), factor) in after.iter_mut().zip(before).zip(factors) {
            *after = times(before, &part::<REPEATS>(&factor.down, &above, &here));
        }
        self.below[depth * points..][..points].fill([0.0; LANES]);
    }

    #[inline(always)]
    fn leaf<const REPEATS: bool>(
        &mut self,
        trees: &Trees,
        branch: &Branch,
        factors: &[Factor],
        values: &Values,
        sum: &mut Numbers,
    ) {
        let (depth, points) = (branch.depth as usize, factors.len());
        let above = self.passes[branch.above as usize];
        let here = follow::<REPEATS>(trees, branch, values, &above);
        let before = &self.products[(depth - 1) * points..][..points];
        let below = &mut self.below[(depth - 1) * points..][..points];
        let mut total = [0.0; LANES];
        for ((before, below), factor) in before.iter().zip(below).zip(factors) {
            let product = times(&times(before, &part::<REPEATS>(&factor.down, &above, &here)), &[branch.value; LANES]);
            add(&mut total, &times(&product, &part::<REPEATS>(&factor.up, &above, &here)));
            add(below, &product);
        }
        add(sum, &total);
    }

    #[inline(always)]
    fn up<const REPEATS: bool>(&mut self, branch: &Branch, factors: &[Factor], sum: &mut Numbers) {
        let (depth, points) = (branch.depth as usize, factors.len());
        let (above, here) = (self.passes[branch.above as usize], self.passes[depth]);
        let (before, below) = self.below.split_at_mut(depth * points);
        let before = &mut before[(depth - 1) * points..];
        let mut total = [0.0; LANES];
        for ((before, below), factor) in before.iter_mut().zip(&*below).zip(factors) {
            add(&mut total, &times(below, &part::<REPEATS>(&factor.up, &above, &here)));
            add(before, below);
        }
        add(sum, &total);
    }
}

/// Which rows pass the branch and all splits above it on the same column, as 1 and 0.
#[inline(always)]
fn follow<const REPEATS: bool>(trees: &Trees, branch: &Branch, values: &Values, above: &Numbers) -> Numbers {
    let mut passes = trees.go_left(&trees.nodes[branch.node as usize], values);
    if !branch.is_left {
        passes.iter_mut().for_each(|pass| *pass = 1.0 - *pass);
    }
    let mut here = passes.map(f64::from);
    if REPEATS {
        here.iter_mut().zip(above).for_each(|(here, above)| *here *= above);
    }
    here
}

/// A part for every row of a group.
#[inline(always)]
fn part<const REPEATS: bool>(part: &Part, above: &Numbers, here: &Numbers) -> Numbers {
    let mut sum = [part.base; LANES];
    sum.iter_mut().zip(here).for_each(|(sum, here)| *sum += part.here * here);
    if REPEATS {
        sum.iter_mut().zip(above).for_each(|(sum, above)| *sum += part.above * above);
    }
    sum
}

#[inline(always)]
fn times(a: &Numbers, b: &Numbers) -> Numbers {
    let mut product = *a;
    product.iter_mut().zip(b).for_each(|(a, b)| *a *= b);
    product
}

#[inline(always)]
fn add(sum: &mut Numbers, term: &Numbers) {
    sum.iter_mut().zip(term).for_each(|(s, t)| *s += t);
}
