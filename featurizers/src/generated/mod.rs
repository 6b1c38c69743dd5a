//! Features that are made of several columns, and are kept only if they explain what a first model does not.
//!
//! # What it is
//! Two families of formulas are tried:
//! - pairs of numbers: `a / b`, `a - b`, `a + b`, `a * b`;
//! - a number within its group, the rows of one level of another column: the mean of the group, the difference from it, the
//!   multiple of it, the rank in the group; and the number of rows of the group.
//!
//! Groups are levels of categories and of numbers with few values; levels with fewer than 5 fit rows, missing and unseen
//! ones have no group. Statistics come from the fit rows and do not see the target.
//!
//! Every formula has an audition on the residuals of a quick first model, in at most 20,000 fit rows that the model
//! had not seen. Its values are cut into 16 bins. The means of the residuals in the bins, learned on one half of these rows,
//! have to explain the other half, both ways, beyond what single numbers explain and by more than chance allows. What a
//! chosen formula explains is subtracted before the next is chosen, so that no two say the same. Often none is chosen.
//!
//! # When it is used
//! In pipelines that ask for it.
//!
//! # Cost
//! At most 24 numbers and 8 groups are combined, those that say most about the target and the residuals: some
//! 2,000 formulas, each of which is cut into bins on at most 20,000 rows.
//!
//! # Parameters
//! - `features_max` (24): so many formulas are kept at most.
//!
//! # References
//! - The residuals: golden features, as in Plonska and Plonski, *MLJAR* (2021).
//! - The families: *TabPrep* (arXiv 2606.02384).

mod audition;
mod bins;
mod formula;
mod outputs;
mod sample;
mod statistics;
#[cfg(test)]
mod tests;

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting, Place};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use formula::{Cells, Formula};
use sample::{Sample, numbers_of};
use serde::{Deserialize, Serialize};
use statistics::{Distribution, LEVEL_ROWS_MIN, NO_LEVEL, Statistics, by_value};

use crate::levels::{Cell, Keep, Levels};

/// Levels of a group at most.
const LEVELS_MAX: usize = 65_535;

/// Features made of several columns.
#[derive(Debug, Clone, Copy)]
pub struct Generated;

/// How many are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// So many formulas are kept at most.
    pub features_max: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params { features_max: 24 }
    }
}

/// The formulas that were kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    /// Columns that hold numbers.
    numbers: Vec<String>,
    groups: Vec<Group>,
    /// One per group.
    statistics: Vec<Statistics>,
    formulas: Vec<Formula>,
}

/// A column that rows are grouped by.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Group {
    column: String,
    levels: Levels,
}

impl Featurizer for Generated {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "generated";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn form(&self) -> Form {
        Form::Numeric
    }

    /// One group of all columns that hold numbers or levels; its kind says nothing.
    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        let is_usable = |kind| matches!(kind, Kind::Numeric | Kind::Categorical | Kind::Bool);
        let columns: Vec<String> = schema.features().filter(|f| is_usable(f.kind)).map(|f| f.name.clone()).collect();
        if columns.is_empty() { Vec::new() } else { vec![ColumnGroup::new(columns, Kind::Numeric)] }
    }

    fn place(&self) -> Place {
        Place::OnRequest
    }

    fn uses_target(&self) -> bool {
        true
    }

    fn uses_residuals(&self) -> bool {
        true
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        let target = fitting.target.ok_or_else(|| Error::internal("`generated` was given no target"))?;
        let sample = Sample::read(fitting, target)?;
        let formulas = audition::choose(&sample, params.features_max);
        let fitted = Fitted::learn(&formulas, &sample, fitting.rows)?;
        let columns = fitted.transform(fitting.rows)?;
        Ok((fitted, columns))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let groups: Vec<&str> = self.groups.iter().map(|g| g.column.as_str()).collect();
        let of = |formula: &Formula| {
            let mut sources: Vec<String> = formula.numbers().into_iter().map(|number| self.numbers[number].clone()).collect();
            sources.extend(formula.group().map(|group| self.groups[group].column.clone()));
            Feature { name: formula.name(&self.numbers, &groups), sources, width: 1 }
        };
        self.formulas.iter().map(of).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let numbers = self.numbers.iter().map(|name| number(rows, name)).collect::<Result<Vec<_>>>()?;
        let levels = self.groups.iter().map(|group| group.read(rows)).collect::<Result<Vec<_>>>()?;
        let cells = Cells { numbers: &numbers, levels: &levels, statistics: &self.statistics };
        let of = |formula: &Formula| {
            let mut values = Vec::with_capacity(rows.rows());
            formula.write(cells, &mut values);
            Column::Numeric(values)
        };
        Ok(self.formulas.iter().map(of).collect())
    }

    fn validate(&self) -> Result<()> {
        for (group, statistics) in self.groups.iter().zip(&self.statistics) {
            group.levels.validate(&group.column, LEVELS_MAX)?;
            statistics.validate(group.levels.names().len(), self.numbers.len())?;
        }
        let is_sound = |formula: &Formula| {
            let is_known = |group: usize| self.statistics.get(group).is_some_and(|known| formula.is_known_to(known));
            formula.numbers().into_iter().all(|number| number < self.numbers.len()) && formula.group().is_none_or(is_known)
        };
        if self.groups.len() == self.statistics.len() && self.formulas.iter().all(is_sound) {
            return Ok(());
        }
        Err(Error::artifact("a generated feature is made of columns that it lacks"))
    }
}

impl Fitted {
    /// Learns from all rows what the chosen formulas need.
    fn learn(formulas: &[Formula], sample: &Sample, rows: FrameView<'_>) -> Result<Fitted> {
        let mut used: Vec<usize> = formulas.iter().flat_map(Formula::numbers).collect();
        let mut grouping: Vec<usize> = formulas.iter().filter_map(Formula::group).collect();
        for places in [&mut used, &mut grouping] {
            places.sort_unstable();
            places.dedup();
        }
        let place = |among: &[usize], of: usize| among.iter().position(|p| *p == of).unwrap_or_default();
        let formulas: Vec<Formula> = formulas.iter().map(|f| f.moved(|n| place(&used, n), |g| place(&grouping, g))).collect();
        let numbers: Vec<String> = used.iter().map(|&n| sample.number_names[n].clone()).collect();
        let (mut groups, mut statistics) = (Vec::new(), Vec::new());
        for (place, group) in grouping.iter().enumerate() {
            let of_group = formulas.iter().filter(|f| f.group() == Some(place)).flat_map(Formula::numbers);
            let (group, learned) = Group::learn(&sample.group_names[*group], of_group, &numbers, rows)?;
            groups.push(group);
            statistics.push(learned);
        }
        Ok(Fitted { numbers, groups, statistics, formulas })
    }
}

impl Group {
    /// The levels of a column, and how those of the numbers that are told are distributed in them.
    fn learn(
        column: &str,
        of: impl Iterator<Item = usize>,
        numbers: &[String],
        rows: FrameView<'_>,
    ) -> Result<(Group, Statistics)> {
        let keep = Keep { rows_min: LEVEL_ROWS_MIN, levels_max: LEVELS_MAX };
        let levels = Levels::learn(rows, column, keep)?.levels;
        let group = Group { column: column.to_owned(), levels };
        let level_of_row = group.read(rows)?;
        let mut statistics = Statistics::learn(&level_of_row, group.levels.names().len());
        for place in of {
            if !statistics.numbers.contains_key(&place) {
                let values = number(rows, &numbers[place])?;
                let learned = Distribution::learn(&values, &by_value(&values), &level_of_row, &statistics.rows);
                statistics.numbers.insert(place, learned);
            }
        }
        Ok((group, statistics))
    }

    /// The level of every row.
    fn read(&self, rows: FrameView<'_>) -> Result<Vec<u32>> {
        self.levels.read(rows, &self.column, |cell| match cell {
            Cell::Level(level) => level,
            Cell::Missing | Cell::Other => NO_LEVEL,
        })
    }
}

/// A column that has to hold numbers.
fn number(rows: FrameView<'_>, name: &str) -> Result<Vec<f64>> {
    numbers_of(rows, name)?.ok_or_else(|| Error::internal(format!("column `{name}` holds text in place of numbers")))
}
