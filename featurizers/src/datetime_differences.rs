//! The days between two moments.
//!
//! # What it is
//! For every pair of datetime columns the second minus the first, in the order of the columns, in days with their
//! fraction: `end - start (days)`. It is worked out in microseconds, so that moments a second apart stay apart however
//! far from 1970 they are. Missing (NaN) where one of the two is.
//!
//! # When it is used
//! For tables with two datetime columns or more, beside the readings of each: learners cannot subtract. The first
//! 45 pairs are taken, those of ten columns.
//!
//! # Parameters
//! None.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting, Place};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// Pairs of ten columns.
const PAIRS_MAX: usize = 45;

/// Days between moments.
#[derive(Debug, Clone, Copy)]
pub struct DatetimeDifferences;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// Two columns; nothing is learned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    start: String,
    end: String,
}

impl Featurizer for DatetimeDifferences {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "datetime_differences";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("datetime_differences.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        let columns: Vec<&str> = schema.features().filter(|f| f.kind == Kind::Datetime).map(|f| f.name.as_str()).collect();
        let pairs = columns.iter().enumerate().flat_map(|(i, end)| columns[..i].iter().map(move |start| (*start, *end)));
        let group = |(start, end): (&str, &str)| ColumnGroup::new(vec![start.into(), end.into()], Kind::Datetime);
        pairs.take(PAIRS_MAX).map(group).collect()
    }

    fn place(&self) -> Place {
        Place::Beside
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let [start, end] = fitting.group.columns.as_slice() else {
            return Err(Error::internal("a difference is one of two columns"));
        };
        let fitted = Fitted { start: start.clone(), end: end.clone() };
        let columns = fitted.transform(fitting.rows)?;
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let name = format!("{} - {} (days)", self.end, self.start);
        vec![Feature { name, sources: vec![self.start.clone(), self.end.clone()], width: 1 }]
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let (start, end) = (rows.times(&self.start)?, rows.times(&self.end)?);
        let days = |(start, end): (Option<i64>, Option<i64>)| Some(Moment::new(end?)?.days_since(start?) as f32);
        Ok(vec![Column::Numeric(start.into_iter().zip(end).map(|pair| days(pair).unwrap_or(f32::NAN)).collect())])
    }

    fn validate(&self) -> Result<()> {
        Ok(())
    }
}
