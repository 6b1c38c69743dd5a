//! Which leaf do binned rows end in that a tree was not grown on?
//!
//! A node is one word and its children are neighbours, so that a step down is a comparison and an addition; eight rows
//! go down together, so that the waits of one are filled by the others. `Grown::leaf_of` is the plain twin.

use crate::bins::RowMajor;
use crate::trees::{Child, Grown, Rule};

/// Rows that go down together.
const LANES: usize = 8;

/// A grown tree, laid out for going down.
pub(super) struct Descent<'a> {
    tree: &'a Grown,
    /// Per node, from the lowest bit: the feature (16 bits), the left child (16), the last bin that goes left (8), one that
    /// goes left besides (8), and the number of a set of bins from 1 on (16). A leaf leads to itself. Empty if the tree is
    /// too large.
    nodes: Vec<u64>,
    /// Per node its leaf, if it is one.
    leaves: Vec<u32>,
    sets: Vec<[u64; 4]>,
}

impl<'a> Descent<'a> {
    /// Lays a tree out.
    pub fn new(tree: &'a Grown) -> Descent<'a> {
        let mut descent = Descent { tree, nodes: vec![0], leaves: vec![0], sets: Vec::new() };
        if descent.lay_out().is_none() {
            descent.nodes.clear();
        }
        descent
    }

    fn lay_out(&mut self) -> Option<()> {
        let root = if self.tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        let mut open = vec![(root, 0)];
        while let Some((child, place)) = open.pop() {
            let word =
                |left: usize, last: u64, also: u64| Some(u64::from(u16::try_from(left).ok()?) << 16 | last << 32 | also << 40);
            match child {
                Child::Leaf(leaf) => {
                    self.nodes[place] = word(place, 255, 255)?;
                    self.leaves[place] = leaf;
                }
                Child::Node(node) => {
                    let node = &self.tree.nodes[node as usize];
                    let first = self.nodes.len();
                    self.nodes.extend([0; 2]);
                    self.leaves.extend([0; 2]);
                    open.extend([(node.left, first), (node.right, first + 1)]);
                    let rule = match node.rule {
                        Rule::UpTo { bin, missing_left } => {
                            let also = node.missing_bin.filter(|_| missing_left).unwrap_or(bin);
                            word(first, u64::from(bin), u64::from(also))?
                        }
                        Rule::In(set) => {
                            self.sets.push(set);
                            word(first, 0, 0)? | u64::from(u16::try_from(self.sets.len()).ok()?) << 48
                        }
                    };
                    self.nodes[place] = rule | u64::from(u16::try_from(node.feature).ok()?);
                }
            }
        }
        Some(())
    }

    /// Calls `each(i, leaf)` for the row at every place.
    pub fn leaves(&self, table: &RowMajor, places: &[u32], mut each: impl FnMut(usize, usize)) {
        if self.nodes.is_empty() {
            places.iter().enumerate().for_each(|(i, &place)| each(i, self.tree.leaf_of(table.row(place as usize)) as usize));
            return;
        }
        let (groups, rest) = places.as_chunks::<LANES>();
        for (g, group) in groups.iter().enumerate() {
            let leaves = self.go_down(group.map(|place| table.row(place as usize)));
            leaves.into_iter().enumerate().for_each(|(lane, leaf)| each(g * LANES + lane, leaf));
        }
        for (i, &place) in rest.iter().enumerate() {
            let [leaf] = self.go_down([table.row(place as usize)]);
            each(groups.len() * LANES + i, leaf);
        }
    }

    #[inline(always)]
    fn go_down<const N: usize>(&self, rows: [&[u8]; N]) -> [usize; N] {
        let mut at = [0usize; N];
        loop {
            let mut moved = 0;
            for (at, row) in at.iter_mut().zip(rows) {
                let node = self.nodes[*at];
                let bin = row[node as usize & 0xFFFF];
                let goes_right = match node >> 48 {
                    0 => (bin > (node >> 32) as u8) & (bin != (node >> 40) as u8),
                    set => self.sets[set as usize - 1][usize::from(bin >> 6)] >> (bin & 63) & 1 == 0,
                };
                let next = (node >> 16) as usize & 0xFFFF;
                let next = next + usize::from(goes_right);
                moved |= *at ^ next;
                *at = next;
            }
            if moved == 0 {
                return at.map(|place| self.leaves[place] as usize);
            }
        }
    }
}
