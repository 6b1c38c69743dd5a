//! The bins of a number: few, of about equal size, for a first look.

/// Bins of equal size at most, and one for missing values.
pub const BINS_MAX: usize = 17;
/// Values that are sorted to find the edges.
const SAMPLE: usize = 1024;
/// A bin is to hold so many rows of a sample.
const ROWS_PER_BIN: usize = 60;

/// Bins of the numbers of a sample; keeps its memory from one number to the next.
#[derive(Debug, Clone, Default)]
pub struct Binner {
    edges: Vec<f32>,
}

impl Binner {
    /// Writes the bin of every value: 0 for NaN, then 1, 2, … by rising value.
    pub fn bin(&mut self, values: &[f32], to: &mut Vec<u8>) {
        self.find_edges(values);
        to.clear();
        to.extend(values.iter().map(|v| u8::from(!v.is_nan())));
        // Edge by edge over a block that stays in the cache: loops without a branch, which compilers make wide.
        const BLOCK: usize = 2048;
        for (values, bins) in values.chunks(BLOCK).zip(to.chunks_mut(BLOCK)) {
            for &edge in &self.edges {
                bins.iter_mut().zip(values).for_each(|(bin, &value)| *bin += u8::from(value > edge));
            }
        }
    }

    fn find_edges(&mut self, values: &[f32]) {
        self.edges.clear();
        let step = values.len().div_ceil(SAMPLE).max(1);
        let mut known: Vec<f32> = values.iter().step_by(step).copied().filter(|v| !v.is_nan()).collect();
        known.sort_unstable_by(f32::total_cmp);
        let bins = (values.len() / ROWS_PER_BIN).clamp(4, BINS_MAX - 1);
        if !known.is_empty() {
            self.edges.extend((1..bins).map(|i| known[i * known.len() / bins]));
            self.edges.dedup();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_rise_with_the_values_and_hold_about_as_many() {
        let values: Vec<f32> = (0..960).map(|i| ((i * 7) % 960) as f32).collect();
        let mut bins = Vec::new();
        Binner::default().bin(&values, &mut bins);
        for bin in 1..=16 {
            let held = bins.iter().filter(|&&b| b == bin).count();
            assert!((55..=65).contains(&held), "bin {bin} holds {held}");
        }
        let highest = |bin: u8| values.iter().zip(&bins).filter(|(_, b)| **b == bin).map(|(v, _)| *v as u32).max();
        assert!((1..16).all(|bin| highest(bin) < highest(bin + 1)));
    }

    #[test]
    fn missing_values_and_few_values_have_bins_too() {
        let mut bins = vec![9];
        Binner::default().bin(&[f32::NAN, 2.0, 2.0, 3.0, f32::NAN], &mut bins);
        assert_eq!((bins[0], bins[4]), (0, 0));
        assert!(bins[1] == bins[2] && bins[2] < bins[3] && bins[3] < BINS_MAX as u8);
        Binner::default().bin(&[], &mut bins);
        assert!(bins.is_empty());
    }
}
