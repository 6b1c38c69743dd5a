//! An interior point method for the tube with few features: each step is a ridge regression whose weights follow the
//! rows at the rim of the tube, and some twenty steps are exact (Wright 1997, *Primal-Dual Interior-Point Methods*).

use automl_core::fit_context::FitContext;

use super::dual::Dual;
use super::equations::Equations;

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

/// A change of the margin by `m` asks for a change of the dual by `factor * (constant - sign * m)`.
struct Pull {
    factor: f64,
    constant: f64,
    per_rest: f64,
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

    /// How the duals answer to a change of the margin.
    fn pull(&self, insensitive: f64, aim: f64) -> [Pull; 2] {
        [0, 1].map(|side| {
            let (per_dual, per_rest) = (1.0 / self.duals[side], 1.0 / (self.c - self.duals[side]));
            let factor = 1.0 / (self.slack(side, insensitive) * per_dual + self.excess[side] * per_rest);
            let constant = aim * (per_dual - per_rest) + SIGNS[side] * self.residual - insensitive;
            Pull { factor, constant, per_rest }
        })
    }

    /// The factor of the row in the normal equations and its entry on their right side.
    fn equation(&self, pull: &[Pull; 2]) -> (u32, f64, f64) {
        let moment = |side: usize| SIGNS[side] * (self.duals[side] + pull[side].constant * pull[side].factor);
        (self.row, pull[0].factor + pull[1].factor, moment(0) + moment(1))
    }

    fn change(&self, margin: f64, pull: &[Pull; 2], aim: f64) -> Change {
        let duals = [0, 1].map(|side| (pull[side].constant - SIGNS[side] * margin) * pull[side].factor);
        let excess = [0, 1].map(|side| (aim + self.excess[side] * duals[side]) * pull[side].per_rest - self.excess[side]);
        Change { margin, excess, duals }
    }

    /// How much of a change can be made before something reaches its bound, if that is less than `room`.
    fn room(&self, change: &Change, insensitive: f64, mut room: f64) -> f64 {
        // Few rows are the first, and only these need a division.
        let mut until = |value: f64, change: f64| {
            if value + room * change < 0.0 {
                room = -value / change;
            }
        };
        for (side, sign) in SIGNS.into_iter().enumerate() {
            until(self.duals[side], change.duals[side]);
            until(self.c - self.duals[side], -change.duals[side]);
            until(self.excess[side], change.excess[side]);
            until(self.slack(side, insensitive), change.excess[side] + sign * change.margin);
        }
        room
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
        let (mut pulls, mut rows) = (Vec::with_capacity(places.len()), Vec::with_capacity(places.len()));
        for places in places.chunks(ROWS_UNWATCHED) {
            if ctx.check().is_stop() {
                return None;
            }
            for place in places {
                let pull = place.pull(self.insensitive, aim);
                rows.push(place.equation(&pull));
                pulls.push(pull);
            }
        }
        let mut equations = Equations::new(self.dual.design.width());
        equations.add(1.0, self.dual, &rows, ctx)?;
        let toward = equations.solve(1.0, weights)?;
        let (mut changes, mut room) = (Vec::with_capacity(places.len()), 1.0 / SHARE);
        for (places, pulls) in places.chunks(ROWS_UNWATCHED).zip(pulls.chunks(ROWS_UNWATCHED)) {
            if ctx.check().is_stop() {
                return None;
            }
            for (place, pull) in places.iter().zip(pulls) {
                let change = place.change(self.dual.margin(place.row as usize, &toward), pull, aim);
                room = place.room(&change, self.insensitive, room);
                changes.push(change);
            }
        }
        let share = SHARE * room;
        places.iter_mut().zip(&changes).for_each(|(place, change)| place.make(change, share));
        weights.iter_mut().zip(&toward).for_each(|(w, t)| *w += share * t);
        Some(share)
    }
}
