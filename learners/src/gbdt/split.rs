//! The best question to ask of the rows of a leaf.

use std::ops::Range;

use automl_core::seed::{Rng, derive, rng};
use rand::RngExt;

use super::packed::{Cell, Sums, Units, h};
use super::params::GbdtParams;
use super::scan::{self, Buffers, Cut, Limits};
use super::split_codes;
use crate::bins::FeatureBins;
use crate::trees::Rule;

/// A way to split a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    /// By how much the loss falls, twice.
    pub gain: f64,
    pub feature: usize,
    pub rule: Rule,
    /// The sum over the rows that go left.
    pub left: Cell,
}

/// What a leaf knows of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Leaf {
    /// The sum over its rows.
    pub sum: Cell,
    pub rows: usize,
    /// Its value, if it is not split.
    pub value: f64,
    /// The least and the largest value it may have.
    pub bounds: [f64; 2],
}

/// The rules by which leaves are valued and split.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub params: &'a GbdtParams,
    pub units: Units,
}

impl<'a> Rules<'a> {
    /// The value of a leaf: Newton's step, shrunk by the penalties and towards the value of its parent, inside its
    /// bounds.
    pub fn value(&self, sums: Sums, rows: f64, parent: f64, bounds: [f64; 2]) -> f64 {
        self.value_with(self.params.lambda_l2, sums, rows, parent, bounds)
    }

    fn value_with(&self, l2: f64, sums: Sums, rows: f64, parent: f64, bounds: [f64; 2]) -> f64 {
        let denominator = sums.h + l2;
        let step = if denominator > 0.0 { -shrink(sums.g, self.params.lambda_l1) / denominator } else { 0.0 };
        let smooth = self.params.path_smooth;
        let trust = if smooth > 0.0 { rows / (rows + smooth) } else { 1.0 };
        (step * trust + parent * (1.0 - trust)).clamp(bounds[0], bounds[1])
    }

    /// A leaf with this sum below a parent with that value.
    pub fn leaf(&self, sum: Cell, rows: usize, parent: f64, bounds: [f64; 2]) -> Leaf {
        let value = self.value(self.units.sums(sum), rows as f64, parent, bounds);
        Leaf { sum, rows, value, bounds }
    }

    /// Two children of a question about a feature, with the bounds of their parent divided between them if predictions
    /// have a direction in it: nothing below them comes out of order. Children that are out of order meet at the
    /// mean over their rows.
    pub fn divide(&self, feature: usize, [left, right]: [Leaf; 2]) -> [Leaf; 2] {
        let direction = self.params.direction(feature);
        if direction == 0 {
            return [left, right];
        }
        let rows = (left.rows + right.rows) as f64;
        let middle = if f64::from(direction) * (right.value - left.value) >= 0.0 || rows == 0.0 {
            (left.value + right.value) / 2.0
        } else {
            (left.value * left.rows as f64 + right.value * right.rows as f64) / rows
        };
        let low = |leaf: Leaf| Leaf { bounds: [leaf.bounds[0], middle], value: leaf.value.min(middle), ..leaf };
        let high = |leaf: Leaf| Leaf { bounds: [middle, leaf.bounds[1]], value: leaf.value.max(middle), ..leaf };
        if direction > 0 { [low(left), high(right)] } else { [high(left), low(right)] }
    }
}

/// Soft thresholding, the effect of an L1 penalty.
fn shrink(g: f64, l1: f64) -> f64 {
    if l1 == 0.0 { g } else { g.signum() * (g.abs() - l1).max(0.0) }
}

/// A leaf that is to be split.
pub(super) struct Search<'a> {
    pub rules: Rules<'a>,
    pub leaf: Leaf,
    /// Rows per unit of second derivatives: cells hold no counts. Exact where all are equal.
    pub rows_per_h: f64,
    /// The least second derivative of a side, which stands for the least number of rows too.
    pub least_h: f64,
    /// Worth in steps per gain.
    steps_per_gain: f64,
    seed: u64,
}

impl<'a> Search<'a> {
    /// The search for a split of a leaf; what is random in it follows from the seed.
    pub fn new(rules: Rules<'a>, leaf: Leaf, seed: u64) -> Search<'a> {
        let Rules { params, units } = rules;
        let rows_per_h = leaf.rows as f64 / units.sums(leaf.sum).h.max(f64::MIN_POSITIVE);
        let by_rows = (params.min_data_in_leaf.max(1) as f64 - 0.5) / rows_per_h;
        let steps_per_gain = units.h / (units.g * units.g);
        Search { rules, leaf, rows_per_h, least_h: params.min_sum_hessian.max(by_rows), steps_per_gain, seed }
    }

    /// Whether no children could be large enough.
    pub fn is_hopeless(&self) -> bool {
        self.rules.units.sums(self.leaf.sum).h < 2.0 * self.least_h
    }

    /// The best split over some features, if one is worth it; the first of equals.
    pub fn best(
        &self,
        features: &[usize],
        bins: &[FeatureBins],
        cells: impl Fn(usize) -> Range<usize>,
        all: &[Cell],
    ) -> Option<Split> {
        let mut buffers = Buffers::new();
        let mut best: Option<Split> = None;
        let own = self.side(self.rules.params.lambda_l2, self.rules.units.sums(self.leaf.sum)).1;
        let floor = own + self.rules.params.min_gain;
        // A gain that rounding could make is none.
        let floor = floor + 1e-9 * floor.abs() + 1e-12;
        for &feature in features {
            let floor = best.map_or(floor, |b| b.gain);
            let found = self.try_feature(feature, &bins[feature], &all[cells(feature)], floor, &mut buffers);
            best = found.or(best);
        }
        best.map(|split| Split { gain: split.gain - own, ..split })
    }

    /// The best split of a feature whose sides are worth more than `floor`, with that worth for its gain.
    fn try_feature(
        &self,
        feature: usize,
        bins: &FeatureBins,
        cells: &[Cell],
        floor: f64,
        buffers: &mut Buffers,
    ) -> Option<Split> {
        let mut rng = self.rules.params.extra_trees.then(|| rng(derive(self.seed, feature as u64)));
        match bins {
            FeatureBins::Numeric { uppers, .. } => {
                let (values, missing) = cells.split_at(uppers.len() + 1);
                let missing = missing.first().copied().unwrap_or(0);
                self.best_of_numbers(feature, values, missing, floor, rng.as_mut(), buffers)
            }
            FeatureBins::Codes { .. } => split_codes::best(self, feature, cells, floor, rng.as_mut()),
        }
    }

    fn best_of_numbers(
        &self,
        feature: usize,
        values: &[Cell],
        missing: Cell,
        floor: f64,
        rng: Option<&mut Rng>,
        buffers: &mut Buffers,
    ) -> Option<Split> {
        let has_missing = missing != 0;
        // With missing values on the right, even a cut behind the last number has two sides.
        let cuts = if has_missing { values.len() } else { values.len() - 1 };
        let (first, end) = match rng {
            Some(rng) => random_cut(values, cuts, rng)?,
            None => (0, cuts),
        };
        let mut found = self.sweep(feature, values, first..end, 0, floor, buffers).map(|cut| (cut, false));
        if has_missing {
            let floor = found.map_or(floor, |(cut, _)| cut.worth);
            let with_missing = self.sweep(feature, values, first..end.min(values.len() - 1), missing, floor, buffers);
            found = with_missing.map(|cut| (cut, true)).or(found);
        }
        let (cut, missing_left) = found?;
        // Where the leaf misses no value, missing ones will follow the larger side.
        let missing_left = if has_missing { missing_left } else { 2.0 * f64::from(h(cut.left)) > f64::from(h(self.leaf.sum)) };
        let rule = Rule::UpTo { bin: centred(cut.last, values) as u16, missing_left };
        Some(Split { gain: cut.worth, feature, rule, left: cut.left })
    }

    /// The best of some cuts, with its worth in the unit of gains.
    fn sweep(
        &self,
        feature: usize,
        values: &[Cell],
        cuts: Range<usize>,
        start: Cell,
        floor: f64,
        buffers: &mut Buffers,
    ) -> Option<Cut> {
        let start = values[..cuts.start.min(cuts.end)].iter().fold(start, |sum, cell| sum.wrapping_add(*cell));
        let (offset, values) = (cuts.start, values.get(cuts)?);
        let found = if self.is_plain(feature) {
            let Rules { params, units } = self.rules;
            let limits = Limits {
                total: self.leaf.sum,
                l1: params.lambda_l1 / units.g,
                l2: params.lambda_l2 / units.h,
                least_h: self.least_h / units.h,
            };
            let cut = scan::best_cut(values, start, &limits, floor * self.steps_per_gain, buffers)?;
            Cut { worth: cut.worth / self.steps_per_gain, ..cut }
        } else {
            self.sweep_slowly(feature, values, start, floor)?
        };
        Some(Cut { last: found.last + offset, ..found })
    }

    /// Whether the worth of a side follows from its sums alone.
    fn is_plain(&self, feature: usize) -> bool {
        let params = self.rules.params;
        let is_bounded = self.leaf.bounds != [f64::NEG_INFINITY, f64::INFINITY];
        params.path_smooth == 0.0 && params.direction(feature) == 0 && !is_bounded
    }

    fn sweep_slowly(&self, feature: usize, values: &[Cell], start: Cell, floor: f64) -> Option<Cut> {
        let direction = f64::from(self.rules.params.direction(feature));
        let (mut left, mut best) = (start, None);
        let mut worth_best = floor;
        for (last, cell) in values.iter().enumerate() {
            left = left.wrapping_add(*cell);
            let Some((values, worth)) = self.worth(self.rules.params.lambda_l2, left) else { continue };
            if worth > worth_best && direction * (values[1] - values[0]) >= 0.0 {
                worth_best = worth;
                best = Some(Cut { last, left, worth });
            }
        }
        best
    }

    /// About how many rows of the leaf are left without some.
    pub fn rows_without(&self, some: Cell) -> f64 {
        self.rules.units.sums(self.leaf.sum.wrapping_sub(some)).h * self.rows_per_h
    }

    /// Values of both sides and what they are worth together; `None` if a side is too small.
    pub fn worth(&self, l2: f64, left: Cell) -> Option<([f64; 2], f64)> {
        let (left, right) = (self.rules.units.sums(left), self.rules.units.sums(self.leaf.sum.wrapping_sub(left)));
        if left.h < self.least_h || right.h < self.least_h {
            return None;
        }
        let ((left, a), (right, b)) = (self.side(l2, left), self.side(l2, right));
        Some(([left, right], a + b))
    }

    /// Value and worth of rows that have a leaf of their own: twice the fall of the loss.
    fn side(&self, l2: f64, sums: Sums) -> (f64, f64) {
        let value = self.rules.value_with(l2, sums, sums.h * self.rows_per_h, self.leaf.value, self.leaf.bounds);
        let g = shrink(sums.g, self.rules.params.lambda_l1);
        (value, -(2.0 * g * value + (sums.h + l2) * value * value))
    }
}

/// Moves a cut to the middle of the bins behind it that are empty in this leaf: they may hold new rows.
fn centred(last: usize, values: &[Cell]) -> usize {
    match values[last + 1..].iter().position(|cell| *cell != 0) {
        Some(empty) => last + empty / 2,
        None => last,
    }
}

/// One cut drawn from those between the smallest and the largest number of the leaf.
fn random_cut(values: &[Cell], cuts: usize, rng: &mut Rng) -> Option<(usize, usize)> {
    let low = values.iter().position(|cell| *cell != 0)?;
    let high = values.iter().rposition(|cell| *cell != 0)?.max(low + 1).min(cuts);
    (low < high).then(|| rng.random_range(low..high)).map(|cut| (cut, cut + 1))
}
