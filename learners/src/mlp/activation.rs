//! What becomes of the sums in hidden layers, and the slopes for the way back.

use crate::exp::exp;
use crate::simd::for_each_machine;

for_each_machine! {
    /// Adds the biases to rows of sums and replaces them by their activations; `slopes` gets the derivatives.
    pub(super) fn activate(sums: &mut [f32], biases: &[f32], slopes: &mut [f32]) = activate_body
}

#[inline(always)]
fn activate_body(sums: &mut [f32], biases: &[f32], slopes: &mut [f32]) {
    let width = biases.len();
    for (sums, slopes) in sums.chunks_exact_mut(width).zip(slopes.chunks_exact_mut(width)) {
        for ((sum, bias), slope) in sums.iter_mut().zip(biases).zip(slopes) {
            (*sum, *slope) = mish(*sum + bias);
        }
    }
}

/// Mish, `x · tanh(ln(1 + eˣ))` (Misra 2019), and its derivative. With `u = 1 + eˣ` the hyperbolic tangent is `(u² - 1) / (u² + 1)`.
#[inline(always)]
fn mish(x: f32) -> (f32, f32) {
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
        for i in -400i16..400 {
            let (x, h) = (f32::from(i) / 50.0 + 0.005, 1e-2);
            let slope = (mish(x + h).0 - mish(x - h).0) / (2.0 * h);
            assert!((mish(x).1 - slope).abs() < 2e-3, "{x}: {} and {slope}", mish(x).1);
        }
    }
}
