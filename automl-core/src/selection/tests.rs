use std::sync::Arc;

use super::*;
use crate::matrix::{Column, Csr, Matrix};

const ROWS: usize = 600;

/// Numbers that look drawn from −1 to 1, others for every column.
fn drawn(column: u64, rows: usize) -> Vec<f32> {
    let unit = |i: u64| (derive(derive(77, column), i) >> 11) as f32 / (1_u64 << 53) as f32;
    (0..rows as u64).map(|i| 2.0 * unit(i) - 1.0).collect()
}

fn matrix(columns: Vec<Column>) -> Matrix {
    Matrix::new(columns[0].rows(), columns.into_iter().map(Arc::new).collect()).unwrap()
}

/// Five columns that a sum goes by, nearly the same as three of them, and a hundred of noise.
fn planted() -> (Matrix, Target) {
    let real: Vec<Vec<f32>> = (0..5).map(|c| drawn(c, ROWS)).collect();
    let sum = |i: usize| real.iter().map(|column| f64::from(column[i])).sum();
    let target = Target::Numbers((0..ROWS).map(sum).collect());
    let wiggle = drawn(5, ROWS);
    let likes = (0..3).map(|c| real[c].iter().zip(&wiggle).map(|(v, w)| 3.0 - 2.0 * v + 0.05 * w).collect());
    let noise = (10..110).map(|c| drawn(c, ROWS));
    let columns = real.iter().cloned().chain(likes).chain(noise).map(Column::Numeric);
    (matrix(columns.collect()), target)
}

fn chosen(selection: Selection, (x, target): &(Matrix, Target)) -> Vec<u32> {
    selection.columns(x.view(), target, |_| false, 1)
}

#[test]
fn noise_and_columns_like_others_are_dropped() {
    let kept = chosen(Selection::Probe, &planted());
    let clusters: Vec<usize> = (0..5).map(|c| kept.iter().filter(|&&j| j == c || (c < 3 && j == c + 5)).count()).collect();
    assert_eq!(clusters, [1; 5], "one of each: {kept:?}");
    assert!(kept.len() <= 8, "hardly any noise: {kept:?}");
    assert_eq!(chosen(Selection::Most(5), &planted()).iter().filter(|&&j| j < 8).count(), 5);
    assert_eq!(chosen(Selection::Most(2), &planted()).len(), 2);
}

#[test]
fn classes_and_levels_count_as_numbers_do() {
    let (x, target) = planted();
    let Target::Numbers(sums) = &target else { unreachable!() };
    for n_classes in [2, 3] {
        let labels: Vec<u32> = sums.iter().map(|sum| ((sum + 5.0) / 10.0 * n_classes as f64) as u32).collect();
        let levels = |v: &[u32], salt: u64| v.iter().zip(0..).map(|(v, i)| 1 + (v + (derive(salt, i) % 3) as u32) % 4).collect();
        let codes = |codes: Vec<u32>| Arc::new(Column::Codes { codes, levels: 4 });
        let more = vec![codes(levels(&labels, 3)), codes(levels(&vec![0; ROWS], 4))];
        let x = x.with_columns(more).unwrap();
        let kept = chosen(Selection::Probe, &(x, Target::Classes { labels, n_classes }));
        assert!(kept.contains(&108) && !kept.contains(&109), "{n_classes} classes: {kept:?}");
        assert_eq!((0..5).filter(|c| kept.contains(c) || kept.contains(&(c + 5))).count(), 5, "{n_classes} classes: {kept:?}");
    }
}

#[test]
fn sparse_blocks_and_named_columns_stay() {
    let (x, target) = planted();
    let mut block = Csr::new(3);
    (0..ROWS).for_each(|i| block.push_row([((i % 3) as u32, 1.0)]));
    let x = x.with_columns(vec![Arc::new(Column::Sparse(block))]).unwrap();
    let kept = Selection::Most(1).columns(x.view(), &target, |j| j == 50, 1);
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[1..], [50, 108]);
}

#[test]
fn all_columns_stay_where_none_says_anything() {
    let noise: Vec<Column> = (0..4).map(|c| Column::Numeric(drawn(c, ROWS))).collect();
    let constant = Target::Numbers(vec![1.0; ROWS]);
    assert_eq!(chosen(Selection::Probe, &(matrix(noise), constant)), [0, 1, 2, 3]);
}

#[test]
fn strange_columns_are_judged() {
    let strange = |v: f32| Column::Numeric((0..ROWS).map(|i| if i % 7 == 0 { v } else { i as f32 }).collect());
    let all = |v: f32| Column::Numeric(vec![v; ROWS]);
    let columns = vec![strange(f32::NAN), strange(f32::INFINITY), all(f32::NAN), all(f32::INFINITY), all(0.0)];
    let target = Target::Numbers((0..ROWS).map(|i| i as f64).collect());
    let kept = chosen(Selection::Probe, &(matrix(columns), target));
    assert!(kept.contains(&0) && kept.iter().all(|&j| j < 2), "{kept:?}");
    for rows in 0..3 {
        let (x, target) = (matrix(vec![Column::Numeric(drawn(0, rows))]), Target::Numbers(vec![0.0; rows]));
        assert_eq!(chosen(Selection::Probe, &(x, target)), [0]);
    }
}

#[test]
fn an_outlier_in_common_makes_no_likes() {
    let mut columns: Vec<Vec<f32>> = (0..2).map(|c| drawn(c, ROWS)).collect();
    let target = Target::Numbers((0..ROWS).map(|i| f64::from(columns[0][i] + columns[1][i])).collect());
    columns.iter_mut().for_each(|column| column[5] = 1e4);
    assert_eq!(chosen(Selection::Probe, &(matrix(columns.into_iter().map(Column::Numeric).collect()), target)), [0, 1]);
}

#[test]
fn what_is_no_selection_is_refused() {
    assert_eq!(Selection::parse(&"probe".into()).unwrap(), Selection::Probe);
    assert_eq!(Selection::parse(&"permutation".into()).unwrap(), Selection::Permutation);
    assert_eq!(Selection::parse(&30.into()).unwrap(), Selection::Most(30));
    for wrong in [Value::from("prob"), 0.into(), (-1).into(), 0.5.into(), true.into()] {
        let error = Selection::parse(&wrong).unwrap_err().to_string();
        assert!(error.contains("probe"), "{error}");
    }
}

#[test]
fn a_model_needs_columns_that_matter_more_than_chance() {
    assert_eq!(important(&[0.5, 0.1, -0.2, 0.0, 0.3]), [true, false, false, false, true]);
    assert_eq!(important(&[0.0, 0.2]), [false, true]);
    assert_eq!(important(&[0.0, -0.2]), [true, true], "nothing to choose by");
    assert_eq!(important(&[]), Vec::<bool>::new());
}
