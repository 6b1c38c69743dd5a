//! Where to cut: the best split of a leaf from its histogram.

use automl_core::seed::Rng;
use rand::RngExt;

use super::GbdtParams;
use super::histogram::{FeatureHistogram, Sums};
use crate::bins::FeatureBins;
use crate::trees::{Rule, with_bin};

/// A possible split of a leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub gain: f64,
    pub feature: usize,
    pub rule: Rule,
    pub left: Sums,
    pub right: Sums,
}

/// What a leaf knows of itself: its sums and its number of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    pub sums: Sums,
    pub rows: usize,
}

/// The value of a leaf that makes the loss smallest.
pub(super) fn leaf_value(params: &GbdtParams, [g, h]: Sums) -> f64 {
    let denominator = h + params.lambda_l2;
    if denominator > 0.0 { -shrunk(g, params.lambda_l1) / denominator } else { 0.0 }
}

/// Twice the fall of the loss that the best value of a leaf gives.
fn leaf_gain([g, h]: Sums, l1: f64, l2: f64) -> f64 {
    let g = shrunk(g, l1);
    g * g / (h + l2 + 1e-15)
}

fn shrunk(g: f64, l1: f64) -> f64 {
    if l1 == 0.0 { g } else { g.signum() * (g.abs() - l1).max(0.0) }
}

fn minus(a: Sums, b: Sums) -> Sums {
    [a[0] - b[0], a[1] - b[1]]
}

fn plus(a: Sums, b: Sums) -> Sums {
    [a[0] + b[0], a[1] + b[1]]
}

/// Finds the best split of one feature.
pub(super) struct Finder<'a> {
    pub params: &'a GbdtParams,
    pub leaf: Leaf,
    /// The penalty of the split's sides: larger for sets of categories.
    l2: f64,
    best: Option<Split>,
}

impl<'a> Finder<'a> {
    pub fn new(params: &'a GbdtParams, leaf: Leaf) -> Finder<'a> {
        Finder { params, leaf, l2: params.lambda_l2, best: None }
    }

    /// The best split found.
    pub fn best(self) -> Option<Split> {
        self.best
    }

    /// Tries the splits of a feature.
    pub fn try_feature(&mut self, feature: usize, bins: &FeatureBins, histogram: &FeatureHistogram, rng: &mut Rng) {
        self.l2 = self.params.lambda_l2;
        match bins {
            FeatureBins::Numeric { uppers, .. } => {
                self.try_numbers(feature, &histogram[..=uppers.len()], self.missing(bins, histogram), rng);
            }
            FeatureBins::Codes { levels } if *levels as usize <= self.params.max_cat_to_onehot => {
                self.try_one_against_rest(feature, &histogram[..=*levels as usize]);
            }
            FeatureBins::Codes { levels } => self.try_sets(feature, &histogram[..=*levels as usize]),
        }
    }

    fn missing(&self, bins: &FeatureBins, histogram: &FeatureHistogram) -> Option<Sums> {
        bins.missing_bin().map(|bin| histogram[bin as usize]).filter(|sums| sums[1] > 1e-12)
    }

    fn try_numbers(&mut self, feature: usize, values: &[Sums], missing: Option<Sums>, rng: &mut Rng) {
        let (first, last) = if self.params.extra_trees {
            let Some((first, last)) = occupied(values) else { return };
            // A cut after the last value sets the missing ones apart from all others.
            let end = if missing.is_some() { last + 1 } else { last };
            if first >= end {
                return;
            }
            let cut = rng.random_range(first..end);
            (cut, cut + 1)
        } else {
            (0, if missing.is_some() { values.len() } else { values.len() - 1 })
        };
        let mut left = values[..first].iter().fold([0.0; 2], |sum, v| plus(sum, *v));
        for (bin, sums) in values.iter().enumerate().take(last).skip(first) {
            left = plus(left, *sums);
            let rule = |missing_left| Rule::UpTo { bin: bin as u16, missing_left };
            self.consider(feature, left, rule(false));
            if let Some(missing) = missing {
                self.consider(feature, plus(left, missing), rule(true));
            }
        }
    }

    fn try_one_against_rest(&mut self, feature: usize, values: &[Sums]) {
        for (bin, sums) in values.iter().enumerate().skip(1) {
            if sums[1] > 1e-12 {
                self.consider(feature, *sums, Rule::In(with_bin([0; 4], bin)));
            }
        }
    }

    /// Categories in the order of their mean gradient, cut from both ends (Fisher, 1958; LightGBM's limits).
    fn try_sets(&mut self, feature: usize, values: &[Sums]) {
        self.l2 = self.params.lambda_l2 + self.params.cat_l2;
        let smooth = self.params.cat_smooth;
        let per_weight = self.leaf.rows as f64 / self.leaf.sums[1].max(1e-12);
        let rows_of = |sums: Sums| sums[1] * per_weight;
        let enough = smooth.min(self.params.min_data_per_group as f64);
        let mut order: Vec<usize> = (1..values.len()).filter(|&b| rows_of(values[b]) >= enough.max(0.5)).collect();
        if order.len() < 2 {
            return;
        }
        let key = |bin: usize| values[bin][0] / (values[bin][1] + smooth / per_weight);
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
        let longest = self.params.max_cat_threshold.min(order.len().div_ceil(2));
        for reverse in [false, true] {
            let (mut left, mut set, mut in_group) = ([0.0; 2], [0; 4], 0.0);
            for i in 0..longest {
                let bin = if reverse { order[order.len() - 1 - i] } else { order[i] };
                left = plus(left, values[bin]);
                set = with_bin(set, bin);
                in_group += rows_of(values[bin]);
                if in_group >= self.params.min_data_per_group as f64 {
                    in_group = 0.0;
                    self.consider(feature, left, Rule::In(set));
                }
            }
        }
    }

    fn consider(&mut self, feature: usize, left: Sums, rule: Rule) {
        let params = self.params;
        let right = minus(self.leaf.sums, left);
        if left[1] < params.min_sum_hessian || right[1] < params.min_sum_hessian {
            return;
        }
        let rows = self.leaf.rows as f64;
        // Rows are not counted per bin: their share of the second derivatives tells (exact for squared error).
        let left_rows = (left[1] / self.leaf.sums[1] * rows).round();
        let least = params.min_data_in_leaf as f64;
        if left_rows < least || rows - left_rows < least {
            return;
        }
        let children = leaf_gain(left, params.lambda_l1, self.l2) + leaf_gain(right, params.lambda_l1, self.l2);
        let gain = children - leaf_gain(self.leaf.sums, params.lambda_l1, params.lambda_l2) - params.min_gain;
        if gain > 1e-10 && self.best.is_none_or(|best| gain > best.gain) {
            self.best = Some(Split { gain, feature, rule, left, right });
        }
    }
}

/// First and last bin with rows.
fn occupied(values: &[Sums]) -> Option<(usize, usize)> {
    let has_rows = |sums: &Sums| sums[1] > 1e-12;
    Some((values.iter().position(has_rows)?, values.iter().rposition(has_rows)?))
}
