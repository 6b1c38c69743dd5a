//! Categories with very many levels.

use automl_core::seed::{derive, rng};
use automl_core::task::TaskKind;

use super::draw::{below, normal};
use super::{Columns, Generated, TARGET, label};

/// Two columns with very many levels, one of which carries signal by an effect per level, beside a city with
/// signal and two numbers.
///
/// Levels are not equally frequent: the first tenth of them has about a fifth of the rows, the last tenth
/// one in a hundred.
#[derive(Debug, Clone, Copy)]
pub struct HighCardinality {
    /// Number of rows. Most levels occur from about 20 rows per level on.
    pub rows: usize,
    /// Levels of `merchant`, which has signal; `device` has twice as many and no signal.
    pub levels: usize,
    /// Standard deviation of what is added before the target is cut into two.
    pub noise_sd: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for HighCardinality {
    fn default() -> HighCardinality {
        HighCardinality { rows: 1_000, levels: 1_500, noise_sd: 0.7, seed: 0 }
    }
}

/// Levels of `city`: few enough for any learner.
const CITIES: usize = 60;

impl HighCardinality {
    /// The table: `merchant`, `device`, `city`, `amount`, `hour` and the target.
    pub fn generate(&self) -> Generated {
        let levels = self.levels.max(1);
        let mut effects = rng(derive(self.seed, 1));
        let merchant_effects: Vec<f64> = (0..levels).map(|_| 1.5 * normal(&mut effects)).collect();
        let city_effects: Vec<f64> = (0..CITIES).map(|_| 0.7 * normal(&mut effects)).collect();
        let mut random = rng(derive(self.seed, 0));
        // The smaller of two draws: early levels are more frequent.
        let mut skewed =
            |n: usize| -> Vec<usize> { (0..self.rows).map(|_| below(&mut random, n).min(below(&mut random, n))).collect() };
        let (merchant, device, city) = (skewed(levels), skewed(2 * levels), skewed(CITIES));
        let amount: Vec<f64> = (0..self.rows).map(|_| normal(&mut random)).collect();
        let hour: Vec<i64> = (0..self.rows).map(|_| below(&mut random, 24) as i64).collect();
        let target = (0..self.rows).map(|i| {
            let sum = merchant_effects[merchant[i]] + city_effects[city[i]] + 0.8 * amount[i];
            label(usize::from(sum + self.noise_sd * normal(&mut random) > 0.0), 2)
        });
        let target = target.collect();
        let names = |prefix: &str, codes: &[usize]| codes.iter().map(|c| format!("{prefix}{c:05}")).collect();
        let mut columns = Columns::default();
        columns.texts("merchant", names("m", &merchant));
        columns.texts("device", names("d", &device));
        columns.texts("city", names("c", &city));
        columns.numbers("amount", amount);
        columns.integers("hour", hour);
        columns.texts(TARGET, target);
        columns.finish(self.rows, TaskKind::Binary)
    }
}
