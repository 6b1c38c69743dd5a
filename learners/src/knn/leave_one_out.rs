//! Every training row as a query among the others: chooses how the neighbours vote, and gives held-out predictions.

use automl_core::fit_context::FitContext;
use automl_core::learner::TrainData;
use automl_core::predictions::Predictions;
use automl_core::task::Target;

use super::model::KnnModel;
use super::nearest::{BLOCK, Neighbour};
use super::vote::Vote;

/// Rows that the vote is chosen on, spread evenly over those that were done.
const JUDGED_ROWS: usize = 5_000;
/// Blocks of queries between two looks at the clock, per thread.
const WAVE: usize = 2;

/// The neighbours of the training rows, as far as there was time.
pub(super) struct LeaveOneOut {
    /// One list per row, from the first on.
    near: Vec<Vec<Neighbour>>,
}

impl LeaveOneOut {
    /// Finds `wanted` neighbours of every row; `chosen` says which rows the references are.
    pub fn new(model: &KnnModel, data: &TrainData<'_>, chosen: &[u32], wanted: usize, ctx: &FitContext<'_>) -> LeaveOneOut {
        let mut near = Vec::with_capacity(data.target.len());
        let width = model.layout.width();
        if width == 0 {
            return LeaveOneOut { near };
        }
        let queries = model.layout.rows(data.x);
        let blocks: Vec<&[f32]> = queries.chunks(BLOCK * width).collect();
        for wave in blocks.chunks(WAVE * ctx.threads()) {
            if ctx.check().is_stop() {
                break;
            }
            // One more than wanted, since a row may meet itself.
            let found = ctx.map(wave.len(), |b| model.nearest(wave[b], wanted + 1));
            for list in found.into_iter().flatten() {
                let itself = chosen.binary_search(&(near.len() as u32)).ok().map(|reference| reference as u32);
                near.push(list.into_iter().filter(|n| Some(n.reference) != itself).take(wanted).collect());
            }
        }
        LeaveOneOut { near }
    }

    /// The vote with the smallest loss over rows that were done; `None` if none was.
    pub fn best(&self, votes: &[Vote], model: &KnnModel, data: &TrainData<'_>) -> Option<Vote> {
        let mut best: Option<(f64, Vote)> = None;
        let mut row = vec![0.0; model.prior.len()];
        let judged = (0..self.near.len()).step_by(self.near.len().div_ceil(JUDGED_ROWS).max(1));
        if self.near.is_empty() {
            return None;
        }
        for vote in votes {
            let losses = judged.clone().map(|i| {
                vote.write(&self.near[i], &model.prior, &model.references, &mut row);
                data.weights.map_or(1.0, |w| w[i]) * loss(data.target, i, &row)
            });
            let loss: f64 = losses.sum();
            if best.is_none_or(|(smallest, _)| loss < smallest) {
                best = Some((loss, *vote));
            }
        }
        best.map(|(_, vote)| vote)
    }

    /// The predictions of all rows, if all were done.
    pub fn predictions(&self, model: &KnnModel, rows: usize) -> Option<Predictions> {
        let mut predictions = Predictions::zeros(rows, model.prior.len());
        if model.layout.width() == 0 {
            (0..rows).for_each(|i| predictions.row_mut(i).copy_from_slice(&model.prior));
            return Some(predictions);
        }
        if self.near.len() < rows {
            return None;
        }
        for (i, near) in self.near.iter().enumerate() {
            model.vote.write(near, &model.prior, &model.references, predictions.row_mut(i));
        }
        Some(predictions)
    }
}

/// The logarithmic loss or the squared error of a row.
fn loss(target: &Target, i: usize, row: &[f64]) -> f64 {
    match target {
        Target::Numbers(values) => (row[0] - values[i]).powi(2),
        Target::Classes { labels, .. } => -row[labels[i] as usize].ln(),
    }
}
