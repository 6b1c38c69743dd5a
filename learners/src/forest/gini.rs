//! Cuts by the Gini impurity of several classes.

use super::split::{Best, Criterion, Cut, Mask, between};

/// The Gini impurity of several classes.
pub(super) struct Gini<'a> {
    weights: &'a [f32],
    labels: &'a [u32],
    classes: usize,
    /// Weight and class of the rows of the node.
    node: Vec<(f64, u32)>,
    all: Vec<f64>,
    /// Per bin the weight of each class.
    bins: Vec<f64>,
    rows: Box<[u32; 256]>,
    left: Vec<f64>,
}

impl<'a> Gini<'a> {
    /// For the rows of a sample.
    pub fn new(weights: &'a [f32], labels: &'a [u32], classes: usize) -> Gini<'a> {
        let (all, left, bins) = (vec![0.0; classes], vec![0.0; classes], vec![0.0; 256 * classes]);
        Gini { weights, labels, classes, node: Vec::new(), all, bins, rows: Box::new([0; 256]), left }
    }

    fn of_left(&self, extra: Option<&[f64]>) -> f64 {
        let (mut squares_left, mut squares_right, mut weight_left, mut weight_right) = (0.0, 0.0, 0.0, 0.0);
        for (k, (left, all)) in self.left.iter().zip(&self.all).enumerate() {
            let left = left + extra.map_or(0.0, |e| e[k]);
            let right = all - left;
            squares_left += left * left;
            squares_right += right * right;
            weight_left += left;
            weight_right += right;
        }
        squares_left / weight_left + squares_right / weight_right
    }
}

impl Criterion for Gini<'_> {
    fn enter(&mut self, rows: &[u32]) -> bool {
        self.node.clear();
        self.all.fill(0.0);
        let first = rows.first().map(|&r| self.labels[r as usize]);
        let mut same = true;
        for &row in rows {
            let (weight, label) = (f64::from(self.weights[row as usize]), self.labels[row as usize]);
            same &= Some(label) == first;
            self.node.push((weight, label));
            self.all[label as usize] += weight;
        }
        same
    }

    fn best(&mut self, rows: &[u32], column: &[u8], missing: Option<u8>, min_rows: usize) -> Option<Cut> {
        let k = self.classes;
        let mut mask = Mask::default();
        for (&row, &(weight, label)) in rows.iter().zip(&self.node) {
            let bin = column[row as usize];
            mask.set(bin);
            self.bins[usize::from(bin) * k + label as usize] += weight;
            self.rows[usize::from(bin)] += 1;
        }
        let gone = missing.filter(|&m| mask.take(m)).map(|m| {
            let sums = &mut self.bins[usize::from(m) * k..][..k];
            let kept = sums.to_vec();
            sums.fill(0.0);
            (kept, std::mem::take(&mut self.rows[usize::from(m)]) as usize)
        });
        let gone_right = gone.as_ref().map(|_| false);
        let mut best = Best { min_rows, rows: rows.len(), cut: None };
        self.left.fill(0.0);
        let (mut rows_left, mut last) = (0, 0);
        for bin in mask.iter() {
            if rows_left > 0 {
                let place = between(last, bin);
                best.offer(rows_left, place, gone_right, || self.of_left(None));
                if let Some((gone, rows_gone)) = &gone {
                    best.offer(rows_left + rows_gone, place, Some(true), || self.of_left(Some(gone)));
                }
            }
            let sums = &mut self.bins[usize::from(bin) * k..][..k];
            self.left.iter_mut().zip(&*sums).for_each(|(l, s)| *l += s);
            sums.fill(0.0);
            rows_left += std::mem::take(&mut self.rows[usize::from(bin)]) as usize;
            last = bin;
        }
        if gone.is_some() && rows_left > 0 {
            best.offer(rows_left, last, gone_right, || self.of_left(None));
        }
        best.cut
    }

    fn score(&mut self, bins: &[u8], is_left: impl Fn(u8) -> bool, min_rows: usize) -> Option<f64> {
        self.left.fill(0.0);
        let mut rows_left = 0;
        for (&bin, &(weight, label)) in bins.iter().zip(&self.node) {
            let left = is_left(bin);
            self.left[label as usize] += f64::from(u8::from(left)) * weight;
            rows_left += usize::from(left);
        }
        let enough = rows_left >= min_rows && bins.len() - rows_left >= min_rows;
        enough.then(|| self.of_left(None))
    }

    fn leaf(&self, shares: &mut Vec<f32>) -> (f32, u32) {
        let total: f64 = self.all.iter().sum();
        let mut present = self.all.iter().enumerate().filter(|(_, w)| **w > 0.0);
        match (present.next(), present.next()) {
            (Some((class, _)), None) => (0.0, class as u32),
            _ => {
                let row = shares.len() / self.classes;
                shares.extend(self.all.iter().map(|w| (w / total) as f32));
                (0.0, (self.classes + row) as u32)
            }
        }
    }
}
