//! Trained nets as a model.

use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::activation::activate;
use super::inputs::{Inputs, Prepared};
use super::network::Network;
use crate::head::Head;
use crate::simd::for_each_machine;

/// Nets that were trained alike; the mean of their outputs counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MlpModel {
    /// What the outputs mean.
    pub head: Head,
    /// What goes in.
    pub inputs: Inputs,
    /// The shape of every net.
    pub network: Network,
    /// The parameters of every net.
    pub nets: Vec<Vec<f32>>,
    /// One output is worth this much of the target,
    pub scale: f64,
    /// and 0 stands for this.
    pub offset: f64,
    /// The smallest and the largest number to predict.
    pub range: (f64, f64),
}

/// Rows that go through a net together. Each by itself gives the same bits.
const TOGETHER: usize = 4;

impl MlpModel {
    fn margins(&self, x: View<'_>) -> Vec<f64> {
        let (rows, m) = (x.rows(), self.head.outputs());
        let mut margins = vec![0.0f64; rows * m];
        if m == 0 {
            return margins;
        }
        let prepared = self.inputs.prepare(x);
        let share = 1.0 / self.nets.len().max(1) as f64;
        let chosen: Vec<usize> = (0..rows).collect();
        for parameters in &self.nets {
            let mut pass = Pass::new(self, parameters);
            for (rows, margins) in chosen.chunks(TOGETHER).zip(margins.chunks_mut(TOGETHER * m)) {
                let outputs = pass.outputs(&prepared, rows);
                margins.iter_mut().zip(outputs).for_each(|(sum, z)| *sum += share * f64::from(*z));
            }
        }
        margins
    }
}

/// A few rows on their way through a net.
struct Pass<'a> {
    model: &'a MlpModel,
    parameters: &'a [f32],
    layers: Vec<super::network::Layer>,
    values: Vec<f32>,
    sums: Vec<f32>,
    slopes: Vec<f32>,
}

impl<'a> Pass<'a> {
    fn new(model: &'a MlpModel, parameters: &'a [f32]) -> Pass<'a> {
        let widest = model.network.widths.iter().copied().max().unwrap_or(0);
        let zeros = || vec![0.0; TOGETHER * widest];
        Pass { model, parameters, layers: model.network.layers(), values: zeros(), sums: zeros(), slopes: zeros() }
    }

    fn outputs(&mut self, prepared: &Prepared, rows: &[usize]) -> &[f32] {
        let MlpModel { inputs, network, .. } = self.model;
        let (tables, last) = (&self.parameters[..network.tables], self.layers.len() - 1);
        for (out, &row) in self.values.chunks_exact_mut(inputs.width().max(1)).zip(rows) {
            inputs.write(prepared, row, tables, out);
        }
        for (at, layer) in self.layers.iter().enumerate() {
            let size = rows.len() * layer.outputs;
            let sums = &mut self.sums[..size];
            let weights = &self.parameters[layer.weights.clone()];
            products(&self.values[..rows.len() * layer.inputs], weights, layer.factor, rows.len(), sums);
            if at == 0 && network.words > 0 {
                let of_words = &self.parameters[network.of_words()];
                for (sums, &row) in sums.chunks_exact_mut(layer.outputs).zip(rows) {
                    for &(word, value) in prepared.words(row) {
                        let weights = &of_words[word as usize * layer.outputs..][..layer.outputs];
                        sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += value * w);
                    }
                }
            }
            let biases = &self.parameters[layer.biases.clone()];
            if at < last {
                activate(sums, biases, &mut self.slopes[..size]);
            } else {
                sums.chunks_exact_mut(layer.outputs).for_each(|r| r.iter_mut().zip(biases).for_each(|(z, b)| *z += b));
            }
            std::mem::swap(&mut self.values, &mut self.sums);
        }
        &self.values[..rows.len() * network.outputs()]
    }
}

for_each_machine! {
    /// `out = factor · x · weights` for a few rows, added up in the order of the inputs whatever the number of rows.
    fn products(x: &[f32], weights: &[f32], factor: f32, rows: usize, out: &mut [f32]) = products_body
}

#[inline(always)]
fn products_body(x: &[f32], weights: &[f32], factor: f32, rows: usize, out: &mut [f32]) {
    out.fill(0.0);
    let (inputs, width) = (x.len() / rows, out.len() / rows);
    if rows == TOGETHER {
        let (a, rest) = out.split_at_mut(width);
        let (b, rest) = rest.split_at_mut(width);
        let (c, d) = rest.split_at_mut(width);
        for (i, weights) in weights.chunks_exact(width).enumerate() {
            let x = [x[i], x[inputs + i], x[2 * inputs + i], x[3 * inputs + i]];
            for ((((a, b), c), d), w) in a.iter_mut().zip(&mut *b).zip(&mut *c).zip(&mut *d).zip(weights) {
                *a += x[0] * w;
                *b += x[1] * w;
                *c += x[2] * w;
                *d += x[3] * w;
            }
        }
    } else {
        for (i, weights) in weights.chunks_exact(width).enumerate() {
            for (r, out) in out.chunks_exact_mut(width).enumerate() {
                let value = x[r * inputs + i];
                out.iter_mut().zip(weights).for_each(|(sum, w)| *sum += value * w);
            }
        }
    }
    out.iter_mut().for_each(|sum| *sum *= factor);
}

impl Model for MlpModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let mut margins = self.margins(x);
        if self.head == Head::Number {
            let (low, high) = self.range;
            margins.iter_mut().for_each(|z| *z = (self.offset + self.scale * *z).clamp(low, high));
        }
        self.head.predictions(x.rows(), margins)
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let wrong = |what: String| Err(Error::artifact(format!("net: {what}")));
        self.head.validate().map_err(|e| e.context("net"))?;
        self.inputs.validate(columns)?;
        let Network { tables, words, widths, .. } = &self.network;
        let fits = widths.len() >= 2
            && widths[0] == self.inputs.width()
            && (*tables, *words) == (self.inputs.tables(), self.inputs.words())
            && self.network.outputs() == self.head.outputs();
        let hidden = widths.get(1..widths.len().saturating_sub(1)).unwrap_or(&[]);
        if !fits || hidden.iter().any(|&w| w == 0 || w > 1 << 16) {
            return wrong(format!("widths {widths:?}"));
        }
        let size = self.network.parameters();
        if self.nets.iter().any(|net| Some(net.len()) != size || net.iter().any(|p| !p.is_finite())) {
            return wrong(format!("parameters of {} nets", self.nets.len()));
        }
        let (low, high) = self.range;
        let finite = [self.scale, self.offset, low, high].iter().all(|v| v.is_finite());
        if !finite || low > high {
            return wrong(format!("scale {}, offset {}, range {:?}", self.scale, self.offset, self.range));
        }
        Ok(())
    }
}
