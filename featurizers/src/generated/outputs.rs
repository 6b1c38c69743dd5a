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
    /// How much wider than that of independent outputs the distribution of a sum over outputs is.
    dependence: f64,
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

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// By how much bins explain more of the first `rows` rows than chance does, in standard deviations.
    pub fn surprise(&self, bins: &[impl Copy + Into<u32>], n_bins: usize, rows: usize) -> f64 {
        let (explained, freedom) = self.explained(bins, n_bins, rows);
        deviation_of_chi_squared(explained / self.dependence, freedom / self.dependence)
    }

    /// The share of all variance that bins explain beyond chance.
    pub fn share(&self, bins: &[impl Copy + Into<u32>], n_bins: usize) -> f64 {
        let (explained, freedom) = self.explained(bins, n_bins, self.rows());
        (explained - freedom) / self.values.len().max(1) as f64
    }

    /// The sum of squares that the means of bins explain of the first `rows` rows, and what it is by chance.
    fn explained(&self, bins: &[impl Copy + Into<u32>], n_bins: usize, rows: usize) -> (f64, f64) {
        let sums = self.sums(bins, n_bins, 0..rows);
        let all: Vec<f64> = (0..self.width).map(|k| sums.iter().map(|bin| bin.outputs[k]).sum()).collect();
        let square = |bin: &Sums| bin.outputs[..self.width].iter().map(|s| s * s).sum::<f64>() / bin.rows.max(1.0);
        let explained = sums.iter().map(square).sum::<f64>() - all.iter().map(|s| s * s).sum::<f64>() / rows.max(1) as f64;
        let used = sums.iter().filter(|bin| bin.rows > 0.0).count();
        (explained, (used.saturating_sub(1) * self.width) as f64)
    }

    /// What is left of the gain on the rows from `from` on, if the means of bins are learned on those before them: its
    /// mean divided by the standard error.
    pub fn confirmation(&self, bins: &[impl Copy + Into<u32>], n_bins: usize, from: usize) -> f64 {
        let means = means(&self.sums(bins, n_bins, 0..from));
        let (mut sum, mut squares) = (0.0, 0.0);
        for (row, &bin) in bins.iter().enumerate().skip(from) {
            let mean = &means[bin.into() as usize];
            let gain: f64 = self.row(row).iter().zip(mean).map(|(value, mean)| (2.0 * value - mean) * mean).sum();
            sum += gain;
            squares += gain * gain;
        }
        if squares > 0.0 { sum / squares.sqrt() } else { 0.0 }
    }

    /// Subtracts what the means of bins explain.
    pub fn subtract(&mut self, bins: &[impl Copy + Into<u32>], n_bins: usize) {
        let means = means(&self.sums(bins, n_bins, 0..self.rows()));
        let width = self.width.max(1);
        for (values, &bin) in self.values.chunks_exact_mut(width).zip(bins) {
            values.iter_mut().zip(&means[bin.into() as usize]).for_each(|(value, mean)| *value -= mean);
        }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
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

/// The means of bins, drawn to zero where rows are few.
fn means(sums: &[Sums]) -> Vec<[f64; OUTPUTS_MAX]> {
    const ROWS_PRIOR: f64 = 10.0;
    sums.iter().map(|bin| bin.outputs.map(|sum| sum / (bin.rows + ROWS_PRIOR))).collect()
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
///
/// By it the sum of several χ² is brought to one of fewer degrees of freedom (Satterthwaite 1946).
fn dependence(outputs: &[&Vec<f64>]) -> f64 {
    let n = outputs.first().map_or(0, |values| values.len()).max(1) as f64;
    let correlation = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n;
    let pairs = outputs.iter().flat_map(|a| outputs.iter().map(move |b| correlation(a, b).powi(2)));
    pairs.sum::<f64>().max(1.0) / outputs.len().max(1) as f64
}

/// How far a value of χ² lies above its mean, as the deviation of a normal variable (Wilson and Hilferty 1931).
fn deviation_of_chi_squared(value: f64, freedom: f64) -> f64 {
    if freedom <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let spread = 2.0 / (9.0 * freedom);
    ((value / freedom).max(0.0).cbrt() - (1.0 - spread)) / spread.sqrt()
}

#[cfg(test)]
mod tests {
    use automl_core::seed::derive;

    use super::*;

    #[test]
    fn chance_surprises_as_often_as_a_normal_variable() {
        let mut draws = 0;
        let mut draw = |n: usize| {
            draws += 1;
            (0..n).map(|i| (derive(draws, i as u64) >> 11) as f64 / (1_u64 << 53) as f64).collect::<Vec<f64>>()
        };
        let outputs = Outputs::new(vec![draw(2000), draw(2000), draw(2000)]);
        let surprises: Vec<f64> = (0..400)
            .map(|_| {
                let bins: Vec<u32> = draw(2000).iter().map(|v| (v * 12.0) as u32).collect();
                outputs.surprise(&bins, 12, 2000)
            })
            .collect();
        let mean = surprises.iter().sum::<f64>() / 400.0;
        let variance = surprises.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 400.0;
        assert!(mean.abs() < 0.2 && (0.75..1.3).contains(&variance), "{mean} {variance}");
    }

    #[test]
    fn what_is_subtracted_is_no_surprise_any_more() {
        let bins: Vec<u32> = (0..1000).map(|i| i % 5).collect();
        let mut outputs = Outputs::new(vec![bins.iter().map(|&b| f64::from(b)).collect()]);
        assert!(outputs.surprise(&bins, 5, 1000) > 20.0);
        assert!(outputs.confirmation(&bins, 5, 500) > 10.0);
        outputs.subtract(&bins, 5);
        assert!(outputs.surprise(&bins, 5, 1000) < 0.0);
    }
}
