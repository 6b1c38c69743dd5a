//! A text as the weights of its words and pairs of words.
//!
//! # What it is
//! A sparse block of 2²² features, to which words and pairs of neighbouring words are assigned by a hash, so
//! that no dictionary is kept. A feature weighs more the more often its words stand in the text, as
//! 1 + ln(count), and the fewer texts have them, as ln((1 + n) / (1 + texts with it)) + 1. Each row is
//! brought to length 1. Features in fewer than `rows_min` texts of the fit rows are left out. A missing text
//! is a row of zeros.
//!
//! # When it is used
//! For text columns, by learners that take sparse features: linear models.
//!
//! # Parameters
//! - `pairs` (true): pairs of neighbouring words as well.
//! - `characters` (false): runs of three to five characters of a word as well. They help with misspellings
//!   and inflections, and make a row about five times as long.
//! - `rows_min` (2): features in fewer texts are left out.
//!
//! # Source
//! Spärck Jones: *A statistical interpretation of term specificity* (1972); Weinberger et al.: *Feature
//! hashing for large scale multitask learning* (2009). Weights as in scikit-learn's `TfidfVectorizer` with
//! `sublinear_tf`.

use std::sync::OnceLock;

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Csr, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::grams::{BITS, Grams};

/// Weights of words.
#[derive(Debug, Clone, Copy)]
pub struct Tfidf;

/// Which features there are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Pairs of neighbouring words as well.
    pub pairs: bool,
    /// Runs of characters as well.
    pub characters: bool,
    /// Features in fewer texts are left out.
    pub rows_min: u32,
}

impl Default for Params {
    fn default() -> Params {
        Params { pairs: true, characters: false, rows_min: 2 }
    }
}

/// A column and in how many texts each feature was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    grams: Grams,
    /// Texts that were counted.
    texts: u32,
    /// The features in use, ascending.
    buckets: Vec<u32>,
    /// In how many texts each of them was.
    counts: Vec<u32>,
    /// Weight of every bucket, 0 for those not in use; follows from the counts.
    #[serde(skip)]
    weights: OnceLock<Vec<f32>>,
}

impl Featurizer for Tfidf {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "tfidf";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("tfidf.rs");

    fn form(&self) -> Form {
        Form::Sparse
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Text)
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let column = fitting.group.single()?.to_owned();
        let grams = Grams { pairs: params.pairs, characters: params.characters, bits: BITS };
        let texts: Vec<&str> = fitting.rows.texts(&column)?.iter().flatten().collect();
        let (buckets, counts) = (0..).zip(count(&texts, grams)).filter(|&(_, n)| n >= params.rows_min.max(1)).unzip();
        let fitted = Fitted { column, grams, texts: texts.len() as u32, buckets, counts, weights: OnceLock::new() };
        let columns = fitted.transform(fitting.rows)?;
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let feature = Feature::single(format!("tfidf({})", self.column), &self.column);
        vec![Feature { width: self.grams.buckets(), ..feature }]
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let weights = self.weights.get_or_init(|| self.weigh());
        let mut block = Csr::new(self.grams.buckets());
        let mut buckets = Vec::new();
        let mut entries = Vec::new();
        for text in rows.texts(&self.column)?.iter() {
            buckets.clear();
            self.grams.each(text.unwrap_or(""), |bucket| buckets.push(bucket));
            buckets.retain(|&bucket| weights[bucket as usize] > 0.0);
            buckets.sort_unstable();
            row(&buckets, weights, &mut entries);
            block.push_row(entries.iter().copied());
        }
        Ok(vec![Column::Sparse(block)])
    }

    fn validate(&self) -> Result<()> {
        let ascend = self.buckets.windows(2).all(|pair| pair[0] < pair[1]);
        let in_range = self.buckets.last().is_none_or(|&last| (last as usize) < self.grams.buckets());
        let counted = self.counts.len() == self.buckets.len() && self.counts.iter().all(|&n| n <= self.texts);
        if ascend && in_range && counted {
            return Ok(());
        }
        Err(Error::artifact(format!("the counts of words in column `{}` do not fit together", self.column)))
    }
}

impl Fitted {
    fn weigh(&self) -> Vec<f32> {
        let mut weights = vec![0.0; self.grams.buckets()];
        for (&bucket, &count) in self.buckets.iter().zip(&self.counts) {
            weights[bucket as usize] = (((1.0 + f64::from(self.texts)) / (1.0 + f64::from(count))).ln() + 1.0) as f32;
        }
        weights
    }
}

/// In how many texts each bucket is.
fn count(texts: &[&str], grams: Grams) -> Vec<u32> {
    let mut counts = vec![0_u32; grams.buckets()];
    // The last text, numbered from 1, that had the bucket: it counts once per text.
    let mut seen_in = vec![0_u32; grams.buckets()];
    for (text, number) in texts.iter().zip(1..) {
        grams.each(text, |bucket| {
            let bucket = bucket as usize;
            counts[bucket] += u32::from(seen_in[bucket] != number);
            seen_in[bucket] = number;
        });
    }
    counts
}

/// The entries of a row of length 1, from its sorted buckets.
fn row(buckets: &[u32], weights: &[f32], entries: &mut Vec<(u32, f32)>) {
    entries.clear();
    let mut squares = 0.0;
    for run in buckets.chunk_by(|a, b| a == b) {
        let value = (1.0 + (run.len() as f64).ln()) * f64::from(weights[run[0] as usize]);
        squares += value * value;
        entries.push((run[0], value as f32));
    }
    let length = f64::sqrt(squares);
    for (_, value) in entries {
        *value = (f64::from(*value) / length) as f32;
    }
}
