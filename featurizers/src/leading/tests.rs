use proptest::prelude::*;

use super::*;

fn csr(rows: &[Vec<f32>]) -> Csr {
    let mut csr = Csr::new(rows.first().map_or(0, Vec::len));
    for row in rows {
        csr.push_row((0..).zip(row.iter().copied()).filter(|&(_, v)| v != 0.0));
    }
    csr
}

fn direction(leading: &Leading, k: usize) -> Vec<f64> {
    leading.directions.iter().skip(k).step_by(leading.len()).map(|&v| f64::from(v)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Sum of squares of the rows along a direction.
fn squares(rows: &[Vec<f32>], direction: &[f64]) -> f64 {
    rows.iter().map(|row| row.iter().zip(direction).map(|(&a, b)| f64::from(a) * b).sum::<f64>().powi(2)).sum()
}

#[test]
fn axes_are_found_by_their_size() {
    let rows = [vec![0.0, 3.0, 0.0], vec![1.0, 0.0, 0.0], vec![0.0, 0.0, 2.0]];
    let leading = Leading::find(&csr(&rows), 2, 1);
    assert!((leading.squares[0] - 9.0).abs() < 1e-9 && (leading.squares[1] - 4.0).abs() < 1e-9, "{leading:?}");
    assert!((direction(&leading, 0)[1].abs() - 1.0).abs() < 1e-6);
    assert!((direction(&leading, 1)[2].abs() - 1.0).abs() < 1e-6);
}

#[test]
fn rows_that_agree_have_one_direction_and_nothing_has_none() {
    let leading = Leading::find(&csr(&vec![vec![1.0, 2.0, 0.0, -2.0]; 9]), 4, 1);
    assert_eq!(leading.len(), 1);
    assert!((leading.squares[0] - 81.0).abs() < 1e-9);
    assert_eq!(Leading::find(&csr(&vec![vec![0.0; 3]; 5]), 4, 1).len(), 0);
    assert_eq!(Leading::find(&csr(&[]), 4, 1).len(), 0);
}

#[test]
fn a_low_rank_is_found_whole_among_many_columns() {
    let column = |j: usize, k: usize| ((j * (k + 3)) as f32 * 0.37).sin();
    let row =
        |i: usize| (0..150).map(|j| (0..5).map(|k| ((i + 1) as f32 * (k as f32 + 0.7)).cos() * column(j, k)).sum()).collect();
    let rows: Vec<Vec<f32>> = (0..60).map(row).collect();
    let leading = Leading::find(&csr(&rows), 20, 1);
    assert_eq!(leading.len(), 5);
    let all: f64 = rows.iter().flatten().map(|&v| f64::from(v).powi(2)).sum();
    assert!((leading.squares.iter().sum::<f64>() / all - 1.0).abs() < 1e-9);
}

proptest! {
    #[test]
    fn directions_are_orthonormal_and_tell_their_squares(
        cells in prop::collection::vec(-9_i8..10, 3..120), width in 1_usize..12, rank in 1_usize..12, threads in 1_usize..4,
    ) {
        let rows: Vec<Vec<f32>> = cells.chunks_exact(width).map(|row| row.iter().map(|&v| f32::from(v)).collect()).collect();
        let csr = csr(&rows);
        let leading = Leading::find(&csr, rank, 7);
        prop_assert!(leading.len() <= rank.min(width).min(rows.len()));
        prop_assert!(leading.squares.windows(2).all(|pair| pair[0] >= pair[1]));
        for k in 0..leading.len() {
            let direction_k = direction(&leading, k);
            let scale = leading.squares[0].max(1.0);
            prop_assert!((squares(&rows, &direction_k) - leading.squares[k]).abs() < 1e-4 * scale);
            for j in 0..k {
                prop_assert!(dot(&direction_k, &direction(&leading, j)).abs() < 1e-4);
            }
            prop_assert!((dot(&direction_k, &direction_k) - 1.0).abs() < 1e-4);
        }
        if rank >= width {
            let all: f64 = rows.iter().flatten().map(|&v| f64::from(v).powi(2)).sum();
            // Directions that have next to nothing may drown in the rounding of the others.
            prop_assert!((leading.squares.iter().sum::<f64>() - all).abs() <= 1e-5 * all);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        prop_assert_eq!(pool.install(|| Leading::find(&csr, rank, 7)), leading);
    }
}
