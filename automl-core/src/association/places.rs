//! Where does each row stand in its column? Numbers in stretches, names in levels.

use std::collections::HashMap;

use rand::seq::index;

use crate::seed::rng;

/// The place of every row in its column, from 0.
pub struct Places {
    /// One per row.
    pub of: Vec<u32>,
    /// How many places there are.
    pub count: usize,
    /// The place of missing values; it may be empty.
    missing: u32,
}

impl Places {
    /// Numbers in at most 64 stretches.
    pub fn of_numbers(numbers: &[f64]) -> Places {
        const STRETCHES: usize = 64;
        Places::in_stretches(numbers, STRETCHES)
    }

    /// Numbers in at most so many stretches of five rows or more, each with like numbers of rows; equal numbers
    /// share a stretch.
    pub fn in_stretches(numbers: &[f64], stretches: usize) -> Places {
        // The limits of the stretches are known well enough from so many values.
        const SORTED_MAX: usize = 8_192;
        let mut sorted: Vec<f64> = sample_rows(numbers.len(), SORTED_MAX).iter().map(|&i| numbers[i as usize]).collect();
        sorted.retain(|v| !v.is_nan());
        sorted.sort_unstable_by(f64::total_cmp);
        let limits = limits(&sorted, stretches);
        let missing = limits.len() as u32 + 1;
        let place = |v: &f64| if v.is_nan() { missing } else { limits.partition_point(|limit| limit <= v) as u32 };
        Places { of: numbers.iter().map(place).collect(), count: missing as usize + 1, missing }
    }

    /// Names, by a hash of each.
    pub fn of_names(names: impl Iterator<Item = Option<u64>>) -> Places {
        const MISSING: u32 = 0;
        let mut levels: HashMap<u64, u32> = HashMap::new();
        let mut place = |name: Option<u64>| {
            let fresh = levels.len() as u32 + 1;
            name.map_or(MISSING, |name| *levels.entry(name).or_insert(fresh))
        };
        let of = names.map(&mut place).collect();
        Places { of, count: levels.len() + 1, missing: MISSING }
    }

    /// Codes from 0, missing, to `levels`.
    pub fn of_codes(codes: impl Iterator<Item = u32>, levels: u32) -> Places {
        Places { of: codes.collect(), count: levels as usize + 1, missing: 0 }
    }

    /// Two places: with a value and without.
    pub fn of_missingness(&self) -> Places {
        Places { of: self.of.iter().map(|&place| u32::from(place == self.missing)).collect(), count: 2, missing: 1 }
    }

    /// Whether all rows stand in one place.
    pub fn are_one(&self) -> bool {
        self.of.iter().all(|place| *place == self.of[0])
    }
}

/// Where stretches begin, but for the first.
fn limits(sorted: &[f64], stretches: usize) -> Vec<f64> {
    const ROWS_MIN: usize = 5;
    let rows = sorted.len().div_ceil(stretches).max(ROWS_MIN);
    let mut limits = Vec::with_capacity(stretches);
    let mut start = 0;
    for run in 1..sorted.len() {
        if sorted[run] > sorted[run - 1] && run - start >= rows {
            limits.push(sorted[run]);
            start = run;
        }
    }
    limits
}

/// At most so many of the rows, drawn at random, ascending; the same at every call.
pub(crate) fn sample_rows(rows: usize, rows_max: usize) -> Vec<u32> {
    const SEED: u64 = 0x726f_7773;
    if rows <= rows_max {
        return (0..rows as u32).collect();
    }
    let mut drawn: Vec<u32> = index::sample(&mut rng(SEED), rows, rows_max).into_iter().map(|i| i as u32).collect();
    drawn.sort_unstable();
    drawn
}
