//! The place of a level in the order of its column.
//!
//! # What it is
//! The lowest level gives 0, the next one 1, and so on. Missing cells and values that are not in the order give NaN.
//! Nothing is learned from the rows: the order is that of the schema, which was recognised (`low`, `medium`, `high`;
//! `<5`, `5-10`, `>10`; months) or told in a schema file.
//!
//! # When it is used
//! For categorical columns with an order, beside their reading as names, by learners that take numbers with holes: trees.
//! One cut then parts all low levels from all high ones.
//!
//! # Parameters
//! None.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting, Place};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// The place in an order.
#[derive(Debug, Clone, Copy)]
pub struct Ordinal;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// A column and its levels, lowest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    order: Vec<String>,
}

impl Featurizer for Ordinal {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "ordinal";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("ordinal.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    fn place(&self) -> Place {
        Place::Beside
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        let mut groups = ColumnGroup::singles(schema, Kind::Categorical);
        groups.retain(|group| !group.order.is_empty());
        groups
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let fitted = Fitted { column: fitting.group.single()?.to_owned(), order: fitting.group.order.clone() };
        let columns = fitted.transform(fitting.rows)?;
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        vec![Feature::single(format!("order of {}", self.column), &self.column)]
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let texts = rows.texts(&self.column)?;
        let place = |text: &str| self.order.iter().position(|level| level == text);
        let places = texts.iter().map(|text| text.and_then(place).map_or(f32::NAN, |place| place as f32));
        Ok(vec![Column::Numeric(places.collect())])
    }

    fn validate(&self) -> Result<()> {
        // Exact as a 32-bit float, and far beyond what a person orders.
        const LEVELS_MAX: usize = 65_535;
        if self.order.len() <= LEVELS_MAX {
            return Ok(());
        }
        Err(Error::artifact(format!(
            "ordered column `{}` has {} levels; the limit is {LEVELS_MAX}",
            self.column,
            self.order.len()
        )))
    }
}
