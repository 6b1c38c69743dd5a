//! A linear target.

use automl_core::seed::{derive, rng};
use automl_core::task::TaskKind;

use super::draw::{normal, rounded, uniform};
use super::{Columns, Generated, TARGET};

/// The target is a weighted sum of the informative features plus noise.
#[derive(Debug, Clone, Copy)]
pub struct Regression {
    /// Number of rows.
    pub rows: usize,
    /// Features with a weight, which lies between 10 and 100.
    pub informative: usize,
    /// Features without one.
    pub noise: usize,
    /// Standard deviation of what is added to the target.
    pub noise_sd: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Regression {
    fn default() -> Regression {
        Regression { rows: 1_000, informative: 5, noise: 5, noise_sd: 10.0, seed: 0 }
    }
}

impl Regression {
    /// The table. Informative features are called `x1`, `x2`, …, the others `noise1`, `noise2`, ….
    pub fn generate(&self) -> Generated {
        let mut random = rng(derive(self.seed, 0));
        let mut target: Vec<f64> = (0..self.rows).map(|_| self.noise_sd * normal(&mut random)).collect();
        let mut columns = Columns::default();
        for j in 0..self.informative {
            let mut random = rng(derive(self.seed, 1 + j as u64));
            let weight = 10.0 + 90.0 * uniform(&mut random);
            let values: Vec<f64> = (0..self.rows).map(|_| normal(&mut random)).collect();
            for (sum, x) in target.iter_mut().zip(&values) {
                *sum += weight * x;
            }
            columns.numbers(&format!("x{}", j + 1), values);
        }
        for j in 0..self.noise {
            columns.numbers(&format!("noise{}", j + 1), (0..self.rows).map(|_| normal(&mut random)).collect());
        }
        columns.numbers(TARGET, target.into_iter().map(rounded).collect());
        columns.finish(self.rows, TaskKind::Regression)
    }
}
