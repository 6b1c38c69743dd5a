//! What a pipeline asks of its features: which featurizers, and their parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::selection::{SELECT_FEATURES, Selection};
use crate::space::Params;

/// The parameter that lists the featurizers a pipeline asks for.
pub(crate) const FEATURES: &str = "features";

/// What a pipeline asks of its features. In the parameters of a trial it stands beside those of the learner:
/// `features`, a list of featurizers, `FEATURIZER.NAME` for a parameter of one, and `select_features`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureParams {
    /// Ids of featurizers that are asked first, or that stand beside the readings.
    pub asked: Vec<String>,
    /// Per featurizer the parameters that differ from its defaults.
    pub params: BTreeMap<String, Params>,
    /// How columns are chosen from all that featurizers make; all are kept if there is none.
    pub selection: Option<Selection>,
}

impl FeatureParams {
    /// Takes what concerns features out of the parameters of a trial; the rest is the learner's.
    ///
    /// # Errors
    /// A featurizer that is not there, with the nearest names, a list that is none, or a selection that is none.
    pub fn split(params: &Params, registry: &Registry) -> Result<(FeatureParams, Params)> {
        let (mut features, mut rest) = (FeatureParams::default(), Params::new());
        for (name, value) in params {
            if name == FEATURES {
                features.asked = ids(value)?;
            } else if name == SELECT_FEATURES {
                features.selection = Some(Selection::parse(value)?);
            } else if let Some((id, name)) = name.split_once('.') {
                features.params.entry(id.to_owned()).or_default().insert(name.to_owned(), value.clone());
            } else {
                rest.insert(name.clone(), value.clone());
            }
        }
        for id in features.asked.iter().chain(features.params.keys()) {
            registry.featurizer(id)?;
        }
        Ok((features, rest))
    }

    /// Whether the pipeline asks for a featurizer.
    pub fn asks_for(&self, id: &str) -> bool {
        self.asked.iter().any(|asked| asked == id)
    }

    /// The parameters of a featurizer that differ from its defaults.
    pub fn of(&self, id: &str) -> Params {
        self.params.get(id).cloned().unwrap_or_default()
    }
}

fn ids(value: &Value) -> Result<Vec<String>> {
    let list = value.as_array().map(|list| list.iter().map(|id| id.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    list.flatten().ok_or_else(|| Error::usage(format!("parameter `{FEATURES}` is {value}; it must be a list of featurizers")))
}
