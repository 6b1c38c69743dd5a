//! Which rows may be seen?
//!
//! A [`Split`] says for every fold which rows are fitted on and which are validated on. The user's folds come
//! first, then time, then groups; otherwise rows are spread so that every fold has its share of every class, or
//! of every stretch of the target's range.

use rand::seq::SliceRandom;

use crate::error::{Error, Result};
use crate::schema::{Finding, Status};
use crate::seed::{Rng, rng};
use crate::task::{Roles, Target};

/// How rows are to be held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strategy {
    /// One part of the rows, of this share, validates.
    Holdout {
        /// Share of the rows that validate, between 0 and 1.
        fraction: f64,
    },
    /// Every row validates once.
    KFold {
        /// Number of folds, at least 2.
        folds: usize,
    },
}

/// What decides where a row goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Chance, within every class or stretch of the target.
    Stratified,
    /// The group of the row.
    Group,
    /// The order in time: the past is fitted on, the future validates.
    Time,
    /// The user's fold column.
    User,
}

/// The rows of one fold, each list in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// The rows to fit on.
    pub train: Vec<u32>,
    /// The rows to validate on.
    pub valid: Vec<u32>,
}

/// Which rows are fitted on and which are validated on.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// One, or several.
    pub folds: Vec<Fold>,
    /// What decides where a row goes.
    pub rule: Rule,
}

impl Split {
    /// Splits the rows of a target. The same seed gives the same split.
    ///
    /// # Errors
    /// Fewer than two rows, roles that contradict each other, a single group, a single moment in time.
    pub fn plan(strategy: &Strategy, target: &Target, roles: &Roles, seed: u64) -> Result<(Split, Vec<Finding>)> {
        let rows = target.len();
        if rows < 2 {
            return Err(Error::data(format!("{rows} rows with a target; at least 2 are needed to fit and to validate")));
        }
        if roles.time.is_some() && roles.groups.is_some() {
            return Err(Error::usage("rows cannot be split by time and by group at once; give one of the two roles"));
        }
        let mut rng = rng(seed);
        let (folds, rule) = match roles {
            Roles { folds: Some(folds), .. } => (by_assignment(folds), Rule::User),
            Roles { time: Some(time), .. } => (by_time(strategy, time)?, Rule::Time),
            Roles { groups: Some(groups), .. } => (by_group(strategy, groups, &mut rng)?, Rule::Group),
            _ => (stratified(strategy, target, &mut rng), Rule::Stratified),
        };
        let split = Split { folds, rule };
        if split.folds.iter().any(|f| f.train.is_empty() || f.valid.is_empty()) {
            return Err(Error::data("a fold has no rows to fit on or none to validate on; use fewer folds"));
        }
        let finding = Finding::new("validation", Status::Passed, format!("Scores are made by {}.", split.describe()));
        let mut findings = vec![finding];
        if let Strategy::KFold { folds } = strategy
            && rule != Rule::User
            && split.folds.len() < *folds
        {
            let message = format!("The data allow {} folds where {folds} were wanted.", split.folds.len());
            findings.push(Finding::new("fewer_folds", Status::Fixed, message).count(split.folds.len()));
        }
        Ok((split, findings))
    }

    /// The rows that some fold validates, in ascending order.
    pub fn validated_rows(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.folds.iter().flat_map(|f| f.valid.iter().copied()).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The split in a few words: `5 stratified folds`.
    pub fn describe(&self) -> String {
        let share = || {
            let Fold { train, valid } = &self.folds[0];
            (100.0 * valid.len() as f64 / (train.len() + valid.len()) as f64).round()
        };
        match (self.rule, self.folds.len()) {
            (Rule::Stratified, 1) => format!("a stratified holdout of {} %", share()),
            (Rule::Stratified, k) => format!("{k} stratified folds"),
            (Rule::Group, 1) => format!("a holdout of {} % in whole groups", share()),
            (Rule::Group, k) => format!("{k} folds of whole groups"),
            (Rule::Time, 1) => format!("a holdout of the last {} % in time", share()),
            (Rule::Time, k) => format!("{k} folds forward in time"),
            (Rule::User, k) => format!("{k} folds of the fold column"),
        }
    }
}

/// Fold `i` validates the rows assigned to it and fits on all others.
fn by_assignment(assigned: &[u32]) -> Vec<Fold> {
    let folds = assigned.iter().max().map_or(0, |m| m + 1);
    (0..folds)
        .map(|fold| {
            let (valid, train) = (0..assigned.len() as u32).partition(|&row| assigned[row as usize] == fold);
            Fold { train, valid }
        })
        .filter(|fold| !fold.valid.is_empty())
        .collect()
}

/// Blocks of whole moments in time; each block but the first validates what was fitted on all before it.
fn by_time(strategy: &Strategy, time: &[u32]) -> Result<Vec<Fold>> {
    let rows = time.len();
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.sort_by_key(|&row| (time[row as usize], row));
    let wanted: Vec<usize> = match strategy {
        Strategy::Holdout { fraction } => vec![rows - ((rows as f64 * fraction).round() as usize).clamp(1, rows - 1), rows],
        Strategy::KFold { folds } => (1..=folds + 1).map(|i| i * rows / (folds + 1)).collect(),
    };
    // A border moves back to where its moment begins, so that no moment lies on both sides.
    let mut borders: Vec<usize> = wanted.iter().map(|&at| moment_start(&order, time, at)).filter(|&at| at > 0).collect();
    borders.dedup();
    if borders.len() < 2 {
        return Err(Error::data("the time column has too few different moments to validate on later ones"));
    }
    let sorted = |rows: &[u32]| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows
    };
    let fold = |w: &[usize]| Fold { train: sorted(&order[..w[0]]), valid: sorted(&order[w[0]..w[1]]) };
    Ok(borders.windows(2).map(fold).collect())
}

fn moment_start(order: &[u32], time: &[u32], at: usize) -> usize {
    if at >= order.len() {
        return order.len();
    }
    let moment = time[order[at] as usize];
    order.partition_point(|&row| time[row as usize] < moment)
}

/// Whole groups, the largest first into the fold with the fewest rows.
fn by_group(strategy: &Strategy, groups: &[u32], rng: &mut Rng) -> Result<Vec<Fold>> {
    let count = groups.iter().max().map_or(0, |m| *m as usize + 1);
    let mut sizes = vec![0usize; count];
    groups.iter().for_each(|&g| sizes[g as usize] += 1);
    let mut order: Vec<usize> = (0..count).filter(|&g| sizes[g] > 0).collect();
    if order.len() < 2 {
        return Err(Error::data("the group column has a single group; there is none to validate on"));
    }
    order.shuffle(rng);
    if let Strategy::Holdout { fraction } = strategy {
        let wanted = groups.len() as f64 * fraction;
        let mut held_out = vec![false; count];
        let mut rows = 0.0;
        for &group in &order[..order.len() - 1] {
            // Taken if that brings the holdout nearer to its share; one group at least.
            if rows == 0.0 || (rows + sizes[group] as f64 - wanted).abs() < (rows - wanted).abs() {
                held_out[group] = true;
                rows += sizes[group] as f64;
            }
        }
        let (valid, train) = (0..groups.len() as u32).partition(|&row| held_out[groups[row as usize] as usize]);
        return Ok(vec![Fold { train, valid }]);
    }
    let Strategy::KFold { folds } = strategy else { unreachable!("the other strategy has returned") };
    let folds = (*folds).min(order.len()).max(2);
    order.sort_by_key(|&group| std::cmp::Reverse(sizes[group]));
    let mut loads = vec![0usize; folds];
    let mut fold_of = vec![0u32; count];
    for group in order {
        let emptiest = (0..folds).min_by_key(|&f| loads[f]).unwrap_or(0);
        fold_of[group] = emptiest as u32;
        loads[emptiest] += sizes[group];
    }
    Ok(by_assignment(&groups.iter().map(|&g| fold_of[g as usize]).collect::<Vec<_>>()))
}

/// Rows of a class, or neighbours in the order of the target, are dealt out to the folds in turn.
///
/// A class with one row stays with the rows to fit on in a holdout; over folds it validates once.
fn stratified(strategy: &Strategy, target: &Target, rng: &mut Rng) -> Vec<Fold> {
    let rows = target.len();
    let dealt = dealing_order(target, rng);
    match strategy {
        Strategy::Holdout { fraction } => {
            let wanted = ((rows as f64 * fraction).round() as usize).clamp(1, rows - 1);
            let mut held_out = vec![false; rows];
            // Evenly spaced in the dealing order takes the share of every stratum.
            for i in 0..wanted {
                held_out[dealt[(2 * i + 1) * rows / (2 * wanted)] as usize] = true;
            }
            keep_one_of_each(target, &mut held_out);
            let (valid, train) = (0..rows as u32).partition(|&row| held_out[row as usize]);
            vec![Fold { train, valid }]
        }
        Strategy::KFold { folds } => {
            let folds = (*folds).clamp(2, rows);
            let mut fold_of = vec![0u32; rows];
            for block in dealt.chunks(folds).enumerate() {
                let mut turn: Vec<u32> = (0..folds as u32).collect();
                // Classes keep the cycle, so that strata differ by one row at most; numbers are shuffled within
                // each block, so that no fold always gets the smallest.
                if target.numbers().is_some() {
                    turn.shuffle(rng);
                }
                block.1.iter().zip(turn).for_each(|(&row, fold)| fold_of[row as usize] = fold);
            }
            by_assignment(&fold_of)
        }
    }
}

/// All rows: class after class, each shuffled, or in the order of the target's values.
fn dealing_order(target: &Target, rng: &mut Rng) -> Vec<u32> {
    let mut order: Vec<u32> = (0..target.len() as u32).collect();
    order.shuffle(rng);
    match target {
        Target::Classes { labels, .. } => order.sort_by_key(|&row| labels[row as usize]),
        Target::Numbers(values) => order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize])),
    }
    order
}

/// Gives back a held-out row of every class that would have none to fit on, unless nothing would be held out.
fn keep_one_of_each(target: &Target, held_out: &mut [bool]) {
    let Target::Classes { labels, n_classes } = target else { return };
    let mut fitted = vec![0usize; *n_classes];
    labels.iter().zip(&*held_out).filter(|(_, held)| !**held).for_each(|(&c, _)| fitted[c as usize] += 1);
    for (row, &class) in labels.iter().enumerate() {
        if held_out[row] && fitted[class as usize] == 0 && held_out.iter().filter(|h| **h).count() > 1 {
            held_out[row] = false;
            fitted[class as usize] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{TestCaseError, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
    use proptest::strategy::Strategy as Strategy_;

    use super::*;

    fn targets() -> impl Strategy_<Value = Target> {
        let classes = (2usize..5).prop_flat_map(|k| {
            prop::collection::vec(0..k as u32, 4..120).prop_map(move |labels| Target::Classes { labels, n_classes: k })
        });
        let numbers = prop::collection::vec(-5.0f64..5.0, 4..120).prop_map(Target::Numbers);
        prop_oneof![classes, numbers]
    }

    fn strategies() -> impl Strategy_<Value = Strategy> {
        prop_oneof![
            (0.05f64..0.5).prop_map(|fraction| Strategy::Holdout { fraction }),
            (2usize..9).prop_map(|folds| Strategy::KFold { folds })
        ]
    }

    fn sound(split: &Split, rows: usize) -> Result<(), TestCaseError> {
        for fold in &split.folds {
            prop_assert!(!fold.train.is_empty() && !fold.valid.is_empty());
            prop_assert!(fold.train.is_sorted() && fold.valid.is_sorted());
            prop_assert!(fold.train.iter().all(|r| fold.valid.binary_search(r).is_err() && (*r as usize) < rows));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn rows_are_dealt_evenly(target in targets(), strategy in strategies(), seed in 0u64..9) {
            let (split, _) = Split::plan(&strategy, &target, &Roles::default(), seed).unwrap();
            sound(&split, target.len())?;
            prop_assert_eq!(&split, &Split::plan(&strategy, &target, &Roles::default(), seed).unwrap().0);
            if let Strategy::KFold { .. } = strategy {
                prop_assert_eq!(split.validated_rows().len(), target.len());
                let folds = split.folds.len();
                for fold in &split.folds {
                    prop_assert_eq!(fold.train.len() + fold.valid.len(), target.len());
                    if let Target::Classes { labels, n_classes } = &target {
                        for class in 0..*n_classes as u32 {
                            let all = labels.iter().filter(|&&l| l == class).count() as f64;
                            let here = fold.valid.iter().filter(|&&r| labels[r as usize] == class).count() as f64;
                            prop_assert!((here - all / folds as f64).abs() <= 1.0, "class {} has {} of {}", class, here, all);
                        }
                    }
                }
            }
        }

        #[test]
        fn groups_stay_together(groups in prop::collection::vec(0u32..7, 8..90), strategy in strategies()) {
            let target = Target::Numbers(groups.iter().map(|g| f64::from(*g)).collect());
            let roles = Roles { groups: Some(groups.clone()), ..Roles::default() };
            let Ok((split, _)) = Split::plan(&strategy, &target, &roles, 1) else {
                prop_assert!(groups.iter().all(|g| *g == groups[0]));
                return Ok(());
            };
            sound(&split, groups.len())?;
            for fold in &split.folds {
                let inside = |rows: &[u32], g: u32| rows.iter().any(|&r| groups[r as usize] == g);
                prop_assert!((0..7).all(|g| !(inside(&fold.train, g) && inside(&fold.valid, g))));
            }
        }

        #[test]
        fn the_past_never_sees_the_future(time in prop::collection::vec(0u32..20, 8..90), strategy in strategies()) {
            let target = Target::Numbers(vec![0.0; time.len()]);
            let roles = Roles { time: Some(time.clone()), ..Roles::default() };
            if let Ok((split, _)) = Split::plan(&strategy, &target, &roles, 1) {
                sound(&split, time.len())?;
                for fold in &split.folds {
                    let latest = fold.train.iter().map(|&r| time[r as usize]).max();
                    let earliest = fold.valid.iter().map(|&r| time[r as usize]).min();
                    prop_assert!(latest < earliest);
                }
            }
        }
    }

    #[test]
    fn user_folds_are_taken_as_they_are() {
        let roles = Roles { folds: Some(vec![0, 1, 2, 0, 1, 2]), ..Roles::default() };
        let (split, _) = Split::plan(&Strategy::KFold { folds: 5 }, &Target::Numbers(vec![0.0; 6]), &roles, 0).unwrap();
        assert_eq!(split.rule, Rule::User);
        assert_eq!(split.folds[1], Fold { train: vec![0, 2, 3, 5], valid: vec![1, 4] });
    }

    #[test]
    fn a_class_of_one_row_is_fitted_on() {
        let mut labels = vec![0; 50];
        labels[17] = 1;
        let target = Target::Classes { labels, n_classes: 2 };
        for seed in 0..50 {
            let (split, _) = Split::plan(&Strategy::Holdout { fraction: 0.3 }, &target, &Roles::default(), seed).unwrap();
            assert!(split.folds[0].train.contains(&17));
        }
    }

    #[test]
    fn too_little_to_split_is_an_error() {
        let plan = |n, roles: &Roles| Split::plan(&Strategy::KFold { folds: 5 }, &Target::Numbers(vec![0.0; n]), roles, 0);
        assert!(plan(1, &Roles::default()).is_err());
        assert!(plan(4, &Roles { groups: Some(vec![0; 4]), ..Roles::default() }).is_err());
        assert!(plan(4, &Roles { time: Some(vec![0; 4]), ..Roles::default() }).is_err());
        assert_eq!(plan(3, &Roles::default()).unwrap().0.folds.len(), 3);
    }
}
