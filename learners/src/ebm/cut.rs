//! Small trees on the cells of one column: where to cut, and what to add on either side.
//!
//! The places that a tree may cut at are drawn anew each time. Over many trees a function is smooth where one cut that is
//! best by a hair would leave steps, and few places are looked at faster than all.

use automl_core::seed::Rng;
use rand::RngExt;

/// Sums over some rows: of the gradient, of its slope, and of the weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub g: f64,
    pub h: f64,
    pub weight: f64,
}

/// Slopes that are added to a category when categories are ordered.
const CATEGORY_LAMBDA: f64 = 10.0;

/// What a tree may look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Slopes that are added to every side, so that few rows say little.
    pub lambda: f64,
    /// Weight that a side needs.
    pub weight_min: f64,
    /// Places along a column of numbers.
    pub cuts: usize,
    /// Places along either side of a table.
    pub pair_cuts: usize,
}

impl Sums {
    /// Takes more in.
    pub fn add(&mut self, other: Sums) {
        *self = self.plus(other);
    }

    pub fn plus(self, other: Sums) -> Sums {
        Sums { g: self.g + other.g, h: self.h + other.h, weight: self.weight + other.weight }
    }

    pub fn minus(self, other: Sums) -> Sums {
        Sums { g: self.g - other.g, h: self.h - other.h, weight: self.weight - other.weight }
    }

    /// How much a common value lowers the loss, twice.
    pub fn gain(self, limits: &Limits) -> f64 {
        self.g * self.g / (self.h + limits.lambda)
    }

    /// The value that lowers the loss most.
    pub fn value(self, limits: &Limits) -> f64 {
        -self.g / (self.h + limits.lambda)
    }
}

/// Up to `count` rising places from 1 to `cells - 1`, one drawn from each of equally long stretches.
pub(super) fn places(cells: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    let all = cells.saturating_sub(1);
    if all <= count {
        return (1..=all).collect();
    }
    (0..count).map(|n| 1 + rng.random_range(n * all / count..(n + 1) * all / count)).collect()
}

/// A row of cells, summed from the first on.
struct Line {
    before: Vec<Sums>,
}

impl Line {
    fn new(cells: impl Iterator<Item = Sums>) -> Line {
        let mut sum = Sums::default();
        let sums = cells.map(|cell| {
            sum = sum.plus(cell);
            sum
        });
        Line { before: std::iter::once(Sums::default()).chain(sums).collect() }
    }

    fn sum(&self, first: usize, end: usize) -> Sums {
        self.before[end].minus(self.before[first])
    }

    /// The best of some places to cut from `first` to `end`, and what it gains.
    fn best(&self, first: usize, end: usize, places: &[usize], limits: &Limits) -> Option<(usize, f64)> {
        let all = self.sum(first, end).gain(limits);
        let mut best = None;
        for &at in places.iter().filter(|&&at| first < at && at < end) {
            let (left, right) = (self.sum(first, at), self.sum(at, end));
            if left.weight.min(right.weight) < limits.weight_min {
                continue;
            }
            let gain = left.gain(limits) + right.gain(limits) - all;
            if gain > 1e-12 && best.is_none_or(|(_, most)| gain > most) {
                best = Some((at, gain));
            }
        }
        best
    }
}

/// The values of a tree of up to three leaves over one row of cells. Gives what it gains; nothing if it cannot cut.
pub(super) fn along(cells: &[Sums], is_codes: bool, limits: &Limits, rng: &mut Rng, out: &mut [f64]) -> Option<f64> {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    let mut count = limits.cuts;
    if is_codes {
        let key = |i: usize| cells[i].g / (cells[i].h + CATEGORY_LAMBDA);
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
        count = cells.len();
    }
    let (line, end) = (Line::new(order.iter().map(|&i| cells[i])), cells.len());
    let places = places(end, count, rng);
    out.fill(0.0);
    let (first, mut gain) = line.best(0, end, &places, limits)?;
    let mut edges = vec![0, first, end];
    let sides = [(0, first), (first, end)].map(|(from, to)| line.best(from, to, &places, limits));
    if let Some((second, more)) = sides.into_iter().flatten().reduce(|a, b| if b.1 > a.1 { b } else { a }) {
        gain += more;
        edges.push(second);
        edges.sort_unstable();
    }
    for edge in edges.windows(2) {
        let value = line.sum(edge[0], edge[1]).value(limits);
        order[edge[0]..edge[1]].iter().for_each(|&i| out[i] = value);
    }
    Some(gain)
}

#[cfg(test)]
mod tests {
    use automl_core::seed::rng;

    use super::*;

    const LIMITS: Limits = Limits { lambda: 1.0, weight_min: 1.0, cuts: 100, pair_cuts: 100 };

    fn cells(g: &[f64]) -> Vec<Sums> {
        g.iter().map(|&g| Sums { g, h: 10.0, weight: 10.0 }).collect()
    }

    #[test]
    fn three_leaves_along_a_row() {
        let mut out = [9.0; 6];
        let gain = along(&cells(&[-5.0, -5.0, 3.0, 3.0, 3.0, -5.0]), false, &LIMITS, &mut rng(0), &mut out);
        assert!(gain.is_some_and(|gain| gain > 0.0), "{gain:?}");
        assert!(out[0] == out[1] && out[2] == out[4] && out[0] > 0.0 && out[2] < 0.0 && out[5] > 0.0, "{out:?}");
        assert_eq!(along(&cells(&[1.0, 1.0, 1.0]), false, &LIMITS, &mut rng(0), &mut out[..3]), None);
        assert_eq!(out[..3], [0.0; 3]);
    }

    #[test]
    fn categories_have_no_order() {
        let mut out = [0.0; 4];
        along(&cells(&[-5.0, 5.0, -5.0, 5.0]), true, &LIMITS, &mut rng(0), &mut out);
        assert!(out[0] == out[2] && out[1] == out[3] && out[0] > out[1], "{out:?}");
    }

    #[test]
    fn places_are_drawn_from_all_stretches() {
        let mut seen = [false; 40];
        for seed in 0..200 {
            let drawn = places(40, 6, &mut rng(seed));
            assert!(drawn.len() == 6 && drawn.is_sorted_by(|a, b| a < b), "{drawn:?}");
            drawn.into_iter().for_each(|at| seen[at] = true);
        }
        assert!(!seen[0] && seen[1..].iter().all(|seen| *seen));
        assert_eq!(places(4, 6, &mut rng(0)), [1, 2, 3]);
        assert!(places(1, 6, &mut rng(0)).is_empty() && places(0, 6, &mut rng(0)).is_empty());
    }

    #[test]
    fn a_side_needs_weight() {
        let mut light = cells(&[-5.0, 5.0, 5.0]);
        light[0].weight = 0.5;
        let mut out = [0.0; 3];
        along(&light, false, &LIMITS, &mut rng(0), &mut out);
        assert_eq!(out[0], out[1]);
    }
}
