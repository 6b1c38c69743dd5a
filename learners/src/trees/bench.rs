//! The leaves of rows in made-up trees, by either way of finding them: see [`crate::bench`].

use std::hint::black_box;

use automl_core::seed::{Rng, rng};
use rand::RngExt;

use super::Trees;
use super::grown::{Grown, Rule};
use super::questions::Answers;
use super::ranked::Ranked;
use super::ranks::Rows;
use super::walk::Keys;
use crate::bench::Kernel;
use crate::bins::FeatureBins;

/// How the leaf of a row is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Down the tree, node after node.
    Walk,
    /// By the bytes of a row: at once in small trees, many rows together in large ones.
    Ranked,
}

/// Trees to predict by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forest {
    /// Their number.
    pub trees: usize,
    /// Leaves of each.
    pub leaves: usize,
    /// Columns that they ask about.
    pub columns: usize,
}

/// Thresholds of every column.
const THRESHOLDS: usize = 100;

/// The leaves of rows in all trees, block after block; counts rows times trees. `None` where trees are too large for
/// the way, or the processor cannot go it.
pub fn prediction(rows: usize, forest: Forest, way: Way) -> Option<Kernel> {
    /// As predictions are made.
    const BLOCK: usize = 512;
    let mut rng = rng(1);
    let trees = grown(forest, &mut rng);
    let ranked = match way {
        Way::Walk => None,
        Way::Ranked => Some(Ranked::of(&trees, forest.trees)?),
    };
    let values: Vec<f32> = (0..rows * forest.columns).map(|_| rng.random_range(0.0..THRESHOLDS as f32)).collect();
    let (mut keys, mut ranks, mut answers) = (Keys::default(), Rows::default(), Answers::default());
    let run = move || {
        let mut leaves = [0; BLOCK];
        for values in values.chunks(BLOCK * forest.columns) {
            let leaves = &mut leaves[..values.len() / forest.columns];
            match &ranked {
                Some(ranked) => ranked.rank(values, forest.columns, &mut ranks),
                None => keys.fill(values, forest.columns),
            }
            for tree in 0..trees.len() {
                match &ranked {
                    Some(ranked) => drop(ranked.leaves(&trees, tree, &ranks, &mut answers, leaves)),
                    None => trees.walk(tree, values, &keys, leaves),
                }
                black_box(&leaves);
            }
        }
    };
    Some(Kernel { count: rows * forest.trees, run: Box::new(run) })
}

/// Trees of which any leaf may have been split next: lopsided, as boosted trees are.
fn grown(forest: Forest, rng: &mut Rng) -> Trees {
    let uppers = (1..=THRESHOLDS).map(|upper| upper as f32).collect();
    let features = vec![FeatureBins::Numeric { uppers, has_missing: false }; forest.columns];
    let mut trees = Trees::new(forest.columns);
    for _ in 0..forest.trees {
        let mut tree = Grown::leaf();
        let mut parents = vec![None];
        while parents.len() < forest.leaves {
            let leaf = rng.random_range(0..parents.len());
            let rule = Rule::UpTo { bin: rng.random_range(0..THRESHOLDS) as u16, missing_left: false };
            let node = tree.split(leaf as u32, parents[leaf], rng.random_range(0..forest.columns), rule, &features);
            parents[leaf] = Some((node, true));
            parents.push(Some((node, false)));
        }
        trees.push(&tree, vec![1.0; parents.len()], &features);
    }
    trees
}
