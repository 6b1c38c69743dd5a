//! All numbers of a row as its place along a few directions.
//!
//! # What it is
//! Principal components. The numeric columns are scaled as by `robust_scale` (missing cells take the median), and their
//! means subtracted; then come the directions in which the fit rows differ most, as many as keep the share `variance` of
//! the sum of all variances, and `dimensions` at most. Components are divided by the standard deviation of the first,
//! so that they keep their proportions and distances, and values are kept within ±10.
//!
//! # When it is used
//! For wide tables, instead of the numeric columns and in pipelines that ask for it, by learners that multiply and add
//! or measure distances: linear models, neighbours, networks. Columns that say almost the same are many in distances and
//! one direction here.
//!
//! # Parameters
//! - `variance` (0.95): share of the variance to be kept, above 0 and up to 1.
//! - `dimensions` (64): most components, 1 to 512.
//!
//! # Cost
//! Directions are learned from 20,000 rows at most, and fewer of tables with more than 500 columns, evenly taken.
//!
//! # Source
//! Hotelling: *Analysis of a complex of statistical variables into principal components* (1933); Halko, Martinsson,
//! Tropp: *Finding structure with randomness* (2011).

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Completion, Csr, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::leading::Leading;

/// Most rows that directions are learned from.
const ROWS_MAX: usize = 20_000;
/// Most cells that directions are learned from: 80 MB.
const CELLS_MAX: usize = 10_000_000;
/// Most components.
const DIMENSIONS_MAX: usize = 512;
/// No value leaves ± this.
const LIMIT: f32 = 10.0;

/// Principal components.
#[derive(Debug, Clone, Copy)]
pub struct Pca;

/// How many components.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Share of the variance to be kept.
    pub variance: f64,
    /// Most components, 1 to 512.
    pub dimensions: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params { variance: 0.95, dimensions: 64 }
    }
}

/// The columns, how they are scaled, and their parts in the components.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    columns: Vec<String>,
    completions: Vec<Completion>,
    /// Of the scaled columns.
    means: Vec<f32>,
    dimensions: usize,
    /// `dimensions` numbers per column.
    directions: Vec<f32>,
}

impl Params {
    fn check(&self) -> Result<()> {
        let is_share = self.variance > 0.0 && self.variance <= 1.0;
        if !is_share {
            return Err(Error::usage(format!("`variance` of `pca` is {}; it must be above 0 and up to 1", self.variance)));
        }
        if !(1..=DIMENSIONS_MAX).contains(&self.dimensions) {
            let given = self.dimensions;
            return Err(Error::usage(format!("`dimensions` of `pca` is {given}; 1 to {DIMENSIONS_MAX} are possible")));
        }
        Ok(())
    }

    /// How many components to keep of some with these sums of squares.
    fn kept(&self, squares: &[f64], all: f64) -> usize {
        let mut sum = 0.0;
        let below = squares.iter().take_while(|&&square| {
            sum += square;
            sum < self.variance * all
        });
        (below.count() + 1).min(squares.len())
    }
}

impl Featurizer for Pca {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "pca";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("pca.rs");

    fn form(&self) -> Form {
        Form::Complete
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        let columns: Vec<String> = schema.features().filter(|f| f.kind == Kind::Numeric).map(|f| f.name.clone()).collect();
        // A single column has one direction, its own.
        if columns.len() < 2 { Vec::new() } else { vec![ColumnGroup::new(columns, Kind::Numeric)] }
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        params.check()?;
        let columns = fitting.group.columns.clone();
        let (mut completions, mut means, mut scaled) = (Vec::new(), Vec::new(), Vec::new());
        for column in &columns {
            let values = fitting.rows.numbers(column)?;
            let completion = Completion::learn(values.iter().copied());
            let column = completion.scale(values.iter().copied());
            means.push(mean(&column));
            scaled.push(column);
            completions.push(completion);
        }
        let sample = sample(&scaled, &means, fitting.rows.rows());
        let leading = Leading::find(&sample, params.dimensions, fitting.seed);
        let all = (0..sample.rows()).flat_map(|i| sample.row(i).1).map(|&v| f64::from(v).powi(2)).sum();
        let kept = params.kept(&leading.squares, all);
        let deviation = leading.squares.first().map_or(1.0, |squares| (squares / sample.rows() as f64).sqrt());
        let directions = leading.directions.chunks(leading.len().max(1)).flat_map(|along| &along[..kept.min(along.len())]);
        let directions = directions.map(|along| (f64::from(*along) / deviation) as f32).collect();
        let fitted = Fitted { columns, completions, means, dimensions: kept, directions };
        let components = fitted.project(&scaled, fitting.rows.rows());
        Ok((fitted, components))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let feature = |k| Feature { name: format!("pca {k}"), sources: self.columns.clone(), width: 1 };
        (1..=self.dimensions).map(feature).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let columns = self.columns.iter().zip(&self.completions);
        let scaled: Vec<Vec<f32>> =
            columns.map(|(column, scaling)| Ok(scaling.scale(rows.numbers(column)?.into_iter()))).collect::<Result<_>>()?;
        Ok(self.project(&scaled, rows.rows()))
    }

    fn validate(&self) -> Result<()> {
        self.completions.iter().try_for_each(Completion::validate)?;
        let columns = self.columns.len();
        let fits = self.completions.len() == columns && self.means.len() == columns && self.dimensions <= DIMENSIONS_MAX;
        if fits && self.directions.len() == self.dimensions * columns && self.directions.iter().all(|v| v.is_finite()) {
            return Ok(());
        }
        Err(Error::artifact("the components do not fit their columns"))
    }
}

impl Fitted {
    fn project(&self, scaled: &[Vec<f32>], rows: usize) -> Vec<Column> {
        let component = |k: usize| {
            let mut sums = vec![0.0_f32; rows];
            for (j, (column, mean)) in scaled.iter().zip(&self.means).enumerate() {
                let along = self.directions[j * self.dimensions + k];
                sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += along * (value - mean));
            }
            // Directions from a damaged file may overflow: NaN is made 0.
            Column::Numeric(sums.into_iter().map(|sum| if sum.is_nan() { 0.0 } else { sum.clamp(-LIMIT, LIMIT) }).collect())
        };
        (0..self.dimensions).map(component).collect()
    }
}

fn mean(values: &[f32]) -> f32 {
    let sum: f64 = values.iter().map(|&v| f64::from(v)).sum();
    (sum / values.len().max(1) as f64) as f32
}

/// Some rows of the centred columns, evenly taken.
fn sample(scaled: &[Vec<f32>], means: &[f32], rows: usize) -> Csr {
    let rows_max = ROWS_MAX.min(CELLS_MAX / scaled.len().max(1)).max(1);
    let mut sample = Csr::new(scaled.len());
    for i in (0..rows).step_by(rows.div_ceil(rows_max).max(1)) {
        sample.push_row((0..).zip(scaled.iter().zip(means).map(|(column, mean)| column[i] - mean)));
    }
    sample
}
