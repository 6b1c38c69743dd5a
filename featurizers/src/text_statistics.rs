//! The look of a text in eight numbers.
//!
//! # What it is
//! Length in characters, number of words, mean length of a word, shares of capitals, of digits and of
//! punctuation among the characters, and how many exclamation and question marks there are. A word is a run
//! of letters and digits. All of them are missing (NaN) where the text is.
//!
//! # When it is used
//! For text columns, beside their words or themes.
//!
//! # Parameters
//! None.

use automl_core::Result;
use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting, Place};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use serde::{Deserialize, Serialize};

const NAMES: [&str; 8] = ["characters", "words", "word_length", "capitals", "digits", "punctuation", "exclamations", "questions"];

/// The look of a text.
#[derive(Debug, Clone, Copy)]
pub struct TextStatistics;

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

/// A column; nothing is learned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    column: String,
}

impl Featurizer for TextStatistics {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "text_statistics";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("text_statistics.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        ColumnGroup::singles(schema, Kind::Text)
    }

    fn place(&self) -> Place {
        Place::Beside
    }

    fn fit_transform(&self, _params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let fitted = Fitted { column: fitting.group.single()?.to_owned() };
        let columns = fitted.transform(fitting.rows)?;
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        NAMES.iter().map(|name| Feature::single(format!("{name}({})", self.column), &self.column)).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let texts = rows.texts(&self.column)?;
        let mut columns = vec![Vec::with_capacity(texts.len()); NAMES.len()];
        for text in texts.iter() {
            let numbers = text.map_or([f32::NAN; NAMES.len()], statistics);
            for (column, number) in columns.iter_mut().zip(numbers) {
                column.push(number);
            }
        }
        Ok(columns.into_iter().map(Column::Numeric).collect())
    }

    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

/// The statistics in the order of [`NAMES`].
fn statistics(text: &str) -> [f32; NAMES.len()] {
    let (mut characters, mut words, mut in_words) = (0_u64, 0_u64, 0_u64);
    let (mut capitals, mut digits, mut punctuation) = (0_u64, 0_u64, 0_u64);
    let (mut exclamations, mut questions) = (0_u64, 0_u64);
    let mut is_inside = false;
    for c in text.chars() {
        characters += 1;
        if c.is_alphanumeric() {
            words += u64::from(!is_inside);
            in_words += 1;
            capitals += u64::from(c.is_uppercase());
            digits += u64::from(c.is_numeric());
            is_inside = true;
            continue;
        }
        is_inside = false;
        punctuation += u64::from(!c.is_whitespace() && !c.is_control());
        exclamations += u64::from(c == '!');
        questions += u64::from(c == '?');
    }
    let per = |count: u64, of: u64| if of == 0 { 0.0 } else { (count as f64 / of as f64) as f32 };
    [
        characters as f32,
        words as f32,
        per(in_words, words),
        per(capitals, characters),
        per(digits, characters),
        per(punctuation, characters),
        exclamations as f32,
        questions as f32,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_numbers() {
        assert_eq!(statistics("Oh no! 42 ÄPFEL?"), [16.0, 4.0, 2.75, 6.0 / 16.0, 2.0 / 16.0, 2.0 / 16.0, 1.0, 1.0]);
        assert_eq!(statistics(""), [0.0; NAMES.len()]);
        assert_eq!(statistics("..."), [3.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    }
}
