//! A tree over bins, as it was grown.

use super::code_set::CodeSet;

/// Which bins of a feature go to the left child.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cut {
    /// Numbers up to a bin.
    Numbers {
        /// The last bin of the left child.
        last: u8,
        /// Whether missing values go left.
        missing_left: bool,
    },
    /// These categories.
    Codes(CodeSet),
}

impl Cut {
    /// For every bin whether it goes left; `missing` is the bin of missing values.
    pub(super) fn table(&self, missing: Option<u8>) -> [bool; 256] {
        match self {
            Cut::Numbers { last, missing_left } => {
                let mut table = [false; 256];
                table[..=usize::from(*last)].fill(true);
                if let Some(bin) = missing {
                    table[usize::from(bin)] = *missing_left;
                }
                table
            }
            Cut::Codes(set) => std::array::from_fn(|bin| set.contains(bin as u8)),
        }
    }
}

/// Where a child lies: an index into the nodes, or `!leaf` for a leaf.
pub(super) type Child = i32;

/// The child that is a leaf.
pub(super) fn leaf(index: usize) -> Child {
    !(index as i32)
}

/// An inner node: a question about one bin.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BinNode {
    /// Position of the feature among the features of the fit.
    pub(super) feature: usize,
    /// Who goes left.
    pub(super) cut: Cut,
    /// The bin that goes left although it lies behind the cut, or 256: missing values.
    pub(super) also_left: u16,
    /// Where those go whose bin the cut takes.
    pub(super) left: Child,
    /// Where the others go.
    pub(super) right: Child,
}

impl BinNode {
    #[inline]
    fn goes_left(&self, bin: u8) -> bool {
        match &self.cut {
            Cut::Numbers { last, .. } => (bin <= *last) | (u16::from(bin) == self.also_left),
            Cut::Codes(set) => set.contains(bin),
        }
    }
}

/// A tree that reads bins. Children always come after their parents.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct BinTree {
    /// The inner nodes, the root first; none if the tree is a single leaf.
    pub(super) nodes: Vec<BinNode>,
    /// The values of the leaves.
    pub(super) values: Vec<f64>,
}

impl BinTree {
    /// The value for a row of bins.
    #[inline]
    pub(super) fn value(&self, row: &[u8]) -> f64 {
        let mut at: Child = if self.nodes.is_empty() { leaf(0) } else { 0 };
        while at >= 0 {
            let node = &self.nodes[at as usize];
            at = if node.goes_left(row[node.feature]) { node.left } else { node.right };
        }
        self.values[!at as usize]
    }
}
