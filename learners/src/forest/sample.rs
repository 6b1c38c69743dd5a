//! The rows that one tree grows on, drawn with replacement and copied together.

use automl_core::matrix::View;
use automl_core::seed::Rng;
use rand::RngExt;

use crate::bins::{Bins, FeatureBins};

/// The target as trees see it.
#[derive(Debug)]
pub(super) enum Labels {
    /// One number per row: the standardised target, or 0 and 1 for two classes.
    Numbers(Vec<f32>),
    /// One of several classes per row.
    Classes(Vec<u32>),
}

/// What every tree of a forest reads. Rows are numbered by their place in the view.
pub(super) struct Source<'a> {
    pub x: View<'a>,
    pub bins: &'a Bins,
    pub labels: &'a Labels,
    pub weights: Option<&'a [f64]>,
    /// Number of classes of [`Labels::Classes`], else 1.
    pub outputs: usize,
}

/// The distinct rows of one draw.
pub(super) struct Sample {
    /// How often each row of the source was drawn.
    pub drawn: Vec<u16>,
    /// Number of distinct rows.
    pub rows: usize,
    /// Column after column the bins of the distinct rows; categories by rank.
    pub bins: Vec<u8>,
    /// Times drawn × weight of the row.
    pub weights: Vec<f32>,
    /// The target of the distinct rows.
    pub labels: Labels,
    /// Per column the rank of each code, for categories.
    pub ranks: Vec<Option<Vec<u8>>>,
}

/// Rows worth of the mean target that each category is given, so that rare ones stay in the middle.
const SMOOTHING: f64 = 5.0;

impl Sample {
    /// Draws `count` rows with replacement.
    pub fn draw(source: &Source<'_>, count: usize, rng: &mut Rng) -> Sample {
        let n = source.x.rows();
        let mut drawn = vec![0u16; n];
        for _ in 0..count {
            let times = &mut drawn[rng.random_range(0..n)];
            *times = times.saturating_add(1);
        }
        let places: Vec<usize> = (0..n).filter(|&i| drawn[i] > 0).collect();
        let weight = |&i: &usize| f64::from(drawn[i]) * source.weights.map_or(1.0, |w| w[i]);
        let weights: Vec<f32> = places.iter().map(|i| weight(i) as f32).collect();
        let labels = match source.labels {
            Labels::Numbers(y) => Labels::Numbers(places.iter().map(|&i| y[i]).collect()),
            Labels::Classes(y) => Labels::Classes(places.iter().map(|&i| y[i]).collect()),
        };
        let rows: Vec<usize> = places.iter().map(|&i| source.x.row(i)).collect();
        // With several classes, categories are ordered by the share of one, another in each tree.
        let class = rng.random_range(0..source.outputs as u32);
        let mut bins = Vec::with_capacity(rows.len() * source.bins.columns.len());
        let mut ranks = Vec::new();
        for (feature, column) in source.bins.features.iter().zip(&source.bins.columns) {
            let order = match feature {
                FeatureBins::Numeric { .. } => None,
                FeatureBins::Codes { levels } => {
                    let codes = rows.iter().map(|&r| column[r]);
                    Some(rank(*levels as usize + 1, codes, &weights, &labels, class))
                }
            };
            match &order {
                None => bins.extend(rows.iter().map(|&r| column[r])),
                Some(order) => bins.extend(rows.iter().map(|&r| order[usize::from(column[r])])),
            }
            ranks.push(order);
        }
        Sample { drawn, rows: rows.len(), bins, weights, labels, ranks }
    }

    /// The bins of one column.
    #[inline]
    pub fn column(&self, j: usize) -> &[u8] {
        &self.bins[j * self.rows..(j + 1) * self.rows]
    }
}

/// The rank of each code by its smoothed mean target.
fn rank(codes: usize, rows: impl Iterator<Item = u8>, weights: &[f32], labels: &Labels, class: u32) -> Vec<u8> {
    let value = |i: usize| match labels {
        Labels::Numbers(y) => f64::from(y[i]),
        Labels::Classes(y) => f64::from(u8::from(y[i] == class)),
    };
    let (mut sums, mut counts) = (vec![0.0; codes], vec![0.0; codes]);
    for (i, code) in rows.enumerate() {
        let weight = f64::from(weights[i]);
        sums[usize::from(code)] += weight * value(i);
        counts[usize::from(code)] += weight;
    }
    let total: f64 = counts.iter().sum();
    let mean = if total > 0.0 { sums.iter().sum::<f64>() / total } else { 0.0 };
    let key = |c: usize| (sums[c] + SMOOTHING * mean) / (counts[c] + SMOOTHING);
    let mut order: Vec<usize> = (0..codes).collect();
    order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
    let mut ranks = vec![0u8; codes];
    order.iter().enumerate().for_each(|(rank, &code)| ranks[code] = rank as u8);
    ranks
}
