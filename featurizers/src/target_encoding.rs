//! The mean target of the level that a row has.
//!
//! # What it is
//! One number per column for a numeric target or two classes, else one per class, of the most frequent `classes_max`:
//! the smoothed mean target of the level, less that of all rows. For classes it is taken on the scale of log-odds (the
//! *weight of evidence*), for numbers on a robust scale that outliers do not move. Missing cells are a level of their
//! own. Rare levels, those never seen, and missing cells that are rare have the value 0: as all rows.
//!
//! Fit rows are given what other rows say of their level, so that no learner sees the target in its features.
//!
//! # When it is used
//! On request (`features: ["target_encoding"]`), beside the readings of categorical columns and of numeric codes. It pays
//! for columns with so many levels that no code or weight of their own can be learned for each.
//!
//! # Parameters
//! - `scheme` (`out_of_fold`): which rows tell a fit row about its level: those of four of five folds, or with `ordered`
//!   those that come earlier in a random order.
//! - `smoothing` (null): so many rows of the overall mean are added to every level; null estimates from the rows how many
//!   are best.
//! - `levels_min` (255): columns with fewer levels are left alone. Trees tell so few levels apart themselves, and the
//!   means of the folds, which differ little then, tell them the fold of a row, in which its target has a part.
//! - `rows_min` (2): levels in fewer fit rows are rare.
//! - `classes_max` (5): so many classes have numbers of their own, where there are more than two.
//!
//! # References
//! Micci-Barreca: *A preprocessing scheme for high-cardinality categorical attributes* (2001). Prokhorenkova et al.:
//! *CatBoost: unbiased boosting with categorical features* (2018).

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting, Place};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::coded::Coded;
use crate::target_means::{Codes, How, Mean, Scheme, check_smoothing, encode, truths};

/// Mean targets.
#[derive(Debug, Clone, Copy)]
pub struct TargetEncoding;

/// How means are made, and of which columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Which rows tell a fit row about its level.
    pub scheme: Scheme,
    /// Rows of the overall mean that are added to every level; `None` for an estimate.
    pub smoothing: Option<f64>,
    /// Columns with fewer levels are left alone.
    pub levels_min: usize,
    /// Levels in fewer fit rows are rare.
    pub rows_min: usize,
    /// Most classes with numbers of their own.
    pub classes_max: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params { scheme: Scheme::OutOfFold, smoothing: None, levels_min: 255, rows_min: 2, classes_max: 5 }
    }
}

/// A column, its levels, and their means.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    coded: Coded,
    means: Vec<Mean>,
}

impl Featurizer for TargetEncoding {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "target_encoding";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("target_encoding.rs");

    fn form(&self) -> Form {
        Form::Complete
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Categorical)
    }

    fn place(&self) -> Place {
        Place::OnRequest
    }

    fn uses_target(&self) -> bool {
        true
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        check_smoothing(Self::ID, params.smoothing)?;
        let (coded, of_rows, _) = Coded::learn(fitting.rows, fitting.group.single()?, params.rows_min)?;
        let target = fitting.target.ok_or_else(|| Error::internal("target encoding was given no target"))?;
        if coded.codes() <= params.levels_min {
            return Ok((Fitted { coded, means: Vec::new() }, Vec::new()));
        }
        let how = How { scheme: params.scheme, smoothing: params.smoothing, seed: fitting.seed };
        let codes = Codes { of_rows: &of_rows, count: coded.codes() };
        let (mut means, mut columns) = (Vec::new(), Vec::new());
        for truth in truths(target, params.classes_max.max(1)) {
            let encoded = encode(codes, truth, how);
            means.push(Mean::new(target, truth, encoded.of_codes));
            columns.push(Column::Numeric(encoded.of_rows));
        }
        Ok((Fitted { coded, means }, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let column = &self.coded.column;
        self.means.iter().map(|mean| Feature::single(mean.name(column), column)).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let codes = self.coded.read(rows)?;
        Ok(self.means.iter().map(|mean| mean.column(&codes)).collect())
    }

    fn validate(&self) -> Result<()> {
        self.coded.validate()?;
        self.means.iter().try_for_each(|mean| mean.validate(&self.coded.column, self.coded.codes()))
    }
}
