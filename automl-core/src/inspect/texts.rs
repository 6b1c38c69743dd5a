//! What texts are like: how long, how many words, and some of them.

use serde::Serialize;

use super::{Seen, Summary};
use crate::schema::{Cells, hash_text};

/// What the texts of a column are like.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextSummary {
    /// Length in characters.
    pub characters: Spread,
    /// Number of words, which are apart by white space.
    pub words: Spread,
    /// Texts that these were counted in, evenly spaced over the rows.
    pub sampled: usize,
    /// Some of the texts, shortened.
    pub examples: Vec<String>,
}

/// Least, median and largest of some counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The least.
    pub min: usize,
    /// The median; of two in the middle the larger.
    pub median: usize,
    /// The largest.
    pub max: usize,
}

/// Texts whose characters and words are counted: the median length in so many is within 2 % of the truth.
const SAMPLE: usize = 10_000;
/// Texts that are shown.
const EXAMPLES: usize = 3;
/// Characters of an example.
const EXAMPLE_CHARACTERS: usize = 160;

pub(super) fn summarise(cells: &Cells, seen: &mut Seen) -> (usize, Option<Summary>) {
    let mut hashes = Vec::with_capacity(cells.len());
    let step = cells.len().div_ceil(SAMPLE).max(1);
    let mut sample: Vec<String> = Vec::new();
    cells.for_each_text(|row, text| match text {
        None => seen.note_missing(row),
        Some(text) => {
            hashes.push(hash_text(text));
            if row % step == 0 || hashes.len() == 1 {
                sample.push(text.to_owned());
            }
        }
    });
    if sample.is_empty() {
        return (0, None);
    }
    hashes.sort_unstable();
    hashes.dedup();
    let summary = TextSummary {
        characters: Spread::of(sample.iter().map(|text| text.chars().count()).collect()),
        words: Spread::of(sample.iter().map(|text| text.split_whitespace().count()).collect()),
        sampled: sample.len(),
        examples: examples(&sample),
    };
    (hashes.len(), Some(Summary::Texts(summary)))
}

impl Spread {
    fn of(mut counts: Vec<usize>) -> Spread {
        counts.sort_unstable();
        Spread { min: counts[0], median: counts[counts.len() / 2], max: counts[counts.len() - 1] }
    }
}

/// The first, and some further on, without repetition and on one line each.
fn examples(sample: &[String]) -> Vec<String> {
    let mut examples: Vec<String> = Vec::new();
    for i in 0..EXAMPLES {
        let words: Vec<&str> = sample[i * sample.len() / EXAMPLES].split_whitespace().collect();
        let mut text: String = words.join(" ");
        if text.chars().count() > EXAMPLE_CHARACTERS {
            text = text.chars().take(EXAMPLE_CHARACTERS - 1).chain(['…']).collect();
        }
        if !examples.contains(&text) {
            examples.push(text);
        }
    }
    examples
}
