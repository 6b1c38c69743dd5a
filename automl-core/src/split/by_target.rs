//! Folds in which the target looks alike.
//!
//! The rows are ordered by their class, or by their value, in random order among equals. For k folds the
//! rows of the order are dealt: classes one by one, so that every class and every fold is spread to within
//! one row; values in blocks of k neighbours, each block to the k folds in random order, so that the folds
//! have nearly the same distribution. A hold-out of m rows cuts the order into m blocks and takes one row of each.
//!
//! The only row of a class always trains and never validates: a model that has not seen the class can't
//! predict it, and the score would judge the split. A class of two rows or more trains in every fold.

use rand::RngExt;
use rand::seq::SliceRandom;

use super::{Rule, Split, Strategy, folds_of, held_out};
use crate::schema::{Finding, Status};
use crate::seed::{Rng, derive, rng};
use crate::task::Target;

/// Purpose of the random numbers of this file.
const PURPOSE: u64 = 0x7461_7267;

/// Spreads the rows over the folds.
pub fn split(strategy: &Strategy, target: &Target, seed: u64, findings: &mut Vec<Finding>) -> Split {
    let mut rng = rng(derive(seed, PURPOSE));
    let strata = Strata::order(target, &mut rng, findings);
    let mut assigned = vec![None; target.len()];
    match *strategy {
        Strategy::Holdout { fraction } => {
            strata.hold_out(fraction, &mut rng, &mut assigned);
            Split { folds: folds_of(&assigned, 1), rule: Rule::Holdout }
        }
        Strategy::KFold { folds } => {
            let folds = folds.min(strata.rows.len());
            strata.deal(folds, &mut rng, &mut assigned);
            Split { folds: folds_of(&assigned, folds), rule: Rule::KFold }
        }
    }
}

/// The rows that may validate (at least two of them), in the order of the target.
struct Strata<'a> {
    target: &'a Target,
    rows: Vec<u32>,
}

impl Strata<'_> {
    /// Orders the rows, leaving out the only row of a class, unless too little would remain.
    fn order<'a>(target: &'a Target, rng: &mut Rng, findings: &mut Vec<Finding>) -> Strata<'a> {
        let mut rows: Vec<u32> = (0..target.len() as u32).collect();
        rows.shuffle(rng);
        match target {
            Target::Numbers(values) => rows.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize])),
            Target::Classes { labels, n_classes } => {
                let mut counts = vec![0_usize; *n_classes];
                labels.iter().for_each(|&label| counts[label as usize] += 1);
                let single = counts.iter().filter(|&&count| count == 1).count();
                if single > 0 && rows.len() - single >= 2 {
                    rows.retain(|&row| counts[labels[row as usize] as usize] > 1);
                    findings.push(single_row_classes(single));
                }
                rows.sort_by_key(|&row| labels[row as usize]);
            }
        }
        Strata { target, rows }
    }

    /// Numbers every row with its fold.
    fn deal(&self, folds: usize, rng: &mut Rng, assigned: &mut [Option<u32>]) {
        let mut order: Vec<u32> = (0..folds as u32).collect();
        for block in self.rows.chunks(folds) {
            // Rows of a class are in random order already, and only turns of one fixed order give every
            // class to within one row.
            if matches!(self.target, Target::Numbers(_)) {
                order.shuffle(rng);
            }
            for (&row, &fold) in block.iter().zip(&order) {
                assigned[row as usize] = Some(fold);
            }
        }
    }

    /// Numbers the rows that validate with 0.
    fn hold_out(&self, fraction: f64, rng: &mut Rng, assigned: &mut [Option<u32>]) {
        let (n, blocks) = (self.rows.len(), held_out(fraction, self.rows.len()));
        // In u128, so that no number of rows overflows.
        let start = |block: usize| (n as u128 * block as u128 / blocks as u128) as usize;
        for block in 0..blocks {
            let (from, to) = (start(block), start(block + 1));
            let at = match self.target {
                Target::Numbers(_) => rng.random_range(from as u64..to as u64) as usize,
                // At random within the class already; equal steps give every class its share to within one row.
                Target::Classes { .. } => from.midpoint(to - 1),
            };
            assigned[self.rows[at] as usize] = Some(0);
        }
        if let Target::Classes { labels, .. } = self.target {
            self.keep_a_row_of_every_class(labels, assigned);
        }
    }

    /// Returns one row to training wherever all rows of a larger class were held out.
    fn keep_a_row_of_every_class(&self, labels: &[u32], assigned: &mut [Option<u32>]) {
        for class in self.rows.chunk_by(|a, b| labels[*a as usize] == labels[*b as usize]) {
            if class.len() > 1 && class.iter().all(|&row| assigned[row as usize].is_some()) {
                assigned[class[0] as usize] = None;
            }
        }
    }
}

/// The finding that some classes can't be validated.
fn single_row_classes(classes: usize) -> Finding {
    let message = match classes {
        1 => "1 class has a single row".to_owned(),
        many => format!("{many} classes have a single row each"),
    };
    Finding::new("single_row_classes", Status::Fixed, message)
        .count(classes)
        .action("these rows train in every fold and validate in none; merge rare classes or collect more of them")
}
