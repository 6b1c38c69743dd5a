//! A tree as it grew: its splits in terms of bins.

use crate::bins::FeatureBins;

/// A set of categories by their bins.
pub(crate) type CategorySet = [u64; 4];

/// The set with one more bin.
pub(crate) fn with_bin(mut set: CategorySet, bin: usize) -> CategorySet {
    set[bin / 64] |= 1 << (bin % 64);
    set
}

/// Which rows go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// Those in bins up to this one, and the missing ones if they go left.
    UpTo { bin: u16, missing_left: bool },
    /// Those of these categories.
    In(CategorySet),
}

impl Rule {
    /// Whether a row with this bin goes left.
    #[inline]
    pub(crate) fn goes_left(&self, bin: u8, missing_bin: Option<u16>) -> bool {
        let bin = u16::from(bin);
        match self {
            Rule::UpTo { missing_left, .. } if Some(bin) == missing_bin => *missing_left,
            Rule::UpTo { bin: last, .. } => bin <= *last,
            Rule::In(set) => set[bin as usize / 64] >> (bin % 64) & 1 == 1,
        }
    }
}

/// Where a branch leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    Node(u32),
    Leaf(u32),
}

/// One split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub feature: usize,
    pub rule: Rule,
    pub missing_bin: Option<u16>,
    pub left: Child,
    pub right: Child,
}

/// A tree as it grew. Children come after their parent.
#[derive(Debug, Clone)]
pub(crate) struct Grown {
    pub nodes: Vec<Node>,
    pub leaves: u32,
}

impl Grown {
    /// A tree of a single leaf.
    pub(crate) fn leaf() -> Grown {
        Grown { nodes: Vec::new(), leaves: 1 }
    }

    /// Splits a leaf, which stays the left one; returns the number of the node. The right leaf is the last
    /// one. `parent` is the node that led to the leaf, and whether by its left side.
    pub(crate) fn split(
        &mut self,
        leaf: u32,
        parent: Option<(u32, bool)>,
        feature: usize,
        rule: Rule,
        bins: &impl AsRef<[FeatureBins]>,
    ) -> u32 {
        let node = self.nodes.len() as u32;
        if let Some((parent, is_left)) = parent {
            let parent = &mut self.nodes[parent as usize];
            *if is_left { &mut parent.left } else { &mut parent.right } = Child::Node(node);
        }
        let missing_bin = bins.as_ref()[feature].missing_bin();
        self.nodes.push(Node { feature, rule, missing_bin, left: Child::Leaf(leaf), right: Child::Leaf(self.leaves) });
        self.leaves += 1;
        node
    }

    /// The leaf of a row of the bins.
    #[inline]
    pub(crate) fn leaf_of(&self, bytes: &[u8]) -> u32 {
        let mut at = if self.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        loop {
            match at {
                Child::Leaf(leaf) => return leaf,
                Child::Node(node) => {
                    let node = &self.nodes[node as usize];
                    at = if node.rule.goes_left(bytes[node.feature], node.missing_bin) { node.left } else { node.right };
                }
            }
        }
    }
}
