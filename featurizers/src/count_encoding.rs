//! How often the level of a row occurs.
//!
//! # What it is
//! The logarithm of the number of fit rows that have the level; missing cells are a level of their own. A level that was
//! never seen counts as if it were in one row, which is how often a level is seen that its row alone has: 0.
//!
//! # When it is used
//! On request (`features: ["count_encoding"]`), beside the readings of categorical columns and of numeric codes. It tells
//! learners that give rare levels no place of their own how rare they are.
//!
//! # Parameters
//! - `levels_min` (3): columns with fewer levels are left alone; a code of two levels tells as much.
//!
//! # References
//! Micci-Barreca: *A preprocessing scheme for high-cardinality categorical attributes* (2001), on rare levels.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting, Place};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::coded::Coded;

/// Levels in fewer rows have the value 0.
const ROWS_MIN: usize = 2;

/// Counts of levels.
#[derive(Debug, Clone, Copy)]
pub struct CountEncoding;

/// Which columns are counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Columns with fewer levels are left alone.
    pub levels_min: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params { levels_min: 3 }
    }
}

/// A column and how often its levels were seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    coded: Coded,
    /// Per code the logarithm of its count; empty if the column is left alone.
    logs: Vec<f32>,
}

impl Featurizer for CountEncoding {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "count_encoding";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("count_encoding.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Categorical)
    }

    fn place(&self) -> Place {
        Place::OnRequest
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let (coded, codes, counts) = Coded::learn(fitting.rows, fitting.group.single()?, ROWS_MIN)?;
        let known = counts.iter().skip(1).map(|&count| (count as f32).ln());
        let logs = if coded.codes() > params.levels_min { [0.0].into_iter().chain(known).collect() } else { Vec::new() };
        let fitted = Fitted { coded, logs };
        let columns = fitted.columns(&codes);
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let column = &self.coded.column;
        if self.logs.is_empty() { Vec::new() } else { vec![Feature::single(format!("count({column})"), column)] }
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(self.columns(&self.coded.read(rows)?))
    }

    fn validate(&self) -> Result<()> {
        self.coded.validate()?;
        let is_sound = self.logs.is_empty() || self.logs.len() == self.coded.codes();
        if is_sound && self.logs.iter().all(|log| log.is_finite()) {
            return Ok(());
        }
        Err(Error::artifact(format!("the counts of column `{}` do not fit its levels", self.coded.column)))
    }
}

impl Fitted {
    fn columns(&self, codes: &[u32]) -> Vec<Column> {
        if self.logs.is_empty() {
            return Vec::new();
        }
        vec![Column::Numeric(codes.iter().map(|&code| self.logs[code as usize]).collect())]
    }
}
