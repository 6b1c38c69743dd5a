//! The lists of components, looked up by id.
//!
//! The core names no component: the lists are put together by the façade, and a program adds its own with
//! [`Registry::with_learner`] and its siblings.

use crate::error::{Error, Result};
use crate::featurizer::DynFeaturizer;
use crate::learner::DynLearner;
use crate::metric::{self, Metric};

/// The components that an engine may use.
#[derive(Clone)]
pub struct Registry {
    learners: Vec<&'static dyn DynLearner>,
    featurizers: Vec<&'static dyn DynFeaturizer>,
    metrics: Vec<&'static dyn Metric>,
}

impl Registry {
    /// A registry with the given learners and featurizers, and every metric of the engine.
    pub fn new(learners: &[&'static dyn DynLearner], featurizers: &[&'static dyn DynFeaturizer]) -> Registry {
        Registry { learners: learners.to_vec(), featurizers: featurizers.to_vec(), metrics: metric::ALL.to_vec() }
    }

    /// With one more learner; one of the same id is replaced.
    pub fn with_learner(mut self, learner: &'static dyn DynLearner) -> Registry {
        self.learners.retain(|l| l.id() != learner.id());
        self.learners.push(learner);
        self
    }

    /// With one more featurizer, asked before those that are there; one of the same id is replaced.
    pub fn with_featurizer(mut self, featurizer: &'static dyn DynFeaturizer) -> Registry {
        self.featurizers.retain(|f| f.id() != featurizer.id());
        self.featurizers.insert(0, featurizer);
        self
    }

    /// Without some featurizers.
    ///
    /// # Errors
    /// One of them is not there; the message has the nearest names.
    pub fn without_featurizers(mut self, ids: &[String]) -> Result<Registry> {
        ids.iter().try_for_each(|id| self.featurizer(id).map(drop))?;
        self.featurizers.retain(|f| !ids.iter().any(|id| id == f.id()));
        Ok(self)
    }

    /// With one more metric; one of the same id is replaced.
    pub fn with_metric(mut self, metric: &'static dyn Metric) -> Registry {
        self.metrics.retain(|m| m.id() != metric.id());
        self.metrics.push(metric);
        self
    }

    /// The learners.
    pub fn learners(&self) -> &[&'static dyn DynLearner] {
        &self.learners
    }

    /// The featurizers, in the order in which they are asked for a column.
    pub fn featurizers(&self) -> &[&'static dyn DynFeaturizer] {
        &self.featurizers
    }

    /// The metrics.
    pub fn metrics(&self) -> &[&'static dyn Metric] {
        &self.metrics
    }

    /// The learner of that id.
    ///
    /// # Errors
    /// No such learner; the message has the nearest names.
    pub fn learner(&self, id: &str) -> Result<&'static dyn DynLearner> {
        self.learners
            .iter()
            .find(|l| l.id() == id)
            .copied()
            .ok_or_else(|| Error::unknown("learner", id, self.learners.iter().map(|l| l.id())))
    }

    /// The featurizer of that id.
    ///
    /// # Errors
    /// No such featurizer; the message has the nearest names.
    pub fn featurizer(&self, id: &str) -> Result<&'static dyn DynFeaturizer> {
        self.featurizers
            .iter()
            .find(|f| f.id() == id)
            .copied()
            .ok_or_else(|| Error::unknown("featurizer", id, self.featurizers.iter().map(|f| f.id())))
    }
}
