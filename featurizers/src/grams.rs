//! The words of a text, and runs of them, as buckets of a hash.
//!
//! A word is a run of letters and digits, in lower case; each character of a script that puts no space
//! between words (Chinese, Japanese) is a word of its own. A gram is a word, two neighbouring words with a
//! space between them, or, if asked for, three to five characters of a word with a space at both ends.
//!
//! The bucket of a gram is the same on every platform and in every version: FNV-1a over its UTF-8 bytes in
//! 64 bits, mixed by the finaliser of MurmurHash3, of which the upper bits are taken: [`BITS`] of them, or as many as a
//! model on disk says. Models on disk rely on it. Grams of characters start with a byte that no word has, so that `the` and its trigrams differ.

use serde::{Deserialize, Serialize};

/// Bits of a bucket. Ten thousand short texts have 100,000 different pairs of words, and most of these stand in one text
/// only: with sixteen times fewer buckets every third one that is in use has strangers in it, and losses are 1% larger.
pub const BITS: u32 = 22;
/// Most bits that a model on disk may ask for.
const BITS_MAX: u32 = 24;

/// The bits of models that do not say.
fn bits_of_old() -> u32 {
    18
}

/// Shortest and longest run of characters.
const CHARACTERS: std::ops::RangeInclusive<usize> = 3..=5;
const CHARACTERS_MARK: u8 = 2;

/// Which grams are taken besides single words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grams {
    /// Pairs of neighbouring words.
    pub pairs: bool,
    /// Runs of characters.
    pub characters: bool,
    /// Bits of a bucket.
    #[serde(default = "bits_of_old")]
    pub bits: u32,
}

impl Grams {
    /// Number of buckets.
    pub fn buckets(self) -> usize {
        1 << self.bits.clamp(1, BITS_MAX)
    }

    #[inline]
    fn bucket(self, hash: Fnv) -> u32 {
        hash.bucket(self.bits.clamp(1, BITS_MAX))
    }

    /// Calls `take` with the bucket of every gram of the text, repeated ones included.
    pub fn each(self, text: &str, take: impl FnMut(u32)) {
        let mut scan = Scan { grams: self, word: Fnv::NEW, pair: None, letters: Vec::new(), is_inside: false, take };
        for c in text.chars() {
            if c.is_ascii() {
                if c.is_ascii_alphanumeric() {
                    scan.push_lower(c.to_ascii_lowercase());
                } else {
                    scan.end();
                }
            } else if is_word(c) {
                scan.end();
                scan.push(c);
                scan.end();
            } else if c.is_alphanumeric() {
                scan.push(c);
            } else {
                scan.end();
            }
        }
        scan.end();
    }
}

/// Whether the character is a word of its own: kana and the unified ideographs.
fn is_word(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}')
        && c.is_alphanumeric()
}

/// The state between two characters.
struct Scan<F> {
    grams: Grams,
    /// The word so far.
    word: Fnv,
    /// The word before, a space, and the word so far.
    pair: Option<Fnv>,
    /// The letters of the word so far, if runs of them are wanted.
    letters: Vec<char>,
    is_inside: bool,
    take: F,
}

impl<F: FnMut(u32)> Scan<F> {
    fn push(&mut self, c: char) {
        c.to_lowercase().for_each(|lower| self.push_lower(lower));
    }

    fn push_lower(&mut self, c: char) {
        self.is_inside = true;
        self.word = self.word.character(c);
        self.pair = self.pair.map(|pair| pair.character(c));
        if self.grams.characters {
            self.letters.push(c);
        }
    }

    fn end(&mut self) {
        if !self.is_inside {
            return;
        }
        (self.take)(self.grams.bucket(self.word));
        if let Some(pair) = self.pair {
            (self.take)(self.grams.bucket(pair));
        }
        if self.grams.characters {
            self.end_letters();
        }
        self.pair = self.grams.pairs.then(|| self.word.character(' '));
        self.word = Fnv::NEW;
        self.is_inside = false;
    }

    fn end_letters(&mut self) {
        self.letters.insert(0, ' ');
        self.letters.push(' ');
        for length in CHARACTERS {
            for run in self.letters.windows(length) {
                let hash = run.iter().fold(Fnv::NEW.byte(CHARACTERS_MARK), |hash, &c| hash.character(c));
                (self.take)(self.grams.bucket(hash));
            }
        }
        self.letters.clear();
    }
}

/// FNV-1a in 64 bits (Fowler, Noll, Vo), so far.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(u64);

impl Fnv {
    const NEW: Fnv = Fnv(0xCBF2_9CE4_8422_2325);

    /// Of a whole text.
    pub fn of(text: &str) -> Fnv {
        text.bytes().fold(Fnv::NEW, Fnv::byte)
    }

    /// Its upper bits, 1 to 32 of them.
    #[inline]
    pub fn bucket(self, bits: u32) -> u32 {
        (self.mixed() >> (64 - bits)) as u32
    }

    #[inline]
    fn byte(self, byte: u8) -> Fnv {
        Fnv((self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
    }

    #[inline]
    fn character(self, c: char) -> Fnv {
        if c.is_ascii() {
            return self.byte(c as u8);
        }
        c.encode_utf8(&mut [0; 4]).bytes().fold(self, Fnv::byte)
    }

    /// After the finaliser of MurmurHash3 (Appleby): FNV alone mixes its upper bits badly.
    #[inline]
    fn mixed(self) -> u64 {
        let mut z = self.0;
        z = (z ^ (z >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        z = (z ^ (z >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        z ^ (z >> 33)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::value::MapDeserializer;

    use super::*;

    const WORDS: Grams = Grams { pairs: false, characters: false, bits: 18 };
    const PAIRS: Grams = Grams { pairs: true, characters: false, bits: 18 };
    const ALL: Grams = Grams { pairs: true, characters: true, bits: 18 };

    fn buckets(grams: Grams, text: &str) -> Vec<u32> {
        let mut buckets = Vec::new();
        grams.each(text, |bucket| buckets.push(bucket));
        buckets
    }

    fn bucket(gram: &str) -> u32 {
        WORDS.bucket(gram.bytes().fold(Fnv::NEW, Fnv::byte))
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // From the test vectors of FNV's authors.
        assert_eq!("a".bytes().fold(Fnv::NEW, Fnv::byte).0, 0xAF63_DC4C_8601_EC8C);
        assert_eq!("foobar".bytes().fold(Fnv::NEW, Fnv::byte).0, 0x8594_4171_F739_67E8);
    }

    #[test]
    fn buckets_never_change() {
        // Computed by another implementation; models on disk rely on them.
        assert_eq!(buckets(PAIRS, "Größe 42"), [47_842, 132_140, 42_032]);
    }

    #[test]
    fn buckets_of_more_bits_are_parts_of_those_of_fewer() {
        let finer = buckets(Grams { bits: BITS, ..PAIRS }, "Größe 42");
        assert_eq!(finer.iter().map(|b| b >> (BITS - 18)).collect::<Vec<_>>(), buckets(PAIRS, "Größe 42"));
        let stored = [("pairs", true), ("characters", false)].into_iter();
        let old = Grams::deserialize(MapDeserializer::<_, serde::de::value::Error>::new(stored)).unwrap();
        assert_eq!(old, PAIRS);
    }

    #[test]
    fn pairs_come_after_their_second_word() {
        let expected = ["good", "not", "good not", "bad", "not bad"].map(bucket);
        assert_eq!(buckets(PAIRS, "Good, not BAD!"), expected);
    }

    #[test]
    fn ideographs_are_words() {
        assert_eq!(buckets(WORDS, "東京2020"), ["東", "京", "2020"].map(bucket));
    }

    #[test]
    fn runs_of_characters_stay_within_words() {
        // " ab " has two runs of three and one of four; " c " has one of three.
        assert_eq!(buckets(ALL, "ab c").len(), 2 + 1 + 3 + 1);
        assert_ne!(buckets(Grams { pairs: false, ..ALL }, "abc")[1..], buckets(WORDS, "abc")[..]);
    }

    proptest! {
        #[test]
        fn words_are_those_of_a_slow_reference(text in "\\PC{0,40}") {
            // Scripts without spaces are left out: the reference does not split them.
            prop_assume!(!text.chars().any(is_word));
            let words: Vec<String> = text
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(|word| word.chars().flat_map(char::to_lowercase).collect())
                .collect();
            let expected: Vec<u32> = words.iter().map(|word| bucket(word)).collect();
            prop_assert_eq!(buckets(WORDS, &text), expected);
            let mut pairs = buckets(PAIRS, &text);
            let mut expected: Vec<u32> = words.iter().map(|word| bucket(word)).collect();
            expected.extend(words.windows(2).map(|pair| bucket(&pair.join(" "))));
            pairs.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(pairs, expected);
        }

        #[test]
        fn case_and_punctuation_do_not_matter(words in prop::collection::vec("[a-z0-9]{1,6}", 0..8)) {
            let loud = words.iter().map(|w| w.to_uppercase()).collect::<Vec<_>>().join("!? ");
            prop_assert_eq!(buckets(ALL, &words.join(" ")), buckets(ALL, &loud));
            prop_assert!(buckets(ALL, &loud).iter().all(|&b| (b as usize) < ALL.buckets()));
        }
    }
}
