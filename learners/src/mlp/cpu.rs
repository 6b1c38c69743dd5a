//! The nets on the processor, one thread each.

use std::sync::{Mutex, MutexGuard, PoisonError};

use automl_core::fit_context::{FitContext, Signal};
use automl_core::seed::{Rng, derive, rng};
use rand::RngExt;
use rand::seq::SliceRandom;

use super::activation::activate;
use super::network::Layer;
use super::train::{Task, Trainer};
use crate::aims::Aims;
use crate::exp::exp;
use crate::product::{Rows, multiply};
use crate::simd::for_each_machine;

/// How much of the past the two moments of a gradient keep.
const MOMENTUM: f32 = 0.9;
const MOMENTUM_OF_SQUARES: f32 = 0.95;

/// Trains nets on the threads of the fit.
pub(super) struct Cpu<'a> {
    nets: Vec<Mutex<Net<'a>>>,
}

impl<'a> Cpu<'a> {
    /// Nets that know nothing yet.
    pub fn new(task: &'a Task<'a>, ctx: &FitContext<'_>) -> Cpu<'a> {
        let nets = ctx.map(task.nets, |n| Mutex::new(Net::new(task, derive(task.plan.seed, n as u64))));
        Cpu { nets }
    }
}

impl Trainer for Cpu<'_> {
    fn epoch(&mut self, ctx: &FitContext<'_>) -> Signal {
        let signals = ctx.map(self.nets.len(), |n| lock(&self.nets[n]).epoch(ctx));
        signals.into_iter().find(|s| s.is_stop()).unwrap_or(Signal::Continue)
    }

    fn parameters(&self) -> Vec<Vec<f32>> {
        self.nets.iter().map(|net| lock(net).parameters.clone()).collect()
    }
}

fn lock<'m, 'a>(net: &'m Mutex<Net<'a>>) -> MutexGuard<'m, Net<'a>> {
    net.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A hidden layer or the outputs, for the rows of a batch.
struct Values {
    /// What comes out of the layer.
    out: Vec<f32>,
    /// By how much it changes with the sums that went in.
    slopes: Vec<f32>,
    /// The gradient by these sums.
    gradient: Vec<f32>,
}

/// A net under training.
pub(super) struct Net<'a> {
    pub task: &'a Task<'a>,
    layers: Vec<Layer>,
    pub parameters: Vec<f32>,
    pub gradient: Vec<f32>,
    first_moments: Vec<f32>,
    second_moments: Vec<f32>,
    /// The inputs of a batch.
    inputs: Vec<f32>,
    /// The gradient by the inputs that come from tables.
    of_tables: Vec<f32>,
    values: Vec<Values>,
    rng: Rng,
    order: Vec<u32>,
    step: usize,
}

impl<'a> Net<'a> {
    pub fn new(task: &'a Task<'a>, seed: u64) -> Net<'a> {
        let layers = task.network.layers();
        let batch = task.plan.batch.min(task.rows.aims.len());
        let zeros = |size: usize| vec![0.0f32; size];
        let size = layers.last().map_or(0, |l| l.biases.end);
        let values = layers.iter().map(|l| batch * l.outputs);
        let values = values.map(|n| Values { out: zeros(n), slopes: zeros(n), gradient: zeros(n) }).collect();
        let mut net = Net {
            task,
            parameters: zeros(size),
            gradient: zeros(size),
            first_moments: zeros(size),
            second_moments: zeros(size),
            inputs: zeros(batch * task.inputs.width()),
            of_tables: zeros(batch * (task.inputs.width() - task.inputs.first_of_tables())),
            values,
            layers,
            rng: rng(seed),
            order: (0..task.rows.aims.len() as u32).collect(),
            step: 0,
        };
        net.initialise();
        net
    }

    /// Random weights, scaled so that the sums of some training rows have a deviation of one, and biases that lay the
    /// bend of every unit near a training row. The outputs begin at those of a net without features.
    fn initialise(&mut self) {
        let of_words = self.task.network.of_words();
        let last = self.layers.len() - 1;
        let drawn = self.layers[last].weights.start;
        for i in 0..drawn {
            self.parameters[i] = normal(&mut self.rng);
        }
        self.order.shuffle(&mut self.rng);
        let rows: Vec<u32> = self.order[..self.order.len().min(self.task.plan.batch)].to_vec();
        self.gather(&rows);
        for at in 0..last {
            let layer = self.layers[at].clone();
            self.sums(at, &rows);
            for unit in 0..layer.outputs {
                let sums = || self.values[at].out[..rows.len() * layer.outputs].iter().skip(unit).step_by(layer.outputs);
                let (mean, n) = (sums().sum::<f32>() / rows.len() as f32, rows.len() as f32);
                let deviation = (sums().map(|z| (z - mean) * (z - mean)).sum::<f32>() / n).sqrt();
                let scale = if deviation > 1e-3 { 1.0 / deviation } else { 1.0 };
                let near = self.between(&self.values[at].out, unit, layer.outputs, rows.len());
                let own = layer.weights.clone().skip(unit).step_by(layer.outputs);
                let of_words = if at == 0 { of_words.clone() } else { 0..0 };
                for i in own.chain(of_words.skip(unit).step_by(layer.outputs)) {
                    self.parameters[i] *= scale;
                }
                self.parameters[layer.biases.start + unit] = -scale * near;
            }
            self.sums(at, &rows);
            self.activate(at, rows.len());
        }
        let biases = self.layers[last].biases.clone();
        self.parameters[biases].copy_from_slice(&self.task.start);
    }

    /// A random mixture of the sums of five rows.
    fn between(&self, sums: &[f32], unit: usize, width: usize, rows: usize) -> f32 {
        // A generator of its own, so that this needs no second borrow of the net.
        let mut own = rng(derive(self.task.plan.seed, (unit as u64) << 20 | width as u64));
        let (mut total, mut mixed) = (0.0, 0.0);
        for _ in 0..5 {
            let share = -own.random::<f32>().max(1e-9).ln();
            total += share;
            mixed += share * sums[own.random_range(0..rows) * width + unit];
        }
        mixed / total
    }

    fn epoch(&mut self, ctx: &FitContext<'_>) -> Signal {
        let (plan, rows) = (self.task.plan, self.task.rows.aims.len());
        let mut order = std::mem::take(&mut self.order);
        order.shuffle(&mut self.rng);
        let mut signal = Signal::Continue;
        for batch in order.chunks(plan.batch).take(plan.steps(rows)) {
            signal = ctx.check();
            if signal.is_stop() {
                break;
            }
            self.descend(batch);
        }
        self.order = order;
        signal
    }

    /// One step along the gradient of a batch.
    fn descend(&mut self, batch: &[u32]) {
        let (plan, rows) = (self.task.plan, self.task.rows.aims.len());
        self.outputs(batch);
        self.blame(batch);
        self.backward(batch);
        let rate = plan.rate(self.step, rows);
        self.step += 1;
        self.update(rate, plan.weight_decay);
    }

    /// The outputs for a batch.
    pub fn outputs(&mut self, batch: &[u32]) -> &[f32] {
        let dropout = self.task.plan.dropout;
        let last = self.layers.len() - 1;
        self.gather(batch);
        for at in 0..last {
            self.sums(at, batch);
            self.activate(at, batch.len());
            self.drop(at, batch.len(), dropout);
        }
        self.sums(last, batch);
        let Layer { outputs, biases, .. } = self.layers[last].clone();
        let out = &mut self.values[last].out[..batch.len() * outputs];
        let biases = &self.parameters[biases];
        out.chunks_exact_mut(outputs).for_each(|row| row.iter_mut().zip(biases).for_each(|(z, b)| *z += b));
        out
    }

    /// Writes the inputs of the batch.
    fn gather(&mut self, batch: &[u32]) {
        let (inputs, width) = (self.task.inputs, self.task.inputs.width());
        let tables = &self.parameters[..self.task.network.tables];
        for (out, &row) in self.inputs.chunks_exact_mut(width.max(1)).zip(batch) {
            inputs.write(&self.task.rows.prepared, row as usize, tables, out);
        }
    }

    /// The weighted sums that go into a layer, without the biases.
    fn sums(&mut self, at: usize, batch: &[u32]) {
        let (layer, rows) = (&self.layers[at], batch.len());
        let (before, own) = self.values.split_at_mut(at);
        let x = before.last().map_or(&self.inputs, |v| &v.out);
        let weights = Rows::new(&self.parameters[layer.weights.clone()], layer.inputs, layer.outputs);
        let out = &mut own[0].out;
        if layer.inputs == 0 {
            out.fill(0.0);
        } else {
            multiply(out, layer.factor, Rows::new(x, rows, layer.inputs), weights);
        }
        if at == 0 && self.task.network.words > 0 {
            let of_words = &self.parameters[self.task.network.of_words()];
            for (out, &row) in out.chunks_exact_mut(layer.outputs).zip(batch) {
                for &(word, value) in self.task.rows.prepared.words(row as usize) {
                    let weights = &of_words[word as usize * layer.outputs..][..layer.outputs];
                    out.iter_mut().zip(weights).for_each(|(sum, w)| *sum += value * w);
                }
            }
        }
    }

    fn activate(&mut self, at: usize, rows: usize) {
        let layer = &self.layers[at];
        let Values { out, slopes, .. } = &mut self.values[at];
        let size = rows * layer.outputs;
        let biases = &self.parameters[layer.biases.clone()];
        activate(&mut out[..size], biases, &mut slopes[..size]);
    }

    /// Leaves some activations out, and makes the others larger instead.
    fn drop(&mut self, at: usize, rows: usize, share: f32) {
        // Eight draws per random number: to within a 256th of what was asked for.
        let threshold = (share * 256.0).round().clamp(0.0, 255.0) as u8;
        if threshold == 0 {
            return;
        }
        let keep = 256.0 / (256.0 - f32::from(threshold));
        let size = rows * self.layers[at].outputs;
        let Values { out, slopes, .. } = &mut self.values[at];
        for (out, slopes) in out[..size].chunks_mut(8).zip(slopes[..size].chunks_mut(8)) {
            let draws = self.rng.random::<u64>().to_le_bytes();
            for ((out, slope), draw) in out.iter_mut().zip(slopes).zip(draws) {
                let factor = if draw < threshold { 0.0 } else { keep };
                *out *= factor;
                *slope *= factor;
            }
        }
    }

    /// The gradient of the mean loss by the outputs.
    pub fn blame(&mut self, batch: &[u32]) {
        let last = self.layers.len() - 1;
        let (layer, values) = (&self.layers[last], &mut self.values[last]);
        let (m, share) = (layer.outputs, 1.0 / batch.len() as f32);
        for ((out, gradient), &row) in values.out.chunks_exact(m).zip(values.gradient.chunks_exact_mut(m)).zip(batch) {
            let weight = share * self.task.rows.weights[row as usize];
            match &self.task.rows.aims {
                Aims::Numbers(values) => gradient[0] = weight * (out[0] - values[row as usize]),
                Aims::Binary(values) => gradient[0] = weight * (1.0 / (1.0 + exp(-out[0])) - values[row as usize]),
                Aims::Classes(places) => softmax_gradient(out, places[row as usize] as usize, weight, gradient),
            }
        }
    }

    /// The gradient by all parameters, from the outputs back to the inputs.
    pub fn backward(&mut self, batch: &[u32]) {
        let rows = batch.len();
        for at in (0..self.layers.len()).rev() {
            let layer = &self.layers[at];
            let (before, own) = self.values.split_at_mut(at);
            let above = Rows::new(&own[0].gradient, rows, layer.outputs);
            let of_biases = &mut self.gradient[layer.biases.clone()];
            of_biases.fill(0.0);
            for row in own[0].gradient[..rows * layer.outputs].chunks_exact(layer.outputs) {
                of_biases.iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
            }
            let x = before.last().map_or(&self.inputs, |v| &v.out);
            if layer.inputs > 0 {
                let x = Rows::new(x, rows, layer.inputs).transposed();
                multiply(&mut self.gradient[layer.weights.clone()], layer.factor, x, above);
            }
            if let Some(below) = before.last_mut() {
                let weights = Rows::new(&self.parameters[layer.weights.clone()], layer.inputs, layer.outputs);
                multiply(&mut below.gradient, layer.factor, above, weights.transposed());
                let size = rows * layer.inputs;
                below.gradient[..size].iter_mut().zip(&below.slopes).for_each(|(g, slope)| *g *= slope);
            }
        }
        self.backward_words(batch);
        self.backward_tables(batch);
    }

    fn backward_words(&mut self, batch: &[u32]) {
        let (of_words, width) = (self.task.network.of_words(), self.layers[0].outputs);
        let of_words = &mut self.gradient[of_words];
        of_words.fill(0.0);
        if of_words.is_empty() {
            return;
        }
        for (gradient, &row) in self.values[0].gradient.chunks_exact(width).zip(batch) {
            for &(word, value) in self.task.rows.prepared.words(row as usize) {
                let sums = &mut of_words[word as usize * width..][..width];
                sums.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += value * g);
            }
        }
    }

    fn backward_tables(&mut self, batch: &[u32]) {
        let (layer, first) = (&self.layers[0], self.task.inputs.first_of_tables());
        let width = layer.inputs - first;
        let (of_tables, _) = self.gradient.split_at_mut(self.task.network.tables);
        if of_tables.is_empty() {
            return;
        }
        of_tables.fill(0.0);
        let weights = &self.parameters[layer.weights.start + first * layer.outputs..layer.weights.end];
        let above = Rows::new(&self.values[0].gradient, batch.len(), layer.outputs);
        multiply(&mut self.of_tables, layer.factor, above, Rows::new(weights, width, layer.outputs).transposed());
        for (gradient, &row) in self.of_tables.chunks_exact(width).zip(batch) {
            self.task.inputs.add_to_tables(&self.task.rows.prepared, row as usize, gradient, of_tables);
        }
    }

    /// A step of Adam, with decoupled decay of the weights.
    fn update(&mut self, rate: f32, decay: f32) {
        let last = self.layers.last().map_or(0, |l| l.biases.end);
        // Tables and words, then each layer's weights and its biases: weights only are drawn to zero.
        let mut start = 0;
        let unbiased = |keep: f32| 1.0 - keep.powi(self.step.min(10_000) as i32);
        let (step, scale) = (rate / unbiased(MOMENTUM), 1.0 / unbiased(MOMENTUM_OF_SQUARES));
        let weights = self.layers.iter().map(|l| l.weights.clone());
        for (end, keep) in weights.flat_map(|w| [(w.start, 1.0), (w.end, 1.0 - rate * decay)]).chain([(last, 1.0)]) {
            adam(
                &mut self.parameters[start..end],
                &self.gradient[start..end],
                &mut self.first_moments[start..end],
                &mut self.second_moments[start..end],
                [step, scale, keep],
            );
            start = end;
        }
    }
}

for_each_machine! {
    /// A step of Adam (Kingma, Ba 2015); `rates` are the step with the first moment's correction, the second moment's
    /// correction, and what is kept of the parameters.
    fn adam(parameters: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32], rates: [f32; 3]) = adam_body
}

#[inline(always)]
fn adam_body(parameters: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32], [step, scale, keep]: [f32; 3]) {
    for (((p, g), m), v) in parameters.iter_mut().zip(gradient).zip(first).zip(second) {
        *m = MOMENTUM * *m + (1.0 - MOMENTUM) * g;
        *v = MOMENTUM_OF_SQUARES * *v + (1.0 - MOMENTUM_OF_SQUARES) * g * g;
        *p = keep * *p - step * *m / ((scale * *v).sqrt() + 1e-8);
    }
}

fn softmax_gradient(scores: &[f32], aim: usize, weight: f32, gradient: &mut [f32]) {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    gradient.iter_mut().zip(scores).for_each(|(g, z)| *g = exp(z - top));
    let scale = weight / gradient.iter().sum::<f32>();
    gradient.iter_mut().for_each(|g| *g *= scale);
    gradient[aim] -= weight;
}

/// A normal number (Box, Muller).
fn normal(rng: &mut Rng) -> f32 {
    let (radius, turn): (f32, f32) = (rng.random::<f32>().max(1e-9), rng.random());
    (-2.0 * radius.ln()).sqrt() * (std::f32::consts::TAU * turn).cos()
}
