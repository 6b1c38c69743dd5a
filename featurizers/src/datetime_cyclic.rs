//! A moment as its place on a line and on circles.
//!
//! # What it is
//! The place between the first and the last moment of the fit rows, from -1 to 1 (later moments go on to 3
//! and no further); sine and cosine of the month and of the day of the week, so that December lies beside
//! January; whether it is a weekend; and, if any moment in the fit rows is not at midnight, sine and cosine of
//! the time of day. All of them are 0 where the moment is missing. If at least 1 % of the fit rows are
//! missing, one more feature says which.
//!
//! # When it is used
//! For datetime columns, by learners that multiply and add or measure distances: linear models, neighbours,
//! networks.
//!
//! # Parameters
//! None.

use std::f64::consts::TAU;

use automl_core::Result;
use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use serde::{Deserialize, Serialize};

use crate::missing;
use crate::moment::Moment;

/// A linear trend is followed for one more span of the fit rows, and not for ever.
const ELAPSED_MAX: f64 = 3.0;

/// A moment on a line and on circles.
#[derive(Debug, Clone, Copy)]
pub struct DatetimeCyclic;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// A column, its first and last moment, and what else it tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    /// Microseconds since 1970.
    first: i64,
    /// Microseconds since 1970.
    last: i64,
    has_time_of_day: bool,
    has_indicator: bool,
}

impl Featurizer for DatetimeCyclic {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "datetime_cyclic";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("datetime_cyclic.rs");

    fn form(&self) -> Form {
        Form::Complete
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Datetime)
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let column = fitting.group.single()?.to_owned();
        let moments = Moment::all(&fitting.rows.times(&column)?);
        let known = || moments.iter().flatten();
        let fitted = Fitted {
            column,
            first: known().map(|m| m.micros).min().unwrap_or(0),
            last: known().map(|m| m.micros).max().unwrap_or(0),
            has_time_of_day: known().any(|m| m.has_time_of_day()),
            has_indicator: missing::is_worth_telling(moments.len() - known().count(), moments.len()),
        };
        let columns = fitted.apply(&moments);
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let feature = |name: String| Feature::single(name, &self.column);
        let mut features: Vec<Feature> = ["elapsed", "is_weekend"].map(|name| feature(format!("{name}({})", self.column))).into();
        for circle in self.circles() {
            features.extend(["sin", "cos"].map(|f| feature(format!("{f}({}({}))", circle.name(), self.column))));
        }
        if self.has_indicator {
            features.push(missing::feature(&self.column));
        }
        features
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(self.apply(&Moment::all(&rows.times(&self.column)?)))
    }

    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

impl Fitted {
    fn circles(&self) -> Vec<Circle> {
        let mut circles = vec![Circle::Month, Circle::DayOfWeek];
        if self.has_time_of_day {
            circles.push(Circle::TimeOfDay);
        }
        circles
    }

    fn apply(&self, moments: &[Option<Moment>]) -> Vec<Column> {
        let mut columns = vec![column(moments, |m| self.elapsed(m)), column(moments, |m| f64::from(u8::from(m.is_weekend())))];
        for circle in self.circles() {
            columns.push(column(moments, |m| circle.angle(m).sin()));
            columns.push(column(moments, |m| circle.angle(m).cos()));
        }
        if self.has_indicator {
            columns.push(missing::indicator(moments.iter().map(Option::is_none)));
        }
        columns
    }

    /// From -1 at the first moment to 1 at the last; 0 if they are one.
    fn elapsed(&self, moment: Moment) -> f64 {
        let span = (i128::from(self.last) - i128::from(self.first)) as f64;
        if span <= 0.0 {
            return 0.0;
        }
        let since_first = (i128::from(moment.micros) - i128::from(self.first)) as f64;
        (2.0 * since_first / span - 1.0).clamp(-ELAPSED_MAX, ELAPSED_MAX)
    }
}

/// One number per moment, 0 where it is missing.
fn column(moments: &[Option<Moment>], value: impl Fn(Moment) -> f64) -> Column {
    Column::Numeric(moments.iter().map(|moment| moment.map_or(0.0, |m| value(m) as f32)).collect())
}

/// Something that comes round again.
#[derive(Debug, Clone, Copy)]
enum Circle {
    Month,
    DayOfWeek,
    TimeOfDay,
}

impl Circle {
    fn name(self) -> &'static str {
        match self {
            Circle::Month => "month",
            Circle::DayOfWeek => "day_of_week",
            Circle::TimeOfDay => "time_of_day",
        }
    }

    /// The place on the circle, in radians.
    fn angle(self, moment: Moment) -> f64 {
        TAU * match self {
            Circle::Month => f64::from(moment.month - 1) / 12.0,
            Circle::DayOfWeek => f64::from(moment.day_of_week) / 7.0,
            Circle::TimeOfDay => moment.share_of_day(),
        }
    }
}
