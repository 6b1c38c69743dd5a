use proptest::prelude::*;

use super::super::histogram::{self, Cells};
use super::super::partition::Partition;
use super::super::split::{Scan, Sums};
use super::super::tree::Cut;
use super::super::{split_codes, split_numbers};
use super::*;
use crate::bins::RowMajor;

/// Rows as bin and gradient; the hessian is 1, so that hessians are counts.
type Rows = Vec<(u8, f64)>;

fn rows(bins: u8) -> impl Strategy<Value = Rows> {
    prop::collection::vec((0..bins, (-20i32..20).prop_map(|g| f64::from(g) / 4.0)), 1..80)
}

fn cells(rows: &Rows, bins: usize) -> Vec<[f64; 2]> {
    let mut cells = vec![[0.0; 2]; bins];
    rows.iter()
        .for_each(|(bin, g)| cells[usize::from(*bin)] = [cells[usize::from(*bin)][0] + g, cells[usize::from(*bin)][1] + 1.0]);
    cells
}

/// The gain of both children when those rows go left, from the rows themselves; none if one is too small.
fn worth(rows: &Rows, params: &GbdtParams, l2: f64, goes_left: impl Fn(u8) -> bool) -> Option<f64> {
    let side = |left: bool| {
        let of_side: Vec<f64> = rows.iter().filter(|(bin, _)| goes_left(*bin) == left).map(|r| r.1).collect();
        let g: f64 = of_side.iter().sum();
        (of_side.len(), g.abs() - params.lambda_l1, of_side.len() as f64 + l2)
    };
    let gain = |(n, g, h): (usize, f64, f64)| (n >= params.min_data_in_leaf).then(|| g.max(0.0).powi(2) / h);
    Some(gain(side(true))? + gain(side(false))?)
}

fn params_with(l1: f64, l2: f64, min_data_in_leaf: usize) -> GbdtParams {
    GbdtParams { lambda_l1: l1, lambda_l2: l2, min_data_in_leaf, min_sum_hessian: 0.0, ..GbdtParams::default() }
}

fn total(cells: &[[f64; 2]]) -> Sums {
    cells.iter().fold(Sums::default(), |sums, cell| sums.plus(*cell))
}

fn largest(gains: impl Iterator<Item = Option<f64>>, floor: f64) -> Option<f64> {
    gains.flatten().filter(|gain| *gain > floor).reduce(f64::max)
}

fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
        (None, None) => true,
        // At the floor itself rounding decides.
        (Some(gain), None) | (None, Some(gain)) => gain < 1e-9,
    }
}

proptest! {
    #[test]
    fn the_best_cut_is_found(
        rows in rows(9),
        l1 in prop_oneof![Just(0.0), 0.0..3.0],
        l2 in 0.1..4.0,
        min_data in 1usize..12,
    ) {
        // Bins 0 to 7 are values, 8 is missing.
        let params = params_with(l1, l2, min_data);
        let cells = cells(&rows, 9);
        let scan = Scan::new(&params, total(&cells), rows.len(), 0.0);
        let found = split_numbers::best(&scan, &cells[..8], cells[8], 0.0, None);
        let cuts = (0..8u8).flat_map(|last| [(last, false), (last, true)]);
        let best = largest(cuts.map(|(last, also)| worth(&rows, &params, l2, |b| b <= last || also && b == 8)), 0.0);
        prop_assert!(same(found.map(|f| f.gain), best), "{:?} {:?}", found, best);
        if let Some(found) = found {
            let table = found.cut.table(Some(8));
            prop_assert!(same(worth(&rows, &params, l2, |b| table[usize::from(b)]), Some(found.gain)));
            let left = rows.iter().filter(|r| table[usize::from(r.0)]).count();
            prop_assert_eq!(left as f64, found.left.h);
        }
    }

    #[test]
    fn a_random_cut_is_a_cut(rows in rows(9), seed in any::<u64>()) {
        let params = params_with(0.0, 1.0, 1);
        let cells = cells(&rows, 9);
        let scan = Scan::new(&params, total(&cells), rows.len(), 0.0);
        if let Some(found) = split_numbers::best(&scan, &cells[..8], cells[8], 0.0, Some(&mut rng(seed))) {
            let table = found.cut.table(Some(8));
            prop_assert!(same(worth(&rows, &params, 1.0, |b| table[usize::from(b)]), Some(found.gain)));
        }
    }

    #[test]
    fn one_category_against_the_rest_is_found(rows in rows(8), l2 in 0.1..4.0, min_data in 1usize..8) {
        let params = params_with(0.0, l2, min_data);
        let cells = cells(&rows, 8);
        let scan = Scan::new(&params, total(&cells), rows.len(), 0.0);
        let found = split_codes::best(&scan, &cells, 0.0, None);
        let best = largest((1..8u8).map(|code| worth(&rows, &params, l2, |b| b == code)), 0.0);
        prop_assert!(same(found.map(|f| f.gain), best), "{:?} {:?}", found, best);
    }

    #[test]
    fn the_best_set_of_categories_is_found(rows in rows(7)) {
        let rows: Rows = rows.into_iter().map(|(bin, g)| (bin + 1, g)).collect();
        let params = GbdtParams {
            max_cat_to_onehot: 2,
            cat_smooth: 0.0,
            cat_l2: 0.0,
            min_data_per_group: 1,
            ..params_with(0.0, 0.0, 1)
        };
        let cells = cells(&rows, 8);
        let scan = Scan::new(&params, total(&cells), rows.len(), 0.0);
        let floor = scan.gain(scan.total) + 1e-9;
        let found = split_codes::best(&scan, &cells, floor, None);
        let best = largest((1u32..128).map(|set| worth(&rows, &params, 0.0, |b| set << 1 >> b & 1 == 1)), floor);
        prop_assert!(same(found.map(|f| f.gain), best), "{:?} {:?}", found, best);
        if let Some(found) = found {
            let Cut::Codes(set) = found.cut else { panic!("a cut of categories") };
            prop_assert!(!set.contains(0));
            prop_assert!(same(worth(&rows, &params, 0.0, |b| set.contains(b)), Some(found.gain)));
        }
    }

    #[test]
    fn subtracting_is_building(left in prop::collection::vec(any::<bool>(), 1..200), seed in any::<u64>()) {
        let n = left.len();
        let mut rng = rng(seed);
        let columns: Vec<Vec<u8>> = (0..3).map(|_| (0..n).map(|_| rng.random_range(0..200)).collect()).collect();
        let table = RowMajor::from_columns(n, &columns);
        let gradients: Vec<[f32; 2]> = uniform(&mut rng, n).into_iter().map(|g| [g, g * g]).collect();
        let bins = [200; 3];
        let build = |rows: &[u32]| {
            let mut histogram: Vec<Cells> = vec![[[1.0; 2]; 260]; 3];
            histogram::clear(&mut histogram, &bins);
            histogram::add(&mut histogram, &table, rows, &gradients);
            histogram
        };
        let all: Vec<u32> = (0..n as u32).collect();
        let mut partition = Partition::default();
        partition.start(all.iter().copied());
        let column: Vec<u8> = left.iter().map(|l| u8::from(!l)).collect();
        let mut table_left = [false; 256];
        table_left[0] = true;
        let n_left = partition.split(0, n, &column, &table_left);
        let (to_left, to_right) = (partition.rows(0, n_left), partition.rows(n_left, n - n_left));
        prop_assert!(to_left.iter().all(|i| left[*i as usize]) && to_left.is_sorted());
        prop_assert!(to_right.iter().all(|i| !left[*i as usize]) && to_right.is_sorted());
        let mut subtracted = build(&all);
        histogram::subtract(&mut subtracted, &build(to_left), &bins);
        for (a, b) in subtracted.iter().zip(&build(to_right)) {
            for (a, b) in a[..200].iter().zip(&b[..200]) {
                prop_assert!((a[0] - b[0]).abs() < 1e-6 && (a[1] - b[1]).abs() < 1e-6);
            }
        }
    }
}
