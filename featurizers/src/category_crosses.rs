//! The mean target of pairs of categories.
//!
//! # What it is
//! Two columns may say together what neither says alone: a role within a department. Of all pairs of columns those are
//! chosen whose levels, taken together, tell most about the target beyond what each column tells; a chosen pair gives the
//! mean target of its level, smoothed, scaled and cross-fitted like that of a single column (`target_encoding`).
//!
//! **Choice.** On at most 20,000 of the fit rows, the mean targets of both columns and that of the pair are made, all
//! cross-fitted. The score of the pair is the correlation of its mean targets with the target once the best linear
//! combination of those of its columns has been taken from both. Pairs whose score is not above twice its standard error
//! are not taken.
//!
//! # When it is used
//! On request (`features: ["category_crosses"]`), beside the readings, where there are two columns or more that are
//! categorical or numeric codes. Linear models gain most; trees gain where pairs have thousands of levels, and may lose
//! where they have few.
//!
//! # Parameters
//! - `pairs_max` (20): most pairs that are taken; where there are several classes each takes its share.
//! - `columns_max` (24): pairs are made of so many columns, those whose own mean targets tell most.
//! - `levels_min` (2): pairs that have fewer levels together are left alone. Trees find such pairs themselves.
//! - `rows_min` (2): pairs of levels in fewer fit rows are rare; they, and those never seen, have the value 0: as all rows.
//! - `scheme`, `smoothing`, `classes_max`: as for `target_encoding`.
//!
//! # References
//! Prokhorenkova et al.: *CatBoost: unbiased boosting with categorical features* (2018), on combinations of categories.

use automl_core::featurizer::{ColumnGroup, Featurizer, FittedFeaturizer, Fitting, Place};
use automl_core::frame::FrameView;
use automl_core::matrix::{Column, Feature, Form};
use automl_core::schema::{Kind, Schema};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::coded::Coded;
use crate::pairs::{Choice, key, number_pairs};
use crate::target_means::{Codes, How, Mean, Scheme, check_smoothing, encode, truths};

/// Mean targets of pairs.
#[derive(Debug, Clone, Copy)]
pub struct CategoryCrosses;

/// Which pairs are taken, and how means are made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Most pairs that are taken.
    pub pairs_max: usize,
    /// Pairs are made of so many columns.
    pub columns_max: usize,
    /// Pairs that have fewer levels are left alone.
    pub levels_min: usize,
    /// Pairs of levels in fewer fit rows are rare.
    pub rows_min: usize,
    /// Which rows tell a fit row about its level.
    pub scheme: Scheme,
    /// Rows of the overall mean that are added to every level; `None` for an estimate.
    pub smoothing: Option<f64>,
    /// Most classes with numbers of their own.
    pub classes_max: usize,
}

impl Default for Params {
    fn default() -> Params {
        Params {
            pairs_max: 20,
            columns_max: 24,
            levels_min: 2,
            rows_min: 2,
            scheme: Scheme::OutOfFold,
            smoothing: None,
            classes_max: 5,
        }
    }
}

/// The pairs that were chosen, and the columns that they are made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fitted {
    columns: Vec<Coded>,
    pairs: Vec<Pair>,
}

/// Two columns taken together.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pair {
    /// Places of the two among the columns.
    columns: [usize; 2],
    /// The codes of both columns in one number, ascending; the first has the code 1.
    keys: Vec<u64>,
    means: Vec<Mean>,
}

impl Featurizer for CategoryCrosses {
    type Params = Params;
    type Fitted = Fitted;
    const ID: &'static str = "category_crosses";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("category_crosses.rs");

    fn form(&self) -> Form {
        Form::Complete
    }

    /// All columns together, if there are two or more.
    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        let singles = ColumnGroup::singles(schema, Kind::Categorical);
        let columns: Vec<String> = singles.into_iter().flat_map(|group| group.columns).collect();
        if columns.len() < 2 { Vec::new() } else { vec![ColumnGroup::new(columns, Kind::Categorical)] }
    }

    fn place(&self) -> Place {
        Place::OnRequest
    }

    fn uses_target(&self) -> bool {
        true
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Fitted, Vec<Column>)> {
        check_smoothing(Self::ID, params.smoothing)?;
        let (mut columns, mut codes) = (Vec::new(), Vec::new());
        for column in &fitting.group.columns {
            let (coded, of_rows, _) = Coded::learn(fitting.rows, column, params.rows_min)?;
            columns.push(coded);
            codes.push(of_rows);
        }
        let target = fitting.target.ok_or_else(|| Error::internal("category crosses were given no target"))?;
        let truths = truths(target, params.classes_max.max(1));
        let how = How { scheme: params.scheme, smoothing: params.smoothing, seed: fitting.seed };
        let choice = Choice {
            columns_max: params.columns_max,
            classes_max: params.classes_max,
            levels_min: params.levels_min,
            rows_min: params.rows_min,
            how,
        };
        let mut chosen = choice.best_pairs(&codes, target);
        chosen.truncate(params.pairs_max / truths.len());
        let (mut pairs, mut made) = (Vec::new(), Vec::new());
        for pair in chosen {
            let [a, b] = pair.map(|column| &codes[column][..]);
            let (keys, of_rows) = number_pairs(a, b, params.rows_min);
            let codes = Codes { of_rows: &of_rows, count: keys.len() + 1 };
            let mut means = Vec::new();
            for &truth in &truths {
                let encoded = encode(codes, truth, how);
                means.push(Mean::new(target, truth, encoded.of_codes));
                made.push(Column::Numeric(encoded.of_rows));
            }
            pairs.push(Pair { columns: pair, keys, means });
        }
        Ok((Fitted::new(columns, pairs), made))
    }
}

impl FittedFeaturizer for Fitted {
    fn features(&self) -> Vec<Feature> {
        let of_pair = |pair: &Pair| {
            let sources = pair.columns.map(|column| self.columns[column].column.clone()).to_vec();
            let of = sources.join(" × ");
            let features = pair.means.iter().map(|mean| Feature { name: mean.name(&of), sources: sources.clone(), width: 1 });
            features.collect::<Vec<_>>()
        };
        self.pairs.iter().flat_map(of_pair).collect()
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        let codes = self.columns.iter().map(|column| column.read(rows)).collect::<Result<Vec<_>>>()?;
        let of_pair = |pair: &Pair| {
            let [a, b] = pair.columns.map(|column| &codes[column]);
            let of_rows: Vec<u32> = a.iter().zip(b).map(|(&a, &b)| pair.code(a, b)).collect();
            pair.means.iter().map(|mean| mean.column(&of_rows)).collect::<Vec<_>>()
        };
        Ok(self.pairs.iter().flat_map(of_pair).collect())
    }

    fn validate(&self) -> Result<()> {
        self.columns.iter().try_for_each(Coded::validate)?;
        self.pairs.iter().try_for_each(|pair| {
            let is_ascending = pair.keys.windows(2).all(|keys| keys[0] < keys[1]);
            if !is_ascending || pair.columns.iter().any(|&column| column >= self.columns.len()) {
                return Err(Error::artifact("a pair of columns has levels out of order, or a column that is not there"));
            }
            pair.means.iter().try_for_each(|mean| mean.validate("a pair of columns", pair.keys.len() + 1))
        })
    }
}

impl Fitted {
    /// With the columns that some pair is made of.
    fn new(columns: Vec<Coded>, mut pairs: Vec<Pair>) -> Fitted {
        let is_used = |column: &usize| pairs.iter().any(|pair| pair.columns.contains(column));
        let used: Vec<usize> = (0..columns.len()).filter(is_used).collect();
        let place = |column: usize| used.iter().position(|&used| used == column).unwrap_or(0);
        pairs.iter_mut().for_each(|pair| pair.columns = pair.columns.map(place));
        let columns = columns.into_iter().enumerate().filter(|(column, _)| used.contains(column)).map(|(_, coded)| coded);
        Fitted { columns: columns.collect(), pairs }
    }
}

impl Pair {
    /// The code of a pair of codes; 0 if it is rare or was never seen.
    fn code(&self, a: u32, b: u32) -> u32 {
        self.keys.binary_search(&key(a, b)).map_or(0, |at| at as u32 + 1)
    }
}
