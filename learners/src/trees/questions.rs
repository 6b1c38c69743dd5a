//! Which leaf do rows end in, where trees are small? All questions of a tree are answered at once, for 64 rows.
//!
//! A question is answered by one comparison of the bytes of 64 rows, which makes a word of bits. From the root on, the
//! rows that reach a node and answer yes are those that reach its left child: an operation for 64 rows, none of which is
//! a branch or waits for what it is to read (after Lucchese et al., *QuickScorer*, 2015, which also works on bits, but of
//! the leaves of one row). Where trees are large, most nodes would be asked for nobody.
//! [`Trees::leaf_of`] is the plain twin.

#![allow(unsafe_code, reason = "vector instructions are called only where the processor has them")]

use std::collections::VecDeque;

use super::Trees;
use super::grown::CategorySet;
#[cfg(target_arch = "x86_64")]
use super::lanes::{Avx2, Avx512};
use super::lanes::{LANES, Lanes, List, Plain};
use super::ranks::{Answer, Question, Ranks, Rows};

/// Leaves of a tree at most; with twice as many, rows have walked down sooner.
const LEAVES: usize = 128;

/// A tree whose nodes are numbered from the root on, and its leaves from the first.
#[derive(Debug)]
pub(super) struct Small {
    /// Nodes that ask for a rank: their number, the list of bytes that they read, and the last rank that goes left.
    ranks: Vec<(u8, u8, u8)>,
    /// Nodes that ask for a category set: their number, the list that they read, and the number of the set.
    sets: Vec<(u8, u8, u32)>,
    /// Per node where its children stand: nodes by their number, leaves [`LEAVES`] behind.
    children: Vec<[u8; 2]>,
    first_leaf: u32,
    /// Bits of the numbers of leaves.
    bits: u32,
}

impl Small {
    /// A tree; `None` if it is too large.
    pub fn of(trees: &Trees, tree: usize, ranks: &Ranks) -> Option<Small> {
        let mut small = Small { ranks: Vec::new(), sets: Vec::new(), children: Vec::new(), first_leaf: 0, bits: 0 };
        let number_of = |n: usize| (n < LEAVES).then_some(n as u8);
        let mut leaves = Vec::new();
        // Nodes level by level, so that a step seldom waits for the one before; and of which node they are which child.
        let mut places = VecDeque::from([(trees.roots[tree], None)]);
        while let Some((child, parent)) = places.pop_front() {
            let Ok(node) = usize::try_from(child) else {
                leaves.push((!child as u32, parent));
                continue;
            };
            let number = number_of(small.children.len())?;
            if let Some((parent, side)) = parent {
                small.children[usize::from(parent)][side] = number;
            }
            small.children.push([0; 2]);
            let node = &trees.nodes[node];
            let Question { list, answer } = ranks.question(node)?;
            match answer {
                Answer::UpTo(last) => small.ranks.push((number, list, last)),
                Answer::In(set) => small.sets.push((number, list, set)),
            }
            places.extend([(node.3, Some((number, 0))), (node.4, Some((number, 1)))]);
        }
        small.first_leaf = leaves.iter().map(|(leaf, _)| *leaf).min()?;
        small.bits = leaves.len().next_power_of_two().ilog2();
        for &(leaf, parent) in &leaves {
            // No number is missing between them.
            let number = number_of((leaf - small.first_leaf) as usize).filter(|number| usize::from(*number) < leaves.len())?;
            if let Some((parent, side)) = parent {
                small.children[usize::from(parent)][side] = LEAVES as u8 + number;
            }
        }
        Some(small)
    }

    /// The leaves of ranked rows, numbered over all trees; the sets of the tree are among `sets`.
    #[cfg(target_arch = "x86_64")]
    pub fn leaves(&self, sets: &[CategorySet], rows: &Rows, leaves: &mut [u32]) {
        #[target_feature(enable = "avx512f,avx512bw,bmi1")]
        fn by_avx512(small: &Small, sets: &[CategorySet], rows: &Rows, leaves: &mut [u32]) {
            // SAFETY: the processor has the instructions.
            unsafe { small.leaves_by::<Avx512>(sets, rows, leaves) }
        }
        #[target_feature(enable = "avx2,bmi1")]
        fn by_avx2(small: &Small, sets: &[CategorySet], rows: &Rows, leaves: &mut [u32]) {
            // SAFETY: the processor has the instructions.
            unsafe { small.leaves_by::<Avx2>(sets, rows, leaves) }
        }
        // SAFETY: the processor is asked; it always has what plain code needs.
        unsafe {
            if Avx512::is_supported() {
                by_avx512(self, sets, rows, leaves);
            } else if Avx2::is_supported() {
                by_avx2(self, sets, rows, leaves);
            } else {
                self.leaves_by::<Plain>(sets, rows, leaves);
            }
        }
    }

    /// The same.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn leaves(&self, sets: &[CategorySet], rows: &Rows, leaves: &mut [u32]) {
        // SAFETY: every processor has what plain code needs.
        unsafe { self.leaves_by::<Plain>(sets, rows, leaves) }
    }

    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    unsafe fn leaves_by<L: Lanes>(&self, sets: &[CategorySet], rows: &Rows, leaves: &mut [u32]) {
        let mut answers = Answers { goes_left: [0; LEAVES], reach: [0; 2 * LEAVES] };
        for (g, leaves) in leaves.chunks_mut(LANES).enumerate() {
            // SAFETY: as for this function.
            let numbers = unsafe { self.answer::<L>(sets, rows.lists(g), &mut answers) };
            leaves.iter_mut().zip(numbers).for_each(|(leaf, number)| *leaf = self.first_leaf + u32::from(number));
        }
    }

    /// The numbers of the leaves of 64 rows.
    ///
    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    unsafe fn answer<L: Lanes>(&self, sets: &[CategorySet], lists: &[List], answers: &mut Answers) -> List {
        let Answers { goes_left, reach } = answers;
        for &(node, list, last) in &self.ranks {
            // SAFETY: as for this function, here and below.
            goes_left[usize::from(node)] = unsafe { L::at_most(&lists[usize::from(list)], last) };
        }
        for &(node, list, set) in &self.sets {
            // SAFETY: see above.
            goes_left[usize::from(node)] = unsafe { L::in_set(&lists[usize::from(list)], &sets[set as usize]) };
        }
        // If there is no node, all rows are in leaf 0, whose number has no bits.
        reach[0] = u64::MAX;
        for (node, &[left, right]) in self.children.iter().enumerate().take(LEAVES) {
            let (here, goes_left) = (reach[node], goes_left[node]);
            reach[usize::from(left)] = here & goes_left;
            reach[usize::from(right)] = here & !goes_left;
        }
        let mut planes = [0u64; LEAVES.ilog2() as usize];
        let planes = &mut planes[..self.bits as usize];
        let mut leaves = &mut reach[LEAVES..LEAVES + (1 << self.bits)];
        for plane in &mut *planes {
            // Leaves of odd numbers have the bit, which is then forgotten: two leaves become one.
            let half = leaves.len() / 2;
            for i in 0..half {
                let (even, odd) = (leaves[2 * i], leaves[2 * i + 1]);
                *plane |= odd;
                leaves[i] = even | odd;
            }
            leaves = &mut leaves[..half];
        }
        // SAFETY: see above.
        unsafe { L::numbers(planes) }
    }
}

/// What the rows of a group answer. Where no leaf has a number, nobody is, group after group: a step of the folding of
/// leaves writes to its lower half only.
struct Answers {
    /// Per node who goes left.
    goes_left: [u64; LEAVES],
    /// Who reaches which node, and behind the nodes which leaf.
    reach: [u64; 2 * LEAVES],
}

#[cfg(target_arch = "x86_64")]
pub(super) fn is_supported() -> bool {
    Avx512::is_supported() || Avx2::is_supported()
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn is_supported() -> bool {
    false
}
