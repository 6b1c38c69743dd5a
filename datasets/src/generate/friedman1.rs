//! Friedman's first function.

use std::f64::consts::PI;

use automl_core::seed::{derive, rng};
use automl_core::task::TaskKind;

use super::draw::{normal, rounded, uniform};
use super::{Columns, Generated, TARGET};

/// `10 sin(π x1 x2) + 20 (x3 − ½)² + 10 x4 + 5 x5` plus noise, of features that are uniform on 0 to 1.
///
/// J. H. Friedman, "Multivariate Adaptive Regression Splines", Annals of Statistics 19(1), 1991.
/// Its variance without noise is about 23.8, so that with noise of deviation 1 the best R² is .96.
#[derive(Debug, Clone, Copy)]
pub struct Friedman1 {
    /// Number of rows.
    pub rows: usize,
    /// Number of features, of which the first five matter; at least five.
    pub features: usize,
    /// Standard deviation of what is added to the target.
    pub noise_sd: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Friedman1 {
    fn default() -> Friedman1 {
        Friedman1 { rows: 1_000, features: 10, noise_sd: 1.0, seed: 0 }
    }
}

impl Friedman1 {
    /// The table. Features are called `x1`, `x2`, ….
    pub fn generate(&self) -> Generated {
        let mut random = rng(derive(self.seed, 0));
        let x: Vec<Vec<f64>> =
            (0..self.features.max(5)).map(|_| (0..self.rows).map(|_| uniform(&mut random)).collect()).collect();
        let target = (0..self.rows)
            .map(|i| {
                let smooth = 10.0 * (PI * x[0][i] * x[1][i]).sin() + 20.0 * (x[2][i] - 0.5).powi(2);
                rounded(smooth + 10.0 * x[3][i] + 5.0 * x[4][i] + self.noise_sd * normal(&mut random))
            })
            .collect();
        let mut columns = Columns::default();
        for (j, values) in x.into_iter().enumerate() {
            columns.numbers(&format!("x{}", j + 1), values);
        }
        columns.numbers(TARGET, target);
        columns.finish(self.rows, TaskKind::Regression)
    }
}
