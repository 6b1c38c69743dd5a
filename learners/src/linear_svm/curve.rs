//! What margins mean: a logistic curve between two bounds, fitted to rows that the margins had not seen.

use automl_core::fit_context::FitContext;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::head::logistic;
use crate::linear::ridge::solve_cholesky;

/// Rows between two looks at the clock.
const ROWS_UNWATCHED: usize = 4096;
/// So many rows speak against bounds, which few rows would put anywhere.
const ROWS_AGAINST: f64 = 20.0;
/// Passes over the rows at most, for each of the two curves.
const PASSES_MAX: usize = 30;

/// The probabilities that no margin goes beyond: there are always rows far on the wrong side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The probability of the class at the lowest margins, below a half.
    pub floor: f64,
    /// One minus its probability at the highest margins, below a half.
    pub ceiling: f64,
}

impl Curve {
    /// A probability of the logistic curve, moved between the bounds.
    pub(super) fn bound(&self, probability: f64) -> f64 {
        self.floor + (1.0 - self.floor - self.ceiling) * probability
    }

    /// The curve of the other class.
    pub(super) fn mirrored(&self) -> Curve {
        Curve { floor: self.ceiling, ceiling: self.floor }
    }

    /// Whether the probabilities are such.
    pub(super) fn is_valid(&self) -> bool {
        [self.floor, self.ceiling].iter().all(|bound| (0.0..=0.5).contains(bound))
    }
}

/// A curve of margins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fitted {
    pub slope: f64,
    pub offset: f64,
    pub curve: Curve,
    /// The log loss, summed over the rows.
    pub loss: f64,
}

/// Rows with their margins.
pub(super) struct Margins<'a> {
    pub values: &'a [f64],
    pub is_positive: &'a [bool],
    pub weights: &'a [f64],
}

/// Slope, offset, and two numbers that stand for the bounds.
type Place = [f64; 4];

/// What one pass over the rows finds at a place.
struct Found {
    place: Place,
    /// Both bounds there.
    bounds: [f64; 2],
    /// How many numbers of the place are free.
    free: usize,
    loss: f64,
    gradient: [f64; 4],
    /// Expected second derivatives.
    fisher: [[f64; 4]; 4],
}

impl Margins<'_> {
    /// The curve without bounds (Platt 1999). The slope is 0 where margins say nothing.
    pub fn unbounded(&self, ctx: &FitContext<'_>) -> Fitted {
        let (positive, negative) = self.sides();
        let start = [0.0, ((positive + 1.0) / (negative + 1.0)).ln(), f64::NEG_INFINITY, f64::NEG_INFINITY];
        self.descend(start, 2, ctx)
    }

    /// The curve with bounds, where these make up for what speaks against them.
    pub fn bounded(&self, unbounded: Fitted, ctx: &FitContext<'_>) -> Fitted {
        let found = self.descend([unbounded.slope, unbounded.offset, -4.0, -4.0], 4, ctx);
        if found.loss < unbounded.loss { found } else { unbounded }
    }

    fn sides(&self) -> (f64, f64) {
        let sum = |of| self.is_positive.iter().zip(self.weights).filter(|(is, _)| **is == of).map(|(_, w)| w).sum();
        (sum(true), sum(false))
    }

    /// Scoring steps for the first numbers of a place, damped as far as they do not help.
    fn descend(&self, start: Place, free: usize, ctx: &FitContext<'_>) -> Fitted {
        let nothing = Fitted { slope: 0.0, offset: start[1], curve: Curve::default(), loss: f64::INFINITY };
        let Some(mut best) = self.pass(start, free, ctx) else { return nothing };
        let mut damping = 1e-6;
        for _ in 1..PASSES_MAX {
            let Some(step) = best.step(damping) else { break };
            let mut place = best.place;
            place.iter_mut().zip(&step).for_each(|(p, s)| *p += s);
            let Some(next) = self.pass(place, free, ctx) else { break };
            let gain = best.loss - next.loss;
            // NaN is no gain.
            if gain > 0.0 {
                (best, damping) = (next, (damping * 0.1).max(1e-9));
                if gain < 1e-6 * best.loss {
                    break;
                }
            } else if damping > 1e3 || gain > -1e-9 * best.loss {
                break;
            } else {
                damping = (damping * 100.0).max(1e-3);
            }
        }
        let [slope, offset, ..] = best.place;
        let [floor, ceiling] = best.bounds;
        Fitted { slope, offset, curve: Curve { floor, ceiling }, loss: best.loss }
    }

    /// Loss and derivatives; `None` when the context says stop.
    fn pass(&self, place: Place, free: usize, ctx: &FitContext<'_>) -> Option<Found> {
        let bounds = [place[2], place[3]].map(|place| 0.5 * logistic(place));
        let mut found = Found { place, bounds, free, loss: 0.0, gradient: [0.0; 4], fisher: [[0.0; 4]; 4] };
        // Each side is believed to have one more row than was seen, of which half are on the other side.
        let (positive, negative) = self.sides();
        let aims = [1.0 / (negative + 2.0), (positive + 1.0) / (positive + 2.0)];
        let chunk = |start: usize| start..(start + ROWS_UNWATCHED).min(self.values.len());
        for start in (0..self.values.len()).step_by(ROWS_UNWATCHED) {
            if ctx.check().is_stop() {
                return None;
            }
            for row in chunk(start) {
                found.add(self.values[row], aims[usize::from(self.is_positive[row])], self.weights[row]);
            }
        }
        found.restrain();
        Some(found)
    }
}

impl Found {
    fn add(&mut self, margin: f64, aim: f64, weight: f64) {
        let ([a, b, ..], [floor, ceiling]) = (self.place, self.bounds);
        let z = (a * margin + b).clamp(-500.0, 500.0);
        let e = (-z.abs()).exp();
        let (larger, smaller) = (1.0 / (1.0 + e), e / (1.0 + e));
        let (s, opposite) = if z > 0.0 { (larger, smaller) } else { (smaller, larger) };
        let span = 1.0 - floor - ceiling;
        let (p, q) = (floor + span * s, ceiling + span * opposite);
        self.loss -= weight * (aim * p.ln() + (1.0 - aim) * q.ln());
        let slope = span * s * opposite;
        let to_floor = floor * (1.0 - 2.0 * floor) * opposite;
        let partial = [slope * margin, slope, to_floor, -ceiling * (1.0 - 2.0 * ceiling) * s];
        let second = weight / (p * q);
        let first = second * (p - aim);
        for i in 0..self.free {
            self.gradient[i] += first * partial[i];
            for j in 0..=i {
                self.fisher[i][j] += second * partial[i] * partial[j];
            }
        }
    }

    /// Adds what speaks against bounds.
    fn restrain(&mut self) {
        for (i, bound) in self.bounds.into_iter().enumerate() {
            let change = bound * (1.0 - 2.0 * bound) / (1.0 - bound);
            self.loss -= ROWS_AGAINST * (1.0 - bound).ln();
            self.gradient[2 + i] += ROWS_AGAINST * change;
            self.fisher[2 + i][2 + i] += ROWS_AGAINST * change;
        }
    }

    fn step(&self, damping: f64) -> Option<Vec<f64>> {
        let free = self.free;
        let mut matrix = Array2::zeros((free, free));
        for i in 0..free {
            for j in 0..=i {
                matrix[[i, j]] = self.fisher[i][j];
                matrix[[j, i]] = self.fisher[i][j];
            }
            matrix[[i, i]] += damping * self.fisher[i][i] + 1e-12;
        }
        let downhill: Vec<f64> = self.gradient[..free].iter().map(|g| -g).collect();
        solve_cholesky(&matrix, 0.0, &downhill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 200 rows at each of some margins so many are positive as a probability says.
    fn fitted(probability: impl Fn(f64) -> f64) -> (Fitted, Fitted) {
        let (mut values, mut is_positive) = (Vec::new(), Vec::new());
        for step in -40..=40 {
            let m = f64::from(step) / 10.0;
            for i in 0..200 {
                values.push(m);
                is_positive.push(f64::from(i) + 0.5 < 200.0 * probability(m));
            }
        }
        let weights = vec![1.0; values.len()];
        let margins = Margins { values: &values, is_positive: &is_positive, weights: &weights };
        let unbounded = margins.unbounded(&FitContext::new(0));
        (unbounded, margins.bounded(unbounded, &FitContext::new(0)))
    }

    #[test]
    fn it_finds_the_log_odds_behind_margins() {
        let (Fitted { slope, offset, .. }, bounded) = fitted(|m| logistic(2.0 * m - 0.5));
        assert!((slope - 2.0).abs() < 0.03 && (offset + 0.5).abs() < 0.02, "{slope} {offset}");
        assert!(bounded.curve.floor < 2e-3 && bounded.curve.ceiling < 2e-3, "{bounded:?}");
    }

    #[test]
    fn it_finds_the_bounds_behind_margins() {
        let (unbounded, Fitted { slope, offset, curve, loss }) = fitted(|m| 0.1 + 0.85 * logistic(3.0 * m + 1.0));
        assert!((slope - 3.0).abs() < 0.1 && (offset - 1.0).abs() < 0.1, "{slope} {offset}");
        assert!((curve.floor - 0.1).abs() < 5e-3 && (curve.ceiling - 0.05).abs() < 5e-3, "{curve:?}");
        assert!(loss < unbounded.loss - 100.0, "{loss} {}", unbounded.loss);
    }

    #[test]
    fn margins_that_say_nothing_give_the_share() {
        let margins = Margins { values: &[3.0; 4], is_positive: &[true; 4], weights: &[1.0; 4] };
        let Fitted { slope, offset, .. } = margins.unbounded(&FitContext::new(0));
        assert!(logistic(3.0 * slope + offset) > 0.8, "{slope} {offset}");
        let none = Margins { values: &[], is_positive: &[], weights: &[] };
        let Fitted { slope, offset, .. } = none.unbounded(&FitContext::new(0));
        assert_eq!((slope, offset), (0.0, 0.0));
    }
}
