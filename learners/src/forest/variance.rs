//! Cuts by the variance of numbers.

use super::split::{Best, Criterion, Cut, Mask, between};

/// Sums over rows for one number per row.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    weight: f64,
    sum: f64,
    rows: usize,
}

impl Sums {
    #[inline]
    fn add(&mut self, other: Sums) {
        self.weight += other.weight;
        self.sum += other.sum;
        self.rows += other.rows;
    }

    /// The score of these rows against the rest of all.
    #[inline]
    fn score(self, all: Sums) -> f64 {
        let (weight, sum) = (all.weight - self.weight, all.sum - self.sum);
        self.sum * self.sum / self.weight + sum * sum / weight
    }
}

/// The variance of numbers; the Gini impurity of two classes, as 0 and 1, is twice that.
pub(super) struct Variance<'a> {
    weights: &'a [f32],
    labels: &'a [f32],
    /// Weight and weighted target of the rows of the node.
    node: Vec<(f64, f64)>,
    all: Sums,
    bins: Box<[Sums; 256]>,
}

impl<'a> Variance<'a> {
    /// For the rows of a sample.
    pub fn new(weights: &'a [f32], labels: &'a [f32]) -> Variance<'a> {
        Variance { weights, labels, node: Vec::new(), all: Sums::default(), bins: Box::new([Sums::default(); 256]) }
    }
}

impl Criterion for Variance<'_> {
    fn enter(&mut self, rows: &[u32]) -> bool {
        self.node.clear();
        self.all = Sums::default();
        let first = rows.first().map(|&r| self.labels[r as usize]);
        let mut same = true;
        for &row in rows {
            let (weight, label) = (f64::from(self.weights[row as usize]), self.labels[row as usize]);
            same &= Some(label) == first;
            let product = weight * f64::from(label);
            self.node.push((weight, product));
            self.all.add(Sums { weight, sum: product, rows: 1 });
        }
        same
    }

    fn best(&mut self, rows: &[u32], column: &[u8], missing: Option<u8>, min_rows: usize) -> Option<Cut> {
        let mut mask = Mask::default();
        for (&row, &(weight, sum)) in rows.iter().zip(&self.node) {
            let bin = column[row as usize];
            mask.set(bin);
            self.bins[usize::from(bin)].add(Sums { weight, sum, rows: 1 });
        }
        let gone = missing.filter(|&m| mask.take(m)).map(|m| std::mem::take(&mut self.bins[usize::from(m)]));
        let gone_right = gone.as_ref().map(|_| false);
        let mut best = Best { min_rows, rows: rows.len(), cut: None };
        let (mut left, mut last) = (Sums::default(), 0);
        for bin in mask.iter() {
            if left.rows > 0 {
                let place = between(last, bin);
                best.offer(left.rows, place, gone_right, || left.score(self.all));
                if let Some(gone) = gone {
                    let mut with = left;
                    with.add(gone);
                    best.offer(with.rows, place, Some(true), || with.score(self.all));
                }
            }
            left.add(std::mem::take(&mut self.bins[usize::from(bin)]));
            last = bin;
        }
        if gone.is_some() && left.rows > 0 {
            best.offer(left.rows, last, gone_right, || left.score(self.all));
        }
        best.cut
    }

    fn score(&mut self, bins: &[u8], is_left: impl Fn(u8) -> bool, min_rows: usize) -> Option<f64> {
        let mut left = Sums::default();
        for (&bin, &(weight, sum)) in bins.iter().zip(&self.node) {
            // Without a branch: which side a row goes to cannot be foreseen.
            let share = f64::from(u8::from(is_left(bin)));
            left.add(Sums { weight: share * weight, sum: share * sum, rows: usize::from(is_left(bin)) });
        }
        let enough = left.rows >= min_rows && bins.len() - left.rows >= min_rows;
        enough.then(|| left.score(self.all))
    }

    fn leaf(&self, _shares: &mut Vec<f32>) -> (f32, u32) {
        let mean = if self.all.weight > 0.0 { self.all.sum / self.all.weight } else { 0.0 };
        (mean as f32, 0)
    }
}
