//! Which leaf do rows end in, where trees are small? All questions of a tree are answered, for many rows at once.
//!
//! A question is answered by one comparison of the bytes of 64 rows, which makes a word of bits. From the root on, the
//! rows that reach a node and answer yes are those that reach its left child: an operation on eight such words, none of
//! which is a branch or waits for what it is to read (after Lucchese et al., *QuickScorer*, 2015, which also works on
//! bits, but of the leaves of one row). Where trees are large, most nodes would be asked for nobody.
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

/// Bits of the number of a leaf.
const BITS: usize = LEAVES.ilog2() as usize;

/// Words of rows that are answered together.
const WORDS: usize = 8;

/// A tree whose nodes are numbered from the root on, and its leaves from the first.
#[derive(Debug, Default)]
pub(super) struct Small {
    /// Nodes that ask for a rank: their number, the list of bytes that they read, and the last rank that goes left.
    ranks: Vec<(u8, u8, u8)>,
    /// Nodes that ask for a category set: their number, the list that they read, and the number of the set.
    sets: Vec<(u8, u8, u32)>,
    /// Per node where its children stand: nodes by their number, leaves [`LEAVES`] behind.
    children: Vec<[u8; 2]>,
    first_leaf: u32,
    leaves: usize,
    /// Bits of the numbers of leaves.
    bits: usize,
    /// Lists of bytes that it reads the first of.
    reads: usize,
}

impl Small {
    /// A tree; `None` if it is too large.
    pub fn of(trees: &Trees, tree: usize, ranks: &Ranks) -> Option<Small> {
        let mut small = Small::default();
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
            small.reads = small.reads.max(usize::from(list) + 1);
            match answer {
                Answer::UpTo(last) => small.ranks.push((number, list, last)),
                Answer::In(set) => small.sets.push((number, list, set)),
            }
            places.extend([(node.3, Some((number, 0))), (node.4, Some((number, 1)))]);
        }
        small.first_leaf = leaves.iter().map(|(leaf, _)| *leaf).min()?;
        small.leaves = leaves.len();
        small.bits = leaves.len().next_power_of_two().ilog2() as usize;
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
    pub fn leaves(&self, sets: &[CategorySet], rows: &Rows, answers: &mut Answers, leaves: &mut [u32]) {
        #[target_feature(enable = "avx512f,avx512bw,bmi1")]
        fn by_avx512(small: &Small, sets: &[CategorySet], rows: &Rows, answers: &mut Answers, leaves: &mut [u32]) {
            // SAFETY: the processor has the instructions.
            unsafe { small.leaves_by::<Avx512>(sets, rows, answers, leaves) }
        }
        #[target_feature(enable = "avx2,bmi1")]
        fn by_avx2(small: &Small, sets: &[CategorySet], rows: &Rows, answers: &mut Answers, leaves: &mut [u32]) {
            // SAFETY: the processor has the instructions.
            unsafe { small.leaves_by::<Avx2>(sets, rows, answers, leaves) }
        }
        // SAFETY: the processor is asked; it always has what plain code needs.
        unsafe {
            if Avx512::is_supported() {
                by_avx512(self, sets, rows, answers, leaves);
            } else if Avx2::is_supported() {
                by_avx2(self, sets, rows, answers, leaves);
            } else {
                self.leaves_by::<Plain>(sets, rows, answers, leaves);
            }
        }
    }

    /// The same.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn leaves(&self, sets: &[CategorySet], rows: &Rows, answers: &mut Answers, leaves: &mut [u32]) {
        // SAFETY: every processor has what plain code needs.
        unsafe { self.leaves_by::<Plain>(sets, rows, answers, leaves) }
    }

    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    unsafe fn leaves_by<L: Lanes>(&self, sets: &[CategorySet], rows: &Rows, answers: &mut Answers, leaves: &mut [u32]) {
        let (together, rest) = leaves.as_chunks_mut::<{ WORDS * LANES }>();
        let done = together.len() * WORDS;
        // SAFETY: as for this function.
        unsafe {
            for (i, leaves) in together.iter_mut().enumerate() {
                self.answer::<L, WORDS>(sets, |word| rows.lists(i * WORDS + word), answers, leaves);
            }
            for (i, leaves) in rest.chunks_mut(LANES).enumerate() {
                self.answer::<L, 1>(sets, |_| rows.lists(done + i), answers, leaves);
            }
        }
    }

    /// The leaves of so many words of rows, each of which has its lists.
    ///
    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    unsafe fn answer<'r, L: Lanes, const N: usize>(
        &self,
        sets: &[CategorySet],
        lists: impl Fn(usize) -> &'r [List],
        Answers { goes_left, reach }: &mut Answers,
        leaves: &mut [u32],
    ) {
        let lists: [&[List]; N] = std::array::from_fn(lists);
        assert!(lists.iter().all(|lists| lists.len() >= self.reads));
        for &(node, list, last) in &self.ranks {
            for (word, lists) in lists.iter().enumerate() {
                // SAFETY: as for this function, here and below; the tree reads the first lists only.
                goes_left[usize::from(node)][word] = unsafe { L::at_most(lists.get_unchecked(usize::from(list)), last) };
            }
        }
        for &(node, list, set) in &self.sets {
            let set = &sets[set as usize];
            for (word, lists) in lists.iter().enumerate() {
                // SAFETY: see above.
                goes_left[usize::from(node)][word] = unsafe { L::in_set(lists.get_unchecked(usize::from(list)), set) };
            }
        }
        // If there is no node, all rows are in leaf 0, whose number has no bits.
        reach[0] = [u64::MAX; WORDS];
        for (node, (&[left, right], goes_left)) in self.children.iter().zip(&*goes_left).enumerate() {
            let (here, [left, right]) = (reach[node], [left, right].map(usize::from));
            for word in 0..N {
                reach[left][word] = here[word] & goes_left[word];
                reach[right][word] = here[word] & !goes_left[word];
            }
        }
        let numbers = self.numbers::<N>(&mut reach[LEAVES..]);
        for (word, leaves) in leaves.chunks_mut(LANES).enumerate() {
            // SAFETY: see above.
            let numbers = unsafe { L::numbers(numbers.iter().map(|bits| bits[word])) };
            leaves.iter_mut().zip(numbers).for_each(|(leaf, number)| *leaf = self.first_leaf + u32::from(number));
        }
    }

    /// The bits of the numbers of the leaves that rows reach; `reach` is used up.
    #[inline(always)]
    fn numbers<const N: usize>(&self, reach: &mut [[u64; WORDS]]) -> [[u64; WORDS]; BITS] {
        let mut numbers = [[0; WORDS]; BITS];
        reach[self.leaves..1 << self.bits].fill([0; WORDS]);
        for (b, bits) in numbers[..self.bits].iter_mut().enumerate() {
            // Leaves of odd numbers have the bit, which is then forgotten: two leaves become one.
            for i in 0..1 << (self.bits - b - 1) {
                for word in 0..N {
                    bits[word] |= reach[2 * i + 1][word];
                    reach[i][word] = reach[2 * i][word] | reach[2 * i + 1][word];
                }
            }
        }
        numbers
    }
}

/// What rows answer, a bit each; kept from tree to tree, so that there is always room.
#[derive(Debug)]
pub(super) struct Answers {
    /// Per node who goes left.
    goes_left: [[u64; WORDS]; LEAVES],
    /// Who reaches which node, and behind the nodes which leaf.
    reach: [[u64; WORDS]; 2 * LEAVES],
}

impl Default for Answers {
    fn default() -> Answers {
        Answers { goes_left: [[0; WORDS]; LEAVES], reach: [[0; WORDS]; 2 * LEAVES] }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) fn is_supported() -> bool {
    Avx512::is_supported() || Avx2::is_supported()
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn is_supported() -> bool {
    false
}
