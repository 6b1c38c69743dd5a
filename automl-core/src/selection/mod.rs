//! Which columns of a wide matrix are worth a learner's time?
//!
//! A [`Selection`] looks at one column at a time: at what it alone says about the target ([`evidence`]), and at which
//! columns say it already ([`alike`]). A column that says something only together with others is not seen, so that a
//! selection is made where it is asked for, and not by itself.

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

/// How columns are chosen: those that say more about the target than shuffled copies of columns do, without those that
/// are nearly the same as one that says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// The most columns that are kept; of more, those that say least are dropped.
    pub columns_max: Option<usize>,
}

impl Selection {
    /// Reads a selection: `"probe"`, or the most columns that are to be kept.
    ///
    /// # Errors
    /// Another value.
    pub fn parse(value: &Value) -> Result<Selection> {
        let columns_max = value.as_u64().and_then(|max| usize::try_from(max).ok()).filter(|max| *max > 0);
        if columns_max.is_some() || value.as_str() == Some("probe") {
            return Ok(Selection { columns_max });
        }
        Err(Error::usage(format!(
            "parameter `{SELECT_FEATURES}` is {value}; it must be \"probe\", or the most features to keep, 1 or more"
        )))
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
        let order: Vec<u32> = judged.into_iter().map(|(column, _)| column).collect();
        let mut kept = alike::without_likes(x.columns(), &rows, &order, self.columns_max.unwrap_or(usize::MAX));
        kept.extend((0..x.columns().len() as u32).filter(|&j| !found.is_judged(j) || stays(j as usize)));
        kept.sort_unstable();
        kept
    }
}

#[cfg(test)]
mod tests;
