//! What is to be explained, and how much of it the bins of a feature explain.

use std::ops::Range;

use automl_core::task::Target;

/// More outputs (classes) than this cost time and add little: those that vary most are looked at.
const OUTPUTS_MAX: usize = 4;
/// Values further from the mean, in standard deviations, are brought in: a handful of outliers in one bin would look
/// like a discovery.
const DEVIATIONS_MAX: f64 = 4.0;

/// Numbers to be explained, per row one per output, each output of mean 0 and variance 1 at first.
#[derive(Debug, Clone)]
pub struct Outputs {
    /// Row by row.
    values: Vec<f64>,
    width: usize,
    /// How much wider the distribution of a sum over outputs is than that of independent ones.
    dependence: f64,
}

/// What the means of bins, learned on one half of the rows, explain of the other half, both ways.
#[derive(Debug, Clone, Copy)]
pub struct Gain {
    /// As a share of all variance; below 0 where the bins say nothing.
    pub share: f64,
    /// In standard errors. By chance it is about -√(bins / 2): means that say nothing only disturb.
    pub errors: f64,
}

impl Outputs {
    /// From the values of every output in the rows of a sample.
    pub fn new(mut outputs: Vec<Vec<f64>>) -> Outputs {
        let variances: Vec<f64> = outputs.iter_mut().map(|values| standardise(values)).collect();
        let mut by_variance: Vec<usize> = (0..outputs.len()).filter(|&i| variances[i] > 0.0).collect();
        by_variance.sort_by(|&i, &j| variances[j].total_cmp(&variances[i]));
        by_variance.truncate(OUTPUTS_MAX);
        let kept: Vec<&Vec<f64>> = by_variance.iter().map(|&i| &outputs[i]).collect();
        let rows = kept.first().map_or(0, |values| values.len());
        let values = (0..rows).flat_map(|row| kept.iter().map(move |values| values[row])).collect();
        Outputs { values, width: kept.len(), dependence: dependence(&kept) }
    }

    /// The target itself, in these rows: a number, or per class (one of two, all of more) whether it is that.
    pub fn of_target(target: &Target, rows: &[u32]) -> Outputs {
        Outputs::new(match target {
            Target::Numbers(values) => vec![rows.iter().map(|&row| values[row as usize]).collect()],
            Target::Classes { labels, n_classes } => (usize::from(*n_classes == 2)..*n_classes)
                .map(|class| rows.iter().map(|&row| f64::from(u8::from(labels[row as usize] as usize == class))).collect())
                .collect(),
        })
    }

    /// What bins explain: their means before row `half` judged from it on, and the other way round.
    pub fn gain(&self, bins: &[impl Copy + Into<u32>], n_bins: usize, half: usize) -> Gain {
        let (first, second) = (self.sums(bins, n_bins, 0..half), self.sums(bins, n_bins, half..self.rows()));
        let (mut gain, mut squares) = (0.0, 0.0);
        for (a, b) in first.iter().zip(&second) {
            for (learned, judged) in [(a, b), (b, a)] {
                for (mean, sum) in learned.means().iter().zip(&judged.outputs) {
                    gain += (2.0 * sum - judged.rows * mean) * mean;
                    squares += judged.rows * mean * mean;
                }
            }
        }
        // With residuals of variance 1, the variance of what is gained one way is four times the sum of squared means. The
        // two ways share the products of their means: their variances do not add up, they add up twice.
        let error = 2.0 * (2.0 * squares * self.dependence).sqrt();
        Gain { share: gain / self.values.len().max(1) as f64, errors: if error > 0.0 { gain / error } else { 0.0 } }
    }

    /// Subtracts what the means of bins explain.
    pub fn subtract(&mut self, bins: &[impl Copy + Into<u32>], n_bins: usize) {
        let means: Vec<_> = self.sums(bins, n_bins, 0..self.rows()).iter().map(Sums::means).collect();
        for (values, &bin) in self.values.chunks_exact_mut(self.width.max(1)).zip(bins) {
            values.iter_mut().zip(&means[bin.into() as usize]).for_each(|(value, mean)| *value -= mean);
        }
    }

    fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    fn sums(&self, bins: &[impl Copy + Into<u32>], n_bins: usize, rows: Range<usize>) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); n_bins];
        if self.width == 0 {
            return sums;
        }
        let values = self.values[rows.start * self.width..rows.end * self.width].chunks_exact(self.width);
        for (values, &bin) in values.zip(&bins[rows]) {
            let bin = &mut sums[bin.into() as usize];
            bin.rows += 1.0;
            bin.outputs.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        sums
    }
}

/// Rows of a bin, and the sums of the outputs over them.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rows: f64,
    outputs: [f64; OUTPUTS_MAX],
}

impl Sums {
    /// The means, drawn to zero where rows are few.
    fn means(&self) -> [f64; OUTPUTS_MAX] {
        const ROWS_PRIOR: f64 = 10.0;
        self.outputs.map(|sum| sum / (self.rows + ROWS_PRIOR))
    }
}

/// Brings values to mean 0 and variance 1, outliers brought in; returns the variance before.
fn standardise(values: &mut [f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let moments = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / n;
        (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
    };
    let (mean, before) = moments(values);
    if !(before > 0.0 && before.is_finite()) {
        return 0.0;
    }
    let limit = DEVIATIONS_MAX * before.sqrt();
    values.iter_mut().for_each(|v| *v = (*v - mean).clamp(-limit, limit));
    let (mean, variance) = moments(values);
    values.iter_mut().for_each(|v| *v = (*v - mean) / variance.sqrt());
    before
}

/// The mean over outputs of the sum of squared correlations with all outputs: 1 if they are independent.
fn dependence(outputs: &[&Vec<f64>]) -> f64 {
    let n = outputs.first().map_or(0, |values| values.len()).max(1) as f64;
    let correlation = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n;
    let pairs = outputs.iter().flat_map(|a| outputs.iter().map(move |b| correlation(a, b).powi(2)));
    pairs.sum::<f64>().max(1.0) / outputs.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use automl_core::seed::derive;

    use super::*;

    #[test]
    fn chance_gains_less_than_nothing() {
        let draw = |seed: u64| (0..2000).map(|i| (derive(seed, i) >> 11) as f64 / (1_u64 << 53) as f64).collect::<Vec<f64>>();
        let outputs = Outputs::new(vec![draw(1), draw(2), draw(3)]);
        let errors: Vec<f64> = (10..410)
            .map(|seed| {
                let bins: Vec<u32> = draw(seed).iter().map(|v| (v * 16.0) as u32).collect();
                outputs.gain(&bins, 16, 1000).errors
            })
            .collect();
        let mean = errors.iter().sum::<f64>() / 400.0;
        let spread = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / 400.0).sqrt();
        assert!(mean < -2.0 && (0.7..1.3).contains(&spread), "{mean} {spread}");
    }

    #[test]
    fn what_is_subtracted_is_no_gain_any_more() {
        let bins: Vec<u32> = (0..1000).map(|i| i % 5).collect();
        let mut outputs = Outputs::new(vec![bins.iter().map(|&b| f64::from(b)).collect()]);
        let gain = outputs.gain(&bins, 5, 500);
        assert!(gain.share > 0.9 && gain.errors > 10.0, "{gain:?}");
        outputs.subtract(&bins, 5);
        assert!(outputs.gain(&bins, 5, 500).share < 0.01);
    }

    #[test]
    fn a_constant_leaves_nothing_to_explain() {
        for outputs in [Outputs::new(Vec::new()), Outputs::new(vec![vec![2.0; 3]]), Outputs::new(vec![Vec::new()])] {
            assert!(outputs.gain(&[0_u8, 1, 1], 2, 1).errors == 0.0);
        }
    }
}
