//! Which rows does each bag hold out?

use automl_core::seed::rng;
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::aims::Aims;

/// Rows up to which none are held out, as so few tell nothing.
const ROWS_FEW: usize = 12;
/// Rows that are held out at least.
const COUNT_MIN: usize = 4;

/// The rows that each of some bags holds out: three in twenty, with the same shares of all classes, or of small and large
/// numbers, as all rows have. Up to six bags hold out different rows.
pub(super) fn held_out(aims: &Aims, bags: usize, seed: u64) -> Vec<Vec<u32>> {
    let rows = aims.len();
    if rows <= ROWS_FEW {
        return vec![Vec::new(); bags];
    }
    let count = (rows * 3 / 20).max(COUNT_MIN);
    let mut rng = rng(seed);
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.shuffle(&mut rng);
    match aims {
        Aims::Numbers(values) | Aims::Binary(values) => order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize])),
        Aims::Classes(places) => order.sort_by_key(|&row| places[row as usize]),
    }
    let mut bags = vec![Vec::with_capacity(count); bags];
    // Every bag takes a row of each group of neighbours.
    for group in (0..count).map(|n| &order[n * rows / count..(n + 1) * rows / count]) {
        let first = rng.random_range(0..group.len());
        bags.iter_mut().enumerate().for_each(|(n, bag)| bag.push(group[(first + n) % group.len()]));
    }
    bags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_their_shares_and_bags_differ() {
        let labels: Vec<f32> = (0..1000).map(|i| if i % 10 == 0 { 1.0 } else { 0.0 }).collect();
        let bags = held_out(&Aims::Binary(labels), 6, 1);
        let mut seen = vec![0; 1000];
        for bag in &bags {
            assert_eq!(bag.len(), 150);
            assert!((14..=16).contains(&bag.iter().filter(|row| **row % 10 == 0).count()), "{bag:?}");
            bag.iter().for_each(|&row| seen[row as usize] += 1);
        }
        assert!(seen.iter().all(|times| *times <= 1), "{seen:?}");
    }

    #[test]
    fn few_rows_are_all_needed() {
        assert_eq!(held_out(&Aims::Numbers(vec![1.0; 12]), 2, 1), vec![Vec::<u32>::new(); 2]);
        assert_eq!(held_out(&Aims::Numbers(vec![1.0; 13]), 1, 1)[0].len(), 4);
    }
}
