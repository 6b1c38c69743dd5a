//! A small neural net: a multilayer perceptron with the tricks that make it good on tables.
//!
//! # What it is
//! A few layers of units between the features and the prediction, trained by small steps along the gradient. Numbers
//! are standardised and clipped smoothly, and each also enters as the pieces of a piecewise linear function between its
//! quantiles; categories are looked up in tables that are learned with the rest; of a text the most frequent words count.
//! Several nets with other random numbers are trained side by side, and the mean of their outputs counts. With
//! validation rows the best epoch is kept.
//!
//! # When it wins
//! Smooth dependence on many columns, and from a thousand rows on. It errs differently from trees: where it is as good
//! as they are, both together are clearly better than either.
//!
//! # Cost
//! Six floating-point operations per row, epoch and parameter, about 40 of them per nanosecond. Memory: the rows in
//! `f32`, and four numbers per parameter.
//!
//! # Parameters
//! - `layers`, `width`: hidden layers, and units in each.
//! - `networks`: nets that are trained side by side.
//! - `epochs`: how often every row is used; `null` for a number that falls with the rows and grows
//!   with the classes.
//! - `batch`: rows per step; `null` for 128 to 1024, more with more rows.
//! - `learning_rate`: the largest size of a step; `null` for 0.15 with classes and 0.07 with numbers.
//! - `weight_decay`, `dropout`: what keeps the net from learning rows by heart; `null` is a decay of 0.03 with classes and
//!   0.02 with numbers.
//! - `pieces`: pieces per number at most; 0 for none.
//! - `words_max`: words of a text that count.
//!
//! # References
//! Holzmüller, Grinsztajn, Steinwart, *Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data*
//! (2024), whose starts and scaled weights these are; Smith, Topin, *Super-Convergence* (2018), for the one cycle of step
//! sizes; Misra, *Mish* (2019), for the activation; Gorishniy, Rubachev, Babenko, *On Embeddings for
//! Numerical Features in Tabular Deep Learning* (2022), for the pieces; Guo, Berkhahn, *Entity Embeddings of Categorical
//! Variables* (2016). The defaults were chosen on eight public tables (credit_g, telco_churn, bank_marketing, covertype,
//! letter, abalone, california_housing, diamonds), where pieces, one cycle, decay to the end and a second net paid, and
//! SELU, slower biases and a fading dropout did not.

mod activation;
mod cpu;
mod inputs;
mod model;
mod network;
#[cfg(test)]
mod tests;
mod train;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Model, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::{Target, TaskKind};
pub use inputs::{Category, Inputs, Number, Words};
pub use model::MlpModel;
pub use network::Network;
use serde::{Deserialize, Serialize};

use self::cpu::Cpu;
use self::train::{Plan, Rows, Task, Trainer};
use crate::aims::{Aims, Unit, mean_one, start};
use crate::head::Head;

/// The learner `mlp`.
#[derive(Debug, Clone, Copy)]
pub struct Mlp;

/// Parameters of [`Mlp`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MlpParams {
    /// Hidden layers.
    pub layers: usize,
    /// Units of a hidden layer.
    pub width: usize,
    /// Nets that are trained side by side.
    pub networks: usize,
    /// How often every row is used; `None` for a number that falls with the rows.
    pub epochs: Option<usize>,
    /// Rows per step; `None` for a number that grows with the rows.
    pub batch: Option<usize>,
    /// The largest size of a step; `None` for one that suits the task.
    pub learning_rate: Option<f64>,
    /// Share of the weights that is taken away per unit of the learning rate; `None` for one that suits the task.
    pub weight_decay: Option<f64>,
    /// Share of the hidden activations that is left out of each step.
    pub dropout: f64,
    /// Pieces per number at most.
    pub pieces: usize,
    /// Words of a text that count.
    pub words_max: usize,
}

impl Default for MlpParams {
    fn default() -> MlpParams {
        MlpParams {
            layers: 2,
            width: 128,
            networks: 2,
            epochs: None,
            batch: None,
            learning_rate: None,
            weight_decay: None,
            dropout: 0.1,
            pieces: 8,
            words_max: 1024,
        }
    }
}

impl MlpParams {
    fn check(&self) -> Result<()> {
        let sizes = [("layers", self.layers, 16), ("width", self.width, 4096), ("networks", self.networks, 64)];
        let optional = [("epochs", self.epochs.unwrap_or(1), 100_000), ("batch", self.batch.unwrap_or(1), 1 << 20)];
        let usage = |what: String| Err(Error::usage(format!("parameters of `mlp`: {what}")));
        for (name, value, most) in sizes.into_iter().chain(optional) {
            if !(1..=most).contains(&value) {
                return usage(format!("`{name}` is {value}; it takes numbers from 1 to {most}"));
            }
        }
        if self.pieces > 256 {
            return usage(format!("`pieces` is {}; it takes numbers from 0 to 256", self.pieces));
        }
        if !(0.0..=0.9).contains(&self.dropout) {
            return usage(format!("`dropout` is {}; it takes numbers from 0 to 0.9", self.dropout));
        }
        if let Some(decay) = self.weight_decay.filter(|decay| !(0.0..=1.0).contains(decay)) {
            return usage(format!("`weight_decay` is {decay}; it takes numbers from 0 to 1"));
        }
        if let Some(rate) = self.learning_rate.filter(|&rate| !(rate > 0.0 && rate <= 10.0)) {
            return usage(format!("`learning_rate` is {rate}; it takes numbers above 0 and up to 10"));
        }
        Ok(())
    }

    /// Epochs for so many rows and outputs: many classes take longer to tell apart.
    fn epochs(&self, rows: usize, outputs: usize) -> usize {
        let rows_read = 400_000 * outputs.div_ceil(13).clamp(1, 4);
        self.epochs.unwrap_or_else(|| (rows_read / rows.max(1)).clamp(16, 64))
    }

    fn batch(&self, rows: usize) -> usize {
        self.batch.unwrap_or_else(|| (rows / 64).next_power_of_two().clamp(128, 1024)).min(rows.max(1))
    }

    fn plan(&self, target: &Target, outputs: usize, seed: u64) -> Plan {
        // Found on public tables: the log loss bears larger steps than the squared error, and asks for more restraint.
        let (learning_rate, weight_decay) = if target.labels().is_some() { (0.15, 0.03) } else { (0.07, 0.02) };
        let rows = target.len();
        Plan {
            epochs: self.epochs(rows, outputs),
            batch: self.batch(rows),
            learning_rate: self.learning_rate.unwrap_or(learning_rate) as f32,
            weight_decay: self.weight_decay.unwrap_or(weight_decay) as f32,
            dropout: self.dropout as f32,
            seed,
        }
    }

    /// Parameters of a net on data of this shape, about.
    fn parameters(&self, shape: Shape) -> f64 {
        let width = self.width as f64;
        let words = (shape.width - shape.columns).min(self.words_max);
        let inputs = (shape.columns * (1 + self.pieces) + words) as f64;
        inputs * width + (self.layers - 1) as f64 * width * width + width * shape.outputs as f64
    }
}

impl Learner for Mlp {
    type Params = MlpParams;
    type Model = MlpModel;
    const ID: &'static str = "mlp";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &TaskKind::ALL,
            forms: &[Form::Complete, Form::Codes, Form::Sparse],
            held_out: false,
            exact_weights: false,
            random: true,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new()
            .log_int("width", 64, 256, 64)
            .int("layers", 2, 4, 2)
            .log_float("learning_rate", 0.01, 0.15, 0.07)
            .float("dropout", 0.0, 0.4, 0.15)
            .log_float("weight_decay", 0.001, 0.1, 0.02)
            .int("pieces", 0, 16, 4)
    }

    fn cost(&self, params: &MlpParams, shape: Shape) -> Cost {
        const OPERATIONS_PER_NS: f64 = 40.0;
        let parameters = params.parameters(shape);
        let (rows, nets) = (shape.rows as f64, params.networks as f64);
        let epochs = params.epochs(shape.rows, shape.outputs) as f64;
        let steps = epochs * (rows / params.batch(shape.rows) as f64).ceil();
        // Six per row; for each step, moments and parameters are read and written.
        let operations = 6.0 * parameters * rows * epochs + 40.0 * parameters * steps;
        let memory = 8.0 * rows * shape.columns as f64 + 8.0 * shape.nonzeros as f64 + 20.0 * parameters * nets;
        Cost { memory_bytes: memory as u64, work: nets * operations / OPERATIONS_PER_NS }
    }

    fn within(&self, params: MlpParams, shape: Shape, work: f64) -> MlpParams {
        const EPOCHS_MIN: f64 = 2.0;
        let (epochs, all) = (params.epochs(shape.rows, shape.outputs) as f64, Learner::cost(self, &params, shape).work);
        // What it costs is known to within a half only.
        let affordable = (0.7 * work / all * epochs).floor();
        if affordable >= epochs {
            return params;
        }
        // One net whose training is whole is better than several with half of it.
        if params.networks > 1 {
            let networks = (0.7 * work / all * params.networks as f64) as usize;
            return self.within(MlpParams { networks: networks.max(1), ..params }, shape, work);
        }
        MlpParams { epochs: Some(affordable.max(EPOCHS_MIN) as usize), ..params }
    }

    fn fit(&self, params: &MlpParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<MlpModel>> {
        params.check()?;
        let mut model = begin(params, data);
        let rows = data.target.len();
        if rows > 0 && model.head.outputs() > 0 && model.scale > 0.0 {
            let rows = Rows {
                prepared: model.inputs.prepare(data.x),
                aims: Aims::of(data.target, &model.head, Unit { offset: model.offset, scale: model.scale }),
                weights: mean_one(data.weights, rows),
            };
            let (network, inputs) = (model.network.clone(), model.inputs.clone());
            let plan = params.plan(data.target, model.head.outputs(), ctx.seed);
            let start = start(&model.head, data).iter().map(|&z| z as f32).collect();
            let task = Task { network: &network, inputs: &inputs, rows: &rows, plan, start, nets: params.networks };
            train(&task, &mut model, data, ctx);
        }
        Ok(Fitted { model, held_out: None })
    }
}

/// The model before training: without nets, it predicts what needs no features.
fn begin(params: &MlpParams, data: &TrainData<'_>) -> MlpModel {
    let ones;
    let weights = match data.weights {
        Some(weights) => weights,
        None => {
            ones = vec![1.0; data.target.len()];
            &ones
        }
    };
    let head = Head::of(data.target);
    let inputs = Inputs::new(data.x, weights, params.pieces, params.words_max);
    let network = Network::new(&inputs, &vec![params.width; params.layers], head.outputs());
    let Unit { offset, scale } = Unit::of(data);
    let range = match data.target {
        Target::Numbers(values) => (values.iter().copied().fold(offset, f64::min), values.iter().copied().fold(offset, f64::max)),
        Target::Classes { .. } => (0.0, 0.0),
    };
    MlpModel { head, inputs, network, nets: Vec::new(), scale, offset, range }
}

/// Trains the nets epoch by epoch, and keeps those of the best one.
fn train(task: &Task<'_>, model: &mut MlpModel, data: &TrainData<'_>, ctx: &mut FitContext<'_>) {
    let mut trainer = Cpu::new(task, ctx);
    model.nets = trainer.parameters();
    let mut best = model.nets.clone();
    for epoch in 1..=task.plan.epochs as u32 {
        let signal = trainer.epoch(ctx);
        let nets = trainer.parameters();
        // A training that runs away ends with what it had before.
        if nets.iter().flatten().any(|p| !p.is_finite()) {
            break;
        }
        // An epoch that was cut off counts where there is none before it.
        if signal.is_stop() && epoch > 1 {
            break;
        }
        model.nets = nets;
        let judged = data.valid.map(|valid| ctx.report(epoch, &model.predict(valid)));
        if ctx.best_step().is_none_or(|step| step == epoch) {
            best.clone_from(&model.nets);
        }
        if signal.is_stop() || judged.is_some_and(|s| s.is_stop()) {
            break;
        }
    }
    model.nets = best;
}
