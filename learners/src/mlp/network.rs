//! The shape of a net: which of its parameters lie where.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::inputs::Inputs;

/// The widths of a net, from inputs to outputs. Its parameters lie in one list: the tables of the categories, the
/// weights of the words, then per layer the weights (one row per input) and the biases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Numbers in the tables of the categories.
    pub tables: usize,
    /// Words that go into the first layer.
    pub words: usize,
    /// Inputs, the width of every hidden layer, outputs.
    pub widths: Vec<usize>,
}

/// Where the parameters of a layer lie.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// Inputs.
    pub inputs: usize,
    /// Outputs.
    pub outputs: usize,
    /// Weights: a row per input.
    pub weights: Range<usize>,
    /// Biases.
    pub biases: Range<usize>,
    /// Factor of the products: one over the root of the inputs.
    pub factor: f32,
}

impl Network {
    /// A net with these inputs.
    pub fn new(inputs: &Inputs, hidden: &[usize], outputs: usize) -> Network {
        let widths = std::iter::once(inputs.width()).chain(hidden.iter().copied()).chain([outputs]).collect();
        Network { tables: inputs.tables(), words: inputs.words(), widths }
    }

    /// Where the weights of the words lie: one row per word.
    pub(super) fn of_words(&self) -> Range<usize> {
        self.tables..self.tables + self.words * self.widths[1]
    }

    /// The layers, from the first.
    pub(super) fn layers(&self) -> Vec<Layer> {
        let mut start = self.of_words().end;
        let layer = |w: &[usize]| {
            let weights = start..start + w[0] * w[1];
            let biases = weights.end..weights.end + w[1];
            start = biases.end;
            Layer { inputs: w[0], outputs: w[1], weights, biases, factor: 1.0 / (w[0].max(1) as f32).sqrt() }
        };
        self.widths.windows(2).map(layer).collect()
    }

    /// Number of parameters; `None` if there are more than can be counted.
    pub fn parameters(&self) -> Option<usize> {
        let words = self.words.checked_mul(*self.widths.get(1)?)?;
        self.widths
            .windows(2)
            .try_fold(self.tables.checked_add(words)?, |sum, w| sum.checked_add(w[0].checked_mul(w[1])?)?.checked_add(w[1]))
    }

    /// Outputs per row.
    pub(super) fn outputs(&self) -> usize {
        self.widths.last().copied().unwrap_or(0)
    }
}
