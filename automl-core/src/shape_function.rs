//! What a model that adds up functions of single columns, or of a few together, makes of them: tables to read.
//!
//! A model has [`ShapeFunction`]s of the columns of its matrix; [`Model::shape_functions`] gives them the names that people
//! know, and [`ShapeFunctions::to_frame`] makes one table of all.

use std::collections::BTreeMap;
use std::fmt;

use polars::prelude::{Column, DataFrame};

use crate::error::{Error, Result};
use crate::model::Model;
use crate::pipeline::Featurization;

/// A function of one column of a matrix, or of several.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeFunction {
    /// The columns.
    pub columns: Vec<usize>,
    /// Where it has which value.
    pub cells: Vec<ShapeCell>,
}

/// Values of columns for which a function is the same.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeCell {
    /// The values, one entry per column of the function.
    pub places: Vec<Place>,
    /// The weight of the training rows there.
    pub weight: f64,
    /// What it adds to each score.
    pub values: Vec<f64>,
}

/// Values of one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// Numbers above the first and up to the second; infinite ends are open.
    Between(f32, f32),
    /// A code of a category.
    Code(u32),
    /// Missing.
    Missing,
}

/// The functions of a model, with names.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeFunctions {
    /// The class of each score; none where there is but one score.
    pub classes: Vec<String>,
    /// One row per cell.
    pub rows: Vec<ShapeRow>,
}

/// A cell of a function, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeRow {
    /// The features: `age`, or `age & income`.
    pub term: String,
    /// The values: `(30, 35]`, `married`, `missing`.
    pub cell: String,
    /// The weight of the training rows there.
    pub weight: f64,
    /// What it adds to each score.
    pub values: Vec<f64>,
}

impl Model {
    /// The functions that a member adds up: of the trial with this number, or of the only member. Where it has several
    /// fold models, a function that all have in the same cells is their mean; one that only some have counts by its share,
    /// so that the sum of all is the score.
    ///
    /// # Errors
    /// There is no such member, there are several and none is named, or the member is no sum of functions.
    pub fn shape_functions(&self, member: Option<u32>) -> Result<ShapeFunctions> {
        let told: Vec<String> =
            self.members.iter().map(|m| format!("{} (`{}`, learner `{}`)", m.trial, m.name, m.learner.id())).collect();
        let chosen = match (member, &self.members[..]) {
            (None, [only]) => Some(only),
            (None, _) => return Err(Error::usage(format!("which member? There are {}", told.join(", ")))),
            (Some(trial), members) => members.iter().find(|m| m.trial == trial),
        };
        let chosen = chosen.ok_or_else(|| Error::usage(format!("no such member; there are {}", told.join(", "))))?;
        let share = 1.0 / chosen.models.len().max(1) as f64;
        let mut order: Vec<(String, String)> = Vec::new();
        let mut found: BTreeMap<(String, String), (f64, Vec<f64>)> = BTreeMap::new();
        for fold in &chosen.models {
            let functions = fold.model.shape_functions().ok_or_else(|| {
                let id = chosen.learner.id();
                Error::usage(format!("learner `{id}` of member {} is no sum of functions; `ebm` is", chosen.trial))
            })?;
            let names = Names::of(&self.featurizations[fold.featurization]);
            for function in &functions {
                for cell in &function.cells {
                    let key = (names.term(&function.columns), names.cell(&function.columns, &cell.places));
                    let sum = found.entry(key.clone()).or_insert_with(|| {
                        order.push(key);
                        (0.0, vec![0.0; cell.values.len()])
                    });
                    sum.0 += share * cell.weight;
                    sum.1.iter_mut().zip(&cell.values).for_each(|(sum, value)| *sum += share * value);
                }
            }
        }
        // The cells of a term stay together and in their order.
        let place: BTreeMap<String, usize> = order.iter().enumerate().rev().map(|(i, (term, _))| (term.clone(), i)).collect();
        order.sort_by_key(|(term, _)| place[term]);
        let rows = order.into_iter().filter_map(|key| {
            let (weight, values) = found.remove(&key)?;
            Some(ShapeRow { term: key.0, cell: key.1, weight, values })
        });
        let rows: Vec<ShapeRow> = rows.collect();
        let is_per_class = rows.first().is_some_and(|row| row.values.len() > 1);
        Ok(ShapeFunctions { classes: if is_per_class { self.task.classes.clone() } else { Vec::new() }, rows })
    }
}

impl ShapeFunctions {
    /// One row per cell: `term`, `cell`, `weight`, and `value`, or one `value.CLASS` per class.
    ///
    /// # Errors
    /// Two classes have the same name.
    pub fn to_frame(&self) -> Result<DataFrame> {
        let text = |of: fn(&ShapeRow) -> &str| self.rows.iter().map(of).collect::<Vec<&str>>();
        let mut columns = vec![
            Column::new("term".into(), text(|row| &row.term)),
            Column::new("cell".into(), text(|row| &row.cell)),
            Column::new("weight".into(), self.rows.iter().map(|row| row.weight).collect::<Vec<f64>>()),
        ];
        for output in 0..self.classes.len().max(1) {
            let name = self.classes.get(output).map_or("value".to_owned(), |class| format!("value.{class}"));
            let values = self.rows.iter().map(|row| row.values.get(output).copied().unwrap_or(0.0));
            columns.push(Column::new(name.into(), values.collect::<Vec<f64>>()));
        }
        Ok(DataFrame::new(self.rows.len(), columns)?)
    }
}

/// What people call the columns of a matrix and their codes.
struct Names {
    features: Vec<String>,
    levels: Vec<Vec<String>>,
}

impl Names {
    fn of(featurization: &Featurization) -> Names {
        let features = featurization.features().into_iter().map(|f| f.name).collect();
        let levels = featurization.steps.iter().flat_map(|step| {
            let levels = step.fitted.levels();
            step.features().into_iter().map(move |_| levels.clone())
        });
        Names { features, levels: featurization.keep(levels.collect()) }
    }

    fn term(&self, columns: &[usize]) -> String {
        let name = |&column: &usize| self.features.get(column).cloned().unwrap_or_else(|| format!("column {column}"));
        columns.iter().map(name).collect::<Vec<_>>().join(" & ")
    }

    fn cell(&self, columns: &[usize], places: &[Place]) -> String {
        let name = |(&column, place): (&usize, &Place)| match place {
            Place::Code(0) => "missing or other".to_owned(),
            Place::Code(code) => {
                let level = self.levels.get(column).and_then(|levels| levels.get(*code as usize - 1));
                level.cloned().unwrap_or_else(|| format!("code {code}"))
            }
            other => other.to_string(),
        };
        columns.iter().zip(places).map(name).collect::<Vec<_>>().join(" & ")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Between(low, high) if low.is_infinite() && high.is_infinite() => f.write_str("any"),
            Place::Between(low, high) if low.is_infinite() => write!(f, "up to {high}"),
            Place::Between(low, high) if high.is_infinite() => write!(f, "above {low}"),
            Place::Between(low, high) => write!(f, "({low}, {high}]"),
            Place::Code(code) => write!(f, "code {code}"),
            Place::Missing => f.write_str("missing"),
        }
    }
}
