//! The seam for features: a [`Featurizer`] turns columns of a frame into columns of a matrix.
//!
//! As with learners, an author writes the typed trait and the engine holds the erased twin.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::frame::{Frame, FrameView};
use crate::learner::{defaults, parse_params};
use crate::matrix::{Column, Feature, Form};
use crate::schema::{Kind, Schema};
use crate::space::{Params, SearchSpace};
use crate::task::Target;

/// Columns that a featurizer takes together, read as one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnGroup {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The reading of the columns that this featurizer provides for.
    pub kind: Kind,
    /// The levels of a single column of ordered categories, lowest first; empty for all others.
    pub order: Vec<String>,
}

impl ColumnGroup {
    /// A group of columns without an order.
    pub fn new(columns: Vec<String>, kind: Kind) -> ColumnGroup {
        ColumnGroup { columns, kind, order: Vec::new() }
    }

    /// A group per feature of the given kind. Codes that are numbers count as numeric and as categorical.
    pub fn singles(schema: &Schema, kind: Kind) -> Vec<ColumnGroup> {
        schema
            .features()
            .filter(|f| f.kind == kind || (kind == Kind::Categorical && f.is_code))
            .map(|f| ColumnGroup {
                columns: vec![f.name.clone()],
                kind,
                order: if kind == Kind::Categorical { f.order.clone() } else { Vec::new() },
            })
            .collect()
    }

    /// The column of a group of one.
    ///
    /// # Errors
    /// The group has none or several: not one that [`ColumnGroup::singles`] made.
    pub fn single(&self) -> Result<&str> {
        match self.columns.as_slice() {
            [column] => Ok(column),
            others => Err(Error::internal(format!("a featurizer of one column was given {}", others.len()))),
        }
    }
}

/// How the columns of a featurizer stand to those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Instead of others: of the featurizers that read a column as the same kind, the first that gives a form which
    /// the learner takes. A pipeline may ask for a later one.
    Reading,
    /// Beside the readings, in every pipeline.
    Beside,
    /// Beside the readings, in pipelines that ask for it.
    OnRequest,
}

/// What a featurizer is fitted on.
#[derive(Debug, Clone, Copy)]
pub struct Fitting<'a> {
    /// The columns to use.
    pub group: &'a ColumnGroup,
    /// The rows to learn from. They are also the rows to transform.
    pub rows: FrameView<'a>,
    /// The target of those rows; only for featurizers that use it.
    pub target: Option<&'a Target>,
    /// What a first model left unexplained in some of those rows; only for featurizers that use the target.
    pub residuals: Option<&'a Residuals>,
    /// Seed of everything random.
    pub seed: u64,
}

/// What a model leaves unexplained in rows that it was not fitted on: the truth less its prediction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Residuals {
    /// Places of the rows among those that a featurizer is fitted on.
    pub rows: Vec<u32>,
    /// Per output (one for a number or two classes, else one per class) the residuals of those rows.
    pub outputs: Vec<Vec<f64>>,
}

/// Turns columns of a frame into columns of a matrix.
pub trait Featurizer: Send + Sync + 'static {
    /// Parameters: public fields, `#[serde(default, deny_unknown_fields)]`.
    type Params: Serialize + DeserializeOwned + Default;
    /// What was learned.
    type Fitted: FittedFeaturizer + Serialize + DeserializeOwned;
    /// The name in configurations and files; never reused.
    const ID: &'static str;
    /// Version of `Fitted` on disk.
    const VERSION: u32;
    /// The source of the featurizer's file; its leading `//!` lines are the reference page.
    const PAGE: &'static str;

    /// The form of the columns it gives.
    fn form(&self) -> Form;
    /// The groups of columns it would take.
    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup>;
    /// How its columns stand to those of others.
    fn place(&self) -> Place {
        Place::Reading
    }
    /// Whether it sees the target; then it is fitted inside each fold, and stands beside the readings.
    fn uses_target(&self) -> bool {
        false
    }
    /// Whether it is shown what a first model left unexplained; only together with the target.
    fn uses_residuals(&self) -> bool {
        false
    }
    /// What of its parameters is worth searching where it reads these columns.
    fn space(&self, _frame: &Frame, _columns: &[String]) -> SearchSpace {
        SearchSpace::new()
    }
    /// Learns from the rows and transforms them. Where the target is used, the columns of a row may not depend on its own
    /// target (they are cross-fitted, say), while [`FittedFeaturizer::transform`] gives new rows all that was learned.
    ///
    /// # Errors
    /// Parameters that cannot be used, or a column of another type than its kind promises.
    fn fit_transform(&self, params: &Self::Params, fitting: &Fitting<'_>) -> Result<(Self::Fitted, Vec<Column>)>;
}

/// A featurizer that has learned its constants.
pub trait FittedFeaturizer: Send + Sync + 'static {
    /// The features it writes, one per column of [`FittedFeaturizer::transform`].
    fn features(&self) -> Vec<Feature>;
    /// What the codes from 1 on stand for, where it writes codes; empty for others.
    fn levels(&self) -> Vec<String> {
        Vec::new()
    }
    /// What each feature of a sparse block is called, in their order; empty where they have no names.
    fn block(&self) -> Vec<String> {
        Vec::new()
    }
    /// Transforms new rows: strange values never fail, only missing columns do.
    ///
    /// # Errors
    /// A column is not there.
    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>>;
    /// Checks a featurizer that came from a file. After it, `transform` does not panic.
    ///
    /// # Errors
    /// What is wrong with it.
    fn validate(&self) -> Result<()>;
}

/// The erased twin of [`Featurizer`].
pub trait DynFeaturizer: Send + Sync {
    /// [`Featurizer::ID`].
    fn id(&self) -> &'static str;
    /// [`Featurizer::VERSION`].
    fn version(&self) -> u32;
    /// The reference page.
    fn page(&self) -> String;
    /// [`Featurizer::form`].
    fn form(&self) -> Form;
    /// [`Featurizer::plan`].
    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup>;
    /// [`Featurizer::place`].
    fn place(&self) -> Place;
    /// [`Featurizer::uses_target`].
    fn uses_target(&self) -> bool;
    /// [`Featurizer::uses_residuals`].
    fn uses_residuals(&self) -> bool;
    /// [`Featurizer::space`].
    fn space(&self, frame: &Frame, columns: &[String]) -> SearchSpace;
    /// The default parameters.
    fn default_params(&self) -> Params;
    /// Checks parameters without fitting anything.
    ///
    /// # Errors
    /// A name or a value that cannot be read.
    fn check(&self, params: &Params) -> Result<()>;
    /// [`Featurizer::fit_transform`] with parameters as JSON.
    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Box<dyn DynFitted>, Vec<Column>)>;
    /// Reads what [`DynFitted::to_bytes`] wrote. The caller has compared the version and calls
    /// [`DynFitted::validate`] next.
    fn load(&self, bytes: &[u8]) -> Result<Box<dyn DynFitted>>;
}

impl<F: Featurizer> DynFeaturizer for F {
    fn id(&self) -> &'static str {
        F::ID
    }

    fn version(&self) -> u32 {
        F::VERSION
    }

    fn page(&self) -> String {
        crate::page::of_source(F::PAGE)
    }

    fn form(&self) -> Form {
        Featurizer::form(self)
    }

    fn plan(&self, schema: &Schema) -> Vec<ColumnGroup> {
        Featurizer::plan(self, schema)
    }

    fn place(&self) -> Place {
        Featurizer::place(self)
    }

    fn uses_target(&self) -> bool {
        Featurizer::uses_target(self)
    }

    fn uses_residuals(&self) -> bool {
        Featurizer::uses_residuals(self)
    }

    fn space(&self, frame: &Frame, columns: &[String]) -> SearchSpace {
        Featurizer::space(self, frame, columns)
    }

    fn default_params(&self) -> Params {
        defaults::<F::Params>()
    }

    fn check(&self, params: &Params) -> Result<()> {
        parse_params::<F::Params>(F::ID, params).map(drop)
    }

    fn fit_transform(&self, params: &Params, fitting: &Fitting<'_>) -> Result<(Box<dyn DynFitted>, Vec<Column>)> {
        let (fitted, columns) = Featurizer::fit_transform(self, &parse_params(F::ID, params)?, fitting)?;
        Ok((Box::new(fitted), columns))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn DynFitted>> {
        let fitted: F::Fitted =
            rmp_serde::from_slice(bytes).map_err(|e| Error::artifact(format!("featurizer `{}` cannot be read: {e}", F::ID)))?;
        Ok(Box::new(fitted))
    }
}

/// The erased twin of [`FittedFeaturizer`].
pub trait DynFitted: Send + Sync {
    /// [`FittedFeaturizer::features`].
    fn features(&self) -> Vec<Feature>;
    /// [`FittedFeaturizer::levels`].
    fn levels(&self) -> Vec<String>;
    /// [`FittedFeaturizer::block`].
    fn block(&self) -> Vec<String>;
    /// [`FittedFeaturizer::transform`].
    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>>;
    /// [`FittedFeaturizer::validate`].
    fn validate(&self) -> Result<()>;
    /// The fitted featurizer as it lies in an artifact.
    fn to_bytes(&self) -> Result<Vec<u8>>;
}

impl<F: FittedFeaturizer + Serialize> DynFitted for F {
    fn features(&self) -> Vec<Feature> {
        FittedFeaturizer::features(self)
    }

    fn levels(&self) -> Vec<String> {
        FittedFeaturizer::levels(self)
    }

    fn block(&self) -> Vec<String> {
        FittedFeaturizer::block(self)
    }

    fn transform(&self, rows: FrameView<'_>) -> Result<Vec<Column>> {
        FittedFeaturizer::transform(self, rows)
    }

    fn validate(&self) -> Result<()> {
        FittedFeaturizer::validate(self)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        rmp_serde::to_vec_named(self).map_err(|e| Error::internal(format!("a featurizer cannot be written: {e}")))
    }
}

impl std::fmt::Debug for dyn DynFeaturizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Featurizer({})", self.id())
    }
}

impl std::fmt::Debug for dyn DynFitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FittedFeaturizer")
    }
}
