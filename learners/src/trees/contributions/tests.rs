//! Contributions against the definition of Shapley values, on random trees.

use std::sync::Arc;

use automl_core::contributions::Scale;
use automl_core::fit_context::FitContext;
use automl_core::matrix::{Column, Matrix};
use automl_core::seed::{Rng, rng};
use proptest::prelude::*;
use rand::RngExt;

use super::kernel::{self, LANES, Scratch};
use super::steps::Steps;
use super::{LeafValues, Plan, gather};
use crate::bins::Bins;
use crate::trees::grown::Child;
use crate::trees::{Grown, Rule, Trees, with_bin};

/// Columns of numbers, every other one with values missing, and a last one of categories, some without a bin of their
/// own.
fn table(rows: usize, columns: usize, rng: &mut Rng) -> Matrix {
    let mut all: Vec<Column> = (1..columns)
        .map(|j| {
            let value = |rng: &mut Rng| {
                if j % 2 == 0 && rng.random_range(0..4) == 0 { f32::NAN } else { rng.random_range(0..20) as f32 }
            };
            Column::Numeric((0..rows).map(|_| value(rng)).collect())
        })
        .collect();
    let code = |rng: &mut Rng| if rng.random_range(0..8) == 0 { rng.random_range(255..400) } else { rng.random_range(0..9) };
    all.push(Column::Codes { codes: (0..rows).map(|_| code(rng)).collect(), levels: 400 });
    Matrix::new(rows, all.into_iter().map(Arc::new).collect()).unwrap()
}

/// A tree of random splits, with random values and covers per leaf; some leaves have no rows.
fn tree(leaves: u32, bins: &Bins, rng: &mut Rng) -> (Grown, Vec<f64>, Vec<f32>) {
    let mut tree = Grown::leaf();
    let mut parents = vec![None];
    while tree.leaves < leaves {
        let leaf = rng.random_range(0..tree.leaves);
        let feature = rng.random_range(0..bins.features.len());
        let count = bins.features[feature].count();
        let rule = if bins.features[feature].is_codes() {
            Rule::In((0..count).filter(|_| rng.random()).fold([0; 4], with_bin))
        } else {
            Rule::UpTo { bin: rng.random_range(0..count) as u16, missing_left: rng.random() }
        };
        let node = tree.split(leaf, parents[leaf as usize], feature, rule, bins);
        parents[leaf as usize] = Some((node, true));
        parents.push(Some((node, false)));
    }
    let values = (0..leaves).map(|_| rng.random_range(-2.0..2.0)).collect();
    let covers = (0..leaves).map(|_| (rng.random_range(-200i32..1000) as f32).max(0.0)).collect();
    (tree, values, covers)
}

/// What a child gives for a row if only some columns are known, and the cover of the child.
fn given(tree: &Grown, values: &[f64], covers: &[f32], at: Child, row: &[u8], known: usize) -> (f64, f64) {
    match at {
        Child::Leaf(leaf) => (values[leaf as usize], f64::from(covers[leaf as usize].max(f32::MIN_POSITIVE))),
        Child::Node(node) => {
            let node = &tree.nodes[node as usize];
            let [left, right] = [node.left, node.right].map(|child| given(tree, values, covers, child, row, known));
            let cover = left.1 + right.1;
            if known >> node.feature & 1 == 0 {
                return ((left.0 * left.1 + right.0 * right.1) / cover, cover);
            }
            (if node.rule.goes_left(row[node.feature], node.missing_bin) { left.0 } else { right.0 }, cover)
        }
    }
}

/// The Shapley value of every column by its definition, over all sets of the others; the bias is last.
fn shapley(columns: usize, worth: impl Fn(usize) -> f64) -> Vec<f64> {
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    let worths: Vec<f64> = (0..1usize << columns).map(worth).collect();
    let of = |column: usize| {
        let without = (0..worths.len()).filter(|set| set >> column & 1 == 0);
        let weight = |set: usize| {
            let size = set.count_ones();
            factorial(size) * factorial(columns as u32 - size - 1) / factorial(columns as u32)
        };
        without.map(|set| weight(set) * (worths[set | 1 << column] - worths[set])).sum()
    };
    (0..columns).map(of).chain([worths[0]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn they_are_shapley_values(seed: u64, columns in 1usize..7, leaves in 1u32..40, rows in 1usize..20) {
        let mut rng = rng(seed);
        let matrix = table(rows, columns, &mut rng);
        let bins = Bins::of(matrix.view(), 255, &FitContext::new(0)).unwrap();
        let grown: Vec<_> = (0..3).map(|_| tree(leaves, &bins, &mut rng)).collect();
        let (mut trees, mut values) = (Trees::new(columns), Vec::new());
        for (tree, leaf_values, covers) in &grown {
            trees.push(tree, covers.iter().copied(), &*bins);
            values.extend(leaf_values);
        }
        let start = [0.25];
        let leaves = LeafValues { scale: Scale::Value, start: &start, one_score_per_tree: true, value: |leaf: usize, _| values[leaf] };
        let found = trees.contributions(matrix.view(), &leaves).unwrap();
        for i in 0..rows {
            let mut expected = vec![0.0; columns + 1];
            expected[columns] = start[0];
            for (tree, values, covers) in &grown {
                let root = if tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
                let worth = |known| given(tree, values, covers, root, bins.row_major.row(i), known).0;
                expected.iter_mut().zip(shapley(columns, worth)).for_each(|(sum, value)| *sum += value);
            }
            for (ours, theirs) in found.row(i, 0).iter().zip(&expected) {
                prop_assert!((ours - theirs).abs() < 1e-11, "row {}: {:?} instead of {:?}", i, found.row(i, 0), expected);
            }
        }
    }

    /// The copies for wider registers give the same bits.
    #[test]
    fn every_processor_finds_the_same(seed: u64, columns in 1usize..30, leaves in 2u32..60) {
        let mut rng = rng(seed);
        let matrix = table(40, columns, &mut rng);
        let bins = Bins::of(matrix.view(), 255, &FitContext::new(0)).unwrap();
        let (grown, values, covers) = tree(leaves, &bins, &mut rng);
        let mut trees = Trees::new(columns);
        trees.push(&grown, covers, &*bins);
        let plan = Plan::of(&trees).unwrap();
        let mut steps = Steps::of(&trees, 0, &plan).unwrap();
        steps.set_values(|leaf| values[leaf]);
        let (slots, rows) = (plan.columns.len(), gather(matrix.view(), 0, 40, &plan.columns));
        let mut sums = [vec![[0.0; LANES]; rows.len()], vec![[0.0; LANES]; rows.len()]];
        kernel::run(&trees, &steps, &rows, slots, &mut sums[0], &mut Scratch::default());
        kernel::run_anywhere(&trees, &steps, &rows, slots, &mut sums[1], &mut Scratch::default());
        prop_assert_eq!(&sums[0], &sums[1]);
        prop_assert!(sums[0].iter().flatten().any(|sum| *sum != 0.0) || values.len() < 2);
    }
}

/// Forests grow trees with paths over dozens of columns, and with leaves of one row in many.
#[test]
fn deep_trees_add_up() {
    let (mut rng, columns) = (rng(5), 60);
    let matrix = table(50, columns, &mut rng);
    let bins = Bins::of(matrix.view(), 255, &FitContext::new(0)).unwrap();
    let mut grown = Grown::leaf();
    let mut parent = None;
    for k in 0..300 {
        let feature = (k * 7) % columns;
        let rule = if bins.features[feature].is_codes() {
            Rule::In((1..9).fold([0; 4], with_bin))
        } else {
            Rule::UpTo { bin: 12 + (k % 6) as u16, missing_left: true }
        };
        parent = Some((grown.split(0, parent, feature, rule, &*bins), true));
    }
    let covers = (0..=300).map(|leaf| if leaf == 0 { 1e6 } else { 1.0 });
    let mut trees = Trees::new(columns);
    trees.push(&grown, covers, &*bins);
    let leaves = LeafValues { scale: Scale::Value, start: &[0.0], one_score_per_tree: true, value: |leaf: usize, _| leaf as f64 };
    let found = trees.contributions(matrix.view(), &leaves).unwrap();
    for i in 0..50 {
        let leaf = grown.leaf_of(bins.row_major.row(i));
        assert!((found.score(i, 0) - f64::from(leaf)).abs() < 1e-9, "row {i}: {} instead of {leaf}", found.score(i, 0));
    }
}

#[test]
fn trees_without_covers_have_none() {
    let matrix = table(10, 3, &mut rng(1));
    let bins = Bins::of(matrix.view(), 255, &FitContext::new(0)).unwrap();
    let mut trees = Trees::new(3);
    trees.push(&tree(4, &bins, &mut rng(2)).0, [], &*bins);
    let leaves = LeafValues { scale: Scale::Value, start: &[0.0], one_score_per_tree: true, value: |_, _| 1.0 };
    assert!(trees.contributions(matrix.view(), &leaves).is_none());
    assert_eq!(trees.validate(3), Ok(()));
}
