//! What is known of the levels of a group: how many rows each has, and how numbers are distributed in it.

use std::collections::BTreeMap;

use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// The level of a row that has none: missing, rare or never seen.
pub const NO_LEVEL: u32 = u32::MAX;
/// Levels in fewer fit rows have none: the mean of a handful of numbers is mostly the number itself.
pub const LEVEL_ROWS_MIN: usize = 5;
/// Numbers that tell the distribution within a level: ranks are told to a sixteenth.
const KNOTS: usize = 16;
/// Levels with fewer numbers have no ranks.
const RANKED_MIN: usize = 20;

/// What is known of the levels of one group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Statistics {
    /// Fit rows of every level.
    pub rows: Vec<u32>,
    /// By the place of a number, how it is distributed in every level.
    pub numbers: BTreeMap<usize, Distribution>,
}

/// How a number is distributed in the levels of a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Distribution {
    /// Per level the mean, NaN if there is no number.
    means: Vec<f64>,
    /// Per level numbers at even ranks, rising; NaN if there are too few.
    knots: Vec<f32>,
}

impl Statistics {
    /// Learns from the level of every row how many rows each of `n` levels has.
    pub fn learn(levels: &[u32], n: usize) -> Statistics {
        let mut rows = vec![0; n];
        levels.iter().filter(|&&level| level != NO_LEVEL).for_each(|&level| rows[level as usize] += 1);
        Statistics { rows, numbers: BTreeMap::new() }
    }

    /// Checks what came from a file against the number of levels and of numbers.
    ///
    /// # Errors
    /// What does not fit.
    pub fn validate(&self, levels: usize, numbers: usize) -> Result<()> {
        let fits = |d: &Distribution| d.means.len() == levels && d.knots.len() == levels * KNOTS;
        let are_sound = self.numbers.iter().all(|(number, d)| *number < numbers && fits(d));
        if self.rows.len() == levels && are_sound {
            return Ok(());
        }
        Err(Error::artifact("the statistics of a group do not fit its levels"))
    }
}

impl Distribution {
    /// Learns from the values of a number, the places of its known values by rising value, the level of every row, and
    /// the rows of every level. One pass over the rows: their order by value serves all groups.
    pub fn learn(values: &[f64], by_value: &[u32], levels: &[u32], rows: &[u32]) -> Distribution {
        let mut starts = Vec::with_capacity(rows.len());
        let mut total = 0;
        for &count in rows {
            starts.push(total);
            total += count as usize;
        }
        let mut ends = starts.clone();
        let mut sorted = vec![0.0; total];
        for &place in by_value {
            let level = levels[place as usize];
            if level != NO_LEVEL {
                let end = &mut ends[level as usize];
                sorted[*end] = values[place as usize];
                *end += 1;
            }
        }
        let of_level = starts.iter().zip(&ends).map(|(&start, &end)| &sorted[start..end]);
        let means = of_level.clone().map(|v| v.iter().sum::<f64>() / v.len() as f64).collect();
        Distribution { means, knots: of_level.flat_map(knots).collect() }
    }

    /// The mean of a level; NaN if it has none.
    pub fn mean(&self, level: u32) -> f64 {
        if level == NO_LEVEL { f64::NAN } else { self.means[level as usize] }
    }

    /// The share of a level that is smaller than a value, those that are equal counted half.
    pub fn rank(&self, level: u32, value: f32) -> f32 {
        if level == NO_LEVEL || value.is_nan() {
            return f32::NAN;
        }
        let at = level as usize * KNOTS;
        let knots = &self.knots[at..at + KNOTS];
        if knots[0].is_nan() {
            return f32::NAN;
        }
        let (mut below, mut equal) = (0_u8, 0_u8);
        for &knot in knots {
            below += u8::from(knot < value);
            equal += u8::from(knot == value);
        }
        (f32::from(below) + 0.5 * f32::from(equal)) / KNOTS as f32
    }
}

/// Sixteen of the numbers of a level, at the middles of sixteen even parts.
fn knots(sorted: &[f64]) -> [f32; KNOTS] {
    let mut knots = [f32::NAN; KNOTS];
    if sorted.len() >= RANKED_MIN {
        for (i, knot) in knots.iter_mut().enumerate() {
            *knot = sorted[(2 * i + 1) * sorted.len() / (2 * KNOTS)] as f32;
        }
    }
    knots
}

/// The places of the known values of a number, by rising value.
pub fn by_value(values: &[f64]) -> Vec<u32> {
    let mut places: Vec<u32> = (0..values.len() as u32).filter(|&i| !values[i as usize].is_nan()).collect();
    places.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
    places
}
