//! Names from a list as one feature per level, 1 where a row has it.
//!
//! # What it is
//! A sparse block: one feature per level in at least `rows_min` fit rows (the most frequent `levels_max` of
//! them, in that order), then one for all other levels and one for missing cells. The last two are used only
//! if such cells were among the fit rows: a weight that nothing was learned for would add noise. Every row has
//! one entry at most, and its value is 1.
//!
//! # When it is used
//! For categorical columns, by learners that give every feature a weight: linear models, neighbours, networks.
//!
//! # Parameters
//! - `rows_min` (2): levels in fewer fit rows are rare.
//! - `levels_max` (10000): more levels than this are rare as well, least frequent first.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Csr, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::levels::{Cell, Keep, Levels};
use crate::missing;

/// The width of a block has to be a 32-bit number; a million weights per class is beyond any use.
const LEVELS_MAX: usize = 1_000_000;

/// One feature per level.
#[derive(Debug, Clone, Copy)]
pub struct OneHot;

/// Which levels have a feature of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Levels in fewer fit rows are rare.
    pub rows_min: usize,
    /// Largest number of levels, at most a million.
    pub levels_max: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params { rows_min: 2, levels_max: 10_000 }
    }
}

/// A column and its levels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    levels: Levels,
    has_other: bool,
    has_missing: bool,
}

impl Featurizer for OneHot {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "one_hot";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("one_hot.rs");

    fn form(&self) -> Form {
        Form::Sparse
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Categorical)
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        if params.levels_max > LEVELS_MAX {
            return Err(Error::usage(format!("`levels_max` of `one_hot` is {}; the limit is {LEVELS_MAX}", params.levels_max)));
        }
        let column = fitting.group.single()?.to_owned();
        let keep = Keep { rows_min: params.rows_min, levels_max: params.levels_max };
        let counted = Levels::learn(fitting.rows, &column, keep)?;
        let fitted = Fitted { column, levels: counted.levels, has_other: counted.other > 0, has_missing: counted.missing > 0 };
        let columns = vec![fitted.block(counted.cells.into_iter())];
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let feature = Feature::single(format!("{} = *", self.column), &self.column);
        vec![Feature { width: self.width(), ..feature }]
    }

    fn block(&self) -> Vec<String> {
        let levels = self.levels.names().iter().map(|level| format!("{} = {level}", self.column));
        levels.chain([format!("{} is another", self.column), missing::feature(&self.column).name]).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(vec![self.block(self.levels.read(rows, &self.column, |cell| cell)?.into_iter())])
    }

    fn validate(&self) -> Result<()> {
        self.levels.validate(&self.column, LEVELS_MAX)
    }
}

impl Fitted {
    fn block(&self, cells: impl Iterator<Item = Cell>) -> Column {
        let levels = self.levels.len();
        let mut block = Csr::new(self.width());
        for cell in cells {
            let entry = match cell {
                Cell::Level(level) => Some(level),
                Cell::Other => self.has_other.then_some(levels),
                Cell::Missing => self.has_missing.then_some(levels + 1),
            };
            block.push_row(entry.map(|index| (index, 1.0)));
        }
        Column::Sparse(block)
    }

    /// The levels, other levels, and missing.
    fn width(&self) -> usize {
        self.levels.names().len() + 2
    }
}
