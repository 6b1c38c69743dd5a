//! The grams that a column of texts uses, and how rare each of them is.
//!
//! Everything costs as much as the texts have grams: no table has a place per bucket of the hash. A column of a million
//! short cells and thirty columns of a few words are learned equally fast per word, and a single row is looked up in
//! microseconds.

use std::sync::OnceLock;

use automl_core::frame::Texts;
use automl_core::{Error, Result};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use crate::grams::Grams;

/// Texts that are read at once: enough work for a thread, and many blocks per thread.
const BLOCK: usize = 512;

/// The grams in use and in how many texts each was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Vocabulary {
    grams: Grams,
    /// Texts that were counted.
    texts: u32,
    /// The buckets in use, ascending.
    buckets: Vec<u32>,
    /// In how many texts each of them was.
    counts: Vec<u32>,
    /// Follows from the buckets and their counts.
    #[serde(skip)]
    index: OnceLock<Index>,
}

/// Which grams are kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Those in fewer texts are left out.
    pub texts_min: u32,
    /// Most that are kept, those in most texts first.
    pub grams_max: usize,
}

/// The grams of a text: ascending buckets, and how often each occurs.
#[derive(Debug, Clone, Default)]
pub struct Bag {
    buckets: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

/// The bags of a block of texts.
#[derive(Debug)]
struct Bags {
    ends: Vec<usize>,
    entries: Vec<(u32, u32)>,
}

/// Finds the place of a bucket among those in use.
#[derive(Debug, Clone)]
struct Index {
    /// What is left of a bucket after a shift is a prefix.
    shift: u32,
    /// Per prefix the place of the first bucket that has it or a greater one; the next one's is its end.
    starts: Vec<u32>,
    /// Rarity of every bucket in use.
    weights: Vec<f32>,
}

impl Bag {
    /// Reads a text.
    pub fn read(&mut self, text: &str, grams: Grams) -> &[(u32, u32)] {
        self.buckets.clear();
        self.entries.clear();
        let buckets = &mut self.buckets;
        grams.each(text, |bucket| buckets.push(bucket));
        self.buckets.sort_unstable();
        self.entries.extend(self.buckets.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)));
        &self.entries
    }
}

impl Vocabulary {
    /// Learns from texts, and gives their rows of weights: see [`Vocabulary::weigh`]. Runs on the rayon pool that it is
    /// called from.
    pub fn learn<T: Send>(
        texts: Texts<'_>,
        grams: Grams,
        keep: Keep,
        row: impl Fn(&[(u32, f32)]) -> T + Sync,
    ) -> (Vocabulary, Vec<T>) {
        let blocks: Vec<Bags> = (0..texts.len().div_ceil(BLOCK)).into_par_iter().map(|i| Bags::read(texts, i, grams)).collect();
        let counted = keep.of(count(&blocks, grams));
        let (buckets, counts) = counted.into_iter().unzip();
        let known = texts.iter().flatten().count() as u32;
        let vocabulary = Vocabulary { grams, texts: known, buckets, counts, index: OnceLock::new() };
        let rows: Vec<Vec<T>> = blocks
            .into_par_iter()
            .map(|block| {
                let mut entries = Vec::new();
                block.bags().map(|bag| row(vocabulary.weigh(bag, &mut entries))).collect()
            })
            .collect();
        (vocabulary, rows.into_iter().flatten().collect())
    }

    /// Which grams are looked at.
    pub fn grams(&self) -> Grams {
        self.grams
    }

    /// Number of grams in use.
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// The bucket of a gram in use.
    pub fn bucket(&self, place: u32) -> u32 {
        self.buckets[place as usize]
    }

    /// The row of a bag, of length 1: places among the grams in use, ascending, and weights. A gram weighs
    /// 1 + ln(how often it occurs), times its rarity, ln((1 + texts) / (1 + texts with it)) + 1.
    pub fn weigh<'a>(&self, bag: &[(u32, u32)], row: &'a mut Vec<(u32, f32)>) -> &'a [(u32, f32)] {
        let index = self.index.get_or_init(|| Index::new(self));
        row.clear();
        let mut squares = 0.0;
        for &(bucket, times) in bag {
            let Some(place) = index.place(bucket, &self.buckets) else { continue };
            let frequency = if times == 1 { 1.0 } else { 1.0 + f64::from(times).ln() };
            let value = frequency * f64::from(index.weights[place]);
            squares += value * value;
            row.push((place as u32, value as f32));
        }
        let length = f64::sqrt(squares);
        for (_, value) in row.iter_mut() {
            *value = (f64::from(*value) / length) as f32;
        }
        row
    }

    /// Checks a vocabulary that came from a file.
    ///
    /// # Errors
    /// Buckets are out of order or of range, or their counts do not fit.
    pub fn validate(&self) -> Result<()> {
        let ascend = self.buckets.windows(2).all(|pair| pair[0] < pair[1]);
        let in_range = self.buckets.last().is_none_or(|&last| (last as usize) < self.grams.buckets());
        let counted = self.counts.len() == self.buckets.len() && self.counts.iter().all(|&n| n <= self.texts);
        if ascend && in_range && counted {
            return Ok(());
        }
        Err(Error::artifact("the counts of words do not fit together"))
    }
}

impl Keep {
    fn of(self, mut counted: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
        counted.retain(|&(_, n)| n >= self.texts_min.max(1));
        if counted.len() > self.grams_max {
            counted.sort_unstable_by_key(|&(bucket, n)| (std::cmp::Reverse(n), bucket));
            counted.truncate(self.grams_max);
            counted.sort_unstable();
        }
        counted
    }
}

impl Bags {
    fn read(texts: Texts<'_>, block: usize, grams: Grams) -> Bags {
        let mut bags = Bags { ends: Vec::with_capacity(BLOCK), entries: Vec::new() };
        let mut bag = Bag::default();
        for i in block * BLOCK..((block + 1) * BLOCK).min(texts.len()) {
            bags.entries.extend_from_slice(bag.read(texts.get(i).unwrap_or(""), grams));
            bags.ends.push(bags.entries.len());
        }
        bags
    }

    fn bags(&self) -> impl Iterator<Item = &[(u32, u32)]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.entries[start..end])
    }
}

impl Index {
    fn new(vocabulary: &Vocabulary) -> Index {
        let bits = vocabulary.grams.buckets().ilog2();
        // As many prefixes as buckets, at least: one bucket has a prefix on average.
        let prefix_bits = (vocabulary.len().max(1).ilog2() + 1).min(bits);
        let shift = bits - prefix_bits;
        let mut starts = vec![0_u32; (1 << prefix_bits) + 1];
        vocabulary.buckets.iter().for_each(|bucket| starts[(bucket >> shift) as usize + 1] += 1);
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let rarity = |&count: &u32| ((1.0 + f64::from(vocabulary.texts)) / (1.0 + f64::from(count))).ln() + 1.0;
        Index { shift, starts, weights: vocabulary.counts.iter().map(|count| rarity(count) as f32).collect() }
    }

    #[inline]
    fn place(&self, bucket: u32, buckets: &[u32]) -> Option<usize> {
        let prefix = (bucket >> self.shift) as usize;
        let (start, end) = (self.starts[prefix] as usize, self.starts[prefix + 1] as usize);
        buckets[start..end].iter().position(|&known| known == bucket).map(|at| start + at)
    }
}

/// In how many texts each bucket is: ascending buckets that are in any.
///
/// The buckets are dealt out by their upper halves, and then counted by their lower halves where these are many, which
/// stays in cache, or else sorted.
fn count(blocks: &[Bags], grams: Grams) -> Vec<(u32, u32)> {
    let bits = grams.buckets().ilog2();
    let low_bits = bits / 2;
    let buckets = || blocks.iter().flat_map(|block| &block.entries).map(|&(bucket, _)| bucket);
    let mut starts = vec![0_usize; (1 << (bits - low_bits)) + 1];
    buckets().for_each(|bucket| starts[(bucket >> low_bits) as usize + 1] += 1);
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut lows = vec![0_u16; starts[starts.len() - 1]];
    let mask = (1 << low_bits) - 1;
    buckets().for_each(|bucket| {
        let place = &mut next[(bucket >> low_bits) as usize];
        lows[*place] = (bucket & mask) as u16;
        *place += 1;
    });
    let mut counted = Vec::new();
    let mut table = vec![0_u32; 1 << low_bits];
    for (high, range) in (0_u32..).zip(starts.windows(2)) {
        let lows = &mut lows[range[0]..range[1]];
        let bucket = |low: usize| high << low_bits | low as u32;
        if lows.len() * 8 < table.len() {
            lows.sort_unstable();
            counted.extend(lows.chunk_by(|a, b| a == b).map(|run| (bucket(run[0].into()), run.len() as u32)));
        } else {
            lows.iter().for_each(|&low| table[usize::from(low)] += 1);
            counted.extend(table.iter().enumerate().filter(|&(_, &n)| n > 0).map(|(low, &n)| (bucket(low), n)));
            table.fill(0);
        }
    }
    counted
}
