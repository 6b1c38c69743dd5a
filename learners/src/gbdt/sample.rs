//! Which rows and which features a tree is grown on.

use automl_core::seed::Rng;
use rand::seq::index;

use super::packed::mix;
use super::table::Places;

/// The rows of an iteration: those that its trees are grown on, and the others; both rising.
#[derive(Default)]
pub(super) struct Bag {
    pub inside: Vec<u32>,
    pub outside: Vec<u32>,
}

impl Bag {
    /// Draws each row with the same probability; at least one.
    pub fn draw(&mut self, places: Places<'_>, fraction: f64, seed: u32) {
        let limit = (fraction * 2f64.powi(32)) as u32;
        self.fill(places, |place| mix(place ^ seed) < limit);
    }

    /// Draws each row with a probability that grows with the length of its gradient, `sizes` by place. `keep` is told
    /// by what the gradient of a row has to be multiplied to make up for the rows left out.
    ///
    /// Ibragimov, Gusev, *Minimal variance sampling in stochastic gradient boosting* (2019).
    pub fn draw_by_size(&mut self, places: Places<'_>, sizes: &[f32], fraction: f64, seed: u32, mut keep: impl FnMut(u32, f32)) {
        let threshold = threshold(places, sizes, fraction);
        self.fill(places, |place| {
            let chance = (sizes[place as usize] / threshold).min(1.0);
            let is_kept = (mix(place ^ seed) >> 8) as f32 * (1.0 / 16_777_216.0) < chance;
            if is_kept && chance < 1.0 {
                keep(place, 1.0 / chance);
            }
            is_kept
        });
    }

    fn fill(&mut self, places: Places<'_>, mut is_inside: impl FnMut(u32) -> bool) {
        self.inside.resize(places.len(), 0);
        self.outside.resize(places.len(), 0);
        let (mut i, mut o) = (0, 0);
        let Bag { inside, outside } = self;
        places.for_each(|place| {
            let is_inside = is_inside(place);
            // Both are written, one is kept: no branch to mispredict.
            (inside[i], outside[o]) = (place, place);
            i += usize::from(is_inside);
            o += usize::from(!is_inside);
        });
        self.inside.truncate(i);
        self.outside.truncate(o);
        if i == 0 && places.len() > 0 {
            self.inside.push(self.outside.remove(0));
        }
    }
}

/// The size from which rows are kept for certain, such that the expected number of rows is right.
fn threshold(places: Places<'_>, sizes: &[f32], fraction: f64) -> f32 {
    /// Rows that tell the distribution of sizes to within a percent.
    const SAMPLE: usize = 20_000;
    let step = places.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<f32> = (0..places.len()).step_by(step).map(|row| sizes[places.at(row)]).collect();
    let (mut low, mut high) = (0.0f32, sample.iter().copied().fold(0.0, f32::max) / fraction as f32);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        let expected: f64 = sample.iter().map(|size| f64::from((size / middle.max(f32::MIN_POSITIVE)).min(1.0))).sum();
        if expected > fraction * sample.len() as f64 { low = middle } else { high = middle }
    }
    high.max(f32::MIN_POSITIVE)
}

/// A share of the features, at least one if there are any, rising.
pub(super) fn features(all: &[usize], fraction: f64, rng: &mut Rng) -> Vec<usize> {
    let wanted = ((all.len() as f64 * fraction).round() as usize).clamp(usize::from(!all.is_empty()), all.len());
    if wanted == all.len() {
        return all.to_vec();
    }
    let mut drawn: Vec<usize> = index::sample(rng, all.len(), wanted).into_iter().map(|i| all[i]).collect();
    drawn.sort_unstable();
    drawn
}

#[cfg(test)]
mod tests {
    use automl_core::seed::rng;

    use super::*;

    #[test]
    fn the_fractions_are_met() {
        let places: Vec<u32> = (0..100_000).map(|i| 2 * i).collect();
        let mut bag = Bag::default();
        bag.draw(Places::Listed(&places), 0.7, 1);
        assert!((69_400..70_600).contains(&bag.inside.len()), "{}", bag.inside.len());
        let mut all = [bag.inside, bag.outside].concat();
        all.sort_unstable();
        assert_eq!(all, places);
        let all: Vec<usize> = (0..50).collect();
        assert_eq!(features(&all[..10], 0.31, &mut rng(2)).len(), 3);
        assert_eq!(features(&all[..10], 1e-9, &mut rng(2)).len(), 1);
        assert!(features(&[], 0.5, &mut rng(2)).is_empty());
        assert!(features(&all, 0.5, &mut rng(3)).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_bag_is_never_empty() {
        for seed in 0..50 {
            let mut bag = Bag::default();
            bag.draw(Places::Listed(&[3]), 0.001, seed);
            assert_eq!(bag.inside, [3]);
        }
    }

    #[test]
    fn sampling_by_size_keeps_sums_unbiased() {
        let places: Vec<u32> = (0..50_000).collect();
        let sizes: Vec<f32> = places.iter().map(|&i| if i % 10 == 0 { 5.0 } else { 0.1 + (i % 7) as f32 * 0.05 }).collect();
        let mut kept: Vec<f32> = sizes.clone();
        let mut bag = Bag::default();
        bag.draw_by_size(Places::Listed(&places), &sizes, 0.3, 9, |place, factor| kept[place as usize] *= factor);
        let share = bag.inside.len() as f64 / places.len() as f64;
        assert!((share - 0.3).abs() < 0.01, "{share}");
        let sum = |list: &[f32], rows: &[u32]| rows.iter().map(|&r| f64::from(list[r as usize])).sum::<f64>();
        let (all, sampled) = (sum(&sizes, &places), sum(&kept, &bag.inside));
        assert!((sampled / all - 1.0).abs() < 0.01, "{sampled} of {all}");
    }
}
