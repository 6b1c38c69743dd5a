//! A few numbers that tell which tables are alike.

use automl::task::{Target, TaskKind};
use automl::{Frame, Kind, Schema};
use serde::{Deserialize, Serialize};

/// What a table looks like from afar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaFeatures {
    /// What is asked of it.
    pub task: TaskKind,
    /// Rows.
    pub rows: usize,
    /// Columns that are learned from.
    pub features: usize,
    /// The share of them that are categories, of two values or more.
    pub categorical: f64,
    /// The share of them that are texts.
    pub text: f64,
    /// The share of their cells that are missing.
    pub missing: f64,
    /// Classes; 1 for numbers.
    pub classes: usize,
}

impl MetaFeatures {
    /// Those of the features of a frame and a target.
    pub fn of(schema: &Schema, frame: &Frame, target: &Target) -> MetaFeatures {
        let features = schema.features().count();
        let share =
            |kinds: &[Kind]| schema.features().filter(|f| kinds.contains(&f.kind)).count() as f64 / features.max(1) as f64;
        let missing: usize = schema.features().filter_map(|f| frame.column(&f.name).ok()).map(|column| column.null_count()).sum();
        MetaFeatures {
            task: target.kind(),
            rows: target.len(),
            features,
            categorical: share(&[Kind::Categorical, Kind::Bool]),
            text: share(&[Kind::Text]),
            missing: missing as f64 / (features * target.len()).max(1) as f64,
            classes: target.width(),
        }
    }

    /// How far two tables are from each other: counts differ by their ratios, shares by their differences. Tables of
    /// different tasks have nothing to do with each other.
    pub fn distance(&self, other: &MetaFeatures) -> f64 {
        if self.task != other.task {
            return f64::INFINITY;
        }
        let ratio = |a: usize, b: usize| ((a + 1) as f64 / (b + 1) as f64).ln();
        let differences = [
            ratio(self.rows, other.rows) / 2.0,
            ratio(self.features, other.features),
            ratio(self.classes, other.classes),
            2.0 * (self.categorical - other.categorical),
            4.0 * (self.text - other.text),
            4.0 * (self.missing - other.missing),
        ];
        differences.iter().map(|difference| difference * difference).sum::<f64>().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_same_shape_are_near() {
        let small = MetaFeatures {
            task: TaskKind::Binary,
            rows: 1_000,
            features: 20,
            categorical: 0.5,
            text: 0.0,
            missing: 0.1,
            classes: 2,
        };
        let alike = MetaFeatures { rows: 1_500, features: 25, ..small };
        let of_numbers = MetaFeatures { categorical: 0.0, ..alike };
        let regression = MetaFeatures { task: TaskKind::Regression, ..small };
        assert_eq!(small.distance(&small), 0.0);
        assert!(small.distance(&alike) < small.distance(&of_numbers));
        assert!((small.distance(&alike) - alike.distance(&small)).abs() < 1e-12);
        assert_eq!(small.distance(&regression), f64::INFINITY);
    }
}
