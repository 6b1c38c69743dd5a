//! Which leaf do rows end in, where trees are small? All questions of a tree are answered at once.
//!
//! The thresholds that a model has in a column are few, so a value is as good as its rank among them: a byte. A row
//! is then at most 128 bytes, two vector registers, from which one instruction picks what each node of a tree reads, a
//! second compares all with their thresholds, and the leaf is the one whose path agrees with the answers. No step waits
//! for another, as each does on the way down a tree (after Lucchese et al., *QuickScorer*, 2015, which also turns
//! a tree into masks). Whether categories are in the set of a node is looked up for 64 rows at a time.
//! [`Trees::leaf_of`] is the plain twin.

#![allow(unsafe_code, reason = "vector instructions are called only where the processor has them")]

use super::flat::{CATEGORIES, Node, Trees};
use super::grown::CategorySet;
use super::walk::key;
use crate::bins::MAX_CODE;

/// Leaves of a tree at most: a path is 32 bits.
const LEAVES: usize = 32;

/// Bytes that a row may have.
const BYTES: usize = 128;

/// Thresholds of a column at most: ranks are bytes, and one is kept for missing values.
const THRESHOLDS: usize = 254;

/// Rows whose categories are looked up together.
const GROUP: usize = 64;

/// The questions of all trees that are small enough.
#[derive(Debug, Clone)]
pub(super) struct Questions {
    columns: Vec<Asked>,
    trees: Vec<Option<Small>>,
    covers_all: bool,
}

/// A column that is asked about, and the places that it has: one for every kind of question.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    column: usize,
    /// By the kind of a node: right and left are bytes of a row, categories a list of codes.
    places: [Option<u8>; 3],
    /// The thresholds of the column in rising order, as whole numbers.
    thresholds: Vec<i32>,
}

/// A tree whose nodes and leaves have bits.
#[derive(Debug, Clone)]
struct Small {
    /// Per node the byte of the row that it reads, and the last rank that goes left. Behind the nodes, every rank does.
    reads: [u8; 64],
    lasts: [u8; 64],
    /// Whether it reads behind the first register of a row.
    is_wide: bool,
    /// Per leaf the nodes on its path, and which of them it is on the left of.
    paths: [u32; LEAVES],
    lefts: [u32; LEAVES],
    leaves: [u32; LEAVES],
    /// Nodes that ask for sets: their bit, the codes they read, and the number of the set.
    sets: Vec<(u32, u8, u32)>,
    /// Bits of all nodes that ask for no set.
    numbers: u32,
}

/// Rows as bytes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    ranks: Vec<[u8; BYTES]>,
    /// Per group of rows the codes of every column of categories.
    codes: Vec<[u8; GROUP]>,
}

impl Questions {
    /// The questions of trees, if `least` of them are small enough and the processor can ask them.
    pub fn of(trees: &Trees, least: usize) -> Option<Questions> {
        if trees.len() < least || !is_supported() {
            return None;
        }
        let mut columns: Vec<Asked> = Vec::new();
        let (mut bytes, mut lists) = (0, 0);
        for &Node(column, threshold, kind, ..) in &trees.nodes {
            let column = column as usize;
            let at = columns.iter().position(|c| c.column == column).unwrap_or_else(|| {
                columns.push(Asked { column, places: [None; 3], thresholds: Vec::new() });
                columns.len() - 1
            });
            let asked = &mut columns[at];
            let place = asked.places.get_mut(usize::from(kind))?;
            if place.is_none() {
                let next = if kind == CATEGORIES { &mut lists } else { &mut bytes };
                *place = Some(u8::try_from(*next).ok()?);
                *next += 1;
            }
            if kind != CATEGORIES {
                asked.thresholds.push(key(threshold));
            }
        }
        for asked in &mut columns {
            asked.thresholds.sort_unstable();
            asked.thresholds.dedup();
        }
        if bytes > BYTES || columns.iter().any(|c| c.thresholds.len() > THRESHOLDS) {
            return None;
        }
        let all: Vec<Option<Small>> = (0..trees.len()).map(|tree| Small::of(trees, tree, &columns)).collect();
        let small = all.iter().flatten().count();
        (small >= least).then_some(Questions { columns, covers_all: small == all.len(), trees: all })
    }

    /// Whether all trees are small enough.
    pub fn covers_all(&self) -> bool {
        self.covers_all
    }

    /// Ranks the values of rows, `width` each.
    pub fn rank(&self, values: &[f32], width: usize, rows: &mut Rows) {
        let (count, lists) = (values.len() / width, self.lists());
        rows.ranks.resize(count, [0; BYTES]);
        rows.codes.resize(count.div_ceil(GROUP) * lists, [0; GROUP]);
        for asked in &self.columns {
            let [right, left, list] = asked.places;
            if right.is_some() || left.is_some() {
                for (row, values) in rows.ranks.iter_mut().zip(values.chunks_exact(width)) {
                    asked.rank(values[asked.column], row);
                }
            }
            if let Some(list) = list {
                let groups = rows.codes.chunks_exact_mut(lists);
                for (codes, values) in groups.zip(values.chunks(GROUP * width)) {
                    let values = values.chunks_exact(width).map(|row| row[asked.column]);
                    codes[usize::from(list)].iter_mut().zip(values).for_each(|(code, value)| *code = code_of(value));
                }
            }
        }
    }

    /// Number of columns of categories.
    fn lists(&self) -> usize {
        self.columns.iter().filter(|asked| asked.places[usize::from(CATEGORIES)].is_some()).count()
    }

    /// The leaves of ranked rows in a tree, whose category sets are among `sets`; `false` if the tree is too large for it.
    pub fn leaves(&self, tree: usize, sets: &[CategorySet], rows: &Rows, leaves: &mut [u32]) -> bool {
        let Some(small) = &self.trees[tree] else { return false };
        answer(small, sets, rows, leaves);
        true
    }
}

impl Asked {
    /// Writes the rank of a value.
    #[inline(always)]
    fn rank(&self, value: f32, row: &mut [u8; BYTES]) {
        let [right, left, _] = self.places;
        let rank = self.thresholds.partition_point(|threshold| *threshold < key(value)) as u8;
        if let Some(byte) = right {
            row[usize::from(byte) & (BYTES - 1)] = if value.is_nan() { u8::MAX } else { rank };
        }
        if let Some(byte) = left {
            row[usize::from(byte) & (BYTES - 1)] = if value.is_nan() { 0 } else { rank };
        }
    }
}

/// The code of a category. Codes without a bin of their own are in the first, as they were in the fit.
#[inline(always)]
fn code_of(value: f32) -> u8 {
    if value <= MAX_CODE as f32 { value as u8 } else { 0 }
}

impl Small {
    /// A tree with bits; `None` if it is too large.
    fn of(trees: &Trees, tree: usize, columns: &[Asked]) -> Option<Small> {
        let mut small = Small {
            reads: [0; 64],
            lasts: [u8::MAX; 64],
            is_wide: false,
            paths: [0; LEAVES],
            lefts: [u32::MAX; LEAVES],
            leaves: [0; LEAVES],
            sets: Vec::new(),
            numbers: u32::MAX,
        };
        let (mut nodes, mut leaves) = (0, 0);
        let mut places = vec![(trees.roots[tree], 0u32, 0u32)];
        while let Some((child, path, lefts)) = places.pop() {
            let Ok(index) = usize::try_from(child) else {
                *small.paths.get_mut(leaves)? = path;
                (small.lefts[leaves], small.leaves[leaves]) = (lefts, !child as u32);
                leaves += 1;
                continue;
            };
            let Node(column, threshold, kind, left, right) = trees.nodes[index];
            let asked = columns.iter().find(|c| c.column == column as usize)?;
            let place = (*asked.places.get(usize::from(kind))?)?;
            // One bit fewer than leaves.
            let bit = 1u32.checked_shl(nodes)?;
            if kind == CATEGORIES {
                small.sets.push((bit, place, threshold as u32));
                small.numbers &= !bit;
            } else {
                small.reads[nodes as usize] = place;
                small.lasts[nodes as usize] = asked.thresholds.binary_search(&key(threshold)).ok()? as u8;
            }
            nodes += 1;
            places.extend([(left, path | bit, lefts | bit), (right, path | bit, lefts)]);
        }
        small.sets.shrink_to_fit();
        small.is_wide = small.reads.iter().any(|byte| *byte >= 64);
        Some(small)
    }
}

#[cfg(target_arch = "x86_64")]
fn is_supported() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vbmi")
}

#[cfg(not(target_arch = "x86_64"))]
fn is_supported() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn answer(_: &Small, _: &[CategorySet], _: &Rows, _: &mut [u32]) {}

#[cfg(target_arch = "x86_64")]
fn answer(small: &Small, sets: &[CategorySet], rows: &Rows, leaves: &mut [u32]) {
    assert!(is_supported());
    let lists = rows.codes.len() / rows.ranks.len().div_ceil(GROUP).max(1);
    for (g, (rows_of_group, leaves)) in rows.ranks.chunks(GROUP).zip(leaves.chunks_mut(GROUP)).enumerate() {
        let codes = &rows.codes[g * lists..(g + 1) * lists];
        // SAFETY: the processor has what the functions are compiled for.
        unsafe {
            let of_sets = if small.sets.is_empty() { [0; GROUP] } else { answer_sets(small, sets, codes) };
            if small.is_wide {
                answer_with_vectors::<true>(small, &of_sets, rows_of_group, leaves);
            } else {
                answer_with_vectors::<false>(small, &of_sets, rows_of_group, leaves);
            }
        }
    }
}

/// For every row of a group the bits of the nodes whose sets have its categories.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn answer_sets(small: &Small, sets: &[CategorySet], codes: &[[u8; GROUP]]) -> [u32; GROUP] {
    use std::arch::x86_64::{
        __m512i, _mm256_loadu_si256, _mm512_and_si512, _mm512_broadcast_i64x4, _mm512_loadu_si512, _mm512_mask_or_epi32,
        _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_setzero_si512,
        _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_storeu_si512, _mm512_test_epi8_mask,
    };
    let mut words: [__m512i; 4] = [_mm512_setzero_si512(); 4];
    // A code is a byte of the set and a bit of this byte.
    let bit_of_byte = _mm512_set1_epi64(i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]));
    for &(bit, list, set) in &small.sets {
        let (codes, set): (&[u8; GROUP], &CategorySet) = (&codes[usize::from(list)], &sets[set as usize]);
        // SAFETY: there are 64 codes, and a set has 32 bytes.
        let (codes, set) = unsafe { (_mm512_loadu_si512(codes.as_ptr().cast()), _mm256_loadu_si256(set.as_ptr().cast())) };
        let bytes = _mm512_and_si512(_mm512_srli_epi16(codes, 3), _mm512_set1_epi8(31));
        let bytes = _mm512_permutexvar_epi8(bytes, _mm512_broadcast_i64x4(set));
        let bits = _mm512_shuffle_epi8(bit_of_byte, _mm512_and_si512(codes, _mm512_set1_epi8(7)));
        let has = _mm512_test_epi8_mask(bytes, bits);
        let bit = _mm512_set1_epi32(bit as i32);
        for (q, words) in words.iter_mut().enumerate() {
            *words = _mm512_mask_or_epi32(*words, (has >> (16 * q)) as u16, *words, bit);
        }
    }
    let mut answers = [0; GROUP];
    for (answers, words) in answers.chunks_exact_mut(16).zip(words) {
        // SAFETY: there is room for 16 words.
        unsafe { _mm512_storeu_si512(answers.as_mut_ptr().cast(), words) };
    }
    answers
}

/// The leaves of the rows of a group; `WIDE` if the tree reads of both registers of a row.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,bmi1,popcnt")]
fn answer_with_vectors<const WIDE: bool>(small: &Small, of_sets: &[u32; GROUP], rows: &[[u8; BYTES]], leaves: &mut [u32]) {
    use std::arch::x86_64::{
        __m512i, _mm512_cmple_epu8_mask, _mm512_loadu_si512, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8,
        _mm512_set1_epi32, _mm512_testn_epi32_mask, _mm512_xor_si512,
    };
    // SAFETY: every array has the bytes that are read from it.
    let load = |bytes: *const u8| -> __m512i { unsafe { _mm512_loadu_si512(bytes.cast()) } };
    let half = |list: &[u32; LEAVES], h: usize| load(list[16 * h..16 * h + 16].as_ptr().cast());
    let (reads, lasts) = (load(small.reads.as_ptr()), load(small.lasts.as_ptr()));
    let paths = [half(&small.paths, 0), half(&small.paths, 1)];
    let lefts = [half(&small.lefts, 0), half(&small.lefts, 1)];
    for ((row, leaf), of_sets) in rows.iter().zip(leaves).zip(of_sets) {
        let first = load(row[..64].as_ptr());
        let read = if WIDE {
            _mm512_permutex2var_epi8(first, reads, load(row[64..].as_ptr()))
        } else {
            _mm512_permutexvar_epi8(reads, first)
        };
        let answers = (_mm512_cmple_epu8_mask(read, lasts) as u32 & small.numbers) | of_sets;
        let answers = _mm512_set1_epi32(answers as i32);
        let agrees = |h: usize| _mm512_testn_epi32_mask(_mm512_xor_si512(answers, lefts[h]), paths[h]);
        let found = u32::from(agrees(0)) | (u32::from(agrees(1)) << 16);
        *leaf = small.leaves[found.trailing_zeros() as usize & (LEAVES - 1)];
    }
}
