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

use automl_core::Result;
use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Csr, Feature, Form};
use automl_core::schema::{Kind, Schema};
use serde::{Deserialize, Serialize};

use crate::grams::{BITS, Grams};
use crate::vocabulary::{Bag, Keep, Vocabulary};

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
    #[serde(flatten)]
    vocabulary: Vocabulary,
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
        let keep = Keep { texts_min: params.rows_min, grams_max: usize::MAX };
        let (vocabulary, rows) = Vocabulary::learn(fitting.rows.texts(&column)?, grams, keep, <[_]>::to_vec);
        let fitted = Fitted { column, vocabulary };
        let mut block = fitted.block();
        rows.iter().for_each(|row| fitted.push(&mut block, row));
        Ok((fitted, vec![Column::Sparse(block)]))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let feature = Feature::single(format!("tfidf({})", self.column), &self.column);
        vec![Feature { width: self.vocabulary.grams().buckets(), ..feature }]
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let mut block = self.block();
        let (mut bag, mut row) = (Bag::default(), Vec::new());
        for text in rows.texts(&self.column)?.iter() {
            let bag = bag.read(text.unwrap_or(""), self.vocabulary.grams());
            self.push(&mut block, self.vocabulary.weigh(bag, &mut row));
        }
        Ok(vec![Column::Sparse(block)])
    }

    fn validate(&self) -> Result<()> {
        self.vocabulary.validate().map_err(|e| e.context(format!("column `{}`", self.column)))
    }
}

impl Fitted {
    fn block(&self) -> Csr {
        Csr::new(self.vocabulary.grams().buckets())
    }

    fn push(&self, block: &mut Csr, row: &[(u32, f32)]) {
        block.push_row(row.iter().map(|&(place, value)| (self.vocabulary.bucket(place), value)));
    }
}
