//! Trees in terms of raw values that were not grown here, and the sets of categories that they may have.

use serde::{Deserialize, Serialize};

use super::grown::Child;

/// One split.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawSplit {
    /// Column of the matrix.
    pub column: usize,
    pub rule: RawRule,
    /// A child comes after its parent.
    pub left: Child,
    pub right: Child,
}

/// Which rows go left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RawRule {
    /// Numbers up to a threshold, and the missing ones if they go left; zeros may be missing too.
    UpTo { threshold: f32, missing_left: bool, zero_is_missing: bool },
    /// These codes. What is missing, negative or another code goes right.
    In(Vec<u32>),
}

/// Sets of codes, which may be wider than a byte: their bits lie one after the other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct WideSets {
    /// Per set where its words end.
    ends: Vec<usize>,
    words: Vec<u64>,
}

impl WideSets {
    /// Adds a set; returns its number.
    pub(crate) fn push(&mut self, codes: &[u32]) -> usize {
        let first = self.words.len();
        let width = codes.iter().max().map_or(0, |&code| code as usize / 64 + 1);
        self.words.resize(first + width, 0);
        for &code in codes {
            self.words[first + code as usize / 64] |= 1 << (code % 64);
        }
        self.ends.push(self.words.len());
        self.ends.len() - 1
    }

    /// Number of sets.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no sets.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether a set has the code that a value stands for; fractions are cut off.
    #[inline]
    pub(crate) fn has(&self, set: usize, value: f32) -> bool {
        if value.is_nan() || value <= -1.0 {
            return false;
        }
        let first = if set == 0 { 0 } else { self.ends[set - 1] };
        let code = value as usize;
        self.words[first..self.ends[set]].get(code / 64).is_some_and(|word| word >> (code % 64) & 1 == 1)
    }

    /// Checks sets that came from a file; after it [`WideSets::has`] finds the words of each.
    pub(crate) fn validate(&self) -> Result<(), &'static str> {
        let rises = self.ends.windows(2).all(|pair| pair[0] <= pair[1]);
        if rises && self.ends.last().is_none_or(|&end| end == self.words.len()) {
            return Ok(());
        }
        Err("its sets of categories have no sound ends")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sets_have_their_codes_and_no_others(
            sets in prop::collection::vec(prop::collection::vec(prop_oneof![0u32..3, 0u32..700], 0..20), 1..5),
            value in prop_oneof![(-2i32..800).prop_map(|v| v as f32), (-2000..2000i32).prop_map(|v| v as f32 / 1000.0), Just(f32::NAN), Just(f32::MAX)],
        ) {
            let mut wide = WideSets::default();
            sets.iter().for_each(|codes| { wide.push(codes); });
            prop_assert!(wide.validate().is_ok());
            for (number, codes) in sets.iter().enumerate() {
                let expected = !value.is_nan() && codes.iter().any(|&code| f64::from(code) == f64::from(value).trunc());
                prop_assert_eq!(wide.has(number, value), expected, "set {} and {}", number, value);
            }
        }
    }
}
