//! Minimises a smooth convex function: limited-memory BFGS with a weak Wolfe line search.
//!
//! Own code rather than `argmin`'s: there the line search asks for the value and the gradient separately,
//! which is two passes over the training rows per point where one gives both, every vector operation
//! allocates (a text model has 10⁵ to 10⁶ parameters), and a fit that is stopped inside a line search loses
//! its state. Nocedal & Wright, *Numerical Optimization*, algorithms 7.4 and 7.5; the line search is the
//! bisection of Lewis & Overton (2013), which needs no interpolation and always ends.

use super::cholesky::Cholesky;
use super::vector::dot;

/// Second derivatives, exact or rough, that a direction is divided by.
pub(super) enum Curvature<'a> {
    /// Of the parameters one by one, positive.
    Diagonal(&'a [f64]),
    /// Of all together.
    Full(&'a Cholesky),
}

impl Curvature<'_> {
    fn divide(&self, direction: &mut [f64]) {
        match self {
            Curvature::Diagonal(diagonal) => direction.iter_mut().zip(*diagonal).for_each(|(d, h)| *d /= h),
            Curvature::Full(factor) => factor.solve(direction),
        }
    }
}

/// When to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// Most steps; each has one line search.
    pub iterations_max: usize,
    /// Largest component of the gradient at which the point counts as the minimum.
    pub gradient: f64,
    /// Relative decrease of the value in one step below which it ends.
    pub decrease: f64,
}

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// At the minimum, or as near as the arithmetic allows.
    Done,
    /// At the limit of steps.
    Steps,
    /// The function asked to stop; the point is the best that was seen.
    Interrupted,
}

/// Pairs of steps and gradient changes that are kept. More than ten rarely saves evaluations.
const PAIRS: usize = 10;
/// Evaluations in one line search. Each halves or doubles the step: a range of 2²⁰.
const TRIES: usize = 20;

/// The last steps, and how the gradient changed along them.
#[derive(Default)]
pub(super) struct Memory {
    pairs: Vec<Pair>,
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    curvature: f64,
    /// What the divided direction is multiplied by: the change over its step along the last pair.
    scale: f64,
}

/// Moves `x` to the minimum of a function. `evaluate` writes the gradient and gives the value, or `None`
/// to stop. `second` are rough second derivatives: rare words and frequent ones differ by a factor of thousands,
/// and without it the weak penalties of a text take four times the steps. Where they are exact, the first step is Newton's.
pub(super) fn minimise(
    x: &mut [f64],
    second: &Curvature<'_>,
    ends: Ends,
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
) -> Ended {
    let n = x.len();
    let (mut gradient, mut next, mut next_gradient) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let mut direction = vec![0.0; n];
    let mut memory = Memory::default();
    let Some(mut value) = evaluate(x, &mut gradient) else { return Ended::Interrupted };
    for _ in 0..ends.iterations_max {
        let steepest = largest(&gradient);
        if steepest <= ends.gradient || !value.is_finite() {
            return Ended::Done;
        }
        memory.descend(&gradient, second, &mut direction);
        let mut slope = dot(&gradient, &direction);
        if slope >= 0.0 || !slope.is_finite() {
            memory = Memory::default();
            memory.descend(&gradient, second, &mut direction);
            slope = dot(&gradient, &direction);
        }
        let line = Line { x, direction: &direction, value, slope };
        let next_value = match line.search(&mut next, &mut next_gradient, &mut evaluate) {
            Found::Point(value) => value,
            Found::Nothing => return Ended::Done,
            Found::Stopped => return Ended::Interrupted,
        };
        memory.remember(second, (x, &next), (&gradient, &next_gradient));
        let decrease = value - next_value;
        x.copy_from_slice(&next);
        std::mem::swap(&mut gradient, &mut next_gradient);
        value = next_value;
        if decrease <= ends.decrease * value.abs() {
            return Ended::Done;
        }
    }
    Ended::Steps
}

impl Memory {
    /// The two-loop recursion: minus the gradient times the approximate inverse Hessian.
    pub fn descend(&self, gradient: &[f64], second: &Curvature<'_>, direction: &mut [f64]) {
        direction.iter_mut().zip(gradient).for_each(|(d, g)| *d = -g);
        let mut shares = [0.0; PAIRS];
        for (share, pair) in shares.iter_mut().zip(&self.pairs).rev() {
            *share = dot(&pair.step, direction) / pair.curvature;
            add_scaled(direction, &pair.change, -*share);
        }
        second.divide(direction);
        let scale = self.pairs.last().map_or(1.0, |last| last.scale);
        direction.iter_mut().for_each(|d| *d *= scale);
        for (share, pair) in shares.iter().zip(&self.pairs) {
            let back = dot(&pair.change, direction) / pair.curvature;
            add_scaled(direction, &pair.step, share - back);
        }
    }

    /// Takes up a step from one point and gradient to the next.
    pub fn remember(&mut self, second: &Curvature<'_>, (x, next): (&[f64], &[f64]), gradients: (&[f64], &[f64])) {
        let reused = if self.pairs.len() == PAIRS { Some(self.pairs.remove(0)) } else { None };
        let (mut step, mut change) = reused.map_or_else(|| (vec![0.0; x.len()], vec![0.0; x.len()]), |p| (p.step, p.change));
        // For now, what the step would have been if the rough derivatives were right.
        difference(gradients.1, gradients.0, &mut change);
        step.copy_from_slice(&change);
        second.divide(&mut step);
        let length = dot(&step, &change);
        difference(next, x, &mut step);
        let curvature = dot(&step, &change);
        // A pair without curvature (rounding) would break the positive definite approximation.
        if curvature > 1e-12 * dot(&change, &change) {
            self.pairs.push(Pair { step, change, curvature, scale: curvature / length });
        }
    }
}

/// What a line search found.
pub(super) enum Found {
    /// A point with this value.
    Point(f64),
    /// No point that is better.
    Nothing,
    /// It was asked to stop.
    Stopped,
}

struct Line<'a> {
    x: &'a [f64],
    direction: &'a [f64],
    value: f64,
    slope: f64,
}

impl Line<'_> {
    /// A point that decreases the value enough and has lost enough slope; if the tries end before, the
    /// last one, provided that it decreases the value.
    fn search(
        &self,
        next: &mut [f64],
        gradient: &mut [f64],
        evaluate: &mut impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
    ) -> Found {
        let (mut low, mut high, mut t) = (0.0, f64::INFINITY, 1.0);
        let mut last = f64::INFINITY;
        for _ in 0..TRIES {
            for ((n, x), d) in next.iter_mut().zip(self.x).zip(self.direction) {
                *n = x + t * d;
            }
            let Some(value) = evaluate(next, gradient) else { return Found::Stopped };
            last = value;
            // NaN counts as too far.
            let decreases = value <= self.value + 1e-4 * t * self.slope;
            if !decreases {
                high = t;
            } else if dot(gradient, self.direction) < 0.9 * self.slope {
                low = t;
            } else {
                return Found::Point(value);
            }
            t = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low };
        }
        if last < self.value { Found::Point(last) } else { Found::Nothing }
    }
}

fn largest(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |m, v| v.abs().max(m))
}

fn add_scaled(a: &mut [f64], b: &[f64], scale: f64) {
    a.iter_mut().zip(b).for_each(|(x, y)| *x += scale * y);
}

fn difference(a: &[f64], b: &[f64], out: &mut [f64]) {
    for ((o, x), y) in out.iter_mut().zip(a).zip(b) {
        *o = x - y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: Ends = Ends { iterations_max: 1000, gradient: 1e-9, decrease: 0.0 };

    #[test]
    fn finds_the_minimum_of_an_ill_conditioned_bowl() {
        let mut x = vec![0.0; 20];
        let ended = minimise(&mut x, &Curvature::Diagonal(&[1.0; 20]), ENDS, |x, g| {
            let mut value = 0.0;
            for (j, v) in x.iter().enumerate() {
                let scale = 10f64.powf(j as f64 / 5.0);
                g[j] = scale * (v - j as f64);
                value += 0.5 * scale * (v - j as f64).powi(2);
            }
            Some(value)
        });
        assert_eq!(ended, Ended::Done);
        for (j, v) in x.iter().enumerate() {
            assert!((v - j as f64).abs() < 1e-6, "{j}: {v}");
        }
    }

    #[test]
    fn finds_the_minimum_of_a_curved_valley() {
        let mut x = vec![-1.2, 1.0];
        minimise(&mut x, &Curvature::Diagonal(&[1.0; 2]), ENDS, |x, g| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * b * x[0];
            g[1] = 200.0 * b;
            Some(a * a + 100.0 * b * b)
        });
        assert!((x[0] - 1.0).abs() < 1e-5 && (x[1] - 1.0).abs() < 1e-5, "{x:?}");
    }

    #[test]
    fn an_interruption_keeps_the_best_point() {
        for allowed in 0..6 {
            let (mut x, mut left) = (vec![3.0, -4.0], allowed);
            let value = |x: &[f64]| x[0].powi(2) + 10.0 * x[1].powi(2);
            let start = value(&x);
            let ended = minimise(&mut x, &Curvature::Diagonal(&[1.0; 2]), ENDS, |x, g| {
                left = i32::checked_sub(left, 1).filter(|l| *l >= 0)?;
                (g[0], g[1]) = (2.0 * x[0], 20.0 * x[1]);
                Some(value(x))
            });
            assert!(value(&x) <= start);
            assert!(ended == Ended::Interrupted || value(&x) < 1e-9);
        }
    }
}
