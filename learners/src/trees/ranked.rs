//! The leaves of rows that are bytes, for trees of any size.

use super::gather::Large;
use super::layouts::PerTree;
use super::questions::{Answers, Small};
use super::ranks::{Ranks, Rows};
use super::{Trees, questions};

/// Trees that take rows of bytes.
#[derive(Debug)]
pub(super) struct Ranked {
    ranks: Ranks,
    ways: PerTree<Way>,
}

/// How the leaf of a row in a tree is found.
#[derive(Debug)]
enum Way {
    /// All questions are answered at once.
    Questions(Small),
    /// Rows walk down together.
    Gather(Large),
}

impl Ranked {
    /// Trees for rows of bytes, if there are so many at least, bytes can hold what they ask, and the processor has what
    /// they need.
    pub fn of(trees: &Trees, least: usize) -> Option<Ranked> {
        let can = trees.len() >= least && questions::is_supported();
        let ranks = can.then(|| Ranks::of(trees)).flatten()?;
        Some(Ranked { ranks, ways: PerTree::new(trees.len()) })
    }

    fn way(&self, trees: &Trees, tree: usize) -> Option<Way> {
        let small = Small::of(trees, tree, &self.ranks).map(Way::Questions);
        small.or_else(|| Large::of(trees, tree, &self.ranks).map(Way::Gather))
    }

    /// Lays all the trees out, and tells whether all take rows of bytes.
    pub fn lay_out(&self, trees: &Trees) -> bool {
        self.ways.make_all(|tree| self.way(trees, tree))
    }

    /// Makes bytes of the values of rows, `width` each.
    pub fn rank(&self, values: &[f32], width: usize, rows: &mut Rows) {
        self.ranks.rank(values, width, rows);
    }

    /// The leaves of rows in a tree; `false` if the tree takes no such rows.
    pub fn leaves(&self, trees: &Trees, tree: usize, rows: &Rows, answers: &mut Answers, leaves: &mut [u32]) -> bool {
        match self.ways.of(tree, |tree| self.way(trees, tree)) {
            Some(Way::Questions(small)) => small.leaves(&trees.sets, rows, answers, leaves),
            Some(Way::Gather(large)) => large.leaves(rows, leaves),
            None => return false,
        }
        true
    }
}
