//! A moment as its parts: year, month, day, day of the week, hour.
//!
//! # What it is
//! One feature each for the year, the quarter (1 to 4), the month, the week of the year (of ISO 8601, 1 to 53), the day
//! of the month, the day of the week (0 for Monday), the day of the year, whether it is a weekend, and the days since the
//! first moment in the fit rows, with their fraction. If any moment in the fit rows is not at midnight, the hour and the
//! minute as well, and the second if any is not at a full minute. All of them are missing (NaN) where the moment is.
//!
//! # When it is used
//! For datetime columns, by learners that look at the order of values only: trees.
//!
//! # Parameters
//! None.

use automl_core::Result;
use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// The parts of a moment.
#[derive(Debug, Clone, Copy)]
pub struct DatetimeParts;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// A column, its first moment, and whether it tells the time of day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    /// Microseconds since 1970.
    first: i64,
    has_time_of_day: bool,
    /// Not in models of earlier versions.
    #[serde(default)]
    has_quarter_and_week: bool,
    #[serde(default)]
    has_seconds: bool,
}

impl Featurizer for DatetimeParts {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "datetime_parts";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("datetime_parts.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Datetime)
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let column = fitting.group.single()?.to_owned();
        let moments = Moment::all(&fitting.rows.times(&column)?);
        let first = moments.iter().flatten().map(|m| m.micros).min().unwrap_or(0);
        let has_time_of_day = moments.iter().flatten().any(|m| m.has_time_of_day());
        let has_seconds = moments.iter().flatten().any(|m| m.second > 0);
        let fitted = Fitted { column, first, has_time_of_day, has_quarter_and_week: true, has_seconds };
        let columns = fitted.apply(&moments);
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        self.parts().into_iter().map(|part| Feature::single(format!("{}({})", part.name(), self.column), &self.column)).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        Ok(self.apply(&Moment::all(&rows.times(&self.column)?)))
    }

    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

impl Fitted {
    fn parts(&self) -> Vec<Part> {
        use Part::{Day, DayOfWeek, DayOfYear, DaysElapsed, Hour, IsWeekend, Minute, Month, Quarter, Second, WeekOfYear, Year};
        let mut parts = vec![Year, Month, Day, DayOfWeek, DayOfYear, IsWeekend, DaysElapsed];
        if self.has_time_of_day {
            parts.extend([Hour, Minute]);
        }
        if self.has_seconds {
            parts.push(Second);
        }
        if self.has_quarter_and_week {
            parts.extend([Quarter, WeekOfYear]);
        }
        parts
    }

    fn apply(&self, moments: &[Option<Moment>]) -> Vec<Column> {
        let value = |moment: &Option<Moment>, part: Part| moment.map_or(f32::NAN, |m| part.of(m, self.first));
        let column = |part| Column::Numeric(moments.iter().map(|moment| value(moment, part)).collect());
        self.parts().into_iter().map(column).collect()
    }
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Year,
    Month,
    Day,
    DayOfWeek,
    DayOfYear,
    IsWeekend,
    DaysElapsed,
    Hour,
    Minute,
    Second,
    Quarter,
    WeekOfYear,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Year => "year",
            Part::Month => "month",
            Part::Day => "day",
            Part::DayOfWeek => "day_of_week",
            Part::DayOfYear => "day_of_year",
            Part::IsWeekend => "is_weekend",
            Part::DaysElapsed => "days_elapsed",
            Part::Hour => "hour",
            Part::Minute => "minute",
            Part::Second => "second",
            Part::Quarter => "quarter",
            Part::WeekOfYear => "week_of_year",
        }
    }

    fn of(self, moment: Moment, first: i64) -> f32 {
        match self {
            Part::Year => moment.year as f32,
            Part::Month => moment.month as f32,
            Part::Day => moment.day as f32,
            Part::DayOfWeek => moment.day_of_week as f32,
            Part::DayOfYear => moment.day_of_year as f32,
            Part::IsWeekend => f32::from(u8::from(moment.is_weekend())),
            Part::DaysElapsed => moment.days_since(first) as f32,
            Part::Hour => moment.hour as f32,
            Part::Minute => moment.minute as f32,
            Part::Second => moment.second as f32,
            Part::Quarter => moment.quarter() as f32,
            Part::WeekOfYear => moment.week_of_year as f32,
        }
    }
}
