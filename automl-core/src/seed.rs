//! Random numbers that depend on a seed and on nothing else.

use rand::{RngExt, SeedableRng};
pub use rand_xoshiro::Xoshiro256PlusPlus as Rng;

/// A generator for one purpose. The stream is the same on every platform and at any thread count.
pub fn rng(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}

/// A normal number, of mean 0 and variance 1: the sum of twelve uniform ones less six, the same bits on every platform.
pub fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// A new seed from a seed and a purpose (a trial id, a fold, a tree), by the SplitMix64 finaliser.
pub fn derive(seed: u64, purpose: u64) -> u64 {
    let mut z = seed ^ purpose.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
