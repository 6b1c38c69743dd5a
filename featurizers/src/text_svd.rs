//! A text as its place among the main themes of all texts.
//!
//! # What it is
//! The weights of words and pairs of words, as `tfidf` makes them, reduced to a few numbers: the places of a text along
//! the `dimensions` directions in which the texts of the fit rows differ most (latent semantic analysis). A theme is a
//! direction; texts that share words, or words that often stand together, are near each other. Texts with no word in
//! use lie at zero, and all numbers are missing (NaN) where the text is. There are fewer directions where the texts have
//! fewer.
//!
//! # When it is used
//! For text columns, by learners that cannot take a feature per word: trees and neighbours; and by nets in pipelines that
//! ask for it. Learners that need complete numbers get them scaled.
//!
//! # Parameters
//! - `dimensions` (32): themes, 1 to 512; but no more than one per ten texts, beyond the first two.
//! - `pairs` (true): pairs of neighbouring words as well.
//! - `characters` (false): runs of three to five characters of a word as well.
//! - `rows_min` (3): words in fewer texts are left out.
//! - `features_max` (20000): most words and pairs, those in most texts first.
//!
//! # Cost
//! A fit reads the texts as fast as `tfidf`, and takes ten passes over their words per eight dimensions. The model keeps
//! `features_max` times `dimensions` numbers. Directions are learned from 50,000 texts at most, evenly taken.
//!
//! # Source
//! Deerwester et al.: *Indexing by latent semantic analysis* (1990); Halko, Martinsson, Tropp: *Finding structure with
//! randomness* (2011).

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Csr, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::grams::{BITS, Grams};
use crate::leading::Leading;
use crate::vocabulary::{Bag, Keep, Vocabulary};

/// Most texts that directions are learned from; more change them little.
const TEXTS_MAX: usize = 50_000;
/// With fewer texts per direction the last ones tell of single texts.
const TEXTS_PER_DIMENSION: usize = 10;
/// Most directions.
const DIMENSIONS_MAX: usize = 512;

/// Main themes of texts.
#[derive(Debug, Clone, Copy)]
pub struct TextSvd;

/// How many themes, and of what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Themes, 1 to 512.
    pub dimensions: usize,
    /// Pairs of neighbouring words as well.
    pub pairs: bool,
    /// Runs of characters as well.
    pub characters: bool,
    /// Words in fewer texts are left out.
    pub rows_min: u32,
    /// Most words and pairs.
    pub features_max: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params { dimensions: 32, pairs: true, characters: false, rows_min: 3, features_max: 20_000 }
    }
}

/// A column, its words, and their places along the directions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    vocabulary: Vocabulary,
    dimensions: usize,
    /// `dimensions` numbers per word in use.
    directions: Vec<f32>,
}

impl Featurizer for TextSvd {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "text_svd";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("text_svd.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Text)
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        if !(1..=DIMENSIONS_MAX).contains(&params.dimensions) {
            let given = params.dimensions;
            return Err(Error::usage(format!("`dimensions` of `text_svd` is {given}; 1 to {DIMENSIONS_MAX} are possible")));
        }
        let column = fitting.group.single()?.to_owned();
        let texts = fitting.rows.texts(&column)?;
        let grams = Grams { pairs: params.pairs, characters: params.characters, bits: BITS };
        let keep = Keep { texts_min: params.rows_min, grams_max: params.features_max };
        let (vocabulary, rows) = Vocabulary::learn(texts, grams, keep, <[_]>::to_vec);
        let mut sample = Csr::new(vocabulary.len());
        let step = rows.len().div_ceil(TEXTS_MAX).max(1);
        rows.iter().step_by(step).for_each(|row| sample.push_row(row.iter().copied()));
        let dimensions = params.dimensions.min((sample.rows() / TEXTS_PER_DIMENSION).max(2));
        let leading = Leading::find(&sample, dimensions, fitting.seed);
        let fitted = Fitted { column, vocabulary, dimensions: leading.len(), directions: leading.directions };
        let mut columns = fitted.columns(rows.len());
        for (row, text) in rows.iter().zip(texts.iter()) {
            fitted.push(&mut columns, text.map(|_| row.as_slice()));
        }
        Ok((fitted, columns.into_iter().map(Column::Numeric).collect()))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        (1..=self.dimensions).map(|k| Feature::single(format!("svd {k} ({})", self.column), &self.column)).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let mut columns = self.columns(rows.rows());
        let (mut bag, mut row) = (Bag::default(), Vec::new());
        for text in rows.texts(&self.column)?.iter() {
            let row = text.map(|text| self.vocabulary.weigh(bag.read(text, self.vocabulary.grams()), &mut row));
            self.push(&mut columns, row);
        }
        Ok(columns.into_iter().map(Column::Numeric).collect())
    }

    fn validate(&self) -> Result<()> {
        self.vocabulary.validate().map_err(|e| e.context(format!("column `{}`", self.column)))?;
        let fits = self.dimensions <= DIMENSIONS_MAX && self.directions.len() == self.dimensions * self.vocabulary.len();
        if fits && self.directions.iter().all(|v| v.abs() <= 2.0) {
            return Ok(());
        }
        Err(Error::artifact(format!("the themes of column `{}` do not fit its words", self.column)))
    }
}

impl Fitted {
    fn columns(&self, rows: usize) -> Vec<Vec<f32>> {
        vec![Vec::with_capacity(rows); self.dimensions]
    }

    /// Adds the place of a text to the columns, or that it is missing.
    fn push(&self, columns: &mut [Vec<f32>], row: Option<&[(u32, f32)]>) {
        let mut place = vec![if row.is_some() { 0.0 } else { f32::NAN }; self.dimensions];
        for &(word, weight) in row.unwrap_or_default() {
            let directions = &self.directions[word as usize * self.dimensions..][..self.dimensions];
            place.iter_mut().zip(directions).for_each(|(sum, along)| *sum += weight * along);
        }
        columns.iter_mut().zip(place).for_each(|(column, value)| column.push(value));
    }
}
