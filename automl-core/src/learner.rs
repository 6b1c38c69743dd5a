//! The seam for algorithms: a [`Learner`] fits a [`Model`].
//!
//! An author writes `impl Learner` with typed parameters and a typed model; the engine holds the erased
//! twin [`DynLearner`], which every learner gets for free. A learner reads no clock, environment, file or
//! global pool: all it may use comes in [`TrainData`] and [`FitContext`].

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contributions::Contributions;
use crate::error::{Error, Result};
use crate::fit_context::FitContext;
use crate::matrix::{Form, Shape, View};
use crate::predictions::Predictions;
use crate::shape_function::ShapeFunction;
use crate::space::{Params, SearchSpace};
use crate::task::{Target, TaskKind};

/// What a learner can do. The contract tests hold it to its word.
#[derive(Debug, Clone, Copy)]
pub struct Supports {
    /// The tasks it can fit.
    pub tasks: &'static [TaskKind],
    /// The forms of columns it takes.
    pub forms: &'static [Form],
    /// Whether it gives honest predictions of its own training rows (out-of-bag, leave-one-out), so that
    /// one fit on all rows replaces a cross-validation.
    pub held_out: bool,
    /// Whether a row of weight 2 is the same as that row twice.
    pub exact_weights: bool,
    /// Whether fits with different seeds differ however few rows there are, so that the mean of several predicts better
    /// than one.
    pub random: bool,
    /// Whether predictions can be made to only rise or only fall with a numeric column: the number, or the
    /// probability of the second class. The engine gives the directions in a parameter `monotone`, a list of 1, -1
    /// and 0 by column of the matrix whose end may be missing. A learner without this parameter predicts the same
    /// whatever is in those columns.
    pub monotone: bool,
}

/// What a fit costs, before it is started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Peak memory beyond the matrix, in bytes.
    pub memory_bytes: u64,
    /// Work in units proportional to time: about one nanosecond on one core.
    pub work: f64,
}

/// The rows to fit on.
#[derive(Debug, Clone, Copy)]
pub struct TrainData<'a> {
    /// The features of the training rows.
    pub x: View<'a>,
    /// The target of the training rows, in the order of `x`.
    pub target: &'a Target,
    /// One positive weight per training row; `None` counts every row once.
    pub weights: Option<&'a [f64]>,
    /// The features of the validation rows. Their target is not to be had: a learner reports predictions
    /// through [`FitContext::report`] and the engine scores them.
    pub valid: Option<View<'a>>,
}

/// What a fit gives.
#[derive(Debug)]
pub struct Fitted<M> {
    /// The model.
    pub model: M,
    /// Honest predictions of the training rows, in their order, where the learner has them for free.
    pub held_out: Option<Predictions>,
}

/// An algorithm, for every task it can do.
pub trait Learner: Send + Sync + 'static {
    /// Parameters: public fields, `#[serde(default, deny_unknown_fields)]`.
    type Params: Serialize + DeserializeOwned + Default;
    /// The fitted model.
    type Model: Model + Serialize + DeserializeOwned;
    /// The name in configurations and files; never reused.
    const ID: &'static str;
    /// Version of `Model` on disk.
    const VERSION: u32;
    /// The source of the learner's file; its leading `//!` lines are the reference page.
    const PAGE: &'static str;

    /// What it can do.
    fn supports(&self) -> Supports;
    /// What may be varied, for data of this shape.
    fn space(&self, shape: Shape) -> SearchSpace;
    /// What a fit costs.
    fn cost(&self, params: &Self::Params, shape: Shape) -> Cost;
    /// The parameters to use when a fit may cost at most `work` units: a boosting that cannot have its many
    /// small steps takes fewer, larger ones. Unchanged by default.
    fn within(&self, params: Self::Params, shape: Shape, work: f64) -> Self::Params {
        let _ = (shape, work);
        params
    }
    /// Fits a model. Returns the best model so far when the context says stop.
    ///
    /// # Errors
    /// Parameters or data that cannot be used. A deadline is no error unless there is no model at all.
    fn fit(&self, params: &Self::Params, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<Self::Model>>;
}

/// A fitted model.
pub trait Model: Send + Sync + 'static {
    /// Predicts every row of the view: probabilities per class, or one number.
    fn predict(&self, x: View<'_>) -> Predictions;
    /// What each column of the matrix added to the scores of every row of the view. `None` if this model
    /// cannot tell.
    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        let _ = x;
        None
    }
    /// The functions of single columns, or of a few together, whose sum the model is; over the training rows each has a
    /// mean of zero. `None` if it is no such sum.
    fn shape_functions(&self) -> Option<Vec<ShapeFunction>> {
        None
    }
    /// Keeps the first `steps` steps only, as they were counted in reports, and says whether this kind of model can
    /// be cut. One that can is asked for with all its steps: see [`FitContext::keeps_all_steps`].
    fn cut(&mut self, steps: u32) -> bool {
        let _ = steps;
        false
    }
    /// Number of its steps, if it is a sum of them: a model that [can be cut](Model::cut).
    fn steps(&self) -> Option<u32> {
        None
    }
    /// Checks a model that came from a file against the number of columns that it will see: every index in
    /// range, every loop finite. After it, `predict` and `contributions` do not panic.
    ///
    /// # Errors
    /// What is wrong with it.
    fn validate(&self, columns: usize) -> Result<()>;
}

/// The erased twin of [`Learner`].
pub trait DynLearner: Send + Sync {
    /// [`Learner::ID`].
    fn id(&self) -> &'static str;
    /// [`Learner::VERSION`].
    fn version(&self) -> u32;
    /// The reference page.
    fn page(&self) -> String;
    /// [`Learner::supports`].
    fn supports(&self) -> Supports;
    /// [`Learner::space`].
    fn space(&self, shape: Shape) -> SearchSpace;
    /// The default parameters.
    fn default_params(&self) -> Params;
    /// [`Learner::cost`] of parameters as JSON.
    fn cost(&self, params: &Params, shape: Shape) -> Result<Cost>;
    /// [`Learner::within`] of parameters as JSON: those given, and those that had to change.
    fn within(&self, params: &Params, shape: Shape, work: f64) -> Result<Params>;
    /// [`Learner::fit`] with parameters as JSON.
    fn fit(&self, params: &Params, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<Box<dyn DynModel>>>;
    /// Reads a model that [`DynModel::to_bytes`] wrote. The caller has compared the version and calls
    /// [`DynModel::validate`] next.
    fn load(&self, bytes: &[u8]) -> Result<Box<dyn DynModel>>;
}

impl<L: Learner> DynLearner for L {
    fn id(&self) -> &'static str {
        L::ID
    }

    fn version(&self) -> u32 {
        L::VERSION
    }

    fn page(&self) -> String {
        crate::page::of_source(L::PAGE)
    }

    fn supports(&self) -> Supports {
        Learner::supports(self)
    }

    fn space(&self, shape: Shape) -> SearchSpace {
        Learner::space(self, shape)
    }

    fn default_params(&self) -> Params {
        defaults::<L::Params>()
    }

    fn cost(&self, params: &Params, shape: Shape) -> Result<Cost> {
        Ok(Learner::cost(self, &parse_params(L::ID, params)?, shape))
    }

    fn within(&self, params: &Params, shape: Shape, work: f64) -> Result<Params> {
        let asked: L::Params = parse_params(L::ID, params)?;
        let before = to_params(&asked);
        let after = to_params(&Learner::within(self, asked, shape, work));
        let changed = after.into_iter().filter(|(name, value)| before.get(name) != Some(value));
        Ok(params.clone().into_iter().chain(changed).collect())
    }

    fn fit(&self, params: &Params, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<Box<dyn DynModel>>> {
        let fitted = Learner::fit(self, &parse_params(L::ID, params)?, data, ctx)?;
        Ok(Fitted { model: Box::new(fitted.model), held_out: fitted.held_out })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn DynModel>> {
        let model: L::Model = rmp_serde::from_slice(bytes)
            .map_err(|e| Error::artifact(format!("the model of learner `{}` cannot be read: {e}", L::ID)))?;
        Ok(Box::new(model))
    }
}

/// The erased twin of [`Model`].
pub trait DynModel: Send + Sync {
    /// [`Model::predict`].
    fn predict(&self, x: View<'_>) -> Predictions;
    /// [`Model::contributions`].
    fn contributions(&self, x: View<'_>) -> Option<Contributions>;
    /// [`Model::shape_functions`].
    fn shape_functions(&self) -> Option<Vec<ShapeFunction>>;
    /// [`Model::cut`].
    fn cut(&mut self, steps: u32) -> bool;
    /// [`Model::steps`].
    fn steps(&self) -> Option<u32>;
    /// [`Model::validate`].
    fn validate(&self, columns: usize) -> Result<()>;
    /// The model as it lies in an artifact.
    fn to_bytes(&self) -> Result<Vec<u8>>;
}

impl<M: Model + Serialize> DynModel for M {
    fn predict(&self, x: View<'_>) -> Predictions {
        Model::predict(self, x)
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        Model::contributions(self, x)
    }

    fn shape_functions(&self) -> Option<Vec<ShapeFunction>> {
        Model::shape_functions(self)
    }

    fn cut(&mut self, steps: u32) -> bool {
        Model::cut(self, steps)
    }

    fn steps(&self) -> Option<u32> {
        Model::steps(self)
    }

    fn validate(&self, columns: usize) -> Result<()> {
        Model::validate(self, columns)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        rmp_serde::to_vec_named(self).map_err(|e| Error::internal(format!("a model cannot be written: {e}")))
    }
}

impl std::fmt::Debug for dyn DynModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Model")
    }
}

/// Typed parameters from JSON; what is not given has its default.
///
/// # Errors
/// An unknown name or a value of the wrong type; the message names the component.
pub(crate) fn parse_params<P: DeserializeOwned>(id: &str, params: &Params) -> Result<P> {
    serde_json::from_value(Value::Object(params.clone())).map_err(|e| Error::usage(format!("parameters of `{id}`: {e}")))
}

/// The default parameters as JSON.
pub(crate) fn defaults<P: Serialize + Default>() -> Params {
    to_params(&P::default())
}

fn to_params<P: Serialize>(params: &P) -> Params {
    match serde_json::to_value(params) {
        Ok(Value::Object(map)) => map,
        _ => Params::new(),
    }
}
