//! Names from a list as buckets of a hash.
//!
//! # What it is
//! A sparse block of 2^`bits` features: a row has a 1 in the bucket of its level, and nothing if the cell is missing.
//! Levels need not be learned, so that their number does not matter and new ones have a place too; levels that share a
//! bucket share a weight. The hash is FNV-1a in 64 bits over the text (of numeric codes, the number as it is printed).
//!
//! # When it is used
//! On request (`features: ["hashing"]`), in place of one feature per level.
//!
//! # Parameters
//! - `bits` (16): 2 to that power buckets, 24 at most.
//!
//! # References
//! Weinberger et al.: *Feature hashing for large scale multitask learning* (2009).

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Csr, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::grams::Fnv;
use crate::levels::each_name;

/// Sixteen million weights per class and column are beyond any use.
const BITS_MAX: u32 = 24;

/// Hashed levels.
#[derive(Debug, Clone, Copy)]
pub struct Hashing;

/// How many buckets there are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Their number is 2 to that power; from 1 to 24.
    pub bits: u32,
}

impl Default for Params {
    fn default() -> Params {
        Params { bits: 16 }
    }
}

/// A column and how many buckets it has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    bits: u32,
}

impl Featurizer for Hashing {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "hashing";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("hashing.rs");

    fn form(&self) -> Form {
        Form::Sparse
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Categorical)
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        if !(1..=BITS_MAX).contains(&params.bits) {
            return Err(Error::usage(format!("`bits` of `hashing` is {}; it must be from 1 to {BITS_MAX}", params.bits)));
        }
        let fitted = Fitted { column: fitting.group.single()?.to_owned(), bits: params.bits };
        let columns = fitted.transform(fitting.rows)?;
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let feature = Feature::single(format!("hash({})", self.column), &self.column);
        vec![Feature { width: 1 << self.bits, ..feature }]
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let mut block = Csr::new(1 << self.bits);
        each_name(rows, &self.column, |name| {
            block.push_row(name.map(|name| (Fnv::of(name).bucket(self.bits), 1.0)));
        })?;
        Ok(vec![Column::Sparse(block)])
    }

    fn validate(&self) -> Result<()> {
        if (1..=BITS_MAX).contains(&self.bits) {
            return Ok(());
        }
        Err(Error::artifact(format!("column `{}` is hashed to {} bits", self.column, self.bits)))
    }
}
