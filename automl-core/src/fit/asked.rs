//! What the parameters of a trial ask for: of its features, of its target, and of its learner.

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

/// What the parameters of a trial ask for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Asked {
    pub features: FeatureParams,
    pub transform: Option<TargetTransform>,
    pub learner: Params,
}

impl Asked {
    /// Takes parameters apart.
    ///
    /// # Errors
    /// A featurizer or a transform that is not there, with the nearest names.
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
        Ok(Asked { features, transform, learner })
    }

    /// What a trial asks for, with what the caller fixed for its learner and for featurizers.
    ///
    /// # Errors
    /// See [`Asked::parse`].
    pub fn of(params: &Params, learner: &dyn DynLearner, data: &FitData, registry: &Registry) -> Result<Asked> {
        let mut asked = Asked::parse(&with_fixed(params, data.params.get(learner.id())), registry)?;
        asked.features.asked.extend(data.featurizers.iter().cloned());
        for (id, fixed) in data.params.iter().filter(|(id, _)| registry.featurizer(id).is_ok()) {
            asked.features.params.entry(id.clone()).or_default().extend(fixed.clone());
        }
        Ok(asked)
    }
}
