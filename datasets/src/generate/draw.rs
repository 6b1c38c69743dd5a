//! What the generators draw.

use automl_core::seed::Rng;
use rand::RngExt;

/// A number that is normal but for its tails (none beyond ±6), rounded to six decimals.
///
/// The sum of twelve uniform numbers less six has mean 0 and variance 1, and unlike the usual ways needs no
/// logarithm or cosine, whose last bits differ between platforms.
pub(super) fn normal(rng: &mut Rng) -> f64 {
    rounded((0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)
}

/// A number between 0 and 1, rounded to six decimals.
pub(super) fn uniform(rng: &mut Rng) -> f64 {
    rounded(rng.random::<f64>())
}

/// Whether something of that probability happens.
pub(super) fn happens(rng: &mut Rng, probability: f64) -> bool {
    rng.random::<f64>() < probability
}

/// A whole number below `n`.
pub(super) fn below(rng: &mut Rng, n: usize) -> usize {
    if n == 0 { 0 } else { rng.random_range(0..n) }
}

/// Six decimals, so that files stay small.
pub(super) fn rounded(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}
