//! The rows of every class together, so that sums over a class run through without asking which class comes next.

/// Additions that do not wait for each other.
const LANES: usize = 8;

/// Rows of the matrix and their weights, class by class.
pub(super) struct Groups {
    rows: Vec<u32>,
    weights: Vec<f64>,
    /// Where each class begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Groups {
    /// Groups rows of the matrix by the place of their class; each comes with its weight.
    pub fn new(rows: impl Iterator<Item = (usize, usize, f64)>, classes: usize) -> Groups {
        let mut of_class = vec![(Vec::new(), Vec::new()); classes];
        for (row, place, weight) in rows {
            of_class[place].0.push(row as u32);
            of_class[place].1.push(weight);
        }
        let mut groups = Groups { rows: Vec::new(), weights: Vec::new(), starts: vec![0] };
        for (rows, weights) in of_class {
            groups.rows.extend(rows);
            groups.weights.extend(weights);
            groups.starts.push(groups.rows.len());
        }
        groups
    }

    /// The weight of the rows of a class whose value is finite, and the weighted sum of `of` their values.
    pub fn sum(&self, class: usize, values: &[f32], of: impl Fn(f64) -> f64) -> (f64, f64) {
        let range = self.starts[class]..self.starts[class + 1];
        let mut lanes = [(0.0, 0.0); LANES];
        let add = |(total, sum): &mut (f64, f64), row: u32, weight: f64| {
            let value = f64::from(values[row as usize]);
            let (value, weight) = if value.is_finite() { (value, weight) } else { (0.0, 0.0) };
            *total += weight;
            *sum += weight * of(value);
        };
        let (rows, last_rows) = self.rows[range.clone()].as_chunks::<LANES>();
        let (weights, last_weights) = self.weights[range].as_chunks::<LANES>();
        for (rows, weights) in rows.iter().zip(weights) {
            lanes.iter_mut().zip(rows).zip(weights).for_each(|((lane, &row), &weight)| add(lane, row, weight));
        }
        lanes.iter_mut().zip(last_rows).zip(last_weights).for_each(|((lane, &row), &weight)| add(lane, row, weight));
        lanes.iter().fold((0.0, 0.0), |(t, s), (total, sum)| (t + total, s + sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_one_class() {
        // Class 1 has every third row, of which one has no value.
        let rows = || (0..100usize).map(|i| (i, usize::from(i % 3 == 0), 1.0 + (i % 2) as f64));
        let mut values: Vec<f32> = (0..100).map(|i| i as f32).collect();
        values[6] = f32::NAN;
        let expected =
            rows().filter(|&(i, k, _)| k == 1 && i != 6).fold((0.0, 0.0), |(t, s), (i, _, w)| (t + w, s + w * i as f64));
        assert_eq!(Groups::new(rows(), 2).sum(1, &values, |v| v), expected);
        assert_eq!(Groups::new(rows(), 3).sum(2, &values, |v| v), (0.0, 0.0));
    }
}
