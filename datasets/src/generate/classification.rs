//! Classes around centres.

use automl_core::seed::{derive, rng};
use automl_core::task::TaskKind;

use super::draw::{below, happens, normal, rounded};
use super::{Columns, Generated, TARGET, label};

/// Every class has a centre in the informative features; a row lies around the centre of its class.
#[derive(Debug, Clone, Copy)]
pub struct Classification {
    /// Number of rows.
    pub rows: usize,
    /// Number of classes, at least two.
    pub classes: usize,
    /// Features that depend on the class.
    pub informative: usize,
    /// Features that do not.
    pub noise: usize,
    /// Standard deviation of the centres; that of the rows around them is 1.
    pub separation: f64,
    /// Fraction of rows whose label is drawn anew.
    pub flip: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Classification {
    fn default() -> Classification {
        Classification { rows: 1_000, classes: 3, informative: 5, noise: 5, separation: 1.5, flip: 0.02, seed: 0 }
    }
}

impl Classification {
    /// The table. Informative features are called `x1`, `x2`, …, the others `noise1`, `noise2`, ….
    pub fn generate(&self) -> Generated {
        let classes = self.classes.max(2);
        let mut random = rng(derive(self.seed, 0));
        let truth: Vec<usize> = (0..self.rows).map(|_| below(&mut random, classes)).collect();
        let mut columns = Columns::default();
        for j in 0..self.informative {
            let mut random = rng(derive(self.seed, 1 + j as u64));
            let centres: Vec<f64> = (0..classes).map(|_| self.separation * normal(&mut random)).collect();
            let values = truth.iter().map(|&class| rounded(centres[class] + normal(&mut random))).collect();
            columns.numbers(&format!("x{}", j + 1), values);
        }
        for j in 0..self.noise {
            columns.numbers(&format!("noise{}", j + 1), (0..self.rows).map(|_| normal(&mut random)).collect());
        }
        let mut flipped = |class: usize| if happens(&mut random, self.flip) { below(&mut random, classes) } else { class };
        columns.texts(TARGET, truth.iter().map(|&class| label(flipped(class), classes)).collect());
        columns.finish(self.rows, if classes == 2 { TaskKind::Binary } else { TaskKind::Multiclass })
    }
}
