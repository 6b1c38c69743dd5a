//! What holds for every generator, and what each promises.

use super::*;
use crate::csv;

fn texts(table: &Generated, name: &str) -> Vec<Option<String>> {
    let column = table.frame.column(name).unwrap().as_materialized_series().str().unwrap().clone();
    column.iter().map(|v| v.map(str::to_owned)).collect()
}

fn numbers(table: &Generated, name: &str) -> Vec<Option<f64>> {
    table.frame.column(name).unwrap().as_materialized_series().f64().unwrap().iter().collect()
}

fn distinct(mut values: Vec<Option<String>>) -> usize {
    values.sort();
    values.dedup();
    values.len()
}

fn missing<T>(values: &[Option<T>]) -> f64 {
    values.iter().filter(|v| v.is_none()).count() as f64 / values.len() as f64
}

/// Pearson correlation.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |x: &[f64], mx: f64, y: &[f64], my: f64| x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>();
    sum(a, mean_a, b, mean_b) / (sum(a, mean_a, a, mean_a) * sum(b, mean_b, b, mean_b)).sqrt()
}

#[test]
fn the_seed_alone_decides_every_cell() {
    for generator in GENERATORS {
        let text = |seed| csv::of_frame(&(generator.generate)(60, seed).frame).unwrap();
        assert_eq!(text(1), text(1), "{}", generator.name);
        assert_ne!(text(1), text(2), "{}", generator.name);
    }
}

#[test]
fn every_table_has_its_rows_and_a_target_of_its_task() {
    for generator in GENERATORS {
        for rows in [0, 1, 200] {
            let table = (generator.generate)(rows, 3);
            assert_eq!(table.frame.height(), rows, "{}", generator.name);
            assert_eq!(table.task, generator.task, "{}", generator.name);
            assert_eq!(table.frame.columns().last().unwrap().name(), table.target, "{}", generator.name);
            if rows == 200 {
                match table.task {
                    TaskKind::Binary => assert_eq!(distinct(texts(&table, TARGET)), 2),
                    TaskKind::Multiclass => assert_eq!(distinct(texts(&table, TARGET)), 3),
                    TaskKind::Regression => assert_eq!(missing(&numbers(&table, TARGET)), 0.0),
                }
            }
        }
    }
}

#[test]
fn the_share_of_positives_is_exact() {
    for (positive, wanted) in [(0.01, 20), (0.02, 40), (0.05, 100)] {
        let table = Imbalanced { rows: 2_000, positive, ..Imbalanced::default() }.generate();
        assert_eq!(texts(&table, TARGET).iter().filter(|l| l.as_deref() == Some("yes")).count(), wanted);
    }
}

#[test]
fn levels_are_thousands_and_carry_signal() {
    let table = HighCardinality { rows: 20_000, ..HighCardinality::default() }.generate();
    let merchant = texts(&table, "merchant");
    assert!(distinct(merchant.clone()) >= 1_000);
    // The share of `yes` among other rows of the level, learned on the first half, tells the second half.
    let yes: Vec<f64> = texts(&table, TARGET).iter().map(|l| f64::from(l.as_deref() == Some("yes"))).collect();
    let mut level = vec![(0.5, 1.0); 1_500];
    let code = |i: usize| merchant[i].as_ref().unwrap()[1..].parse::<usize>().unwrap();
    for (i, yes) in yes[..10_000].iter().enumerate() {
        level[code(i)].0 += yes;
        level[code(i)].1 += 1.0;
    }
    let rates: Vec<f64> = (10_000..20_000).map(|i| level[code(i)].0 / level[code(i)].1).collect();
    let found = correlation(&rates, &yes[10_000..]);
    assert!(found > 0.4, "{found}");
}

#[test]
fn informative_features_matter_and_noise_does_not() {
    let table = Regression { rows: 2_000, ..Regression::default() }.generate();
    let column = |name: &str| numbers(&table, name).into_iter().flatten().collect::<Vec<f64>>();
    let with_target = |name: &str| correlation(&column(name), &column(TARGET)).abs();
    assert!(["x1", "x2", "x3", "x4", "x5"].into_iter().all(|x| with_target(x) > 0.08));
    assert!(["noise1", "noise2", "noise3", "noise4", "noise5"].into_iter().all(|x| with_target(x) < 0.07));
}

#[test]
fn friedman_without_noise_is_the_published_function() {
    let table = Friedman1 { rows: 50, noise_sd: 0.0, ..Friedman1::default() }.generate();
    let x: Vec<Vec<Option<f64>>> = (1..=5).map(|j| numbers(&table, &format!("x{j}"))).collect();
    let at = |j: usize, i: usize| x[j][i].unwrap();
    for (i, y) in numbers(&table, TARGET).into_iter().enumerate() {
        let product = std::f64::consts::PI * at(0, i) * at(1, i);
        let wanted = 10.0 * product.sin() + 20.0 * (at(2, i) - 0.5).powi(2) + 10.0 * at(3, i) + 5.0 * at(4, i);
        assert!((y.unwrap() - wanted).abs() < 1e-5);
    }
}

#[test]
fn more_classes_get_more_letters() {
    let table = Classification { rows: 500, classes: 5, flip: 0.0, ..Classification::default() }.generate();
    assert_eq!(distinct(texts(&table, TARGET)), 5);
    let two = Classification { rows: 50, classes: 2, ..Classification::default() }.generate();
    assert_eq!(two.task, TaskKind::Binary);
    assert_eq!([label(0, 2), label(1, 2), label(2, 3), label(26, 30)], ["no", "yes", "c", "class_27"]);
}

#[test]
fn mixed_tables_miss_values_in_several_ways() {
    let table = Mixed { rows: 4_000, ..Mixed::default() }.generate();
    let share = |name: &str, wanted: f64| {
        let found = table.frame.column(name).unwrap().null_count() as f64 / 4_000.0;
        assert!((found - wanted).abs() < 0.02, "{name}: {found} instead of {wanted}");
    };
    share("age", 0.0);
    share("income", 0.08);
    share("visits", 0.1);
    share("region", 0.05);
    share("active", 0.03);
    share("signup", 0.02);
    share("note", 0.1);
    let marked = texts(&table, "plan").iter().flatten().filter(|p| ["NA", "?", "-"].contains(&p.as_str())).count();
    assert!((180..300).contains(&marked), "{marked}");
    // That visits are missing says something about the target.
    let yes: Vec<f64> = texts(&table, TARGET).iter().map(|l| f64::from(l.as_deref() == Some("yes"))).collect();
    let gaps: Vec<f64> = numbers(&table, "visits").iter().map(|v| f64::from(v.is_none())).collect();
    assert!(correlation(&gaps, &yes) > 0.05);
    assert_eq!(distinct(texts(&table, "id")), 4_000);
}

#[test]
fn what_goes_missing_leaves_large_values_out() {
    let table = Mixed { rows: 4_000, ..Mixed::default() }.generate();
    let ratio = numbers(&table, "ratio");
    let large = ratio.iter().flatten().filter(|&&r| r > 1.5e-5).count() as f64;
    assert!(missing(&ratio) > 0.06, "{}", missing(&ratio));
    assert!(large / 4_000.0 < 0.085, "{large}");
}
