//! What becomes of the sums in hidden layers, and the slopes for the way back.

use super::network::Activation;
use crate::exp::exp;
use crate::simd::for_each_machine;

/// Constants of SELU (Klambauer and others 2017), under which means stay near 0 and deviations near 1.
const SCALE: f32 = 1.050_701;
const BELOW: f32 = 1.758_099_3;

for_each_machine! {
    /// Adds the biases to rows of sums and replaces them by their activations; `slopes` gets the derivatives.
    pub(super) fn activate(activation: Activation, sums: &mut [f32], biases: &[f32], slopes: &mut [f32]) = activate_body
}

#[inline(always)]
fn activate_body(activation: Activation, sums: &mut [f32], biases: &[f32], slopes: &mut [f32]) {
    let width = biases.len();
    for (sums, slopes) in sums.chunks_exact_mut(width).zip(slopes.chunks_exact_mut(width)) {
        match activation {
            Activation::Selu => each(sums, biases, slopes, selu),
            Activation::Mish => each(sums, biases, slopes, mish),
        }
    }
}

#[inline(always)]
fn each(sums: &mut [f32], biases: &[f32], slopes: &mut [f32], of: impl Fn(f32) -> (f32, f32)) {
    for ((sum, bias), slope) in sums.iter_mut().zip(biases).zip(slopes) {
        (*sum, *slope) = of(*sum + bias);
    }
}

/// SELU and its derivative.
#[inline(always)]
pub(super) fn selu(x: f32) -> (f32, f32) {
    let below = BELOW * exp(x.min(0.0));
    if x > 0.0 { (SCALE * x, SCALE) } else { (below - BELOW, below) }
}

/// Mish and its derivative. With `u = 1 + eˣ` the hyperbolic tangent is `(u² - 1) / (u² + 1)`.
#[inline(always)]
pub(super) fn mish(x: f32) -> (f32, f32) {
    let e = exp(x.min(20.0));
    let square = (1.0 + e) * (1.0 + e);
    let tanh = (square - 1.0) / (square + 1.0);
    let slope = tanh + x * (1.0 - tanh * tanh) * (e / (1.0 + e));
    (x * tanh, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_derivatives() {
        for of in [selu, mish] {
            for i in -400i16..400 {
                let (x, h) = (f32::from(i) / 50.0 + 0.005, 1e-2);
                let slope = (of(x + h).0 - of(x - h).0) / (2.0 * h);
                let kink = (x.abs() < h).then_some(1.0);
                assert!((of(x).1 - slope).abs() < kink.unwrap_or(2e-3), "{x}: {} and {slope}", of(x).1);
            }
        }
    }
}
