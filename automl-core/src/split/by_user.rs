//! Folds that a column of the data says.

use super::{FOLDS_MAX, Fold, Rule, Split, folds_of};
use crate::error::{Error, Result};

/// One fold per distinct value, in the order of the values.
pub fn split(values: &[u32]) -> Result<Split> {
    let mut distinct = values.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    match distinct.len() {
        1 => {
            return Err(Error::data(
                "the fold column has a single value, so no row would be left to train on; give it at least two or drop its role",
            ));
        }
        many if many > FOLDS_MAX => {
            return Err(Error::data(format!(
                "the fold column has {many} different values, at most {FOLDS_MAX} can be used; is it a group column?"
            )));
        }
        _ => {}
    }
    let number = |value: &u32| distinct.binary_search(value).ok().map(|at| at as u32);
    let assigned: Vec<Option<u32>> = values.iter().map(number).collect();
    let folds: Vec<Fold> = folds_of(&assigned, distinct.len());
    Ok(Split { folds, rule: Rule::User })
}
