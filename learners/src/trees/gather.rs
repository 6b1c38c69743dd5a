//! Many rows walk down a tree together: vectors of sixteen, of which one steps while the others wait for what they read.
//!
//! What a row needs for a step is gathered: its node, a key, and a word of a category set. No step is a branch, since
//! which way a row goes is what a processor guesses worst. A vector rests when its rows have arrived.
//! [`Trees::leaf_of`](super::Trees::leaf_of) is the plain twin.

#![allow(unsafe_code, reason = "vector instructions are called only where the processor has them, and read what was checked")]

use super::grown::CategorySet;
use super::walk::{IS_SET, Keys, Layout};
use crate::bins::MAX_CODE;

/// Rows of a vector.
const LANES: usize = 16;

/// Vectors that step in turns.
const VECTORS: usize = 4;

/// Rows that walk down together.
pub(super) const ROWS: usize = LANES * VECTORS;

#[cfg(target_arch = "x86_64")]
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx512f")
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn is_supported() -> bool {
    false
}

/// Walks as many rows down as it can, from the first on, and tells how many. The layout is sound for as many sets.
pub(super) fn walk(layout: &Layout, sets: &[CategorySet], keys: &Keys, leaves: &mut [u32]) -> usize {
    /// Places are counted in 32 bits.
    const PLACES_MAX: usize = 1 << 24;
    let (groups, _) = leaves.as_chunks_mut::<ROWS>();
    if groups.is_empty() || !is_supported() || sets.len() > PLACES_MAX || keys.per_row > PLACES_MAX {
        return 0;
    }
    let count = groups.len() * ROWS;
    assert!(keys.per_row >= layout.keys && keys.keys.len() >= count * keys.per_row);
    for (group, keys_of_group) in groups.iter_mut().zip(keys.keys.chunks_exact(ROWS * keys.per_row)) {
        walk_group(layout, sets, (keys_of_group, keys.per_row), group);
    }
    count
}

#[cfg(not(target_arch = "x86_64"))]
fn walk_group(_: &Layout, _: &[CategorySet], _: (&[i32], usize), _: &mut [u32; ROWS]) {}

#[cfg(target_arch = "x86_64")]
fn walk_group(layout: &Layout, sets: &[CategorySet], keys: (&[i32], usize), leaves: &mut [u32; ROWS]) {
    // SAFETY: `walk` asked the processor, and checked that there are as many keys as the nodes read.
    unsafe { walk_with_vectors(layout, sets, keys, leaves) }
}

/// # Safety
/// The processor has the instructions, `layout` is sound for `sets`, and each of [`ROWS`] rows has as many keys as it
/// reads; all places fit into 32 bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn walk_with_vectors(layout: &Layout, sets: &[CategorySet], (keys, per_row): (&[i32], usize), leaves: &mut [u32; ROWS]) {
    use std::arch::x86_64::{
        _mm512_add_epi32, _mm512_cmpneq_epi32_mask, _mm512_i32gather_epi32, _mm512_mullo_epi32, _mm512_set1_epi32,
        _mm512_setr_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
    };
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let mut at = [_mm512_setzero_si512(); VECTORS];
    let mut moved = [true; VECTORS];
    while moved != [false; VECTORS] {
        for (v, (at, moved)) in at.iter_mut().zip(&mut moved).enumerate().filter(|(_, (_, moved))| **moved) {
            let rows = _mm512_add_epi32(lanes, _mm512_set1_epi32((v * LANES) as i32));
            let first_keys = _mm512_mullo_epi32(rows, _mm512_set1_epi32(per_row as i32));
            // SAFETY: as for this function; `at` are places of nodes, the root or what a step led to.
            let next = unsafe { step(layout, sets, (keys, first_keys), *at) };
            *moved = _mm512_cmpneq_epi32_mask(next, *at) != 0;
            *at = next;
        }
    }
    for (leaves, at) in leaves.as_chunks_mut::<LANES>().0.iter_mut().zip(at) {
        // SAFETY: every node has an entry among the leaves, and there is room for sixteen.
        unsafe {
            let found = _mm512_i32gather_epi32::<4>(at, layout.leaves.as_ptr().cast());
            _mm512_storeu_si512(leaves.as_mut_ptr().cast(), found);
        }
    }
}

/// The places that sixteen rows go to from where they are. `keys` begin for each of them at its own place.
///
/// # Safety
/// As for [`walk_with_vectors`]; `at` are places of nodes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn step(
    layout: &Layout,
    sets: &[CategorySet],
    (keys, first_keys): (&[i32], std::arch::x86_64::__m512i),
    at: std::arch::x86_64::__m512i,
) -> std::arch::x86_64::__m512i {
    use std::arch::x86_64::{
        _CMP_LE_OQ, _mm512_add_epi32, _mm512_and_si512, _mm512_castsi512_ps, _mm512_castsi512_si256, _mm512_cmpgt_epi32_mask,
        _mm512_extracti64x4_epi64, _mm512_i32gather_epi32, _mm512_i32gather_epi64, _mm512_mask_add_epi32,
        _mm512_mask_cmp_ps_mask, _mm512_mask_i32gather_epi32, _mm512_mask_testn_epi32_mask, _mm512_maskz_cvttps_epi32,
        _mm512_max_epi32, _mm512_permutex2var_epi32, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setr_epi32, _mm512_setzero_si512,
        _mm512_slli_epi32, _mm512_sllv_epi32, _mm512_srli_epi32, _mm512_test_epi32_mask,
    };
    let zero = _mm512_setzero_si512();
    // SAFETY: `at` are places of nodes, of eight bytes each.
    let (first, last) = unsafe {
        let nodes = layout.nodes.as_ptr().cast();
        let halves = [_mm512_castsi512_si256(at), _mm512_extracti64x4_epi64::<1>(at)];
        (_mm512_i32gather_epi64::<8>(halves[0], nodes), _mm512_i32gather_epi64::<8>(halves[1], nodes))
    };
    let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    let low = _mm512_permutex2var_epi32(first, even, last);
    let high = _mm512_permutex2var_epi32(first, _mm512_add_epi32(even, _mm512_set1_epi32(1)), last);

    let read = _mm512_and_si512(low, _mm512_set1_epi32(IS_SET as i32 - 1));
    // SAFETY: a sound layout reads one of the keys that each row has.
    let key = unsafe { _mm512_i32gather_epi32::<4>(_mm512_add_epi32(first_keys, read), keys.as_ptr().cast()) };
    let is_above = _mm512_cmpgt_epi32_mask(key, high);

    // Codes without a bin of their own are in the first, as they were in the fit.
    let asks_set = _mm512_test_epi32_mask(low, _mm512_set1_epi32(IS_SET as i32));
    let value = _mm512_castsi512_ps(key);
    let has_bin = _mm512_mask_cmp_ps_mask::<_CMP_LE_OQ>(asks_set, value, _mm512_set1_ps(MAX_CODE as f32));
    let code = _mm512_max_epi32(_mm512_maskz_cvttps_epi32(has_bin, value), zero);
    // Eight words of 32 bits are a set.
    let word = _mm512_add_epi32(_mm512_slli_epi32::<3>(high), _mm512_srli_epi32::<5>(code));
    // SAFETY: a sound layout asks for sets that exist, and codes are less than 256.
    let word = unsafe { _mm512_mask_i32gather_epi32::<4>(zero, asks_set, word, sets.as_ptr().cast()) };
    let bit = _mm512_sllv_epi32(_mm512_set1_epi32(1), _mm512_and_si512(code, _mm512_set1_epi32(31)));
    let is_outside = _mm512_mask_testn_epi32_mask(asks_set, word, bit);

    let goes_right = (is_above & !asks_set) | is_outside;
    let left = _mm512_srli_epi32::<16>(low);
    _mm512_mask_add_epi32(left, goes_right, left, _mm512_set1_epi32(1))
}
