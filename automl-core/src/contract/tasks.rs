//! Small data for the checks of learners.
//!
//! [`easy`] makes a task that every learner can solve from any single form of column, [`noise`] one that
//! none can. Training and validation rows are not in one piece, so that a learner which confuses the rows
//! of a view with those of its matrix is found out.

use std::sync::Arc;

use rand::RngExt;

use crate::matrix::{Column, Csr, Form, Matrix, View};
use crate::seed::{Rng, derive, normal, rng};
use crate::task::{Target, TaskKind};

/// A matrix, its target, and which of its rows to fit on.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The features of all rows.
    pub matrix: Matrix,
    /// The target of all rows.
    pub target: Target,
    /// The rows to fit on: two of three, ascending.
    pub train: Vec<u32>,
    /// All other rows, descending.
    pub valid: Vec<u32>,
}

impl Sample {
    fn new(columns: Vec<Column>, target: Target) -> Sample {
        let rows = target.len();
        let is_valid = |i: &u32| i % 3 == 1;
        let train = (0..rows as u32).filter(|i| !is_valid(i)).collect();
        let valid = (0..rows as u32).rev().filter(is_valid).collect();
        Sample { matrix: matrix(rows, columns), target, train, valid }
    }

    /// The features of the rows to fit on.
    pub fn train_view(&self) -> View<'_> {
        self.matrix.select(&self.train)
    }

    /// The features of the other rows.
    pub fn valid_view(&self) -> View<'_> {
        self.matrix.select(&self.valid)
    }

    /// The target of the rows to fit on.
    pub fn train_target(&self) -> Target {
        self.target.select(&self.train)
    }

    /// The target of the other rows.
    pub fn valid_target(&self) -> Target {
        self.target.select(&self.valid)
    }

    /// Number of classes; `None` for regression.
    pub fn n_classes(&self) -> Option<usize> {
        self.target.labels().map(|_| self.target.width())
    }

    /// The same features without anything that was derived from them: what a model sees that was loaded in
    /// another process.
    pub fn fresh_matrix(&self) -> Matrix {
        matrix(self.matrix.rows(), self.matrix.columns().iter().map(|c| Column::clone(c)).collect())
    }
}

/// A matrix of columns that are known to agree in length.
pub(super) fn matrix(rows: usize, columns: Vec<Column>) -> Matrix {
    let columns = columns.into_iter().map(Arc::new).collect();
    Matrix::new(rows, columns).unwrap_or_else(|e| unreachable!("columns of one task agree: {e}"))
}

/// How many groups of rows a task has: its classes, or the levels of its target.
fn groups(kind: TaskKind) -> usize {
    match kind {
        TaskKind::Binary => 2,
        TaskKind::Multiclass => 3,
        TaskKind::Regression => 4,
    }
}

/// A task that can be learned from the columns of every single form.
///
/// Each row belongs to a hidden group: its class, or one of four levels of a regression target (10 apart,
/// with noise of deviation 1). Of every form there is a column that tells the group of at least nine rows of
/// ten, and one that tells nothing.
pub fn easy(kind: TaskKind, forms: &[Form], rows: usize, seed: u64) -> Sample {
    let n = groups(kind);
    let mut random = rng(derive(seed, 0));
    let hidden: Vec<usize> = (0..rows).map(|_| random.random_range(0..n)).collect();
    let target = match kind {
        TaskKind::Regression => Target::Numbers(hidden.iter().map(|&g| 50.0 + 10.0 * g as f64 + normal(&mut random)).collect()),
        _ => Target::Classes { labels: hidden.iter().map(|&g| g as u32).collect(), n_classes: n },
    };
    let mut columns = Vec::new();
    for (j, form) in forms.iter().enumerate() {
        let mut random = rng(derive(seed, 1 + j as u64));
        match form {
            Form::Numeric => columns.extend(easy_numeric(&hidden, &mut random)),
            Form::Complete => columns.extend(easy_complete(&hidden, n, &mut random)),
            Form::Codes => columns.extend(easy_codes(&hidden, n, &mut random)),
            Form::Sparse => columns.push(easy_sparse(&hidden, n, &mut random)),
        }
    }
    Sample::new(columns, target)
}

/// How many columns of that form [`easy`] makes.
pub(super) fn easy_columns(form: Form) -> usize {
    match form {
        Form::Numeric | Form::Complete => 3,
        Form::Codes => 2,
        Form::Sparse => 1,
    }
}

/// A column in the thousands and one in the thousandths that tell the group, both with values missing, and a
/// skewed one that does not.
fn easy_numeric(hidden: &[usize], random: &mut Rng) -> Vec<Column> {
    let mut column = |missing: f64, value: &dyn Fn(f64, f64) -> f64| {
        let cell = |&g: &usize| {
            let drawn = value(g as f64, normal(random));
            if random.random::<f64>() < missing { f32::NAN } else { drawn as f32 }
        };
        Column::Numeric(hidden.iter().map(cell).collect())
    };
    vec![
        column(0.1, &|g, noise| 1_000.0 * (g + 0.2 * noise)),
        column(0.0, &|_, noise| (3.0 * noise).exp()),
        column(0.2, &|g, noise| -0.001 * (g + 0.2 * noise)),
    ]
}

/// A column that rises with the group, one that is high in the second group, and one that tells nothing.
fn easy_complete(hidden: &[usize], n: usize, random: &mut Rng) -> Vec<Column> {
    let middle = (n - 1) as f64 / 2.0;
    let mut column =
        |value: &dyn Fn(usize, f64) -> f64| Column::Numeric(hidden.iter().map(|&g| value(g, normal(random)) as f32).collect());
    vec![
        column(&|g, noise| g as f64 - middle + 0.2 * noise),
        column(&|g, noise| f64::from(g == 1) + 0.2 * noise),
        column(&|_, noise| noise),
    ]
}

/// Codes that stand for the groups in another order (5 % missing, 5 % drawn anew), and codes of noise. The
/// largest code of the first occurs in no row.
fn easy_codes(hidden: &[usize], n: usize, random: &mut Rng) -> Vec<Column> {
    let code = |g: usize| 1 + (g + 1) % n;
    let mut signal = |&g: &usize| match random.random::<f64>() {
        p if p < 0.05 => 0,
        p if p < 0.1 => 1 + random.random_range(0..n) as u32,
        _ => code(g) as u32,
    };
    let signal = hidden.iter().map(&mut signal).collect();
    let noise = hidden.iter().map(|_| random.random_range(0..=6)).collect();
    vec![Column::Codes { codes: signal, levels: n as u32 + 1 }, Column::Codes { codes: noise, levels: 6 }]
}

/// Twelve features: one of the first for the group (95 % of the rows have it), two of the others at random.
fn easy_sparse(hidden: &[usize], n: usize, random: &mut Rng) -> Column {
    const WIDTH: usize = 12;
    let mut csr = Csr::new(WIDTH);
    for &g in hidden {
        let mut row = Vec::new();
        if random.random::<f64>() < 0.95 {
            row.push((g as u32, 1.0 + 0.1 * normal(random) as f32));
        }
        let first = random.random_range(n..WIDTH - 1);
        let second = random.random_range(first + 1..WIDTH);
        row.extend([first, second].map(|f| (f as u32, 0.2 + random.random::<f32>())));
        csr.push_row(row);
    }
    Column::Sparse(csr)
}

/// A task with a target that has nothing to do with its many columns: what looks like skill on it is not.
///
/// Forty features per dense form, ten of codes, sixty sparse ones. With 120 rows a linear model that judges
/// itself on its own training rows explains a third of the variance.
pub fn noise(kind: TaskKind, forms: &[Form], rows: usize, seed: u64) -> Sample {
    let n = groups(kind);
    let mut random = rng(derive(seed, 0));
    let target = match kind {
        TaskKind::Regression => Target::Numbers((0..rows).map(|_| normal(&mut random)).collect()),
        _ => Target::Classes { labels: (0..rows).map(|_| random.random_range(0..n) as u32).collect(), n_classes: n },
    };
    let mut columns = Vec::new();
    for form in forms {
        let (count, column): (usize, fn(usize, &mut Rng) -> Column) = match form {
            Form::Numeric => (40, |rows, random| Column::Numeric((0..rows).map(|_| gappy(random)).collect())),
            Form::Complete => (40, |rows, random| Column::Numeric((0..rows).map(|_| normal(random) as f32).collect())),
            Form::Codes => {
                (10, |rows, random| Column::Codes { codes: (0..rows).map(|_| random.random_range(0..=6)).collect(), levels: 6 })
            }
            Form::Sparse => (1, noise_sparse),
        };
        columns.extend((0..count).map(|_| column(rows, &mut random)));
    }
    Sample::new(columns, target)
}

fn gappy(random: &mut Rng) -> f32 {
    if random.random::<f64>() < 0.05 { f32::NAN } else { 100.0 * normal(random) as f32 }
}

fn noise_sparse(rows: usize, random: &mut Rng) -> Column {
    let mut csr = Csr::new(60);
    for _ in 0..rows {
        // One feature of each fifth, so that indices are distinct and ascending.
        let row: Vec<(u32, f32)> = (0..5).map(|k| (12 * k + random.random_range(0..12), random.random::<f32>() + 0.1)).collect();
        csr.push_row(row);
    }
    Column::Sparse(csr)
}

/// The same task with columns that say nothing: constant, all missing, code 0, no sparse entry.
pub fn blank(sample: &Sample) -> Sample {
    let rows = sample.matrix.rows();
    let columns = sample.matrix.columns().iter().enumerate().map(|(j, column)| match &**column {
        Column::Numeric(values) if values.iter().any(|v| v.is_nan()) => {
            Column::Numeric(vec![if j % 2 == 0 { f32::NAN } else { 7.0 }; rows])
        }
        Column::Numeric(_) => Column::Numeric(vec![0.5; rows]),
        Column::Codes { levels, .. } => Column::Codes { codes: vec![0; rows], levels: *levels },
        Column::Sparse(csr) => {
            let mut empty = Csr::new(csr.width());
            (0..rows).for_each(|_| empty.push_row([]));
            Column::Sparse(empty)
        }
    });
    Sample { matrix: matrix(rows, columns.collect()), ..sample.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMS: [Form; 4] = [Form::Numeric, Form::Complete, Form::Codes, Form::Sparse];

    #[test]
    fn columns_have_the_forms_that_were_asked_for() {
        for kind in TaskKind::ALL {
            let sample = easy(kind, &FORMS, 90, 1);
            assert_eq!(sample.target.kind(), kind);
            assert_eq!((sample.train.len(), sample.valid.len()), (60, 30));
            let missing = |c: &Arc<Column>| matches!(&**c, Column::Numeric(v) if v.iter().any(|v| v.is_nan()));
            assert_eq!(
                sample.matrix.columns().iter().map(missing).collect::<Vec<_>>()[..6],
                [true, false, true, false, false, false]
            );
            assert!(matches!(*sample.matrix.columns()[6], Column::Codes { .. }));
            assert!(matches!(*sample.matrix.columns()[8], Column::Sparse(_)));
        }
    }

    #[test]
    fn codes_stay_in_range_and_tell_the_groups_apart() {
        for kind in TaskKind::ALL {
            let n = groups(kind);
            let sample = easy(kind, &[Form::Codes], 600, 2);
            let Column::Codes { codes, levels } = &*sample.matrix.columns()[0] else { panic!("no codes") };
            assert!(codes.iter().all(|c| c < levels), "the largest code is kept for later");
            let mut commonest = vec![vec![0; n + 1]; n];
            for (i, &code) in codes.iter().enumerate() {
                let group = match &sample.target {
                    Target::Classes { labels, .. } => labels[i] as usize,
                    Target::Numbers(y) => (((y[i] - 50.0) / 10.0).round() as usize).min(n - 1),
                };
                commonest[group][code as usize] += 1;
            }
            let mut best: Vec<usize> = commonest.iter().map(|c| (0..=n).max_by_key(|&j| c[j]).unwrap()).collect();
            best.sort_unstable();
            best.dedup();
            assert_eq!(best.len(), n, "{kind:?}: {commonest:?}");
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let values = |seed| easy(TaskKind::Regression, &[Form::Complete], 30, seed).target;
        assert_eq!(values(1), values(1));
        assert_ne!(values(1), values(2));
    }
}
