//! A tree as it grew: its splits in terms of bins.

use super::split::{Rule, Split};
use crate::bins::Bins;

/// Where a branch leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Child {
    Node(u32),
    Leaf(u32),
}

/// One split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub feature: usize,
    pub rule: Rule,
    pub missing_bin: Option<u8>,
    pub left: Child,
    pub right: Child,
}

/// A tree as it grew. Children always come after their parent.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub values: Vec<f64>,
}

impl Tree {
    /// A tree of a single leaf.
    pub fn leaf() -> Tree {
        Tree { nodes: Vec::new(), values: vec![0.0] }
    }

    /// Splits a leaf, which stays the left one; returns the number of the right one. `parent` is the node
    /// and side that led to the leaf.
    pub fn split(&mut self, leaf: u32, parent: Option<(u32, bool)>, split: &Split, bins: &Bins) -> (u32, u32) {
        let (node, right) = (self.nodes.len() as u32, self.values.len() as u32);
        self.values.push(0.0);
        if let Some((parent, is_left)) = parent {
            let parent = &mut self.nodes[parent as usize];
            *if is_left { &mut parent.left } else { &mut parent.right } = Child::Node(node);
        }
        let missing_bin = bins.features[split.feature].missing_bin();
        let (left, right_child) = (Child::Leaf(leaf), Child::Leaf(right));
        self.nodes.push(Node { feature: split.feature, rule: split.rule, missing_bin, left, right: right_child });
        (node, right)
    }

    /// The value of a row of the bins.
    #[inline]
    pub fn value(&self, bytes: &[u8]) -> f64 {
        let mut at = if self.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        loop {
            match at {
                Child::Leaf(leaf) => return self.values[leaf as usize],
                Child::Node(node) => {
                    let node = &self.nodes[node as usize];
                    at = if node.rule.goes_left(bytes[node.feature], node.missing_bin) { node.left } else { node.right };
                }
            }
        }
    }
}
