//! The random choices of a tree: its rows and its features.

use automl_core::seed::Rng;
use rand::{Rng as _, RngExt};

/// Each of `n` rows with the given probability, in rising order; never none of them.
pub(super) fn rows(n: usize, fraction: f64, rng: &mut Rng) -> Vec<bool> {
    // Sixteen random bits decide about a row: the fraction is met to within 1 in 65 536.
    let limit = (fraction * 65_536.0).round() as u64;
    let mut chosen = Vec::with_capacity(n + 3);
    while chosen.len() < n {
        let bits = rng.next_u64();
        chosen.extend((0..4).map(|lane| (bits >> (16 * lane)) & 0xFFFF < limit));
    }
    chosen.truncate(n);
    if !chosen.contains(&true) {
        chosen.fill(true);
    }
    chosen
}

/// A share of `n` features, at least one, in rising order.
pub(super) fn features(n: usize, fraction: f64, rng: &mut Rng) -> Vec<u32> {
    let mut all: Vec<u32> = (0..n as u32).collect();
    let wanted = ((n as f64 * fraction).round() as usize).clamp(1.min(n), n);
    if wanted < n {
        for i in 0..wanted {
            all.swap(i, rng.random_range(i..n));
        }
        all.truncate(wanted);
        all.sort_unstable();
    }
    all
}

#[cfg(test)]
mod tests {
    use automl_core::seed::rng;

    use super::*;

    #[test]
    fn the_fractions_are_met() {
        let chosen = rows(100_000, 0.7, &mut rng(1)).iter().filter(|c| **c).count();
        assert!((69_400..70_600).contains(&chosen), "{chosen}");
        assert_eq!(features(10, 0.31, &mut rng(2)).len(), 3);
        assert_eq!(features(10, 1e-9, &mut rng(2)).len(), 1);
        assert!(features(0, 0.5, &mut rng(2)).is_empty());
        assert!(features(50, 0.5, &mut rng(3)).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_sample_is_never_empty() {
        assert!((0..50).all(|seed| rows(1, 0.01, &mut rng(seed)) == [true]));
    }
}
