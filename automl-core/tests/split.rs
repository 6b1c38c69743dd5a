//! What every split owes, on any data: see `automl_core::split`.

use std::collections::BTreeSet;

use automl_core::error::Kind;
use automl_core::schema::{Finding, Status};
use automl_core::split::{FOLDS_MAX, Fold, Rule, Split, Strategy};
use automl_core::task::{Roles, Target};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;

fn classes(labels: &[u32]) -> Target {
    Target::Classes { labels: labels.to_vec(), n_classes: labels.iter().max().map_or(2, |m| *m as usize + 1).max(2) }
}

fn numbers(rows: usize) -> Target {
    Target::Numbers((0..rows).map(|i| ((i * 37) % 101) as f64).collect())
}

fn by_groups(groups: &[u32]) -> Roles {
    Roles { groups: Some(groups.to_vec()), ..Roles::default() }
}

fn by_time(time: &[u32]) -> Roles {
    Roles { time: Some(time.to_vec()), ..Roles::default() }
}

fn plan(strategy: Strategy, target: &Target, roles: &Roles) -> (Split, Vec<Finding>) {
    Split::plan(&strategy, target, roles, 7).unwrap()
}

fn of<'a>(rows: &'a [u32], values: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    rows.iter().map(|&row| values[row as usize])
}

fn count(rows: &[u32], labels: &[u32], class: u32) -> usize {
    of(rows, labels).filter(|label| *label == class).count()
}

/// Ascending rows, none in both parts, neither part empty, and no row that validates twice.
fn assert_sound(split: &Split, rows: usize) {
    assert!(!split.folds.is_empty());
    for Fold { train, valid } in &split.folds {
        for part in [train, valid] {
            assert!(!part.is_empty(), "an empty part in {split:?}");
            assert!(part.windows(2).all(|pair| pair[0] < pair[1]), "rows do not ascend");
            assert!(part.iter().all(|&row| (row as usize) < rows));
        }
        assert!(train.iter().all(|row| valid.binary_search(row).is_err()), "a row in both parts");
    }
    let all: usize = split.folds.iter().map(|fold| fold.valid.len()).sum();
    let validated = split.validated_rows();
    assert!(validated.windows(2).all(|pair| pair[0] < pair[1]), "a row validates twice");
    assert_eq!(validated.len(), all);
}

/// Every row is in each fold, and validates somewhere.
fn assert_complete(split: &Split, rows: usize) {
    for fold in &split.folds {
        assert_eq!(fold.train.len() + fold.valid.len(), rows);
    }
    assert_eq!(split.validated_rows(), (0..rows as u32).collect::<Vec<_>>());
}

fn strategies() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![
        (0.01..0.99).prop_map(|fraction| Strategy::Holdout { fraction }),
        (2_usize..12).prop_map(|folds| Strategy::KFold { folds })
    ]
}

proptest! {
    #[test]
    fn classes_are_spread_evenly(labels in vec(0_u32..5, 2..120), folds in 2_usize..12) {
        let (split, findings) = plan(Strategy::KFold { folds }, &classes(&labels), &Roles::default());
        assert_sound(&split, labels.len());
        prop_assert_eq!(split.rule, Rule::KFold);
        let all: Vec<u32> = (0..labels.len() as u32).collect();
        let singles: Vec<u32> = (0..5).filter(|&c| count(&all, &labels, c) == 1).collect();
        let set_apart = findings.iter().any(|f| f.check == "single_row_classes");
        for class in 0..5 {
            let counts: Vec<usize> = split.folds.iter().map(|f| count(&f.valid, &labels, class)).collect();
            prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "class {}: {:?}", class, counts);
            let present = count(&all, &labels, class);
            if present > 1 || singles.contains(&class) && set_apart {
                prop_assert!(split.folds.iter().all(|f| count(&f.train, &labels, class) > 0), "class {} unseen", class);
            }
            if singles.contains(&class) && set_apart {
                prop_assert_eq!(counts.iter().sum::<usize>(), 0);
            }
        }
        let sizes: Vec<usize> = split.folds.iter().map(|f| f.valid.len()).collect();
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "sizes {:?}", sizes);
        if !set_apart {
            assert_complete(&split, labels.len());
        }
    }

    #[test]
    fn a_hold_out_has_its_share_of_every_class(labels in vec(0_u32..4, 8..200), fraction in 0.05..0.5) {
        let (split, _) = plan(Strategy::Holdout { fraction }, &classes(&labels), &Roles::default());
        assert_sound(&split, labels.len());
        prop_assert_eq!((split.rule, split.folds.len()), (Rule::Holdout, 1));
        let all: Vec<u32> = (0..labels.len() as u32).collect();
        let fold = &split.folds[0];
        prop_assert_eq!(fold.train.len() + fold.valid.len(), labels.len());
        for class in 0..4 {
            let present = count(&all, &labels, class);
            let held = count(&fold.valid, &labels, class);
            prop_assert!(present == 0 || held < present, "class {} is not trained on", class);
            prop_assert!(held.abs_diff((present as f64 * fraction).round() as usize) <= 1, "class {}: {} of {}", class, held, present);
        }
    }

    #[test]
    fn numbers_are_spread_evenly(values in vec(-50_i32..50, 2..150), strategy in strategies()) {
        let n = values.len();
        let target = Target::Numbers(values.iter().map(|&v| f64::from(v)).collect());
        let (split, _) = plan(strategy, &target, &Roles::default());
        assert_sound(&split, n);
        let mut sorted = values.clone();
        sorted.sort_unstable();
        match strategy {
            Strategy::KFold { folds } => {
                prop_assert_eq!(split.folds.len(), folds.min(n));
                assert_complete(&split, n);
                // One row of each block of neighbours: below any value the folds differ by at most one row.
                for limit in [sorted[n / 4], sorted[n / 2]] {
                    let below = |f: &Fold| f.valid.iter().filter(|&&i| values[i as usize] < limit).count();
                    let counts: Vec<usize> = split.folds.iter().map(below).collect();
                    prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{:?}", counts);
                }
            }
            Strategy::Holdout { fraction } => {
                let wanted = ((fraction * n as f64).round() as usize).clamp(1, n - 1);
                prop_assert_eq!(split.folds[0].valid.len(), wanted);
            }
        }
    }

    #[test]
    fn groups_stay_together(groups in vec(0_u32..15, 2..100), strategy in strategies()) {
        let distinct: BTreeSet<u32> = groups.iter().copied().collect();
        prop_assume!(distinct.len() > 1);
        let (split, findings) = plan(strategy, &numbers(groups.len()), &by_groups(&groups));
        assert_sound(&split, groups.len());
        prop_assert_eq!(split.rule, Rule::Group);
        for fold in &split.folds {
            let train: BTreeSet<u32> = of(&fold.train, &groups).collect();
            prop_assert!(of(&fold.valid, &groups).all(|group| !train.contains(&group)), "a group on both sides");
        }
        if let Strategy::KFold { folds } = strategy {
            prop_assert_eq!(split.folds.len(), folds.min(distinct.len()));
            prop_assert_eq!(findings.iter().any(|f| f.check == "validation_folds"), distinct.len() < folds);
            assert_complete(&split, groups.len());
            let largest = distinct.iter().map(|g| groups.iter().filter(|x| *x == g).count()).max().unwrap();
            let sizes: Vec<usize> = split.folds.iter().map(|f| f.valid.len()).collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= largest, "sizes {:?}", sizes);
        }
    }

    #[test]
    fn time_never_leaks(time in vec(0_u32..40, 2..100), strategy in strategies()) {
        let distinct: BTreeSet<u32> = time.iter().copied().collect();
        prop_assume!(distinct.len() > 1);
        let (split, findings) = plan(strategy, &numbers(time.len()), &by_time(&time));
        assert_sound(&split, time.len());
        prop_assert_eq!(split.rule, Rule::Time);
        for fold in &split.folds {
            let latest = of(&fold.train, &time).max().unwrap();
            let earliest = of(&fold.valid, &time).min().unwrap();
            prop_assert!(latest < earliest, "trained on {} to judge {}", latest, earliest);
        }
        // Each window is what the one before it had seen, and nothing is left out at the end.
        for pair in split.folds.windows(2) {
            let mut seen = [pair[0].train.clone(), pair[0].valid.clone()].concat();
            seen.sort_unstable();
            prop_assert_eq!(&seen, &pair[1].train);
        }
        let last = split.folds.last().unwrap();
        prop_assert_eq!(last.train.len() + last.valid.len(), time.len());
        if let Strategy::KFold { folds } = strategy {
            prop_assert_eq!(split.folds.len(), folds.min(distinct.len() - 1));
            prop_assert_eq!(findings.iter().any(|f| f.check == "validation_folds"), distinct.len() - 1 < folds);
        }
    }

    #[test]
    fn blocks_of_different_times_are_of_one_size(rows in 12_u32..150, folds in 2_usize..10) {
        let time: Vec<u32> = (0..rows).map(|i| (i * 7919) % 100_003).collect();
        let (split, _) = plan(Strategy::KFold { folds }, &numbers(rows as usize), &by_time(&time));
        let sizes = split.folds.iter().map(|f| f.valid.len()).chain([split.folds[0].train.len()]);
        let (least, most) = sizes.fold((usize::MAX, 0), |(a, b), size| (a.min(size), b.max(size)));
        prop_assert!(most - least <= 1, "{} to {}", least, most);
    }

    #[test]
    fn given_folds_win_over_everything(folds in vec(0_u32..6, 2..60), strategy in strategies()) {
        let distinct: Vec<u32> = folds.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        prop_assume!(distinct.len() > 1);
        let n = folds.len();
        let roles = Roles { folds: Some(folds.clone()), time: Some(vec![0; n]), groups: Some(vec![0; n]), weights: None };
        let (split, _) = plan(strategy, &numbers(n), &roles);
        assert_sound(&split, n);
        assert_complete(&split, n);
        prop_assert_eq!((split.rule, split.folds.len()), (Rule::User, distinct.len()));
        for (fold, value) in split.folds.iter().zip(distinct) {
            prop_assert!(of(&fold.valid, &folds).all(|v| v == value));
        }
    }

    #[test]
    fn the_seed_decides(labels in vec(0_u32..3, 40..80), strategy in strategies(), seed: u64) {
        let target = classes(&labels);
        let groups = by_groups(&(0..labels.len() as u32).collect::<Vec<_>>());
        for roles in [Roles::default(), groups] {
            let [a, b] = [0, 0].map(|_| Split::plan(&strategy, &target, &roles, seed).unwrap());
            prop_assert_eq!(a, b);
        }
    }
}

#[test]
fn another_seed_gives_another_split() {
    let rows: Vec<u32> = (0..200).collect();
    let target = classes(&rows.iter().map(|row| row % 2).collect::<Vec<_>>());
    for roles in [Roles::default(), by_groups(&rows)] {
        for strategy in [Strategy::Holdout { fraction: 0.2 }, Strategy::KFold { folds: 5 }] {
            for target in [&target, &numbers(200)] {
                let [a, b] = [1, 2].map(|seed| Split::plan(&strategy, target, &roles, seed).unwrap().0);
                assert_ne!(a, b, "{strategy:?}");
            }
        }
    }
}

#[test]
fn regression_folds_have_nearly_one_mean() {
    let values: Vec<f64> = (0..1000).map(|i| f64::from((i * 7919) % 1009)).collect();
    let mean = |rows: &[u32]| rows.iter().map(|&i| values[i as usize]).sum::<f64>() / rows.len() as f64;
    let (split, _) = plan(Strategy::KFold { folds: 5 }, &Target::Numbers(values.clone()), &Roles::default());
    let all = values.iter().sum::<f64>() / 1000.0;
    for fold in &split.folds {
        // Random folds of 200 would be 20 off: 291 / sqrt(200).
        assert!((mean(&fold.valid) - all).abs() < 3.0, "{} against {all}", mean(&fold.valid));
    }
}

#[test]
fn the_only_row_of_a_class_always_trains() {
    let labels = [0, 0, 0, 1, 1, 1, 2];
    for strategy in [Strategy::KFold { folds: 3 }, Strategy::Holdout { fraction: 0.9 }] {
        let (split, findings) = plan(strategy, &classes(&labels), &Roles::default());
        assert!(split.folds.iter().all(|fold| fold.train.contains(&6)));
        let finding = findings.iter().find(|f| f.check == "single_row_classes").unwrap();
        assert_eq!((finding.status, finding.count), (Status::Fixed, Some(1)));
    }
}

#[test]
fn two_rows_of_two_classes_are_split_all_the_same() {
    for strategy in [Strategy::KFold { folds: 5 }, Strategy::Holdout { fraction: 0.2 }] {
        assert_sound(&plan(strategy, &classes(&[0, 1]), &Roles::default()).0, 2);
    }
}

#[test]
fn fewer_rows_than_folds_give_fewer_folds_and_say_so() {
    let (split, findings) = plan(Strategy::KFold { folds: 10 }, &numbers(4), &Roles::default());
    assert_eq!(split.folds.len(), 4);
    let told: Vec<(&str, &str)> = findings.iter().map(|f| (f.check.as_str(), f.message.as_str())).collect();
    assert_eq!(
        told,
        [("validation", "4 folds, stratified by the target"), ("validation_folds", "there are too few rows for 10 folds")]
    );
}

#[test]
fn a_split_describes_itself() {
    let time: Vec<u32> = (0..10).collect();
    let describe = |strategy, roles: &Roles| plan(strategy, &numbers(10), roles).0.describe();
    let (holdout, folds) = (Strategy::Holdout { fraction: 0.2 }, Strategy::KFold { folds: 3 });
    assert_eq!(describe(holdout, &Roles::default()), "2 of 10 rows are held out, stratified by the target");
    assert_eq!(describe(folds, &by_groups(&time)), "3 folds of whole groups");
    assert_eq!(describe(holdout, &by_groups(&time)), "2 of 10 rows are held out, in whole groups");
    assert_eq!(describe(holdout, &by_time(&time)), "the last 2 of 10 rows in time are held out");
    assert_eq!(describe(folds, &by_time(&time)), "3 folds, each later than the rows it learns from");
}

#[test]
fn what_can_not_be_split_is_refused_with_advice() {
    let folds = Strategy::KFold { folds: 5 };
    let both = Roles { time: Some(vec![0, 1, 2]), groups: Some(vec![0, 1, 2]), ..Roles::default() };
    let one_fold = Roles { folds: Some(vec![3; 3]), ..Roles::default() };
    let many = FOLDS_MAX + 1;
    let many_folds = Roles { folds: Some((0..many as u32).collect()), ..Roles::default() };
    let cases = [
        (folds, 1, Roles::default(), Kind::Data, "at least 2"),
        (folds, 3, both, Kind::Usage, "fold column"),
        (folds, 3, by_groups(&[4; 3]), Kind::Data, "drop the role of the group column"),
        (folds, 3, by_time(&[4; 3]), Kind::Data, "drop the role of the time column"),
        (folds, 3, one_fold, Kind::Data, "drop its role"),
        (folds, many, many_folds, Kind::Data, "at most 100"),
        (Strategy::KFold { folds: 1 }, 3, Roles::default(), Kind::Usage, "2 to 100"),
        (Strategy::KFold { folds: many }, 300, Roles::default(), Kind::Usage, "2 to 100"),
        (Strategy::Holdout { fraction: 1.0 }, 3, Roles::default(), Kind::Usage, "between 0 and 1"),
        (Strategy::Holdout { fraction: f64::NAN }, 3, Roles::default(), Kind::Usage, "between 0 and 1"),
    ];
    for (strategy, rows, roles, kind, advice) in cases {
        let error = Split::plan(&strategy, &numbers(rows), &roles, 0).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(advice), "{error}");
    }
}
