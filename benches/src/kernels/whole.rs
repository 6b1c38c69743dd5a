//! Nanoseconds per row of reading, fitting, predicting and explaining, whole, on every generated table.

use std::hint::black_box;

use anyhow::Result;
use automl::frame::{self, ReadOptions};
use automl::{DataFrame, Frame};
use automl_datasets::{GENERATORS, Generator};
use polars::prelude::{AnyValue, Column};
use serde_json::Value;

use super::{Timing, median_s};

/// Learners that are fitted.
const LEARNERS: [&str; 5] = ["featureless", "linear", "random_forest", "extra_trees", "gbdt"];

/// Rows that are explained, or predicted one by one, at most: a forest takes milliseconds for each.
const EXPLAINED: usize = 100;

/// Measures the steps on `rows` generated rows.
///
/// # Errors
/// A step fails.
pub fn measure(rows: usize, repeats: usize, tell: &mut dyn FnMut(Timing)) -> Result<()> {
    GENERATORS.iter().try_for_each(|generator| Table { generator, rows, repeats }.measure(tell))
}

/// One generated table.
struct Table<'a> {
    generator: &'a Generator,
    rows: usize,
    repeats: usize,
}

impl Table<'_> {
    fn measure(&self, tell: &mut dyn FnMut(Timing)) -> Result<()> {
        let name = self.generator.name;
        let mut time = |step: &str, rows: usize, run: &mut dyn FnMut() -> Result<()>| -> Result<()> {
            let time = median_s(self.repeats, run)? * 1e9 / rows as f64;
            tell(Timing { step: format!("{step}, {name}"), time, unit: "ns/row" });
            Ok(())
        };
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("table.csv");
        std::fs::write(&path, automl_datasets::write_csv(name, self.rows, 1)?)?;
        time("read csv", self.rows, &mut || {
            black_box(frame::read(&path, &ReadOptions::default())?);
            Ok(())
        })?;
        let made = (self.generator.generate)(self.rows, 1);
        for learner in LEARNERS {
            let mut model = None;
            time(&format!("fit {learner}"), self.rows, &mut || {
                let fit = automl::fit(made.frame.clone(), made.target).learners([learner]);
                model = Some(fit.folds(1).trials_max(2).threads(1).run()?.model);
                Ok(())
            })?;
            let Some(model) = model else { continue };
            let frame = of(made.frame.clone())?;
            time(&format!("predict {learner}"), self.rows, &mut || {
                black_box(model.predict(&frame, 1)?);
                Ok(())
            })?;
            let few = of(made.frame.head(Some(EXPLAINED)))?;
            let single = rows(few.data())?;
            time(&format!("predict {learner} row by row"), few.rows(), &mut || {
                for row in &single {
                    black_box(model.predict_row(row)?);
                }
                Ok(())
            })?;
            if model.explain(&of(made.frame.head(Some(1)))?, None, 1).is_ok() {
                time(&format!("explain {learner}"), few.rows(), &mut || {
                    black_box(model.explain(&few, None, 1)?);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

fn of(data: DataFrame) -> Result<Frame> {
    Ok(Frame::from_data(data)?.0)
}

/// Rows as a service gets them.
fn rows(data: &DataFrame) -> Result<Vec<Value>> {
    let cell = |column: &Column, row: usize| -> Result<Value> {
        Ok(match column.get(row)? {
            AnyValue::Float64(value) => value.into(),
            AnyValue::Int64(value) => value.into(),
            AnyValue::Null => Value::Null,
            other => other.str_value().into(),
        })
    };
    let row = |row: usize| {
        data.columns().iter().map(|column| Ok((column.name().to_string(), cell(column, row)?))).collect::<Result<Value>>()
    };
    (0..data.height()).map(row).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn runs_tiny() {
        let mut timings = Vec::new();
        super::measure(300, 1, &mut |timing| timings.push(timing)).unwrap();
        assert!(timings.len() > 40 && timings.iter().all(|t| t.time > 0.0), "{timings:?}");
    }
}
