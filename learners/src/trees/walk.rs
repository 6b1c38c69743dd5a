//! Which leaf do rows end in? The loop that predictions spend their time in.
//!
//! [`Trees`] are laid out anew for it: a node is one word, and the two children of a node are neighbours, so that a
//! step is a comparison and an addition without a branch. Eight rows walk down together, so that the waits of one are
//! filled by the others. [`Trees::leaf_of`] is the plain twin, and walks the few trees that have no such layout.
//!
//! Where the processor can, rows that are bytes are faster yet: see `ranked`.

#![allow(unsafe_code, reason = "what is read is checked once, when the trees are laid out")]

use super::flat::{CATEGORIES, MISSING_LEFT, MISSING_RIGHT, Node, Trees};
use super::grown::CategorySet;
use crate::bins::MAX_CODE;

/// Rows that walk down together.
const LANES: usize = 8;

/// Bit of a node that asks for a category set.
const IS_SET: u64 = 1 << 15;

/// One tree, laid out for walking.
#[derive(Debug)]
pub(super) struct Layout {
    /// Per node, from the lowest bit: which key it reads (15 bits), whether it asks for a set, the left child (16 bits),
    /// and the threshold, or the number of the set (32 bits). A leaf leads to itself.
    nodes: Vec<u64>,
    /// Per node its leaf, if it is one.
    leaves: Vec<u32>,
    /// Whether any node asks for a set.
    has_sets: bool,
    /// Keys of a row at least.
    keys: usize,
}

/// Rows in the form in which they walk: whole numbers in the order of the values, twice per column, since missing
/// values are greater than all others to some nodes and smaller to others.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    keys: Vec<i32>,
    per_row: usize,
}

impl Keys {
    /// Takes over rows of values, `width` each.
    pub(crate) fn fill(&mut self, values: &[f32], width: usize) {
        self.per_row = 2 * width;
        self.keys.resize(2 * values.len(), 0);
        for (keys, &value) in self.keys.chunks_exact_mut(2).zip(values) {
            let key = key(value);
            (keys[0], keys[1]) = if value.is_nan() { (i32::MAX, i32::MIN) } else { (key, key) };
        }
    }

    fn row(&self, i: usize) -> &[i32] {
        &self.keys[i * self.per_row..(i + 1) * self.per_row]
    }
}

/// A whole number in the order of the values.
#[inline]
pub(super) fn key(value: f32) -> i32 {
    // Minus zero is zero.
    let bits = (value + 0.0).to_bits() as i32;
    bits ^ (((bits >> 31) as u32) >> 1) as i32
}

impl Trees {
    /// The leaves of some rows in a tree, numbered over all trees: of row `i` into `leaves[i]`. `values` are the rows,
    /// as many values each, and `keys` made of them.
    pub(super) fn walk(&self, tree: usize, values: &[f32], keys: &Keys, leaves: &mut [u32]) {
        match self.layouts.walked(self).of(tree, |tree| self.lay_out(tree)) {
            Some(layout) if keys.per_row >= layout.keys && layout.has_sets => walk::<true>(layout, &self.sets, keys, leaves),
            Some(layout) if keys.per_row >= layout.keys => walk::<false>(layout, &self.sets, keys, leaves),
            _ => self.walk_plainly(tree, values, leaves),
        }
    }

    /// The same, of any trees as they are.
    pub(super) fn walk_plainly(&self, tree: usize, values: &[f32], leaves: &mut [u32]) {
        let rows = values.chunks_exact(self.columns().max(1));
        leaves.iter_mut().zip(rows).for_each(|(leaf, row)| *leaf = self.leaf_of(tree, row) as u32);
    }

    /// The layout of a tree; `None` if it is too large, or asks what only trees from elsewhere do.
    fn lay_out(&self, tree: usize) -> Option<Layout> {
        let mut layout = Layout { nodes: vec![0], leaves: vec![0], has_sets: false, keys: 0 };
        let mut places = vec![(self.roots[tree], 0)];
        while let Some((child, place)) = places.pop() {
            let Ok(node) = usize::try_from(child) else {
                layout.nodes[place] = word(i32::MAX, place, 0)?;
                layout.leaves[place] = !child as u32;
                continue;
            };
            let Node(column, threshold, kind, left, right) = self.nodes[node];
            let first = layout.nodes.len();
            layout.nodes.extend([0; 2]);
            layout.leaves.extend([0; 2]);
            places.extend([(left, first), (right, first + 1)]);
            let column = column as usize;
            layout.keys = layout.keys.max(2 * column + 2);
            layout.nodes[place] = match kind {
                MISSING_RIGHT => word(key(threshold), first, 2 * column)?,
                MISSING_LEFT => word(key(threshold), first, 2 * column + 1)?,
                CATEGORIES => {
                    layout.has_sets = true;
                    word(threshold as i32, first, 2 * column)? | IS_SET
                }
                _ => return None,
            };
        }
        // A leaf reads the first key and does not mind it.
        layout.keys = layout.keys.max(1);
        let sets = self.sets.len();
        layout.is_sound(sets).then_some(layout)
    }
}

fn word(threshold: i32, left: usize, key: usize) -> Option<u64> {
    (key < IS_SET as usize).then_some(())?;
    Some((u64::from(threshold as u32) << 32) | (u64::from(u16::try_from(left).ok()?) << 16) | key as u64)
}

impl Layout {
    /// Whether no step leads outside, whatever a row holds: what the unchecked loop relies on.
    fn is_sound(&self, sets: usize) -> bool {
        let is_inside = |(place, &node): (usize, &u64)| {
            let left = (node >> 16) as usize & 0xFFFF;
            let is_leaf = left == place && (node >> 32) as i32 == i32::MAX && node & IS_SET == 0;
            let set_is_there = node & IS_SET == 0 || ((node >> 32) as usize) < sets;
            let is_read = (node as usize & (IS_SET as usize - 1)) < self.keys;
            is_read && set_is_there && (is_leaf || left + 1 < self.nodes.len())
        };
        self.nodes.len() == self.leaves.len() && self.nodes.iter().enumerate().all(is_inside)
    }
}

fn walk<const SETS: bool>(layout: &Layout, sets: &[CategorySet], keys: &Keys, leaves: &mut [u32]) {
    assert!(keys.per_row >= layout.keys && keys.keys.len() >= leaves.len() * keys.per_row);
    let (groups, rest) = leaves.as_chunks_mut::<LANES>();
    let done = groups.len() * LANES;
    for (g, group) in groups.iter_mut().enumerate() {
        let rows: [&[i32]; LANES] = std::array::from_fn(|lane| keys.row(g * LANES + lane));
        *group = walk_down::<SETS, LANES>(layout, sets, rows).map(|place| layout.leaves[place as usize]);
    }
    for (i, leaf) in rest.iter_mut().enumerate() {
        let [place] = walk_down::<SETS, 1>(layout, sets, [keys.row(done + i)]);
        *leaf = layout.leaves[place as usize];
    }
}

#[inline(always)]
fn walk_down<const SETS: bool, const N: usize>(layout: &Layout, sets: &[CategorySet], rows: [&[i32]; N]) -> [u32; N] {
    let mut at = [0u32; N];
    loop {
        let mut moved = 0;
        for (at, row) in at.iter_mut().zip(rows) {
            // SAFETY: `is_sound` checked that every step from a node leads to one, that each reads one of the first
            // `keys` keys, and that its set exists; `walk` asserted that a row has as many keys.
            let next = unsafe {
                let node = *layout.nodes.get_unchecked(*at as usize);
                let key = *row.get_unchecked(node as usize & (IS_SET as usize - 1));
                let goes_right = if SETS && node & IS_SET != 0 {
                    !has(sets.get_unchecked((node >> 32) as usize), key)
                } else {
                    key > (node >> 32) as i32
                };
                ((node >> 16) as u32 & 0xFFFF) + u32::from(goes_right)
            };
            moved |= *at ^ next;
            *at = next;
        }
        if moved == 0 {
            return at;
        }
    }
}

/// Whether a category is in a set; its key is that of its code as a number.
#[inline(always)]
fn has(set: &CategorySet, key: i32) -> bool {
    let value = f32::from_bits(key as u32);
    // Codes without a bin of their own are in the first, as they were in the fit.
    let code = if value <= MAX_CODE as f32 { value as usize } else { 0 };
    (set[(code / 64) & 3] >> (code % 64)) & 1 == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::gather::{self, Large};
    use super::super::questions::{Answers, Small};
    use super::super::ranks::{Ranks, Rows};
    use super::*;
    use crate::trees::{Child, RawRule, RawSplit};

    fn values() -> impl Strategy<Value = f32> {
        prop_oneof![
            Just(f32::NAN),
            Just(-0.0),
            Just(0.0),
            Just(f32::INFINITY),
            (-3000..300000i32).prop_map(|v| v as f32 / 1000.0),
            (0u8..10).prop_map(f32::from)
        ]
    }

    /// A column, a threshold, whether missing values go left, and a set of categories instead.
    type Asked = (usize, f32, bool, Option<CategorySet>);

    /// A split of one of two columns of numbers, or of one of codes.
    fn splits() -> impl Strategy<Value = Asked> {
        (0usize..3, values().prop_filter("thresholds are numbers", |v| !v.is_nan()), any::<bool>(), any::<[u64; 4]>())
            .prop_map(|(column, threshold, left, set)| (column, threshold, left, (column == 2).then_some(set)))
    }

    proptest! {
        /// Rows end where the plain walk ends, on lopsided and on bushy trees.
        #[test]
        fn rows_end_where_the_plain_walk_ends(
            splits in prop_oneof![0..40usize, 120..135usize].prop_flat_map(|n| prop::collection::vec((splits(), any::<bool>()), n)),
            rows in prop::collection::vec((values(), values(), 0u16..400), 1..600),
        ) {
            let mut trees = Trees::new(3);
            // Each node hangs from one of the open places, the first or the last.
            let mut open: Vec<(usize, bool)> = Vec::new();
            let mut nodes: Vec<[Option<usize>; 2]> = Vec::new();
            for (i, (_, first)) in splits.iter().enumerate() {
                if i > 0 {
                    let (parent, right) = if *first { open.remove(0) } else { open.pop().unwrap() };
                    nodes[parent][usize::from(right)] = Some(i);
                }
                nodes.push([None; 2]);
                open.extend([(i, false), (i, true)]);
            }
            let mut leaves = 0;
            let mut child = |node: Option<usize>| node.map_or_else(|| { leaves += 1; Child::Leaf(leaves - 1) }, |n| Child::Node(n as u32));
            let split = |(i, ((column, threshold, missing_left, set), _)): (usize, &(Asked, bool))| {
                let rule = RawRule::UpTo { threshold: *threshold, missing_left: *missing_left, zero_is_missing: false };
                let [left, right] = nodes[i].map(&mut child);
                (RawSplit { column: *column, rule, left, right }, *set)
            };
            let (raw, sets): (Vec<RawSplit>, Vec<Option<CategorySet>>) = splits.iter().enumerate().map(split).unzip();
            let leaves = raw.len() + 1;
            trees.push_raw(raw.into_iter(), leaves, &[]);
            for (node, set) in trees.nodes.iter_mut().zip(sets) {
                if let Some(set) = set {
                    (node.1, node.2) = (trees.sets.len() as f32, CATEGORIES);
                    trees.sets.push(set);
                }
            }
            let values: Vec<f32> = rows.iter().flat_map(|(a, b, c)| [*a, *b, f32::from(*c)]).collect();
            let mut keys = Keys::default();
            keys.fill(&values, 3);
            let mut ends = vec![0; rows.len()];
            prop_assert!(trees.lay_out(0).is_some());
            trees.walk(0, &values, &keys, &mut ends);
            let plain: Vec<u32> = values.chunks_exact(3).map(|row| trees.leaf_of(0, row) as u32).collect();
            prop_assert_eq!(&ends, &plain);
            // So do rows of bytes: in small trees, and in any tree as if it were large.
            let mut bytes = Rows::default();
            let ranks = Ranks::of(&trees).unwrap();
            ranks.rank(&values, 3, &mut bytes);
            let small = Small::of(&trees, 0, &ranks);
            prop_assert_eq!(small.is_some(), splits.len() < 128);
            if let Some(small) = small {
                ends.fill(0);
                small.leaves(&trees.sets, &bytes, &mut Answers::default(), &mut ends);
                prop_assert_eq!(&ends, &plain);
            }
            if gather::is_supported() {
                ends.fill(0);
                Large::of(&trees, 0, &ranks).unwrap().leaves(&bytes, &mut ends);
                prop_assert_eq!(&ends, &plain);
            }
        }
    }
}
