//! Which columns of a wide matrix are worth a learner's time?
//!
//! A [`Selection`] looks at one column at a time: at what it alone says about the target (`evidence`), and at which
//! columns say it already (`alike`). A column that says something only together with others is not seen, so that a
//! selection is made where it is asked for, and not by itself. What a model makes of the columns that are left is asked by
//! `important`.

mod alike;
mod evidence;

use serde_json::Value;

use crate::association::sample_rows;
use crate::error::{Error, Result};
use crate::matrix::View;
use crate::seed::{derive, rng};
use crate::task::Target;

/// The parameter of a trial that asks for a selection.
pub(crate) const SELECT_FEATURES: &str = "select_features";

/// How columns are chosen. Of all, those that say no more about the target than shuffled copies of columns do are dropped,
/// and those that are nearly the same as one that says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// All others are kept.
    Probe,
    /// Of the others, those are kept that a quick model is better with than with their values shuffled. It takes thousands
    /// of rows to see that of columns that matter little.
    Permutation,
    /// Of the others, at most so many are kept, those that say most.
    Most(usize),
}

impl Selection {
    /// Reads a selection: `"probe"`, `"permutation"`, or the most columns that are to be kept.
    ///
    /// # Errors
    /// Another value.
    pub fn parse(value: &Value) -> Result<Selection> {
        match (value.as_str(), value.as_u64().and_then(|most| usize::try_from(most).ok())) {
            (Some("probe"), _) => Ok(Selection::Probe),
            (Some("permutation"), _) => Ok(Selection::Permutation),
            (_, Some(most)) if most > 0 => Ok(Selection::Most(most)),
            _ => Err(Error::usage(format!(
                "parameter `{SELECT_FEATURES}` is {value}; it must be \"probe\", \"permutation\", or the most features to \
                 keep, 1 or more"
            ))),
        }
    }

    /// The columns that are kept, ascending, judged on the rows of the view and their target. Sparse blocks and the columns
    /// that `stays` tells stay. Where no column says more than shuffled ones, there is nothing to choose by, and all do.
    ///
    /// Of more than 20,000 rows a sample is drawn. Runs on the rayon pool that it is called from; the same at any number
    /// of threads.
    pub(crate) fn columns(self, x: View<'_>, target: &Target, stays: impl Fn(usize) -> bool, seed: u64) -> Vec<u32> {
        const ROWS_MAX: usize = 20_000;
        let sample = sample_rows(x.rows(), ROWS_MAX);
        let rows: Vec<usize> = sample.iter().map(|&i| x.row(i as usize)).collect();
        let found = evidence::of_columns(x.columns(), &rows, &target.select(&sample), &mut rng(derive(seed, 0)));
        let mut judged: Vec<(u32, f64)> = found.told().into_iter().filter(|(column, _)| !stays(*column as usize)).collect();
        judged.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let columns_max = if let Selection::Most(most) = self { most } else { usize::MAX };
        let order: Vec<u32> = judged.into_iter().map(|(column, _)| column).collect();
        let mut kept = alike::without_likes(x.columns(), &rows, &order, columns_max);
        kept.extend((0..x.columns().len() as u32).filter(|&j| !found.is_judged(j) || stays(j as usize)));
        kept.sort_unstable();
        kept
    }
}

/// Which columns a model is better with than with their values shuffled, by how much its loss rises with each shuffled.
///
/// A column without any say makes the loss rise or fall by chance alone, so that the falls tell how far rises go by chance
/// (Janitza, Celik & Boulesteix 2018). Where no column stands out, all do.
pub(crate) fn important(rises: &[f64]) -> Vec<bool> {
    let chance = rises.iter().fold(0.0_f64, |most, rise| most.max(-rise));
    let important: Vec<bool> = rises.iter().map(|&rise| rise > chance).collect();
    if important.contains(&true) { important } else { vec![true; rises.len()] }
}

#[cfg(test)]
mod tests;
