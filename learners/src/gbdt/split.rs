//! The best question to ask of the rows of a leaf.

use automl_core::seed::Rng;

use super::histogram::Cells;
use super::params::GbdtParams;
use super::tree::Cut;
use super::{split_codes, split_numbers};
use crate::bins::FeatureBins;

/// Sums over some rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sums {
    /// Of the gradients.
    pub(super) g: f64,
    /// Of the hessians.
    pub(super) h: f64,
}

impl Sums {
    /// With one more cell.
    #[inline]
    pub(super) fn plus(self, cell: [f64; 2]) -> Sums {
        Sums { g: self.g + cell[0], h: self.h + cell[1] }
    }

    /// What is left without `other`.
    #[inline]
    pub(super) fn minus(self, other: Sums) -> Sums {
        Sums { g: self.g - other.g, h: self.h - other.h }
    }
}

/// A way to split a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    /// By how much the loss falls, twice.
    pub(super) gain: f64,
    /// Position of the feature among the features of the fit.
    pub(super) feature: usize,
    /// Who goes left.
    pub(super) cut: Cut,
    /// Sums over the rows that go left.
    pub(super) left: Sums,
}

/// A leaf that is to be split, and the rules for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a> {
    /// The rules.
    pub(super) params: &'a GbdtParams,
    /// Sums over all rows of the leaf.
    pub(super) total: Sums,
    /// The value of the leaf.
    pub(super) value: f64,
    /// Rows per unit of hessian: histograms hold no counts. Exact where all hessians are equal.
    pub(super) rows_per_hessian: f64,
    /// The least hessian of a child, which stands for the least number of rows too.
    pub(super) least_h: f64,
    /// L2 penalty of the children.
    pub(super) l2: f64,
}

impl<'a> Scan<'a> {
    /// The scan of a leaf with these sums, number of rows and value.
    pub(super) fn new(params: &'a GbdtParams, total: Sums, rows: usize, value: f64) -> Scan<'a> {
        let rows_per_hessian = rows as f64 / total.h.max(f64::MIN_POSITIVE);
        let by_rows = (params.min_data_in_leaf.max(1) as f64 - 0.5) / rows_per_hessian;
        Scan { params, total, value, rows_per_hessian, least_h: params.min_sum_hessian.max(by_rows), l2: params.lambda_l2 }
    }

    /// Whether there are rows in a cell. Subtraction leaves traces in empty ones, and rows that are
    /// predicted with confidence have small hessians; a millionth of the mean lies between the two.
    pub(super) fn is_occupied(&self, cell: [f64; 2]) -> bool {
        cell[1] * self.rows_per_hessian > 1e-6
    }

    /// How much these rows lower the loss when they have a leaf of their own, twice.
    pub(super) fn gain(&self, sums: Sums) -> f64 {
        let g = shrink(sums.g, self.params.lambda_l1);
        if self.params.path_smooth > 0.0 {
            let value = leaf_value(self.params, self.l2, sums, sums.h * self.rows_per_hessian, self.value);
            -(2.0 * g * value + (sums.h + self.l2) * value * value)
        } else {
            g * g / (sums.h + self.l2)
        }
    }

    /// The gain that a split has to exceed.
    fn floor(&self) -> f64 {
        self.gain(self.total) + self.params.min_gain
    }
}

/// The value of a leaf: the Newton step, shrunk by the penalties and towards the value of its parent.
pub(super) fn leaf_value(params: &GbdtParams, l2: f64, sums: Sums, rows: f64, parent: f64) -> f64 {
    let step = -shrink(sums.g, params.lambda_l1) / (sums.h + l2).max(f64::MIN_POSITIVE);
    if params.path_smooth > 0.0 {
        let trust = rows / (rows + params.path_smooth);
        step * trust + parent * (1.0 - trust)
    } else {
        step
    }
}

/// Soft thresholding, the effect of an L1 penalty.
fn shrink(g: f64, l1: f64) -> f64 {
    g.signum() * (g.abs() - l1).max(0.0)
}

/// A candidate of one feature: what children are worth together, and the cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Gain of both children, that of the parent not yet taken away.
    pub(super) gain: f64,
    /// Who goes left.
    pub(super) cut: Cut,
    /// Sums over the rows that go left.
    pub(super) left: Sums,
}

/// The best split of a leaf over the chosen features, if any is worth it; the first of equals.
///
/// `slots` says which histogram belongs to which chosen feature.
pub(super) fn best(
    scan: &Scan<'_>,
    histogram: &[Cells],
    features: &[&FeatureBins],
    chosen: &[Chosen],
    mut rng: Option<&mut Rng>,
) -> Option<Split> {
    let floor = scan.floor();
    let mut best: Option<(usize, Candidate)> = None;
    for &Chosen { feature, slot } in chosen {
        let floor = best.as_ref().map_or(floor, |b| b.1.gain);
        let cells = &histogram[slot];
        let found = match features[feature] {
            FeatureBins::Numeric { uppers, has_missing } => {
                let (values, rest) = cells.split_at(uppers.len() + 1);
                let missing = if *has_missing { rest[0] } else { [0.0; 2] };
                split_numbers::best(scan, values, missing, floor, rng.as_deref_mut())
            }
            FeatureBins::Codes { levels } => split_codes::best(scan, &cells[..=*levels as usize], floor, rng.as_deref_mut()),
        };
        if let Some(found) = found {
            best = Some((feature, found));
        }
    }
    best.map(|(feature, c)| Split { gain: c.gain - floor, feature, cut: c.cut, left: c.left })
}

/// A feature that a tree may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Its position among the features of the fit.
    pub(super) feature: usize,
    /// Its position in the histograms.
    pub(super) slot: usize,
}
