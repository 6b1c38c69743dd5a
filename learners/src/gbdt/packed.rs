//! Gradients as small integers, two of them summed by one addition.
//!
//! The derivatives of a row are rounded to a signed and an unsigned 16-bit number, and both are added to a cell
//! of a histogram as one 64-bit integer: the sum of first derivatives in its upper half, that of second
//! derivatives in its lower. Integer sums are the same in any order, so a tree has the same bits at any number
//! of threads, and what is left of a parent without one child is exactly the other child.
//!
//! Rounding is stochastic, hence unbiased (Shi et al., *Quantized training of gradient boosting decision
//! trees*, 2022); with rounding to the nearest the many small gradients of a rare class would vanish.

use crate::simd::for_each_machine;

/// The rounded derivatives of a row: the first, signed, in the upper half, the second in the lower.
pub(super) type Step = u32;

/// The sum of steps.
pub(super) type Cell = i64;

/// A step as a cell.
#[inline(always)]
pub(super) fn cell(step: Step) -> Cell {
    (i64::from(step as i32 >> 16) << 32) | i64::from(step & 0xFFFF)
}

/// The sum of first derivatives in a cell.
#[inline(always)]
pub(super) fn g(cell: Cell) -> i32 {
    (cell >> 32) as i32
}

/// The sum of second derivatives in a cell; never negative.
#[inline(always)]
pub(super) fn h(cell: Cell) -> i32 {
    cell as i32
}

/// Sums of first and second derivatives in their own unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sums {
    pub g: f64,
    pub h: f64,
}

/// What one step is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Units {
    pub g: f64,
    pub h: f64,
}

impl Units {
    /// The sums that a cell stands for.
    pub fn sums(&self, cell: Cell) -> Sums {
        Sums { g: f64::from(g(cell)) * self.g, h: f64::from(h(cell)) * self.h }
    }
}

/// What has to be known of all derivatives of an iteration before they can be rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub g_max: f32,
    pub h_max: f32,
    pub h_min: f32,
    pub g_sum: f64,
    /// The sum of the fourth roots of first derivatives: large ones hardly count.
    pub g_roots: f64,
    pub h_sum: f64,
    pub rows: usize,
}

/// Steps of the largest first derivative: they fit into 16 bits with a sign.
const G_STEPS: f64 = 32_000.0;

impl Range {
    /// The range of no rows.
    pub const EMPTY: Range =
        Range { g_max: 0.0, h_max: 0.0, h_min: f32::INFINITY, g_sum: 0.0, g_roots: 0.0, h_sum: 0.0, rows: 0 };

    /// The range of these rows.
    pub fn of(g: &[f32], h: &[f32]) -> Range {
        measure(g, h)
    }

    /// The range of both.
    pub fn and(self, other: Range) -> Range {
        Range {
            g_max: self.g_max.max(other.g_max),
            h_max: self.h_max.max(other.h_max),
            h_min: self.h_min.min(other.h_min),
            g_sum: self.g_sum + other.g_sum,
            g_roots: self.g_roots + other.g_roots,
            h_sum: self.h_sum + other.h_sum,
            rows: self.rows + other.rows,
        }
    }

    /// The finest units in which no step and no sum of steps overflows.
    ///
    /// Where all second derivatives are equal, each is one step: their sums are counts, and exact. First
    /// derivatives beyond so many times the usual one that the usual one would be less than a step are cut off;
    /// the values of leaves are then taken from exact sums.
    pub fn units(&self) -> Units {
        const H_STEPS: f64 = 65_000.0;
        // Rounding up may add one step per row.
        let room = |limit: f64| (limit - self.rows as f64).max(1.0);
        let g_unit = (f64::from(self.g_clip()) / G_STEPS).max(self.g_sum / room(2f64.powi(31) - 1.0));
        let h_unit = if self.h_min == self.h_max {
            f64::from(self.h_max)
        } else {
            (f64::from(self.h_max) / H_STEPS).max(self.h_sum / room(2f64.powi(31) - 1.0))
        };
        let positive = |unit: f64| if unit > 0.0 && unit.is_finite() { unit } else { 1.0 };
        Units { g: positive(g_unit), h: positive(h_unit) }
    }

    /// Whether some first derivatives are so large that they are cut off.
    pub fn is_clipped(&self) -> bool {
        self.g_clip() < self.g_max
    }

    fn g_clip(&self) -> f32 {
        let usual = (self.g_roots / self.rows.max(1) as f64).powi(4);
        self.g_max.min((G_STEPS * usual) as f32)
    }
}

for_each_machine! {
    /// The range of some rows.
    fn measure(g: &[f32], h: &[f32]) -> Range = measure_body
}

/// Numbers that are looked at side by side.
const LANES: usize = 16;

#[inline(always)]
fn measure_body(g: &[f32], h: &[f32]) -> Range {
    let mut range = Range { rows: g.len(), ..Range::EMPTY };
    let (mut g_max, mut h_max, mut h_min) = ([0.0f32; LANES], [0.0f32; LANES], [f32::INFINITY; LANES]);
    // Single precision holds the sum of a block; the sums of the blocks are added in double.
    for (g, h) in g.chunks(1024).zip(h.chunks(1024)) {
        let (mut g_sum, mut g_roots, mut h_sum) = ([0.0f32; LANES], [0.0f32; LANES], [0.0f32; LANES]);
        let mut lanes_g = g.chunks_exact(LANES);
        let mut lanes_h = h.chunks_exact(LANES);
        for (g, h) in (&mut lanes_g).zip(&mut lanes_h) {
            for k in 0..LANES {
                let size = g[k].abs();
                g_max[k] = if size > g_max[k] { size } else { g_max[k] };
                h_max[k] = if h[k] > h_max[k] { h[k] } else { h_max[k] };
                h_min[k] = if h[k] < h_min[k] { h[k] } else { h_min[k] };
                g_sum[k] += size;
                g_roots[k] += size.sqrt().sqrt();
                h_sum[k] += h[k];
            }
        }
        for (k, (g, h)) in lanes_g.remainder().iter().zip(lanes_h.remainder()).enumerate() {
            g_max[k] = g_max[k].max(g.abs());
            h_max[k] = h_max[k].max(*h);
            h_min[k] = h_min[k].min(*h);
            g_sum[k] += g.abs();
            g_roots[k] += g.abs().sqrt().sqrt();
            h_sum[k] += *h;
        }
        let sum = |lanes: [f32; LANES]| lanes.into_iter().map(f64::from).sum::<f64>();
        range.g_sum += sum(g_sum);
        range.g_roots += sum(g_roots);
        range.h_sum += sum(h_sum);
    }
    range.g_max = g_max.into_iter().fold(0.0, f32::max);
    range.h_max = h_max.into_iter().fold(0.0, f32::max);
    range.h_min = h_min.into_iter().fold(f32::INFINITY, f32::min);
    range
}

for_each_machine! {
    /// Rounds the derivatives of the rows `first..` stochastically: up with the probability of the part that is cut
    /// off. What is drawn depends on the row and the seed alone.
    pub(super) fn round(g: &[f32], h: &[f32], units: Units, first: u32, seed: u32, out: &mut [Step]) = round_body
}

#[inline(always)]
fn round_body(g: &[f32], h: &[f32], units: Units, first: u32, seed: u32, out: &mut [Step]) {
    let (g_factor, h_factor) = ((1.0 / units.g) as f32, (1.0 / units.h) as f32);
    // Where every second derivative is one step there is nothing to round.
    for (i, ((out, g), h)) in out.iter_mut().zip(g).zip(h).enumerate() {
        let drawn = mix(first.wrapping_add(i as u32) ^ seed);
        let (up_g, up_h) = ((drawn & 0xFFFF) as f32 * SHARE, (drawn >> 16) as f32 * SHARE);
        // Shifted to positive numbers, where cutting off the fraction rounds down.
        let g = (g * g_factor).clamp(-32_700.0, 32_700.0) + up_g + 32_768.0;
        let h = (h * h_factor).min(65_500.0) + up_h;
        *out = (((g as i32 - 32_768) as u32) << 16) | (h as i32 as u32);
    }
}

/// One of 2^16 equal parts, and a little less, so that whole numbers are never rounded up.
const SHARE: f32 = 1.0 / 65_600.0;

/// The finaliser of MurmurHash3: every bit of the result depends on every bit of the argument.
#[inline(always)]
pub(super) fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x85EB_CA6B);
    x ^= x >> 13;
    x = x.wrapping_mul(0xC2B2_AE35);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rounded(g: &[f32], h: &[f32], seed: u32) -> (Units, Vec<Step>) {
        let units = Range::of(g, h).units();
        let mut steps = vec![0; g.len()];
        round(g, h, units, 0, seed, &mut steps);
        (units, steps)
    }

    proptest! {
        /// Sums come back out of a cell, the vector code rounds as the plain code, and no rounding is off by more
        /// than a step.
        #[test]
        fn sums_come_back(rows in prop::collection::vec((-5000..5000i32, 0..2000i32), 1..200), seed in any::<u32>()) {
            let (g, h): (Vec<f32>, Vec<f32>) = rows.into_iter().map(|(g, h)| (g as f32 / 1000.0, h as f32 / 1000.0)).unzip();
            let (units, steps) = rounded(&g, &h, seed);
            let mut plain = vec![0; g.len()];
            round_body(&g, &h, units, 0, seed, &mut plain);
            prop_assert_eq!(&steps, &plain);
            prop_assert_eq!(Range::of(&g, &h), measure_body(&g, &h));
            let sums = units.sums(steps.iter().map(|s| cell(*s)).sum());
            let tolerance = |unit: f64| unit * (g.len() as f64 + 1.0);
            prop_assert!((sums.g - g.iter().map(|v| f64::from(*v)).sum::<f64>()).abs() <= tolerance(units.g));
            prop_assert!((sums.h - h.iter().map(|v| f64::from(*v)).sum::<f64>()).abs() <= tolerance(units.h));
        }
    }

    #[test]
    fn equal_second_derivatives_are_counted() {
        let (units, steps) = rounded(&[0.5, -1.0, 0.25], &[3.0, 3.0, 3.0], 7);
        assert_eq!(units.h, 3.0);
        assert!(steps.iter().all(|s| s & 0xFFFF == 1));
    }

    #[test]
    fn rounding_is_unbiased() {
        // A rare class: most gradients are far below a step.
        let rows = 200_000;
        let g: Vec<f32> = (0..rows).map(|i| if i % 1000 == 0 { -1.0 } else { 1e-5 }).collect();
        let h: Vec<f32> = g.iter().map(|g| g.abs() * (1.0 - g.abs()).max(1e-3)).collect();
        let (units, steps) = rounded(&g, &h, 3);
        let small: Cell = steps.iter().zip(&g).filter(|(_, g)| **g > 0.0).map(|(s, _)| cell(*s)).sum();
        let expected = 1e-5 * (rows - rows / 1000) as f64;
        assert!((units.sums(small).g / expected - 1.0).abs() < 0.02, "{} of {expected}", units.sums(small).g);
    }

    #[test]
    fn one_outlier_does_not_drown_the_others() {
        let mut g = vec![0.5f32; 5000];
        g[17] = 1e9;
        let h = vec![1.0f32; 5000];
        let range = Range::of(&g, &h);
        assert!(range.is_clipped() && range.units().g < 1.0);
        assert!(!Range::of(&g[18..], &h[18..]).is_clipped());
        // A rare class is no outlier.
        let g: Vec<f32> = (0..100_000).map(|i| if i % 10_000 == 0 { -1.0 } else { 1e-4 }).collect();
        assert!(!Range::of(&g, &vec![0.1; g.len()]).is_clipped());
    }
}
