//! The boosting loop: gradients, trees, scores, and when to stop.

use std::sync::{Arc, Mutex, PoisonError};

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::TrainData;
use automl_core::predictions::Predictions;
use automl_core::seed::{derive, rng};

use super::GbdtParams;
use super::grow::{Grower, GrownTree, Job};
use super::loss::Objective;
use super::model::GbdtModel;
use super::output::Output;
use super::params::Sampling;
use super::sample::{self, Bag};
use super::split::Rules;
use super::statistics::{self, Rows, WithStatistics};
use super::table::{Places, Table};
use crate::bins::{self, Bins};

/// Memory for the histograms of all trees that are grown at a time: more is not faster, as splitting a leaf without
/// its histogram costs one more pass over its rows.
const HISTOGRAM_BYTES: u64 = 256 << 20;

/// Fits trees until validation rows no longer gain, the iterations are done, or the time is over.
pub(super) fn fit(params: &GbdtParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<GbdtModel> {
    let objective = Objective::new(params, data.target, data.weights)?;
    let columns = data.x.columns().len();
    if columns == 0 || data.x.rows() == 0 {
        return Ok(GbdtModel::new(&objective, data.target.width(), columns, Vec::new()));
    }
    check_start(data, objective.start().len(), ctx)?;
    let max_bin = bins::max_bin(params.max_bin, data.x.matrix.rows());
    let bins = Bins::of(data.x, max_bin, ctx).map_err(|e| e.context("learner `gbdt`"))?;
    let mut boosting = Boosting::new(params, data, objective, bins, ctx);
    ctx.install(|ctx| boosting.run(ctx));
    Ok(boosting.model)
}

/// Checks the scores to begin from.
fn check_start(data: &TrainData<'_>, outputs: usize, ctx: &FitContext<'_>) -> Result<()> {
    let Some(start) = ctx.start() else { return Ok(()) };
    let valid = data.valid.map_or(0, |v| v.rows());
    for (what, given, rows) in [("training", start.training, data.x.rows()), ("validation", start.validation, valid)] {
        if given.len() != rows * outputs || given.iter().any(|s| !s.is_finite()) {
            return Err(Error::usage(format!(
                "learner `gbdt` is to begin from {} scores of the {what} rows; {outputs} finite ones for each of {rows} are needed",
                given.len()
            )));
        }
    }
    Ok(())
}

/// A model in the making.
struct Boosting<'a> {
    params: &'a GbdtParams,
    objective: Objective<'a>,
    table: Table,
    /// The bins of the training rows: one, or several that differ in what they tell of categories. Trees take turns.
    training: Vec<Arc<Bins>>,
    /// The bins of the validation rows, and their places in them.
    valid: Option<(Arc<Bins>, Vec<u32>)>,
    outputs: Vec<Mutex<Output>>,
    growers: Mutex<Vec<Grower>>,
    /// Threads for each of the trees that are grown at a time.
    threads: usize,
    splittable: Vec<usize>,
    /// The learning rate.
    rate: f64,
    bag: Bag,
    model: GbdtModel,
}

impl<'a> Boosting<'a> {
    fn new(
        params: &'a GbdtParams,
        data: &TrainData<'_>,
        objective: Objective<'a>,
        shared: Arc<Bins>,
        ctx: &FitContext<'_>,
    ) -> Boosting<'a> {
        let table = Table::new(shared.clone(), data.x);
        let rows = Rows { x: data.x, valid: data.valid, target: data.target, weights: data.weights };
        let beyond = params.statistics_beyond(data.target.width()).unwrap_or(usize::MAX);
        let WithStatistics { statistics, training, validation } =
            statistics::add(beyond, &rows, &shared, &table, derive(ctx.seed, u64::MAX));
        let mut model = GbdtModel::new(&objective, data.target.width(), data.x.columns().len(), statistics);
        let valid = data.valid.map(|view| (validation, (0..view.rows()).map(|i| view.row(i) as u32).collect::<Vec<_>>()));
        let n_valid = valid.as_ref().map_or(0, |v| v.1.len());
        let mut outputs: Vec<_> =
            objective.start().iter().map(|start| Mutex::new(Output::new(*start, &table, n_valid, objective.unit()))).collect();
        if let Some(start) = ctx.start() {
            let count = outputs.len();
            for (k, output) in outputs.iter_mut().enumerate() {
                let output = output.get_mut().unwrap_or_else(PoisonError::into_inner);
                let of = |list: &[f64]| list.iter().skip(k).step_by(count).copied().collect::<Vec<f64>>();
                output.begin_from(&of(start.training), of(start.validation), &table, objective.unit());
            }
            model.begin_from_zero();
        }
        let at_once = ctx.threads().min(outputs.len()).max(1);
        let bytes = HISTOGRAM_BYTES.min(ctx.memory_bytes / 4) / at_once as u64;
        let growers = (0..at_once).map(|_| Grower::new(&training[0], bytes)).collect();
        let splittable = (0..training[0].features.len()).filter(|&j| training[0].features[j].count() > 1).collect();
        Boosting {
            params,
            objective,
            table,
            training,
            valid,
            outputs,
            growers: Mutex::new(growers),
            threads: (ctx.threads() / at_once).max(1),
            splittable,
            rate: params.rate(data.x.rows(), data.target.width(), f64::from(params.iterations)),
            bag: Bag::default(),
            model,
        }
    }

    fn run(&mut self, ctx: &mut FitContext<'_>) {
        let every = self.iterations_per_report();
        let n_valid = self.valid.as_ref().map_or(0, |v| v.1.len());
        let mut predictions = Predictions::zeros(n_valid, self.model.width());
        for iteration in 0..self.params.iterations {
            let Some(trees) = self.iterate(iteration, ctx) else { break };
            let is_done = trees.iter().all(|t| t.tree.nodes.is_empty()) && self.is_repetitive();
            self.model.push(&trees, &self.training[0], self.objective.unit().1);
            let is_last = iteration + 1 == self.params.iterations || is_done;
            let is_due = self.valid.is_some() && ((iteration + 1).is_multiple_of(every) || is_last);
            let signal = if is_due {
                self.predict_valid(&mut predictions);
                ctx.report(iteration + 1, &predictions)
            } else {
                ctx.check()
            };
            if signal.is_stop() || is_done {
                break;
            }
        }
        if !ctx.keeps_all_steps() {
            self.model.keep(ctx.best_step());
        }
    }

    /// One tree per output; `None` if stopped.
    fn iterate(&mut self, iteration: u32, ctx: &FitContext<'_>) -> Option<Vec<GrownTree>> {
        let seed = derive(ctx.seed, u64::from(iteration));
        let mut outputs: Vec<&mut Output> =
            self.outputs.iter_mut().map(|o| o.get_mut().unwrap_or_else(PoisonError::into_inner)).collect();
        let ranges = Output::differentiate(&mut outputs, &self.objective, &self.table, self.threads);
        let bagged = self.params.bagging_fraction < 1.0;
        let ranges = match self.params.sampling {
            Sampling::Uniform if bagged => {
                self.bag.draw(self.table.places(), self.params.bagging_fraction, seed as u32);
                ranges
            }
            Sampling::Mvs if bagged => {
                Output::draw_by_size(&mut outputs, &mut self.bag, &self.table, self.params, seed as u32);
                outputs.iter().map(|output| output.range(&self.bag.inside)).collect()
            }
            _ => ranges,
        };
        let this = &*self;
        let stop = || ctx.check().is_stop();
        let grown = ctx.map(ranges.len(), |k| {
            let mut output = this.outputs[k].lock().unwrap_or_else(PoisonError::into_inner);
            output.round(ranges[k], derive(seed, k as u64 + 1) as u32, this.threads);
            let bins = &this.training[iteration as usize % this.training.len()];
            this.grow(&mut output, bins, derive(seed, k as u64 + 1), bagged, &stop)
        });
        grown.into_iter().collect()
    }

    /// Grows the tree of one output and adds it to the scores.
    fn grow(
        &self,
        output: &mut Output,
        bins: &Bins,
        seed: u64,
        bagged: bool,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<GrownTree> {
        let mut grower = self.growers.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        let features = sample::features(&self.splittable, self.params.feature_fraction, &mut rng(seed));
        let job = Job {
            params: self.params,
            bins,
            steps: output.steps(),
            units: output.units(),
            places: if bagged { Places::Listed(&self.bag.inside) } else { self.table.places() },
            features: &features,
            threads: self.threads,
            seed,
            stop,
        };
        let mut grown = grower.grow(&job);
        if let Some(grown) = &mut grown {
            let rules = Rules { params: self.params, units: output.units() };
            output.settle(grown, &grower, &self.objective, &self.table, rules);
            grown.values.iter_mut().for_each(|value| *value *= self.rate);
            let outside: &[u32] = if bagged { &self.bag.outside } else { &[] };
            output.add(grown, &grower, &self.table, bins, outside, self.threads);
            if let Some((bins, places)) = &self.valid {
                output.add_to_validation(grown, bins, places, self.objective.unit().1);
            }
        }
        self.growers.lock().unwrap_or_else(PoisonError::into_inner).push(grower);
        grown
    }

    fn predict_valid(&mut self, predictions: &mut Predictions) {
        let scores: Vec<&[f64]> =
            self.outputs.iter_mut().map(|o| o.get_mut().unwrap_or_else(PoisonError::into_inner).validation()).collect();
        self.model.predictions_of(&scores, predictions);
    }

    /// Whether another tree would be the same as one that found no split.
    fn is_repetitive(&self) -> bool {
        let GbdtParams { bagging_fraction, feature_fraction, feature_fraction_node, extra_trees, .. } = *self.params;
        bagging_fraction >= 1.0 && feature_fraction >= 1.0 && feature_fraction_node >= 1.0 && !extra_trees
    }

    /// So many that reporting takes a fifth of the time at most: a power of two, so that fits of other sizes report
    /// steps of this one and can be compared.
    fn iterations_per_report(&self) -> u32 {
        /// Nanoseconds to make and score one prediction.
        const PER_PREDICTION: f64 = 40.0;
        const MOST: f64 = 32.0;
        let outputs = self.outputs.len();
        let report = self.valid.as_ref().map_or(0, |v| v.1.len()) as f64 * outputs as f64 * PER_PREDICTION;
        let iteration = self.params.iteration_ns(self.table.rows(), self.splittable.len(), outputs);
        ((report / (0.2 * iteration)).clamp(1.0, MOST).ceil() as u32).next_power_of_two()
    }
}
