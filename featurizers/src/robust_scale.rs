//! Numbers brought near zero by the middle half of the data, with far values pulled in.
//!
//! # What it is
//! Missing cells take the median. Then the median is subtracted and the result divided by the interquartile
//! range (by half the range if the quartiles agree; a constant column gives 0). Last comes a smooth clip,
//! x / √(1 + (x/3)²), which leaves small values almost alone and keeps all of them within ±3.
//! Columns without negative values whose skewness is above 1 (prices, counts) are taken through
//! ln(1 + x) before all that. Infinities count as missing. If at least 1 % of the fit rows are missing, a
//! second feature says which.
//!
//! # When it is used
//! For numeric columns, by learners that multiply and add or measure distances: linear models, neighbours,
//! networks.
//!
//! # Parameters
//! - `scaling` (robust): as above; or `standard`, by mean and standard deviation; `min_max`, from 0 to 1 in the fit rows;
//!   `quantile`, by rank, so that the fit rows are normally distributed. None of these takes logarithms or clips smoothly;
//!   they end at ±10.
//! - `imputation` (median): what missing cells take; or `mean`, `most_frequent`, `constant`.
//! - `constant` (0): what they take if it is a constant, before scaling.
//! - `indicator` (true): whether a second feature says which cells are missing.
//!
//! A search varies `scaling` (robust or quantile) and, where cells are missing, `imputation`.
//!
//! # Source
//! Holzmüller, Grinsztajn, Steinwart: *Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on
//! Tabular Data* (2024), the preprocessing of RealMLP.

use automl_core::Result;
use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::{Frame, FrameView};
use automl_core::matrix::{Column, Completion, CompletionParams, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::space::SearchSpace;
use serde::{Deserialize, Serialize};

/// Robust scaling and a smooth clip.
#[derive(Debug, Clone, Copy)]
pub struct RobustScale;

/// Scaling, and what missing cells take.
pub type Params = CompletionParams;

/// A column and the constants of its scaling.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    #[serde(flatten)]
    completion: Completion,
}

impl Featurizer for RobustScale {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "robust_scale";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("robust_scale.rs");

    fn form(&self) -> Form {
        Form::Complete
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Numeric)
    }

    fn space(&self, frame: &Frame, columns: &[String]) -> SearchSpace {
        let space = SearchSpace::new().choice("scaling", ["robust", "quantile"]);
        let has_missing = columns.iter().any(|column| frame.column(column).is_ok_and(|values| values.null_count() > 0));
        if has_missing { space.choice("imputation", ["median", "mean", "most_frequent"]) } else { space }
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let column = fitting.group.single()?.to_owned();
        let values = fitting.rows.numbers(&column)?;
        let fitted = Fitted { column, completion: Completion::learn_by(values.iter().copied(), *params) };
        let columns = fitted.completion.apply(values.iter().copied()).collect();
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        self.completion.features(Feature::single(&self.column, &self.column)).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(self.completion.apply(rows.numbers(&self.column)?.iter().copied()).collect())
    }

    fn validate(&self) -> Result<()> {
        self.completion.validate().map_err(|e| e.context(format!("column `{}`", self.column)))
    }
}
