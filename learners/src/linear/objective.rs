//! The mean loss plus the penalty, and its gradient, in one pass over the training rows.
//!
//! Parameters lie feature by feature: `outputs` coefficients of each dense column, of each sparse feature,
//! then the intercepts. Values lie in `f32`, all arithmetic is `f64`: single precision would be twice as
//! fast, but its rounding is larger than the decrease of the last steps, and a row of weight two would no
//! longer be that row twice.

use std::ops::Range;

use automl_core::fit_context::FitContext;

use super::vector::{add_rows, dot, multiply};
use crate::design::Design;

/// Rows whose margins are computed together; their dense values (100 KB with 100 columns) are read twice
/// while they lie in the second cache.
const BLOCK_ROWS: usize = 256;
/// Multiplications in one piece of work: below 1 ms on one core.
const CHUNK_WORK: usize = 1 << 20;
/// Pieces between two looks at the deadline, whatever the number of threads: about 5 ms on one core.
const WAVE: usize = 8;

/// What is compared with the target.
#[derive(Debug)]
pub(super) enum Loss {
    /// Half the squared difference to these values.
    Squared(Vec<f64>),
    /// Half the Poisson deviance of these values, none negative; the margin is the logarithm of the mean.
    Poisson(Vec<f64>),
    /// The pinball loss of these values at a level, smoothed by a uniform kernel.
    Quantile(Vec<f64>, f64),
    /// Log loss of one margin; the values are 0 or 1.
    Binary(Vec<f64>),
    /// Log loss of a softmax over the margins; the values are their indices.
    Softmax(Vec<u32>),
}

/// The function to minimise.
pub(super) struct Objective<'a> {
    pub design: &'a Design,
    pub loss: &'a Loss,
    /// Margins per row.
    pub outputs: usize,
    /// Penalty `l2 / 2 * |w|²` beside the *sum* of the losses, intercepts excepted.
    pub l2: f64,
    /// Half width of the kernel that smooths a pinball loss.
    pub bandwidth: f64,
}

impl Objective<'_> {
    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        (self.design.width() + 1) * self.outputs
    }

    /// The value and the gradient, both divided by the total weight; `None` when the context says stop.
    pub fn evaluate(&self, ctx: &FitContext<'_>, parameters: &[f64], gradient: &mut [f64]) -> Option<f64> {
        let chunks = self.chunks();
        gradient.fill(0.0);
        let mut value = 0.0;
        for wave in chunks.chunks(WAVE) {
            if ctx.check().is_stop() {
                return None;
            }
            // Always the same pieces, added in the same order: the bits do not depend on the threads.
            for (part, part_gradient) in ctx.map(wave.len(), |c| self.chunk(wave[c].clone(), parameters)) {
                value += part;
                gradient.iter_mut().zip(&part_gradient).for_each(|(g, p)| *g += p);
            }
        }
        let penalised = parameters.len() - self.outputs;
        let squares: f64 = parameters[..penalised].iter().map(|w| w * w).sum();
        gradient[..penalised].iter_mut().zip(parameters).for_each(|(g, w)| *g += self.l2 * w);
        let scale = 1.0 / self.design.total_weight;
        gradient.iter_mut().for_each(|g| *g *= scale);
        Some((value + 0.5 * self.l2 * squares) * scale)
    }

    /// Rough second derivatives, divided by the total weight: those at the model without features, as if
    /// the features were independent. A dense column has a mean square of one.
    pub fn diagonal(&self) -> Vec<f64> {
        let (design, m) = (self.design, self.outputs);
        let curvature = match self.loss {
            Loss::Squared(_) => 1.0,
            Loss::Poisson(target) => (dot(target, &design.weights) / design.total_weight).max(1e-9),
            Loss::Quantile(..) => 0.5 / (1.0 + self.bandwidth),
            Loss::Binary(_) | Loss::Softmax(_) => 1.0 / m.max(4) as f64,
        };
        let mut squares = vec![1.0; design.dense_columns.len()];
        squares.resize(design.width(), 0.0);
        let sparse = &mut squares[design.dense_columns.len()..];
        for (entries, weight) in design.starts.windows(2).map(|s| s[0]..s[1]).zip(&design.weights) {
            for (&feature, &value) in design.indices[entries.clone()].iter().zip(&design.values[entries]) {
                sparse[feature as usize] += weight * f64::from(value).powi(2) / design.total_weight;
            }
        }
        let penalty = self.l2 / design.total_weight;
        // The smallest part keeps it positive without a penalty.
        let features = squares.iter().map(|s| curvature * s + penalty + 1e-9);
        features.chain([curvature]).flat_map(|h| std::iter::repeat_n(h, m)).collect()
    }

    /// Pieces of rows. Each has its own gradient, so the work in it must outweigh the parameters.
    fn chunks(&self) -> Vec<Range<usize>> {
        let rows = self.design.rows;
        let per_row = (self.design.dense_columns.len() + self.design.values.len() / rows.max(1) + 8) * self.outputs;
        let work = CHUNK_WORK.max(4 * self.parameters());
        let step = (work / per_row).max(BLOCK_ROWS).next_multiple_of(BLOCK_ROWS);
        (0..rows).step_by(step).map(|start| start..(start + step).min(rows)).collect()
    }

    fn chunk(&self, rows: Range<usize>, parameters: &[f64]) -> (f64, Vec<f64>) {
        let m = self.outputs;
        let mut gradient = vec![0.0; parameters.len()];
        let mut margins = vec![0.0; BLOCK_ROWS * m];
        let mut wide = Vec::new();
        let mut value = 0.0;
        for start in rows.clone().step_by(BLOCK_ROWS) {
            let block = start..(start + BLOCK_ROWS).min(rows.end);
            let margins = &mut margins[..block.len() * m];
            self.widen(block.clone(), &mut wide);
            self.forward(block.clone(), parameters, &wide, margins);
            value += self.residuals(block.clone(), margins);
            self.backward(block, margins, &wide, &mut gradient);
        }
        (value, gradient)
    }

    /// The margins of some rows.
    pub(super) fn margins(&self, rows: Range<usize>, parameters: &[f64], margins: &mut [f64]) {
        let mut wide = Vec::new();
        self.widen(rows.clone(), &mut wide);
        self.forward(rows, parameters, &wide, margins);
    }

    /// Dense values for matrix products, which want one type of number.
    fn widen(&self, rows: Range<usize>, wide: &mut Vec<f64>) {
        wide.clear();
        if self.outputs > 1 {
            let width = self.design.dense_columns.len();
            wide.extend(self.design.dense[rows.start * width..rows.end * width].iter().map(|&x| f64::from(x)));
        }
    }

    fn forward(&self, block: Range<usize>, parameters: &[f64], wide: &[f64], margins: &mut [f64]) {
        let (design, m) = (self.design, self.outputs);
        let width = design.dense_columns.len();
        let (dense_part, rest) = parameters.split_at(width * m);
        let (sparse_part, intercepts) = rest.split_at(design.sparse_width * m);
        margins.chunks_exact_mut(m).for_each(|row| row.copy_from_slice(intercepts));
        let x = &design.dense[block.start * width..block.end * width];
        if width > 0 && m == 1 {
            for (margin, row) in margins.iter_mut().zip(x.chunks_exact(width)) {
                *margin += dot(row, dense_part);
            }
        } else if width > 0 {
            multiply(wide, false, (block.len(), width), dense_part, m, margins);
        }
        if design.starts.is_empty() {
            return;
        }
        for (i, margin) in block.zip(margins.chunks_exact_mut(m)) {
            let entries = design.starts[i]..design.starts[i + 1];
            for (&feature, &value) in design.indices[entries.clone()].iter().zip(&design.values[entries]) {
                let w = &sparse_part[feature as usize * m..][..m];
                margin.iter_mut().zip(w).for_each(|(z, w)| *z += f64::from(value) * w);
            }
        }
    }

    /// Replaces margins by weighted residuals and gives the weighted loss.
    fn residuals(&self, block: Range<usize>, margins: &mut [f64]) -> f64 {
        let weights = &self.design.weights[block.clone()];
        let mut value = 0.0;
        match self.loss {
            Loss::Squared(target) => {
                for ((z, t), w) in margins.iter_mut().zip(&target[block]).zip(weights) {
                    let residual = *z - t;
                    value += 0.5 * w * residual * residual;
                    *z = w * residual;
                }
            }
            Loss::Poisson(target) => {
                for ((z, &t), w) in margins.iter_mut().zip(&target[block]).zip(weights) {
                    let mean = z.exp();
                    value += w * (mean - t + if t > 0.0 { t * (t.ln() - *z) } else { 0.0 });
                    *z = w * (mean - t);
                }
            }
            Loss::Quantile(target, level) => {
                let tilt = level - 0.5;
                for ((z, t), w) in margins.iter_mut().zip(&target[block]).zip(weights) {
                    let residual = t - *z;
                    let inside = (residual / self.bandwidth).clamp(-1.0, 1.0);
                    let near = 0.25 * self.bandwidth * (inside * inside + 1.0);
                    value += w * (tilt * residual + near.max(0.5 * residual.abs()));
                    *z = -w * (0.5 * inside + tilt);
                }
            }
            Loss::Binary(target) => {
                for ((z, t), w) in margins.iter_mut().zip(&target[block]).zip(weights) {
                    let margin = *z;
                    let small = (-margin.abs()).exp();
                    let p = if margin >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
                    value += w * (margin.max(0.0) - margin * t + small.ln_1p());
                    *z = w * (p - t);
                }
            }
            Loss::Softmax(target) => {
                for ((row, &t), w) in margins.chunks_exact_mut(self.outputs).zip(&target[block]).zip(weights) {
                    value += w * softmax_residual(row, t as usize, *w);
                }
            }
        }
        value
    }

    fn backward(&self, block: Range<usize>, residuals: &[f64], wide: &[f64], gradient: &mut [f64]) {
        let (design, m) = (self.design, self.outputs);
        let width = design.dense_columns.len();
        let (dense_part, rest) = gradient.split_at_mut(width * m);
        let (sparse_part, intercepts) = rest.split_at_mut(design.sparse_width * m);
        for row in residuals.chunks_exact(m) {
            intercepts.iter_mut().zip(row).for_each(|(g, r)| *g += r);
        }
        let x = &design.dense[block.start * width..block.end * width];
        if width > 0 && m == 1 {
            add_rows(x, residuals, dense_part);
        } else if width > 0 {
            multiply(wide, true, (block.len(), width), residuals, m, dense_part);
        }
        if design.starts.is_empty() {
            return;
        }
        for (i, residual) in block.zip(residuals.chunks_exact(m)) {
            let entries = design.starts[i]..design.starts[i + 1];
            for (&feature, &value) in design.indices[entries.clone()].iter().zip(&design.values[entries]) {
                let g = &mut sparse_part[feature as usize * m..][..m];
                g.iter_mut().zip(residual).for_each(|(g, r)| *g += f64::from(value) * r);
            }
        }
    }
}

/// Replaces the margins of a row by weighted residuals; gives the unweighted loss.
fn softmax_residual(row: &mut [f64], target: usize, weight: f64) -> f64 {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let at_target = row[target];
    let mut sum = 0.0;
    for z in row.iter_mut() {
        *z = (*z - top).exp();
        sum += *z;
    }
    for (k, z) in row.iter_mut().enumerate() {
        let truth = if k == target { 1.0 } else { 0.0 };
        *z = weight * (*z / sum - truth);
    }
    sum.ln() - (at_target - top)
}
