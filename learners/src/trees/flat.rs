//! Many trees, flat, in terms of raw values.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::grown::{CategorySet, Child, Grown, Rule};
use super::layouts::Layouts;
use super::raw::{RawRule, RawSplit, WideSets};
use crate::bins::{FeatureBins, MAX_CODE};

/// One split: column, threshold, kind, left, right. Children that are not negative are nodes, others the
/// complement of a leaf's number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Node(pub u32, pub f32, pub u8, pub i32, pub i32);

/// Kind of a node whose missing values go right.
pub(super) const MISSING_RIGHT: u8 = 0;
/// Kind of a node whose missing values go left.
pub(super) const MISSING_LEFT: u8 = 1;
/// Kind of a node whose threshold is the number of a category set.
pub(super) const CATEGORIES: u8 = 2;
/// Kind of a node whose missing values and zeros go right.
const ZERO_RIGHT: u8 = 3;
/// Kind of a node whose missing values and zeros go left.
const ZERO_LEFT: u8 = 4;
/// Kind of a node whose threshold is the number of a wide set; missing values go right.
const WIDE_CATEGORIES: u8 = 5;

/// Up to this size a number counts as zero where zeros are missing.
const ZERO_MAX: f32 = 1e-35;

/// The splits of many trees. What stands in the leaves is kept by their owner, by the number of the leaf.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Trees {
    /// Columns of the matrix.
    columns: usize,
    /// Per tree where it begins, in the form of a child.
    pub(super) roots: Vec<i32>,
    pub(super) nodes: Vec<Node>,
    pub(super) sets: Vec<CategorySet>,
    #[serde(default, skip_serializing_if = "WideSets::is_empty")]
    wide_sets: WideSets,
    leaves: usize,
    /// Per leaf how many training rows lay in it, or what they weighed. Empty where that was not kept: only
    /// contributions need it.
    #[serde(default)]
    pub(super) covers: Vec<f32>,
    #[serde(skip)]
    pub(super) layouts: Arc<Layouts>,
}

impl Trees {
    /// No trees, for a matrix of so many columns.
    pub(crate) fn new(columns: usize) -> Trees {
        Trees { columns, ..Trees::default() }
    }

    /// Columns that rows need.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Number of trees.
    pub(crate) fn len(&self) -> usize {
        self.roots.len()
    }

    /// Number of leaves of all trees.
    pub(crate) fn leaves(&self) -> usize {
        self.leaves
    }

    /// Adds a tree, with the cover of each of its leaves; its leaves are numbered on from those before.
    pub(crate) fn push(&mut self, tree: &Grown, covers: impl IntoIterator<Item = f32>, bins: &impl AsRef<[FeatureBins]>) {
        self.layouts = Arc::default();
        let features = bins.as_ref();
        let (node_base, leaf_base) = (self.nodes.len() as i32, self.leaves as i32);
        let child = |child: Child| match child {
            Child::Node(node) => node_base + node as i32,
            Child::Leaf(leaf) => !(leaf_base + leaf as i32),
        };
        self.roots.push(child(if tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) }));
        for node in &tree.nodes {
            let (threshold, kind) = match node.rule {
                Rule::UpTo { bin, missing_left: true } => (features[node.feature].threshold(bin), MISSING_LEFT),
                Rule::UpTo { bin, missing_left: false } => (features[node.feature].threshold(bin), MISSING_RIGHT),
                Rule::In(set) => {
                    self.sets.push(set);
                    ((self.sets.len() - 1) as f32, CATEGORIES)
                }
            };
            self.nodes.push(Node(node.feature as u32, threshold, kind, child(node.left), child(node.right)));
        }
        self.leaves += tree.leaves as usize;
        // A leaf that no row fell into still has a share: contributions divide by it.
        self.covers.extend(covers.into_iter().map(|cover| cover.clamp(f32::MIN_POSITIVE, f32::MAX)));
    }

    /// Whether the covers are known.
    pub(crate) fn has_covers(&self) -> bool {
        self.covers.len() == self.leaves
    }

    /// Adds a tree that was not grown here, with the cover of each of its leaves, or none at all; its leaves are
    /// numbered on from those before.
    pub(crate) fn push_raw(&mut self, splits: impl ExactSizeIterator<Item = RawSplit>, leaves: usize, covers: &[f32]) {
        self.layouts = Arc::default();
        let (node_base, leaf_base) = (self.nodes.len() as i32, self.leaves as i32);
        let child = |child: Child| match child {
            Child::Node(node) => node_base + node as i32,
            Child::Leaf(leaf) => !(leaf_base + leaf as i32),
        };
        self.roots.push(child(if splits.len() == 0 { Child::Leaf(0) } else { Child::Node(0) }));
        for split in splits {
            let (threshold, kind) = match split.rule {
                RawRule::UpTo { threshold, missing_left, zero_is_missing } => {
                    let kinds = if zero_is_missing { [ZERO_RIGHT, ZERO_LEFT] } else { [MISSING_RIGHT, MISSING_LEFT] };
                    (threshold, kinds[usize::from(missing_left)])
                }
                RawRule::In(codes) => (self.wide_sets.push(&codes) as f32, WIDE_CATEGORIES),
            };
            self.nodes.push(Node(split.column as u32, threshold, kind, child(split.left), child(split.right)));
        }
        self.leaves += leaves;
        self.covers.extend(covers.iter().map(|cover| cover.clamp(f32::MIN_POSITIVE, f32::MAX)));
    }

    /// Keeps the first trees only.
    pub(crate) fn truncate(&mut self, trees: usize) {
        if trees >= self.roots.len() {
            return;
        }
        self.layouts = Arc::default();
        let rest = self.roots.split_off(trees);
        // Nodes stand in the order of their trees: the first of the rest begins what goes.
        let first = rest.iter().copied().find(|root| *root >= 0);
        self.nodes.truncate(first.map_or(self.nodes.len(), |root| root as usize));
        let children = self.roots.iter().chain(self.nodes.iter().flat_map(|n| [&n.3, &n.4]));
        self.leaves = children.filter(|c| **c < 0).map(|c| !c as usize + 1).max().unwrap_or(0);
        self.covers.truncate(self.leaves);
        self.nodes.shrink_to_fit();
        self.covers.shrink_to_fit();
        self.sets.truncate(self.nodes.iter().filter(|n| n.2 == CATEGORIES).count());
        self.sets.shrink_to_fit();
    }

    /// The leaf of a row in a tree; numbered over all trees.
    #[inline]
    pub(crate) fn leaf_of(&self, tree: usize, row: &[f32]) -> usize {
        let mut at = self.roots[tree];
        while at >= 0 {
            let node = self.nodes[at as usize];
            let goes_left = self.goes_left(&node, row[node.0 as usize]);
            at = if goes_left { node.3 } else { node.4 };
        }
        !at as usize
    }

    /// Whether a value goes left at a node.
    #[inline(always)]
    pub(super) fn goes_left(&self, node: &Node, value: f32) -> bool {
        let Node(_, threshold, kind, _, _) = *node;
        match kind {
            CATEGORIES => {
                // Codes without a bin of their own are in the first, as they were in the fit.
                let code = if value <= MAX_CODE as f32 { value as usize } else { 0 };
                self.sets[threshold as usize][code / 64] >> (code % 64) & 1 == 1
            }
            MISSING_LEFT => value <= threshold || value.is_nan(),
            MISSING_RIGHT => value <= threshold,
            _ => self.goes_left_elsewhere(threshold, kind, value),
        }
    }

    /// The kinds that only trees from elsewhere have, kept out of the loop of the others.
    #[inline(never)]
    fn goes_left_elsewhere(&self, threshold: f32, kind: u8, value: f32) -> bool {
        match kind {
            WIDE_CATEGORIES => self.wide_sets.has(threshold as usize, value),
            _ if value.is_nan() || value.abs() <= ZERO_MAX => kind == ZERO_LEFT,
            _ => value <= threshold,
        }
    }

    /// Which of some values go left at a node, as 1 and 0; the kind of the node is looked at once.
    #[inline(always)]
    pub(super) fn go_left<const N: usize>(&self, node: &Node, values: &[f32; N]) -> [f32; N] {
        let one_if = |goes_left| if goes_left { 1.0 } else { 0.0 };
        match node.2 {
            MISSING_LEFT => values.map(|value| one_if(value <= node.1 || value.is_nan())),
            MISSING_RIGHT => values.map(|value| one_if(value <= node.1)),
            _ => values.map(|value| one_if(self.goes_left(node, value))),
        }
    }

    /// Checks trees that came from a file; after it [`Trees::leaf_of`] ends, and within the leaves.
    pub(crate) fn validate(&self, columns: usize) -> Result<(), &'static str> {
        if self.columns != columns {
            return Err("it was fitted on another number of columns");
        }
        self.wide_sets.validate()?;
        let is_sound = |child: i32, after: i64| {
            if child < 0 {
                (!child as usize) < self.leaves
            } else {
                i64::from(child) > after && (child as usize) < self.nodes.len()
            }
        };
        if !self.roots.iter().all(|&root| is_sound(root, -1)) {
            return Err("a tree begins nowhere");
        }
        for (i, Node(column, threshold, kind, left, right)) in self.nodes.iter().enumerate() {
            let splits = match *kind {
                CATEGORIES => *threshold >= 0.0 && (*threshold as usize) < self.sets.len(),
                MISSING_LEFT | MISSING_RIGHT | ZERO_LEFT | ZERO_RIGHT => !threshold.is_nan(),
                WIDE_CATEGORIES => *threshold >= 0.0 && (*threshold as usize) < self.wide_sets.len(),
                _ => false,
            };
            // Children come after their parent, so no walk is endless.
            if !splits || *column as usize >= columns || ![*left, *right].iter().all(|&child| is_sound(child, i as i64)) {
                return Err("a split leads nowhere");
            }
        }
        if !self.covers.is_empty() && !self.has_covers() {
            return Err("it knows the rows of some leaves only");
        }
        if self.covers.iter().any(|cover| !cover.is_finite() || *cover <= 0.0) {
            return Err("a leaf has no rows");
        }
        Ok(())
    }
}
