//! Names from a list as whole numbers: 1 for the most frequent level, 2 for the next, and so on.
//!
//! # What it is
//! Levels are ordered by falling count in the fit rows, and by text where counts agree. Missing cells, levels
//! in fewer than `rows_min` fit rows and levels never seen have the code 0. Numeric codes (a postcode, a
//! product number) may be read this way too; their levels are the numbers as they are printed.
//!
//! # When it is used
//! For categorical columns, by learners that split levels into sets: trees.
//!
//! # Parameters
//! - `rows_min` (2): levels in fewer fit rows are rare.
//! - `levels_max` (65535): more levels than this are rare as well, least frequent first.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::levels::{Cell, Keep, Levels};

/// Codes fit into 16 bits, which learners may rely on for their own layout.
const LEVELS_MAX: usize = 65_535;

/// Codes by falling count.
#[derive(Debug, Clone, Copy)]
pub struct CategoryCodes;

/// Which levels have a code of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Levels in fewer fit rows are rare.
    pub rows_min: usize,
    /// Largest number of levels, at most 65535.
    pub levels_max: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params { rows_min: 2, levels_max: LEVELS_MAX }
    }
}

/// A column and its levels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    levels: Levels,
}

impl Fitted {
    /// Levels that are known without a fit: the first has the code 1, and so on.
    ///
    /// # Errors
    /// More than 65535 levels, or one twice.
    pub fn of_levels(column: impl Into<String>, names: Vec<String>) -> Result<Fitted> {
        let (column, levels) = (column.into(), Levels::of_names(names));
        levels.validate(&column, LEVELS_MAX)?;
        Ok(Fitted { column, levels })
    }

    fn column(&self, codes: Vec<u32>) -> Column {
        Column::Codes { codes, levels: self.levels.len() }
    }
}

fn code(cell: Cell) -> u32 {
    match cell {
        Cell::Level(level) => level + 1,
        Cell::Missing | Cell::Other => 0,
    }
}

impl Featurizer for CategoryCodes {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "category_codes";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("category_codes.rs");

    fn form(&self) -> Form {
        Form::Codes
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Categorical)
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        if params.levels_max > LEVELS_MAX {
            return Err(Error::usage(format!(
                "`levels_max` of `category_codes` is {}; the limit is {LEVELS_MAX}",
                params.levels_max
            )));
        }
        let column = fitting.group.single()?.to_owned();
        let keep = Keep { rows_min: params.rows_min, levels_max: params.levels_max };
        let counted = Levels::learn(fitting.rows, &column, keep)?;
        let codes = counted.cells.into_iter().map(code).collect();
        let fitted = Fitted { column, levels: counted.levels };
        let columns = vec![fitted.column(codes)];
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        vec![Feature::single(&self.column, &self.column)]
    }

    fn levels(&self) -> Vec<String> {
        self.levels.names().to_vec()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(vec![self.column(self.levels.read(rows, &self.column, code)?)])
    }

    fn validate(&self) -> Result<()> {
        self.levels.validate(&self.column, LEVELS_MAX)
    }
}
