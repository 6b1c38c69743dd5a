//! What do the trees predict that did not see a row?

use automl_core::predictions::Predictions;

use super::grow::ForestTree;
use super::model::ForestModel;

/// Votes of the trees that did not see a row.
pub(super) struct OutOfBag {
    votes: Vec<f32>,
    counts: Vec<u32>,
    start: Vec<f64>,
    outputs: usize,
}

impl OutOfBag {
    /// No votes yet. `start` is predicted for rows that every tree saw.
    pub fn new(rows: usize, outputs: usize, start: Vec<f64>) -> OutOfBag {
        OutOfBag { votes: vec![0.0; rows * outputs], counts: vec![0; rows], start, outputs }
    }

    /// Adds the votes of a tree.
    pub fn add(&mut self, tree: &ForestTree) {
        for &(row, leaf) in &tree.unseen {
            let (row, leaf) = (row as usize * self.outputs, leaf as usize * self.outputs);
            let value = &tree.values[leaf..leaf + self.outputs];
            self.votes[row..row + self.outputs].iter_mut().zip(value).for_each(|(v, x)| *v += x);
            self.counts[row / self.outputs] += 1;
        }
    }

    /// The mean votes.
    pub fn predictions(&self, model: &ForestModel) -> Predictions {
        let mut predictions = Predictions::zeros(self.counts.len(), self.start.len());
        for (row, &count) in self.counts.iter().enumerate() {
            let out = predictions.row_mut(row);
            if count == 0 {
                out.copy_from_slice(&self.start);
            } else {
                let votes = &self.votes[row * self.outputs..(row + 1) * self.outputs];
                let mean: Vec<f64> = votes.iter().map(|v| f64::from(*v) / f64::from(count)).collect();
                model.write(&mean, out);
            }
        }
        predictions
    }
}
