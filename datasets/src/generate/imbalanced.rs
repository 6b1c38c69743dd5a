//! Few positives.

use automl_core::seed::{derive, rng};
use automl_core::task::TaskKind;

use super::draw::{below, normal, rounded};
use super::{Columns, Generated, TARGET, label};

/// Two classes of very unequal size; the rare one is shifted in the informative features.
#[derive(Debug, Clone, Copy)]
pub struct Imbalanced {
    /// Number of rows.
    pub rows: usize,
    /// Share of rows whose label is `yes`, usually .01 to .05; exact up to rounding, and never none.
    pub positive: f64,
    /// Features in which the rare class is shifted.
    pub informative: usize,
    /// Features in which it is not.
    pub noise: usize,
    /// By how many standard deviations it is shifted.
    pub shift: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Imbalanced {
    fn default() -> Imbalanced {
        Imbalanced { rows: 1_000, positive: 0.02, informative: 4, noise: 4, shift: 1.2, seed: 0 }
    }
}

impl Imbalanced {
    /// The table. Informative features are called `x1`, `x2`, …, the others `noise1`, `noise2`, ….
    pub fn generate(&self) -> Generated {
        let mut random = rng(derive(self.seed, 0));
        let positive: Vec<bool> = self.choose_positives();
        let mut columns = Columns::default();
        for j in 0..self.informative {
            let values = positive.iter().map(|&p| rounded(normal(&mut random) + if p { self.shift } else { 0.0 })).collect();
            columns.numbers(&format!("x{}", j + 1), values);
        }
        for j in 0..self.noise {
            columns.numbers(&format!("noise{}", j + 1), (0..self.rows).map(|_| normal(&mut random)).collect());
        }
        columns.texts(TARGET, positive.iter().map(|&p| label(usize::from(p), 2)).collect());
        columns.finish(self.rows, TaskKind::Binary)
    }

    /// The wanted number of rows, at places drawn by a shuffle that stops when it has enough.
    fn choose_positives(&self) -> Vec<bool> {
        let wanted = ((self.rows as f64 * self.positive).round() as usize).max(1).min(self.rows);
        let mut random = rng(derive(self.seed, 1));
        let mut order: Vec<usize> = (0..self.rows).collect();
        let mut positive = vec![false; self.rows];
        for i in 0..wanted {
            order.swap(i, i + below(&mut random, self.rows - i));
            positive[order[i]] = true;
        }
        positive
    }
}
