//! Fits a forest: trees in batches until there are enough or the time is over.

use automl_core::error::{Error, Kind, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Fitted, TrainData};
use automl_core::seed::derive;
use automl_core::task::Target;

use super::gini::Gini;
use super::grow::Grower;
use super::impurity::Impurity;
use super::layout::Layout;
use super::model::ForestModel;
use super::out_of_bag::OutOfBag;
use super::params::Growth;
use super::sample::Source;
use super::squared_error::SquaredError;
use super::{ForestParams, Thresholds};
use crate::featureless::prior;

/// Fits the forest of the learner `id`.
pub(super) fn fit(
    id: &str,
    params: &ForestParams,
    thresholds: Thresholds,
    data: &TrainData<'_>,
    ctx: &mut FitContext<'_>,
) -> Result<Fitted<ForestModel>> {
    params.check(id)?;
    let start = prior(data.target, data.weights);
    let model = ForestModel::new(data.target, data.x.columns().len(), &start);
    let out_of_bag = OutOfBag::new(data.target.len(), model.outputs(), start.clone());
    if data.x.columns().is_empty() || data.x.rows() == 0 {
        return Ok(Fitted { held_out: Some(out_of_bag.predictions(&model)), model });
    }
    let layout = Layout::of(data.x, ctx).map_err(|e| e.context(format!("learner `{id}`")))?;
    let places: Vec<u32> = (0..data.x.rows()).map(|i| data.x.row(i) as u32).collect();
    let splittable = layout.features().iter().filter(|feature| feature.count() > 1).count();
    let forest = Forest { layout: &layout, places: &places, weights: data.weights, model, out_of_bag };
    let growth = params.growth(splittable, data.target.labels().is_some(), thresholds);
    // Values are taken from their mean, so that `f32` holds what differs between them.
    let numbers = |centre: f64| SquaredError::new(centre, layout.codes_max());
    match data.target {
        Target::Numbers(values) => {
            let values: Vec<f32> = values.iter().map(|value| (value - start[0]) as f32).collect();
            forest.grow(params.trees, growth, &values, numbers(start[0]), ctx)
        }
        Target::Classes { labels, n_classes: 2 } => {
            let values: Vec<f32> = labels.iter().map(|&label| label as f32).collect();
            forest.grow(params.trees, growth, &values, numbers(0.0), ctx)
        }
        Target::Classes { labels, n_classes } => forest.grow(params.trees, growth, labels, Gini::new(*n_classes), ctx),
    }
}

/// A forest that grows.
struct Forest<'a> {
    layout: &'a Layout,
    places: &'a [u32],
    weights: Option<&'a [f64]>,
    model: ForestModel,
    out_of_bag: OutOfBag,
}

impl Forest<'_> {
    fn grow<I: Impurity>(
        mut self,
        trees: usize,
        growth: Growth,
        values: &[I::Value],
        blank: I,
        ctx: &FitContext<'_>,
    ) -> Result<Fitted<ForestModel>> {
        /// Trees that every thread has of a batch: enough that threads seldom wait for the last.
        const TREES_PER_THREAD: usize = 4;
        let source = Source { places: self.places, values, weights: self.weights };
        let grower = Grower::new(growth, self.layout, source, blank);
        // The size of a batch depends on the threads and must not change a result.
        let batch = TREES_PER_THREAD * ctx.threads();
        for first in (0..trees).step_by(batch) {
            let count = batch.min(trees - first);
            let grown = ctx.map(count, |i| grower.grow(derive(ctx.seed, (first + i) as u64), ctx));
            let all_done = grown.iter().all(Option::is_some);
            for tree in grown.into_iter().flatten() {
                self.model.push(&tree, self.layout);
                self.out_of_bag.add(&tree);
            }
            // Forests do not overfit with more trees: validation rows are not asked.
            if !all_done || ctx.check().is_stop() {
                break;
            }
        }
        if self.model.trees() == 0 {
            return Err(Error::new(Kind::NoModel, "there was no time for a single tree"));
        }
        Ok(Fitted { held_out: Some(self.out_of_bag.predictions(&self.model)), model: self.model })
    }
}
