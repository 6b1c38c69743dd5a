//! What the parameters of a trial ask for: of its features, of its target, of its rows, and of its learner.

use serde_json::Value;

use super::data::FitData;
use super::fixed::with_fixed;
use crate::error::{Error, Result};
use crate::learner::DynLearner;
use crate::pipeline::FeatureParams;
use crate::registry::Registry;
use crate::space::Params;
use crate::target_transform::TargetTransform;

/// The parameter that names the transform of the target.
const TARGET_TRANSFORM: &str = "target_transform";
/// The parameter that says how many rows a fit learns from at most.
pub(super) const TRAIN_ROWS: &str = "train_rows";

/// What the parameters of a trial ask for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Asked {
    pub features: FeatureParams,
    pub transform: Option<TargetTransform>,
    /// The most rows to learn from.
    pub train_rows: Option<usize>,
    pub learner: Params,
}

impl Asked {
    /// Takes parameters apart.
    ///
    /// # Errors
    /// A featurizer or a transform that is not there, with the nearest names; or a number of rows that is none.
    pub fn parse(params: &Params, registry: &Registry) -> Result<Asked> {
        let (features, mut learner) = FeatureParams::split(params, registry)?;
        let transform = match learner.remove(TARGET_TRANSFORM) {
            None => None,
            Some(name) => {
                let text =
                    name.as_str().ok_or_else(|| Error::usage(format!("`{TARGET_TRANSFORM}` is {name}; it must be a name")))?;
                Some(TargetTransform::parse(text)?)
            }
        };
        let counted = |rows: Value| {
            let whole = rows.as_u64().and_then(|rows| usize::try_from(rows).ok()).filter(|&rows| rows > 0);
            whole.ok_or_else(|| Error::usage(format!("`{TRAIN_ROWS}` is {rows}; it must be a whole number from 1 on")))
        };
        let train_rows = learner.remove(TRAIN_ROWS).map(counted).transpose()?;
        Ok(Asked { features, transform, train_rows, learner })
    }

    /// What a trial asks for, with what the caller fixed for its learner and for featurizers.
    ///
    /// # Errors
    /// See [`Asked::parse`].
    pub fn of(params: &Params, learner: &dyn DynLearner, data: &FitData, registry: &Registry) -> Result<Asked> {
        let mut asked = Asked::parse(&with_fixed(params, data.params.get(learner.id())), registry)?;
        // Both are the most that there may be: a trial that is repeated had fewer where its time did not suffice.
        let own = params.get(TRAIN_ROWS).and_then(Value::as_u64).map(|rows| rows as usize);
        asked.train_rows = asked.train_rows.into_iter().chain(own).min();
        asked.features.asked.extend(data.featurizers.iter().cloned());
        for (id, fixed) in data.params.iter().filter(|(id, _)| registry.featurizer(id).is_ok()) {
            asked.features.params.entry(id.clone()).or_default().extend(fixed.clone());
        }
        Ok(asked)
    }
}
