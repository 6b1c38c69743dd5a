//! Millions of words per second from texts to weights of words, and to a few numbers: by the clock on the wall, and per
//! second of a processor.

use std::hint::black_box;

use anyhow::Result;
use automl::featurizer::{ColumnGroup, DynFitted, Fitting};
use automl::matrix::Column;
use automl::seed::derive;
use automl::space::Params;
use automl::{DataFrame, Frame, Kind};
use polars::prelude::Column as Series;
use rayon::ThreadPoolBuilder;

use super::{Timing, median_s};
use crate::versus::timing::{Seconds, Spread};

/// Different words. A language has as many in daily use.
const WORDS: f64 = 50_000.0;

/// Texts to featurize.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Columns of texts.
    pub columns: usize,
    /// Texts in a column.
    pub texts: usize,
    /// Words of a text.
    pub words: usize,
}

/// Reviews, tweets, and many columns of a few words.
pub const SIZES: [Size; 3] = [
    Size { columns: 1, texts: 5_000, words: 80 },
    Size { columns: 1, texts: 50_000, words: 18 },
    Size { columns: 30, texts: 2_000, words: 4 },
];

/// Measures every featurizer of texts on each size, on one thread and on two, and the featurizing of single rows.
///
/// # Errors
/// A featurizer fails.
pub fn measure(sizes: &[Size], repeats: usize, tell: &mut dyn FnMut(Timing)) -> Result<()> {
    for size in sizes {
        let frame = size.frame()?;
        let name = format!("{} x {} texts of {} words", size.columns, size.texts, size.words);
        for id in ["tfidf", "text_svd", "text_statistics"] {
            let words = (size.columns * size.texts * size.words) as f64;
            for threads in [1, 2] {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
                let fit = || pool.install(|| size.fit(id, &frame));
                let runs =
                    (0..repeats.max(1)).map(|_| Seconds::of(fit).map(|(_, seconds)| seconds)).collect::<Result<Vec<_>>>()?;
                let mut time = |unit, of: fn(&Seconds) -> f64| {
                    let time = words / Spread::of(runs.iter().map(of)).median / 1e6;
                    tell(Timing { step: format!("{id}, {name}, threads: {threads}"), time, unit });
                };
                time("million words/s", |seconds| seconds.wall);
                // On a machine that does other things as well this is what tells.
                time("mill. words/cpu s", |seconds| seconds.cpu);
            }
            let fitted = size.fit(id, &frame)?;
            let rows: Vec<u32> = (0..size.texts.min(200) as u32).collect();
            let singly = || size.transform_singly(&fitted, &frame, &rows);
            let time = median_s(repeats, singly)? / rows.len() as f64 * 1e6;
            tell(Timing { step: format!("{id}, {name}, row by row"), time, unit: "us/row" });
        }
    }
    Ok(())
}

type Fitted = Vec<(Box<dyn DynFitted>, Vec<Column>)>;

impl Size {
    fn frame(self) -> Result<Frame> {
        let column = |j: usize| Series::new(name(j).into(), (0..self.texts).map(|i| self.text(i, j)).collect::<Vec<_>>());
        Ok(Frame::new(DataFrame::new(self.texts, (0..self.columns).map(column).collect())?))
    }

    /// Words by Zipf's law: the k-th is used 1/k times as often as the first.
    fn text(self, row: usize, column: usize) -> String {
        let seed = derive(column as u64, row as u64);
        let share = |i: usize| (derive(seed, i as u64) >> 11) as f64 / (1_u64 << 53) as f64;
        let words = (0..self.words).map(|i| word(WORDS.powf(share(i)) as u64));
        words.collect::<Vec<_>>().join(" ")
    }

    fn fit(self, id: &str, frame: &Frame) -> Result<Fitted> {
        let registry = automl::registry();
        let featurizer = registry.featurizer(id)?;
        let mut all = Vec::new();
        for j in 0..self.columns {
            let group = ColumnGroup::new(vec![name(j)], Kind::Text);
            let fitting = Fitting { group: &group, rows: frame.view(), target: None, residuals: None, seed: 1 };
            all.push(featurizer.fit_transform(&Params::new(), &fitting)?);
        }
        Ok(all)
    }

    fn transform_singly(self, fitted: &Fitted, frame: &Frame, rows: &[u32]) -> Result<()> {
        for row in rows {
            for (fitted, _) in fitted {
                black_box(fitted.transform(frame.select(&[*row]))?);
            }
        }
        Ok(())
    }
}

fn name(column: usize) -> String {
    format!("text {column}")
}

/// Frequent words are short.
fn word(rank: u64) -> String {
    const LETTERS: &[u8] = b"etaoinshrdlucmfw";
    let letters = 2 + rank.ilog2() / 2;
    (0..letters).map(|i| char::from(LETTERS[(derive(rank, u64::from(i)) % LETTERS.len() as u64) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_tiny() {
        let mut timings = Vec::new();
        measure(&[Size { columns: 2, texts: 30, words: 5 }], 1, &mut |timing| timings.push(timing)).unwrap();
        assert_eq!(timings.len(), 15);
        assert!(timings.iter().all(|t| t.time > 0.0 || t.time.is_nan()), "{timings:?}");
    }
}
