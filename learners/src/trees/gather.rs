//! Which leaf do rows end in, where trees are large? Many rows walk down together: vectors of sixteen, of which one
//! steps while the others wait for what they read.
//!
//! What a row needs for a step is gathered: its node, which is one word, the byte of the row that the node reads, and
//! a word of a category set, which stands right before the children. No step is a branch, since which way a row goes
//! is what a processor guesses worst. A vector rests when its rows have arrived.
//! [`Trees::leaf_of`] is the plain twin.

#![allow(unsafe_code, reason = "vector instructions are called only where the processor has them, and read what was checked")]

use super::Trees;
use super::grown::CategorySet;
use super::lanes::List;
use super::ranks::{Answer, Question, Ranks, Rows};

/// Rows of a vector.
const LANES: usize = 16;

/// Vectors that step in turns.
const VECTORS: usize = 4;

/// Rows that walk down together: those that have a list of bytes.
const ROWS: usize = LANES * VECTORS;
const _: () = assert!(ROWS == size_of::<List>());

/// From the lowest bit, a node has the list of bytes that it reads (8 bits), the last rank or code that may go left
/// (8 bits), whether it asks for a category set, and half the place of its left child (15 bits). The right child stands
/// behind the left one. A leaf, whose upper bits are 0 as those of no node are, has its number.
const LAST_SHIFT: u32 = 8;
const IS_SET: u32 = 1 << 16;
const CHILD_SHIFT: u32 = 17;

/// A tree as words: its nodes and leaves, and the category sets.
#[derive(Debug)]
pub(super) struct Large {
    /// The first is the root. Every node's children are within; so are, where it asks for a set, the words of the set
    /// up to the last code in it, right before the left child.
    words: Vec<u32>,
    has_sets: bool,
    /// The lowest leaf: they are numbered from it.
    first_leaf: u32,
    /// Lists of bytes that it reads the first of.
    reads: usize,
}

impl Large {
    /// `None` if the tree is too large, or the processor cannot gather.
    pub fn of(trees: &Trees, tree: usize, ranks: &Ranks) -> Option<Large> {
        if !is_supported() {
            return None;
        }
        let mut large = Large { words: vec![0; 2], has_sets: false, first_leaf: 0, reads: 0 };
        let mut leaves = Vec::new();
        let mut places = vec![(trees.roots[tree], 0)];
        while let Some((child, place)) = places.pop() {
            let Ok(node) = usize::try_from(child) else {
                leaves.push((place, !child as u32));
                continue;
            };
            let node = &trees.nodes[node];
            let Question { list, answer } = ranks.question(node)?;
            let (last, is_set) = match answer {
                Answer::UpTo(last) => (last, 0),
                Answer::In(set) => {
                    large.has_sets = true;
                    (large.push_set(trees.sets[set as usize]), IS_SET)
                }
            };
            let left = large.words.len();
            large.words.extend([0; 2]);
            large.reads = large.reads.max(usize::from(list) + 1);
            let half = u32::try_from(left / 2).ok().filter(|half| half >> (u32::BITS - CHILD_SHIFT) == 0)?;
            large.words[place] = u32::from(list) | u32::from(last) << LAST_SHIFT | is_set | half << CHILD_SHIFT;
            places.extend([(node.3, left), (node.4, left + 1)]);
        }
        large.first_leaf = leaves.iter().map(|(_, leaf)| *leaf).min()?;
        for (place, leaf) in leaves {
            let number = leaf - large.first_leaf;
            large.words[place] = (number >> CHILD_SHIFT == 0).then_some(number)?;
        }
        large.words.shrink_to_fit();
        Some(large)
    }

    /// Writes a set, such that children can follow at an even place, and tells its last code.
    fn push_set(&mut self, set: CategorySet) -> u8 {
        let last = set.iter().rposition(|word| *word != 0).map_or(0, |w| 64 * w as u32 + set[w].ilog2());
        let words = last as usize / 32 + 1;
        self.words.resize((self.words.len() + words).next_multiple_of(2) - words, 0);
        self.words.extend(set.iter().flat_map(|word| [*word as u32, (word >> 32) as u32]).take(words));
        last as u8
    }

    /// The leaves of ranked rows, numbered over all trees.
    pub fn leaves(&self, rows: &Rows, leaves: &mut [u32]) {
        for (g, leaves) in leaves.chunks_mut(ROWS).enumerate() {
            let lists = rows.lists(g);
            assert!(lists.len() > self.reads);
            if self.has_sets {
                walk_group::<true>(self, lists, leaves);
            } else {
                walk_group::<false>(self, lists, leaves);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx512f")
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn is_supported() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn walk_group<const SETS: bool>(_: &Large, _: &[List], _: &mut [u32]) {}

#[cfg(target_arch = "x86_64")]
fn walk_group<const SETS: bool>(large: &Large, lists: &[List], leaves: &mut [u32]) {
    // SAFETY: `Large::of` asked the processor, and `leaves` checked that there are the lists that nodes read, and one more.
    unsafe { walk_with_vectors::<SETS>(large, lists, leaves) }
}

/// The leaves of at most [`ROWS`] rows.
///
/// # Safety
/// The processor has the instructions; there are the lists of bytes that the tree reads, and one more.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn walk_with_vectors<const SETS: bool>(large: &Large, lists: &[List], leaves: &mut [u32]) {
    use std::arch::x86_64::{
        _mm512_add_epi32, _mm512_mask_cmpge_epu32_mask, _mm512_mask_i32gather_epi32, _mm512_set1_epi32, _mm512_setr_epi32,
        _mm512_setzero_si512, _mm512_storeu_si512,
    };
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let rows: [_; VECTORS] = std::array::from_fn(|v| _mm512_add_epi32(lanes, _mm512_set1_epi32((v * LANES) as i32)));
    let mut walking: [u16; VECTORS] =
        std::array::from_fn(|v| ((1u32 << leaves.len().saturating_sub(v * LANES).min(LANES)) - 1) as u16);
    let mut at = [_mm512_setzero_si512(); VECTORS];
    let mut words = at;
    while walking != [0; VECTORS] {
        for v in 0..VECTORS {
            if walking[v] == 0 {
                continue;
            }
            // SAFETY: a row that walks is at the root or where a node led, which is within the words.
            words[v] = unsafe { _mm512_mask_i32gather_epi32::<4>(words[v], walking[v], at[v], large.words.as_ptr().cast()) };
            walking[v] = _mm512_mask_cmpge_epu32_mask(walking[v], words[v], _mm512_set1_epi32(1 << CHILD_SHIFT));
            // SAFETY: as for this function; those that still walk are at nodes.
            at[v] = unsafe { step::<SETS>(&large.words, (lists, rows[v]), words[v], walking[v]) };
        }
    }
    let mut found = [0u32; ROWS];
    for (found, words) in found.as_chunks_mut::<LANES>().0.iter_mut().zip(words) {
        let words = _mm512_add_epi32(words, _mm512_set1_epi32(large.first_leaf as i32));
        // SAFETY: there is room for sixteen.
        unsafe { _mm512_storeu_si512(found.as_mut_ptr().cast(), words) };
    }
    leaves.copy_from_slice(&found[..leaves.len()]);
}

/// The places that those of sixteen rows that still walk go to from their nodes.
///
/// # Safety
/// As for [`walk_with_vectors`]; `nodes` are nodes of the tree, where rows walk.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn step<const SETS: bool>(
    words: &[u32],
    (lists, rows): (&[List], std::arch::x86_64::__m512i),
    nodes: std::arch::x86_64::__m512i,
    walking: u16,
) -> std::arch::x86_64::__m512i {
    use std::arch::x86_64::{
        _mm512_add_epi32, _mm512_and_si512, _mm512_cmpgt_epi32_mask, _mm512_mask_add_epi32, _mm512_mask_i32gather_epi32,
        _mm512_mask_test_epi32_mask, _mm512_mask_testn_epi32_mask, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_slli_epi32,
        _mm512_sllv_epi32, _mm512_srli_epi32, _mm512_sub_epi32,
    };
    let (zero, one, byte) = (_mm512_setzero_si512(), _mm512_set1_epi32(1), _mm512_set1_epi32(0xFF));
    let list = _mm512_and_si512(nodes, byte);
    let place = _mm512_add_epi32(_mm512_slli_epi32::<6>(list), rows);
    // SAFETY: there are the lists that nodes read, of 64 bytes each, and more than three bytes behind them.
    let read = unsafe { _mm512_mask_i32gather_epi32::<1>(zero, walking, place, lists.as_ptr().cast()) };
    let read = _mm512_and_si512(read, byte);
    let last = _mm512_and_si512(_mm512_srli_epi32::<LAST_SHIFT>(nodes), byte);
    let left = _mm512_slli_epi32::<1>(_mm512_srli_epi32::<CHILD_SHIFT>(nodes));
    let mut goes_right = _mm512_cmpgt_epi32_mask(read, last);
    if SETS {
        // Codes behind the last one in the set are known to go right.
        let asks_set = _mm512_mask_test_epi32_mask(walking & !goes_right, nodes, _mm512_set1_epi32(IS_SET as i32));
        let back = _mm512_sub_epi32(_mm512_srli_epi32::<5>(last), _mm512_srli_epi32::<5>(read));
        let place = _mm512_sub_epi32(_mm512_sub_epi32(left, one), back);
        // SAFETY: a set stands before the left child, up to the word of its last code, and the code is not behind it.
        let word = unsafe { _mm512_mask_i32gather_epi32::<4>(zero, asks_set, place, words.as_ptr().cast()) };
        let bit = _mm512_sllv_epi32(one, _mm512_and_si512(read, _mm512_set1_epi32(31)));
        goes_right |= _mm512_mask_testn_epi32_mask(asks_set, word, bit);
    }
    _mm512_mask_add_epi32(left, goes_right, left, one)
}
