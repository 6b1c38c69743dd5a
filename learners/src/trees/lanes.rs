//! What is done with 64 bytes at once, one per row, by the instructions that a processor has.

#![allow(unsafe_code, reason = "vector instructions are called only where the processor has them")]

use super::grown::CategorySet;

/// Bytes, and rows.
pub(super) const LANES: usize = 64;

/// A byte of every row.
pub(super) type List = [u8; LANES];

/// One way to handle lists. [`Plain`] is the twin of the others.
pub(super) trait Lanes {
    /// Which bytes are at most `last`, as bits.
    ///
    /// # Safety
    /// The processor has the instructions, here and below.
    unsafe fn at_most(list: &List, last: u8) -> u64;

    /// Which bytes are codes of the set, as bits.
    ///
    /// # Safety
    /// See [`Lanes::at_most`].
    unsafe fn in_set(codes: &List, set: &CategorySet) -> u64;

    /// The numbers of rows, of which every bit, from the lowest on, is given for all rows; eight at most.
    ///
    /// # Safety
    /// See [`Lanes::at_most`].
    unsafe fn numbers(bits: impl Iterator<Item = u64>) -> List;
}

/// By instructions that every processor has.
pub(super) struct Plain;

impl Lanes for Plain {
    unsafe fn at_most(list: &List, last: u8) -> u64 {
        (0..LANES).map(|row| u64::from(list[row] <= last) << row).sum()
    }

    unsafe fn in_set(codes: &List, set: &CategorySet) -> u64 {
        let has = |code: u8| set[usize::from(code / 64)] >> (code % 64) & 1;
        (0..LANES).map(|row| has(codes[row]) << row).sum()
    }

    unsafe fn numbers(bits: impl Iterator<Item = u64>) -> List {
        let mut numbers = [0; LANES];
        for (b, bits) in bits.enumerate() {
            numbers.iter_mut().enumerate().for_each(|(row, number)| *number |= ((bits >> row & 1) as u8) << b);
        }
        numbers
    }
}

/// By vectors of 64 bytes.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx512;

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    pub fn is_supported() -> bool {
        is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("bmi1")
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for Avx512 {
    #[inline(always)]
    unsafe fn at_most(list: &List, last: u8) -> u64 {
        use std::arch::x86_64::{_mm512_cmple_epu8_mask, _mm512_loadu_si512, _mm512_set1_epi8};
        // SAFETY: the caller has seen to the processor; a list has 64 bytes.
        unsafe { _mm512_cmple_epu8_mask(_mm512_loadu_si512(list.as_ptr().cast()), _mm512_set1_epi8(last as i8)) }
    }

    #[inline(always)]
    unsafe fn in_set(codes: &List, set: &CategorySet) -> u64 {
        use std::arch::x86_64::{
            _mm_loadu_si128, _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_loadu_si512, _mm512_mask_shuffle_epi8,
            _mm512_movepi8_mask, _mm512_set1_epi8, _mm512_set1_epi64, _mm512_shuffle_epi8, _mm512_srli_epi16,
            _mm512_test_epi8_mask,
        };
        // SAFETY: the caller has seen to the processor; a list has 64 bytes, a set two times 16.
        unsafe {
            let codes = _mm512_loadu_si512(codes.as_ptr().cast());
            let half = |h: usize| _mm512_broadcast_i32x4(_mm_loadu_si128(set[2 * h..2 * h + 2].as_ptr().cast()));
            // A code is a byte of the set, of which the highest bit says in which half, and a bit of this byte.
            let byte = _mm512_and_si512(_mm512_srli_epi16(codes, 3), _mm512_set1_epi8(15));
            let bytes = _mm512_shuffle_epi8(half(0), byte);
            let bytes = _mm512_mask_shuffle_epi8(bytes, _mm512_movepi8_mask(codes), half(1), byte);
            let bits = _mm512_shuffle_epi8(_mm512_set1_epi64(BITS), _mm512_and_si512(codes, _mm512_set1_epi8(7)));
            _mm512_test_epi8_mask(bytes, bits)
        }
    }

    #[inline(always)]
    unsafe fn numbers(bits: impl Iterator<Item = u64>) -> List {
        use std::arch::x86_64::{_mm512_mask_add_epi8, _mm512_set1_epi8, _mm512_setzero_si512, _mm512_storeu_si512};
        let mut list = [0; LANES];
        // SAFETY: the caller has seen to the processor; a list has 64 bytes.
        unsafe {
            let add = |sum, (b, bits): (usize, u64)| _mm512_mask_add_epi8(sum, bits, sum, _mm512_set1_epi8((1u8 << b) as i8));
            let sum = bits.enumerate().fold(_mm512_setzero_si512(), add);
            _mm512_storeu_si512(list.as_mut_ptr().cast(), sum);
        }
        list
    }
}

/// By vectors of 32 bytes.
#[cfg(target_arch = "x86_64")]
pub(super) struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    pub fn is_supported() -> bool {
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1")
    }
}

/// Of every byte one bit.
#[cfg(target_arch = "x86_64")]
const BITS: i64 = i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]);

#[cfg(target_arch = "x86_64")]
impl Lanes for Avx2 {
    #[inline(always)]
    unsafe fn at_most(list: &List, last: u8) -> u64 {
        use std::arch::x86_64::{_mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_set1_epi8};
        // SAFETY: the caller has seen to the processor; a half of a list has 32 bytes.
        let half = |h: usize| unsafe {
            let half = _mm256_loadu_si256(list[32 * h..32 * h + 32].as_ptr().cast());
            let is_low = _mm256_cmpeq_epi8(_mm256_min_epu8(half, _mm256_set1_epi8(last as i8)), half);
            u64::from(_mm256_movemask_epi8(is_low) as u32)
        };
        half(0) | half(1) << 32
    }

    #[inline(always)]
    unsafe fn in_set(codes: &List, set: &CategorySet) -> u64 {
        use std::arch::x86_64::{
            _mm_loadu_si128, _mm256_and_si256, _mm256_blendv_epi8, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
            _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_set1_epi64x, _mm256_shuffle_epi8,
            _mm256_srli_epi16,
        };
        // SAFETY: the caller has seen to the processor; a half of a list has 32 bytes, a set two times 16.
        let half = |h: usize| unsafe {
            let codes = _mm256_loadu_si256(codes[32 * h..32 * h + 32].as_ptr().cast());
            let half_set = |h: usize| _mm256_broadcastsi128_si256(_mm_loadu_si128(set[2 * h..2 * h + 2].as_ptr().cast()));
            let byte = _mm256_and_si256(_mm256_srli_epi16(codes, 3), _mm256_set1_epi8(15));
            let of_half = |h| _mm256_shuffle_epi8(half_set(h), byte);
            let bytes = _mm256_blendv_epi8(of_half(0), of_half(1), codes);
            let bits = _mm256_shuffle_epi8(_mm256_set1_epi64x(BITS), _mm256_and_si256(codes, _mm256_set1_epi8(7)));
            u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, bits), bits)) as u32)
        };
        half(0) | half(1) << 32
    }

    #[inline(always)]
    unsafe fn numbers(bits: impl Iterator<Item = u64>) -> List {
        use std::arch::x86_64::{
            _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi32, _mm256_set1_epi64x,
            _mm256_setr_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_storeu_si256,
        };
        const BYTE: i64 = 0x0101_0101_0101_0101;
        let mut list = [0; LANES];
        // SAFETY: the caller has seen to the processor; a half of a list has 32 bytes.
        unsafe {
            // Every byte takes the byte that has its bit.
            let bytes = _mm256_setr_epi64x(0, BYTE, 2 * BYTE, 3 * BYTE);
            let bit_of_byte = _mm256_set1_epi64x(BITS);
            let or = |sum: [_; 2], (b, bits): (usize, u64)| {
                std::array::from_fn(|h| {
                    let spread = _mm256_shuffle_epi8(_mm256_set1_epi32((bits >> (32 * h)) as i32), bytes);
                    let has = _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit_of_byte), bit_of_byte);
                    _mm256_or_si256(sum[h], _mm256_and_si256(has, _mm256_set1_epi8((1u8 << b) as i8)))
                })
            };
            let sums = bits.enumerate().fold([_mm256_setzero_si256(); 2], or);
            for (half, sum) in list.chunks_exact_mut(32).zip(sums) {
                _mm256_storeu_si256(half.as_mut_ptr().cast(), sum);
            }
        }
        list
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether some way does what the plain one does.
    unsafe fn agrees<L: Lanes>(list: &List, last: u8, set: &CategorySet, bits: &[u64]) -> bool {
        // SAFETY: the caller has seen to the processor.
        unsafe {
            L::at_most(list, last) == Plain::at_most(list, last)
                && L::in_set(list, set) == Plain::in_set(list, set)
                && L::numbers(bits.iter().copied()) == Plain::numbers(bits.iter().copied())
        }
    }

    proptest! {
        #[test]
        fn vectors_do_what_plain_code_does(
            list in any::<[[u8; 32]; 2]>(),
            last in any::<u8>(),
            set in any::<CategorySet>(),
            bits in prop::collection::vec(any::<u64>(), 0..=8),
        ) {
            let list: List = std::array::from_fn(|row| list[row / 32][row % 32]);
            // SAFETY: the processor is asked.
            unsafe {
                prop_assert!(!Avx512::is_supported() || agrees::<Avx512>(&list, last, &set, &bits));
                prop_assert!(!Avx2::is_supported() || agrees::<Avx2>(&list, last, &set, &bits));
            }
        }
    }
}
