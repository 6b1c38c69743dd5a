use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::matrix::{Column, Csr, Matrix};
use proptest::prelude::*;

use super::*;

fn bins_of(columns: Vec<Column>, max_bin: usize) -> Arc<Bins> {
    let matrix = Matrix::new(columns[0].rows(), columns.into_iter().map(Arc::new).collect()).unwrap();
    Bins::of(matrix.view(), max_bin, &FitContext::new(0)).unwrap()
}

fn uppers(feature: &FeatureBins) -> &[f32] {
    match feature {
        FeatureBins::Numeric { uppers, .. } => uppers,
        FeatureBins::Codes { .. } => panic!("not numeric"),
    }
}

#[test]
fn few_distinct_values_are_cut_midway_and_missing_comes_last() {
    let bins = bins_of(vec![Column::Numeric(vec![3.0, 1.0, f32::NAN, 2.0, 1.0])], 255);
    assert_eq!(bins.features[0], FeatureBins::Numeric { uppers: vec![1.5, 2.5], has_missing: true });
    assert_eq!(*bins.columns[0], [2, 0, 3, 1, 0]);
    assert_eq!(bins.features[0].missing_bin(), Some(3));
    assert_eq!(bins.features[0].count(), 4);
    assert_eq!(bins.features[0].threshold(1), 2.5);
    assert_eq!(bins.features[0].threshold(2), f32::INFINITY);
}

#[test]
fn infinite_and_empty_columns_have_bins() {
    let infinite = [f32::NEG_INFINITY, 0.0, f32::INFINITY];
    let bins = bins_of(vec![Column::Numeric(infinite.to_vec()), Column::Numeric(vec![f32::NAN; 3])], 255);
    assert_eq!(*bins.columns[0], [0, 1, 2]);
    assert!(uppers(&bins.features[0]).iter().all(|u| *u < f32::INFINITY));
    assert_eq!(*bins.columns[1], [1, 1, 1]);
    assert_eq!(bins_of(vec![Column::Numeric(Vec::new())], 255).features[0].count(), 1);
}

#[test]
fn a_frequent_value_has_a_bin_and_the_rest_share_equally() {
    let values: Vec<f32> = (0..10_000).map(|i| if i % 2 == 0 { 0.0 } else { i as f32 - 5_000.0 }).collect();
    let bins = bins_of(vec![Column::Numeric(values.clone())], 64);
    let mut counts = vec![0; bins.features[0].count()];
    bins.columns[0].iter().for_each(|b| counts[usize::from(*b)] += 1);
    assert!((60..=64).contains(&counts.len()), "{} bins", counts.len());
    // At most half a bin of neighbours may join a frequent value.
    assert!(counts.iter().max().is_some_and(|most| (5_000..5_080).contains(most)), "{counts:?}");
    assert_eq!(counts.iter().filter(|c| **c > 160).count(), 1, "{counts:?}");
}

#[test]
fn rare_codes_share_the_first_bin() {
    let bins = bins_of(vec![Column::Codes { codes: vec![0, 7, 254, 255, 300], levels: 300 }], 255);
    assert_eq!(*bins.columns[0], [0, 7, 254, 0, 0]);
    assert_eq!(bins.features[0], FeatureBins::Codes { levels: 254 });
}

#[test]
fn a_sparse_block_is_refused() {
    let mut csr = Csr::new(2);
    csr.push_row([(1, 1.0)]);
    let matrix = Matrix::new(1, vec![Arc::new(Column::Sparse(csr))]).unwrap();
    assert!(Bins::of(matrix.view(), 255, &FitContext::new(0)).is_err());
}

proptest! {
    #[test]
    fn thresholds_agree_with_bins(
        values in prop::collection::vec(prop_oneof![4 => (-5000..5000i32).prop_map(|v| v as f32 / 1000.0), 2 => (-3..3i32).prop_map(|v| v as f32), 1 => Just(f32::NAN)], 1..400),
        max_bin in 2usize..40,
    ) {
        let bins = bins_of(vec![Column::Numeric(values.clone())], max_bin);
        let feature = &bins.features[0];
        prop_assert!(uppers(feature).len() < max_bin);
        prop_assert!(uppers(feature).is_sorted_by(|a, b| a < b));
        for (value, bin) in values.iter().zip(&*bins.columns[0]) {
            prop_assert!(usize::from(*bin) < feature.count());
            prop_assert_eq!(value.is_nan(), feature.missing_bin() == Some(u16::from(*bin)));
            for cut in 0..=uppers(feature).len() as u16 {
                prop_assert_eq!(!value.is_nan() && u16::from(*bin) <= cut, *value <= feature.threshold(cut));
            }
        }
    }

    #[test]
    fn every_distinct_number_of_a_small_matrix_has_a_fine_bin(
        values in prop::collection::vec(prop_oneof![4 => (-5000..5000i32).prop_map(|v| v as f32 / 1000.0), 2 => (-3..3i32).prop_map(|v| v as f32), 1 => Just(f32::NAN)], 1..900),
    ) {
        let matrix = Matrix::new(values.len(), vec![Arc::new(Column::Numeric(values.clone()))]).unwrap();
        let bins = FineBins::of(matrix.view(), &FitContext::new(0)).unwrap();
        let mut distinct: Vec<f32> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        distinct.sort_unstable_by(f32::total_cmp);
        // Zero has two signs but is one number.
        distinct.dedup_by(|a, b| a == b);
        for (value, bin) in values.iter().zip(&*bins.columns[0]) {
            match distinct.iter().position(|d| d == value) {
                Some(rank) => prop_assert_eq!(usize::from(*bin), rank),
                None => prop_assert_eq!(Some(*bin), bins.features[0].missing_bin()),
            }
        }
        for (rank, pair) in distinct.windows(2).enumerate() {
            prop_assert!(pair[0] <= bins.features[0].threshold(rank as u16) && bins.features[0].threshold(rank as u16) < pair[1]);
        }
    }

    #[test]
    fn rows_and_columns_hold_the_same(width in 1usize..150, rows in 0usize..600) {
        let columns: Vec<Vec<u8>> = (0..width).map(|j| (0..rows).map(|i| (i * 7 + j * 13) as u8).collect()).collect();
        let table = RowMajor::from_columns(rows, &columns);
        for i in 0..rows {
            prop_assert!(table.row(i).iter().zip(&columns).all(|(byte, column)| *byte == column[i]));
        }
    }
}
