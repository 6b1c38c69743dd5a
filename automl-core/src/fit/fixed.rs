//! Which parameters did the caller fix?

use crate::config::FitConfig;
use crate::error::{Error, Result};
use crate::matrix::Shape;
use crate::registry::Registry;
use crate::space::Params;

/// Checks the parameters that the configuration fixes for learners.
///
/// # Errors
/// A learner that is not there, a parameter that it does not have (with the nearest names), or a value of the wrong
/// type. What a value may be is checked when the learner is fitted.
pub(super) fn check(config: &FitConfig, registry: &Registry) -> Result<()> {
    for (id, params) in &config.params {
        let learner = registry.learner(id)?;
        let known = learner.default_params();
        if let Some(name) = params.keys().find(|name| !known.contains_key(*name)) {
            return Err(Error::unknown("parameter", name, known.keys().map(String::as_str)).context(format!("learner `{id}`")));
        }
        learner.cost(params, Shape { rows: 1, columns: 1, width: 1, nonzeros: 0, outputs: 1 })?;
    }
    Ok(())
}

/// The parameters of a trial, with those that are fixed.
pub(super) fn with_fixed(params: &Params, fixed: Option<&Params>) -> Params {
    params.clone().into_iter().chain(fixed.cloned().unwrap_or_default()).collect()
}
