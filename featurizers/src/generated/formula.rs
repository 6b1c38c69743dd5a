//! What a generated feature is: a formula over numbers and groups, and its value in every row.

use serde::{Deserialize, Serialize};

use super::statistics::{NO_LEVEL, Statistics};

/// How two numbers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// a / b, missing where b is 0.
    Ratio,
    /// a - b.
    Difference,
    /// a + b.
    Sum,
    /// a * b.
    Product,
}

/// How a number stands to those of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The mean of the group.
    Mean,
    /// The number less the mean.
    Deviation,
    /// The number as a multiple of the mean, missing where that is 0.
    Multiple,
    /// The share of the group that is smaller.
    Rank,
}

/// A feature: numbers and groups are told by their places in the lists of the featurizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// Two numbers and what is made of them.
    Pair {
        /// How they are combined.
        operation: Operation,
        /// The number a.
        a: usize,
        /// The number b.
        b: usize,
    },
    /// A number among those of its group.
    Within {
        /// What is told of it.
        standing: Standing,
        /// The number.
        number: usize,
        /// The group.
        group: usize,
    },
    /// Fit rows of the group.
    Count {
        /// The group.
        group: usize,
    },
}

/// What formulas are worked out from, for some rows.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    /// Per number its values, NaN for missing.
    pub numbers: &'a [Vec<f64>],
    /// Per group the level of every row.
    pub levels: &'a [Vec<u32>],
    /// Per group what is known of its levels.
    pub statistics: &'a [Statistics],
}

impl Formula {
    /// The numbers it uses.
    pub fn numbers(&self) -> Vec<usize> {
        match *self {
            Formula::Pair { a, b, .. } => vec![a, b],
            Formula::Within { number, .. } => vec![number],
            Formula::Count { .. } => Vec::new(),
        }
    }

    /// The group it uses.
    pub fn group(&self) -> Option<usize> {
        match *self {
            Formula::Pair { .. } => None,
            Formula::Within { group, .. } | Formula::Count { group } => Some(group),
        }
    }

    /// Whether statistics of its group hold what it needs.
    pub fn is_known_to(&self, statistics: &Statistics) -> bool {
        !matches!(self, Formula::Within { number, .. } if !statistics.numbers.contains_key(number))
    }

    /// The same formula where numbers and groups have other places.
    pub fn moved(self, number_at: impl Fn(usize) -> usize, group_at: impl Fn(usize) -> usize) -> Formula {
        match self {
            Formula::Pair { operation, a, b } => Formula::Pair { operation, a: number_at(a), b: number_at(b) },
            Formula::Within { standing, number, group } => {
                Formula::Within { standing, number: number_at(number), group: group_at(group) }
            }
            Formula::Count { group } => Formula::Count { group: group_at(group) },
        }
    }

    /// A readable name: `price / sqft`, `price - mean(price) by zip`.
    pub fn name(&self, numbers: &[String], groups: &[&str]) -> String {
        match *self {
            Formula::Pair { operation, a, b } => format!("{} {} {}", numbers[a], operation.sign(), numbers[b]),
            Formula::Within { standing, number, group } => {
                let (number, group) = (&numbers[number], groups[group]);
                match standing {
                    Standing::Mean => format!("mean({number}) by {group}"),
                    Standing::Deviation => format!("{number} - mean({number}) by {group}"),
                    Standing::Multiple => format!("{number} / mean({number}) by {group}"),
                    Standing::Rank => format!("rank({number}) by {group}"),
                }
            }
            Formula::Count { group } => format!("count by {}", groups[group]),
        }
    }

    /// Its value in every row, appended to `to`; NaN where it has none.
    pub fn write(&self, cells: Cells<'_>, to: &mut Vec<f32>) {
        match *self {
            Formula::Pair { operation, a, b } => operation.write(&cells.numbers[a], &cells.numbers[b], to),
            Formula::Within { standing, number, group } => {
                let of = &cells.statistics[group].numbers[&number];
                let (values, levels) = (&cells.numbers[number], &cells.levels[group]);
                let each = values.iter().zip(levels);
                match standing {
                    Standing::Mean => to.extend(levels.iter().map(|&level| narrow(of.mean(level)))),
                    Standing::Deviation => to.extend(each.map(|(v, &level)| narrow(v - of.mean(level)))),
                    Standing::Multiple => to.extend(each.map(|(v, &level)| narrow(v / of.mean(level)))),
                    Standing::Rank => to.extend(each.map(|(&v, &level)| of.rank(level, v as f32))),
                }
            }
            Formula::Count { group } => {
                let rows = &cells.statistics[group].rows;
                let count = |level: u32| if level == NO_LEVEL { 0.0 } else { rows[level as usize] as f32 };
                to.extend(cells.levels[group].iter().map(|&level| count(level)));
            }
        }
    }
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 4] = [Operation::Ratio, Operation::Difference, Operation::Sum, Operation::Product];

    fn sign(self) -> char {
        match self {
            Operation::Ratio => '/',
            Operation::Difference => '-',
            Operation::Sum => '+',
            Operation::Product => '*',
        }
    }

    fn write(self, a: &[f64], b: &[f64], to: &mut Vec<f32>) {
        let each = a.iter().zip(b);
        match self {
            Operation::Ratio => to.extend(each.map(|(a, b)| narrow(a / b))),
            Operation::Difference => to.extend(each.map(|(a, b)| narrow(a - b))),
            Operation::Sum => to.extend(each.map(|(a, b)| narrow(a + b))),
            Operation::Product => to.extend(each.map(|(a, b)| narrow(a * b))),
        }
    }
}

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 4] = [Standing::Mean, Standing::Deviation, Standing::Multiple, Standing::Rank];
}

/// A number as a 32-bit float: infinities are missing, values out of range become the nearest in it.
fn narrow(value: f64) -> f32 {
    if value.is_infinite() {
        return f32::NAN;
    }
    value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}
