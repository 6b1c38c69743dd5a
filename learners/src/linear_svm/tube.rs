//! An interior point method for the tube with few features: each step is a ridge regression whose weights follow the
//! rows at the rim of the tube, and some twenty steps are exact (Wright 1997, *Primal-Dual Interior-Point Methods*).

use automl_core::fit_context::FitContext;

use super::dual::Dual;
use super::equations;

/// Steps at most.
const STEPS_MAX: usize = 60;
/// How far above the minimum, relative to it, the end may be.
const GAP: f64 = 1e-5;
/// The share of the way to the next bound that is gone.
const SHARE: f64 = 0.99;
/// Rows between two looks at the clock.
const ROWS_UNWATCHED: usize = 1024;

/// The tube around the numbers of some rows.
pub(super) struct Tube<'a> {
    pub dual: &'a Dual<'a>,
    pub target: &'a [f64],
    pub insensitive: f64,
    pub c: f64,
    pub rows: &'a [u32],
}

/// Where a row is, in reach of the target from below (the first of a pair) and from above.
struct Place {
    row: u32,
    c: f64,
    residual: f64,
    /// Bounds of what is beyond the tube.
    excess: [f64; 2],
    /// Between 0 and `c`; the difference is the variable of the row.
    duals: [f64; 2],
}

/// What one step changes of a row.
struct Change {
    margin: f64,
    excess: [f64; 2],
    duals: [f64; 2],
}

const SIGNS: [f64; 2] = [1.0, -1.0];

impl Place {
    /// How far the excess is above what it bounds.
    fn slack(&self, side: usize, insensitive: f64) -> f64 {
        self.excess[side] - SIGNS[side] * self.residual + insensitive
    }

    /// The sum of the four products that are zero at the minimum.
    fn gap(&self, insensitive: f64) -> f64 {
        (0..2)
            .map(|side| self.slack(side, insensitive) * self.duals[side] + self.excess[side] * (self.c - self.duals[side]))
            .sum()
    }

    /// The divisor and the constant of the change of a dual.
    fn pull(&self, side: usize, insensitive: f64, aim: f64) -> (f64, f64) {
        let (dual, rest) = (self.duals[side], self.c - self.duals[side]);
        let divisor = self.slack(side, insensitive) / dual + self.excess[side] / rest;
        (divisor, aim / dual - aim / rest + SIGNS[side] * self.residual - insensitive)
    }

    /// The factor of the row in the normal equations and its entry on their right side.
    fn equation(&self, insensitive: f64, aim: f64) -> (u32, f64, f64) {
        let (mut factor, mut moment) = (0.0, 0.0);
        for (side, sign) in SIGNS.into_iter().enumerate() {
            let (divisor, constant) = self.pull(side, insensitive, aim);
            factor += 1.0 / divisor;
            moment += sign * (self.duals[side] + constant / divisor);
        }
        (self.row, factor, moment)
    }

    fn change(&self, margin: f64, insensitive: f64, aim: f64) -> Change {
        let mut change = Change { margin, excess: [0.0; 2], duals: [0.0; 2] };
        for (side, sign) in SIGNS.into_iter().enumerate() {
            let (divisor, constant) = self.pull(side, insensitive, aim);
            change.duals[side] = (constant - sign * margin) / divisor;
            let rest = self.c - self.duals[side];
            change.excess[side] = (aim + self.excess[side] * change.duals[side]) / rest - self.excess[side];
        }
        change
    }

    /// How much of a change can be made before something reaches its bound.
    fn room(&self, change: &Change, insensitive: f64) -> f64 {
        let until = |value: f64, change: f64| if change < 0.0 { -value / change } else { f64::INFINITY };
        let of_side = |side: usize| {
            let dual = until(self.duals[side], change.duals[side]).min(until(self.c - self.duals[side], -change.duals[side]));
            let slack = change.excess[side] + SIGNS[side] * change.margin;
            let primal = until(self.excess[side], change.excess[side]).min(until(self.slack(side, insensitive), slack));
            dual.min(primal)
        };
        of_side(0).min(of_side(1))
    }

    fn make(&mut self, change: &Change, share: f64) {
        self.residual -= share * change.margin;
        for side in 0..2 {
            self.excess[side] += share * change.excess[side];
            self.duals[side] += share * change.duals[side];
        }
    }
}

impl Tube<'_> {
    /// The best weights, in place of those given. Says whether it came to that end.
    pub fn solve(&self, weights: &mut [f64], ctx: &FitContext<'_>) -> bool {
        weights.fill(0.0);
        let mut places = self.start();
        let mut centring = 0.1;
        for _ in 0..STEPS_MAX {
            let gap: f64 = places.iter().map(|p| p.gap(self.insensitive)).sum();
            if ctx.check().is_stop() {
                return false;
            }
            let losses: f64 = places.iter().map(|p| p.c * (p.excess[0] + p.excess[1])).sum();
            // NaN ends it too.
            let goes_on = gap > GAP * (losses + 0.5 * weights.iter().map(|w| w * w).sum::<f64>());
            if !goes_on {
                return true;
            }
            let aim = centring * gap / (4 * places.len()) as f64;
            let Some(share) = self.step(aim, &mut places, weights, ctx) else { return !ctx.check().is_stop() };
            centring = if share > 0.9 {
                0.02
            } else if share > 0.5 {
                0.1
            } else {
                0.4
            };
        }
        true
    }

    /// Within all bounds, and with weights of zero those that follow from the duals.
    fn start(&self) -> Vec<Place> {
        let of_row = |&row: &u32| {
            let (residual, c) = (self.target[row as usize], self.c * self.dual.design.weights[row as usize]);
            let excess = SIGNS.map(|sign| (sign * residual - self.insensitive).max(0.0) + 1.0);
            (c > 0.0).then_some(Place { row, c, residual, excess, duals: [0.5 * c; 2] })
        };
        self.rows.iter().filter_map(of_row).collect()
    }

    /// One step toward the point where all products are as large as aimed at. Gives the share of it that could be made;
    /// `None` when the context says stop or rounding makes an end.
    fn step(&self, aim: f64, places: &mut [Place], weights: &mut [f64], ctx: &FitContext<'_>) -> Option<f64> {
        let mut equations = Vec::with_capacity(places.len());
        for places in places.chunks(ROWS_UNWATCHED) {
            if ctx.check().is_stop() {
                return None;
            }
            equations.extend(places.iter().map(|p| p.equation(self.insensitive, aim)));
        }
        let back: Vec<f64> = weights.iter().map(|w| -w).collect();
        let toward = equations::solve(self.dual, &equations, Some(&back), ctx)?;
        let (mut changes, mut room) = (Vec::with_capacity(places.len()), 1.0f64 / SHARE);
        for places in places.chunks(ROWS_UNWATCHED) {
            if ctx.check().is_stop() {
                return None;
            }
            for place in places {
                let change = place.change(self.dual.margin(place.row as usize, &toward), self.insensitive, aim);
                room = room.min(place.room(&change, self.insensitive));
                changes.push(change);
            }
        }
        let share = SHARE * room;
        places.iter_mut().zip(&changes).for_each(|(place, change)| place.make(change, share));
        weights.iter_mut().zip(&toward).for_each(|(w, t)| *w += share * t);
        Some(share)
    }
}
