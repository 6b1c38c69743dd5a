//! Sums of gradients per bin: the hot loop of boosting.

use super::objective::Gradient;
use crate::bins::Bins;

/// Sums of first and second derivatives over the rows of one bin.
pub(super) type Sums = [f64; 2];

/// The sums of all bins of one feature. Always 256, so that a byte needs no bounds check.
pub(super) type FeatureHistogram = [Sums; 256];

/// The sums of all features over the rows of one leaf.
pub(super) struct Histogram {
    features: Vec<FeatureHistogram>,
}

impl Histogram {
    pub fn new(features: usize) -> Histogram {
        Histogram { features: vec![[[0.0; 2]; 256]; features] }
    }

    /// The sums of one feature.
    pub fn feature(&self, j: usize) -> &FeatureHistogram {
        &self.features[j]
    }

    /// Sums the gradients of `rows` for the features in `used`.
    ///
    /// `rows[i]` is a row of the training data, `places[row]` its row of the bins.
    pub fn build(&mut self, bins: &Bins, places: &[u32], rows: &[u32], gradients: &[Gradient], used: &[usize]) {
        for &j in used {
            self.features[j][..bins.features[j].count()].fill([0.0; 2]);
        }
        // With nearly all features in use it is faster to walk whole rows than a list of features.
        let whole_rows = used.len() * 10 >= self.features.len() * 8;
        if whole_rows {
            for j in (0..self.features.len()).filter(|j| used.binary_search(j).is_err()) {
                self.features[j].fill([0.0; 2]);
            }
            for &row in rows {
                let [g, h] = gradients[row as usize].map(f64::from);
                let bytes = bins.row_major.row(places[row as usize] as usize);
                for (&bin, sums) in bytes.iter().zip(&mut self.features) {
                    let cell = &mut sums[bin as usize];
                    *cell = [cell[0] + g, cell[1] + h];
                }
            }
        } else {
            for &row in rows {
                let [g, h] = gradients[row as usize].map(f64::from);
                let bytes = bins.row_major.row(places[row as usize] as usize);
                for &j in used {
                    let cell = &mut self.features[j][bytes[j] as usize];
                    *cell = [cell[0] + g, cell[1] + h];
                }
            }
        }
    }

    /// Takes another histogram away: what is left of a parent without one child is the other child.
    pub fn subtract(&mut self, other: &Histogram, bins: &Bins, used: &[usize]) {
        for &j in used {
            let count = bins.features[j].count();
            for (mine, theirs) in self.features[j][..count].iter_mut().zip(&other.features[j][..count]) {
                *mine = [mine[0] - theirs[0], mine[1] - theirs[1]];
            }
        }
    }
}
