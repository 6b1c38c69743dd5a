//! The place of a number among some that rise: a bit for each number, and how many there are before each word of bits. For
//! the few features of a wide block that occur it takes 1/20 of a table of places.

/// Numbers below some width.
#[derive(Debug)]
pub(crate) struct Ranks {
    bits: Vec<u64>,
    before: Vec<u32>,
}

impl Ranks {
    /// The numbers, in any order and any number of times; those from `width` on are left out.
    pub fn new(width: usize, numbers: impl IntoIterator<Item = u32>) -> Ranks {
        let mut bits = vec![0_u64; width.div_ceil(64)];
        for number in numbers.into_iter().filter(|&number| (number as usize) < width) {
            bits[number as usize / 64] |= 1 << (number % 64);
        }
        let mut sum = 0;
        let before = bits.iter().map(|word| {
            sum += word.count_ones();
            sum - word.count_ones()
        });
        Ranks { before: before.collect(), bits }
    }

    /// The place of a number; `None` if it is not among them.
    #[inline]
    pub fn of(&self, number: u32) -> Option<usize> {
        let (place, bit) = (number as usize / 64, 1_u64 << (number % 64));
        let word = *self.bits.get(place)?;
        (word & bit != 0).then(|| (self.before[place] + (word & (bit - 1)).count_ones()) as usize)
    }

    /// The numbers, rising.
    pub fn numbers(&self) -> Vec<u32> {
        let words = self.bits.iter().zip(0_u32..).filter(|(word, _)| **word != 0);
        words.flat_map(|(word, place)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| 64 * place + bit)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_those_of_a_bisection(mut numbers in prop::collection::vec(0u32..400, 0..80), width in 0usize..400) {
            let ranks = Ranks::new(width, numbers.iter().copied());
            numbers.retain(|&number| (number as usize) < width);
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(ranks.numbers(), numbers.clone());
            for number in 0..500 {
                prop_assert_eq!(ranks.of(number), numbers.binary_search(&number).ok());
            }
        }
    }
}
