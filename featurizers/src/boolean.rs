//! Two values as 0 and 1.
//!
//! # What it is
//! Usual spellings are understood in any case: `false`, `no`, `n`, `f`, `off`, `0` give 0 and `true`, `yes`,
//! `y`, `t`, `on`, `1` give 1, and so do the words of other languages (`nein` and `ja`, `non` and `oui`). If the fit rows hold anything else, the two most frequent values in the order
//! of their text give 0 and 1. Missing cells and values never seen give 0.5. If at least 1 % of the fit rows
//! are missing, a second feature says which.
//!
//! # When it is used
//! For boolean columns, by every learner.
//!
//! # Parameters
//! None.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema, parse_bool};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::levels::{Keep, Levels};
use crate::missing;

/// Between 0 and 1: says nothing.
const UNKNOWN: f32 = 0.5;

/// Two values as 0 and 1.
#[derive(Debug, Clone, Copy)]
pub struct Boolean;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// A column and how its values are read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
    reading: Reading,
    has_indicator: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reading {
    /// By the usual spellings.
    Spelled,
    /// By their place in a list of two at most.
    Named(Vec<String>),
}

impl Featurizer for Boolean {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "boolean";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("boolean.rs");

    fn form(&self) -> Form {
        Form::Complete
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Bool)
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let column = fitting.group.single()?.to_owned();
        let all = Keep { rows_min: 1, levels_max: usize::MAX };
        let counted = Levels::learn(fitting.rows, &column, all)?;
        let has_indicator = missing::is_worth_telling(counted.missing, fitting.rows.rows());
        let fitted = Fitted { column, reading: Reading::of(counted.levels.names()), has_indicator };
        let columns = fitted.transform(fitting.rows)?;
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let name = match &self.reading {
            Reading::Named(names) if names.len() == 2 => format!("{} = {}", self.column, names[1]),
            _ => self.column.clone(),
        };
        let mut features = vec![Feature::single(name, &self.column)];
        if self.has_indicator {
            features.push(missing::feature(&self.column));
        }
        features
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let texts = rows.texts(&self.column)?;
        let value = |text| self.reading.value(text).unwrap_or(UNKNOWN);
        let mut columns = vec![Column::Numeric(texts.iter().map(|text| text.map_or(UNKNOWN, value)).collect())];
        if self.has_indicator {
            columns.push(missing::indicator(texts.iter().map(|text| text.is_none())));
        }
        Ok(columns)
    }

    fn validate(&self) -> Result<()> {
        match &self.reading {
            Reading::Named(names) if names.len() > 2 => {
                Err(Error::artifact(format!("boolean column `{}` has {} values", self.column, names.len())))
            }
            _ => Ok(()),
        }
    }
}

impl Reading {
    /// How values are read, from the levels by falling count.
    fn of(levels: &[String]) -> Reading {
        if levels.iter().all(|level| spelling(level).is_some()) {
            return Reading::Spelled;
        }
        let mut names = levels[..levels.len().min(2)].to_vec();
        names.sort();
        Reading::Named(names)
    }

    fn value(&self, text: &str) -> Option<f32> {
        match self {
            Reading::Spelled => spelling(text),
            Reading::Named(names) => names.iter().position(|name| name == text).map(|place| place as f32),
        }
    }
}

/// The value of a usual spelling.
fn spelling(text: &str) -> Option<f32> {
    parse_bool(text).map(|is_yes| if is_yes { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(levels: &[&str]) -> Reading {
        Reading::of(&levels.iter().map(|&l| l.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn usual_spellings_are_understood_in_any_case() {
        let yes_no = reading(&["Yes", "no"]);
        assert_eq!(yes_no.value("YES"), Some(1.0));
        assert_eq!(yes_no.value("No"), Some(0.0));
        assert_eq!(yes_no.value("maybe"), None);
        assert_eq!(reading(&["1"]).value("0"), Some(0.0), "a value that the fit rows lacked");
    }

    #[test]
    fn other_values_go_by_their_text() {
        assert_eq!(reading(&["m", "f"]), Reading::Named(vec!["f".into(), "m".into()]));
        assert_eq!(reading(&["m", "f"]).value("m"), Some(1.0));
        assert_eq!(reading(&["m", "f", "x"]).value("x"), None);
        assert_eq!(reading(&["constant"]).value("constant"), Some(0.0));
    }
}
