//! Which parameters did the caller fix, and can they be used?

use std::sync::Arc;

use super::asked::Asked;
use crate::config::FitConfig;
use crate::error::{Error, Result};
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, TrainData};
use crate::matrix::{Column, Matrix};
use crate::registry::Registry;
use crate::space::Params;
use crate::task::{Target, TaskKind};

/// Checks the parameters that the configuration fixes for learners and featurizers, and the featurizers it asks for.
///
/// # Errors
/// A component that is not there, a parameter that it does not have (with the nearest names), or a value that it refuses.
pub(super) fn check(config: &FitConfig, registry: &Registry, task: TaskKind) -> Result<()> {
    config.featurizers.iter().try_for_each(|id| registry.featurizer(id).map(drop))?;
    for (id, params) in &config.params {
        if let Ok(featurizer) = registry.featurizer(id) {
            check_names(params, &featurizer.default_params(), &format!("featurizer `{id}`"))?;
            featurizer.check(params)?;
            continue;
        }
        let learner = registry.learner(id)?;
        let asked = Asked::parse(params, registry).map_err(|e| e.context(format!("learner `{id}`")))?;
        for (id, params) in &asked.features.params {
            let featurizer = registry.featurizer(id)?;
            check_names(params, &featurizer.default_params(), &format!("featurizer `{id}`"))?;
            featurizer.check(params)?;
        }
        check_names(&asked.learner, &learner.default_params(), &format!("learner `{id}`"))?;
        if asked.transform.is_some() && task != TaskKind::Regression {
            return Err(Error::usage(format!("learner `{id}` is to transform the target, which is no number")));
        }
        if learner.supports().tasks.contains(&task) {
            try_out(learner, &asked.learner, task)?;
        }
    }
    Ok(())
}

fn check_names(params: &Params, known: &Params, of: &str) -> Result<()> {
    match params.keys().find(|name| !known.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(Error::unknown("parameter", name, known.keys().map(String::as_str)).context(of)),
    }
}

/// Fits a handful of rows: a learner looks at its parameters before anything else.
fn try_out(learner: &dyn DynLearner, params: &Params, task: TaskKind) -> Result<()> {
    const ROWS: usize = 6;
    let values = (0..ROWS).map(|i| i as f32).collect();
    let matrix = Matrix::new(ROWS, vec![Arc::new(Column::Numeric(values))])?;
    let classes = |n_classes: usize| Target::Classes { labels: (0..ROWS).map(|i| (i % n_classes) as u32).collect(), n_classes };
    let target = match task {
        TaskKind::Regression => Target::Numbers((1..=ROWS).map(|i| i as f64).collect()),
        TaskKind::Binary => classes(2),
        TaskKind::Multiclass => classes(3),
    };
    let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
    learner.fit(params, &data, &mut FitContext::new(0)).map(|_| ())
}

/// The parameters of a trial, with those that are fixed.
pub(super) fn with_fixed(params: &Params, fixed: Option<&Params>) -> Params {
    params.clone().into_iter().chain(fixed.cloned().unwrap_or_default()).collect()
}
