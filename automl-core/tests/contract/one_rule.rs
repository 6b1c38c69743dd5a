//! Predicts from the one column that tells most about the target.
//!
//! # What it is
//! Cuts every column into buckets, predicts the mean target of the bucket, and keeps the column with the
//! smallest squared error on the training rows.
//!
//! # When it wins
//! When one column tells everything, and in tests: it has habits that break the contract one by one.
//!
//! # Cost
//! One pass over every column.
//!
//! # Parameters
//! - `buckets` (8): into how many parts of equal width the range of a number is cut.
//!
//! # References
//! R. C. Holte, "Very Simple Classification Rules Perform Well on Most Commonly Used Datasets", Machine
//! Learning 11, 1993.

use std::sync::atomic::{AtomicU64, Ordering};

use automl_core::contributions::{Contributions, Scale};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Model, Supports, TrainData};
use automl_core::matrix::{Column, Form, Shape, View};
use automl_core::predictions::Predictions;
use automl_core::space::SearchSpace;
use automl_core::task::{Target, TaskKind};
use automl_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// What a [`OneRule`] does right or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Habit {
    Sound,
    /// Declares one task and one form, and refuses the others.
    Narrow,
    /// Takes the first column, and gives leave-one-out predictions.
    HoldsOut,
    IgnoresStop,
    /// Takes the last column it has looked at.
    IgnoresBestStep,
    /// Says that it was cut, and stays as it is.
    PretendsToCut,
    CountsThreads,
    /// Counts its fits.
    Remembers,
    LooksAtBatch,
    /// Leaves something out of its bytes.
    Forgets,
    /// Does not validate what it loads.
    Trusts,
    IgnoresWeights,
    LearnsNothing,
    SpreadsMissing,
    NeedsRows,
    NeedsColumns,
    NeedsVariance,
    /// Gives predictions of the training rows as if they were held out.
    JudgesItself,
    /// Declares that it keeps directions, and follows the target.
    Turns,
    /// Declares held-out predictions and has none.
    HidesHeldOut,
    /// Declares one task and one form, and takes all.
    TakesAnything,
    CostsNothing,
    /// Its contributions do not sum to its predictions.
    Miscounts,
    /// Leaves to chance how much it smooths, and does not declare it.
    Gambles,
}

/// The learner.
#[derive(Debug, Clone, Copy)]
pub struct OneRule(pub Habit);

/// Parameters of [`OneRule`].
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneRuleParams {
    buckets: u32,
}

impl Default for OneRuleParams {
    fn default() -> OneRuleParams {
        OneRuleParams { buckets: 8 }
    }
}

/// What [`OneRule`] fits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OneRuleModel {
    habit: Habit,
    column: usize,
    cut: Cut,
    /// Predictions per bucket.
    table: Vec<Vec<f64>>,
    #[serde(skip)]
    forgotten: f64,
}

/// How the values of a column become buckets; bucket 0 is for what is missing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Cut {
    /// Looks at no column.
    None,
    Range {
        low: f32,
        high: f32,
        buckets: u32,
    },
    Codes {
        levels: u32,
    },
    /// The feature with the largest value.
    Sparse {
        width: u32,
    },
}

impl Cut {
    fn of(column: &Column, x: View<'_>, buckets: u32) -> Cut {
        match column {
            Column::Numeric(values) => {
                let present = (0..x.rows()).map(|i| values[x.row(i)]).filter(|v| !v.is_nan());
                let (low, high) = present.fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
                if low <= high { Cut::Range { low, high, buckets } } else { Cut::None }
            }
            Column::Codes { levels, .. } => Cut::Codes { levels: *levels },
            Column::Sparse(csr) => Cut::Sparse { width: csr.width() as u32 },
        }
    }

    fn count(self) -> usize {
        match self {
            Cut::None => 1,
            Cut::Range { buckets, .. } => buckets as usize + 1,
            Cut::Codes { levels } => levels as usize + 1,
            Cut::Sparse { width } => width as usize + 1,
        }
    }

    fn bucket(self, column: &Column, row: usize) -> usize {
        match (self, column) {
            (Cut::Range { low, high, buckets }, Column::Numeric(values)) if !values[row].is_nan() => {
                let (low, high) = (f64::from(low), f64::from(high));
                let share = ((f64::from(values[row]) - low) / (high - low).max(1e-30)).clamp(0.0, 1.0);
                1 + ((share * f64::from(buckets)) as usize).min(buckets as usize - 1)
            }
            (Cut::Codes { levels }, Column::Codes { codes, .. }) if codes[row] <= levels => codes[row] as usize,
            (Cut::Sparse { width }, Column::Sparse(csr)) if csr.width() == width as usize => {
                let (indices, values) = csr.row(row);
                let largest = indices.iter().zip(values).max_by(|a, b| a.1.total_cmp(b.1));
                largest.map_or(0, |(index, _)| *index as usize + 1)
            }
            _ => 0,
        }
    }
}

static FITS: AtomicU64 = AtomicU64::new(0);

impl Learner for OneRule {
    type Params = OneRuleParams;
    type Model = OneRuleModel;
    const ID: &'static str = "one_rule";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("one_rule.rs");

    fn supports(&self) -> Supports {
        let narrow = matches!(self.0, Habit::Narrow | Habit::TakesAnything);
        Supports {
            tasks: if narrow { &[TaskKind::Binary] } else { &TaskKind::ALL },
            forms: if narrow { &[Form::Numeric] } else { &[Form::Numeric, Form::Complete, Form::Codes, Form::Sparse] },
            held_out: matches!(self.0, Habit::HoldsOut | Habit::JudgesItself | Habit::HidesHeldOut),
            exact_weights: true,
            random: false,
            monotone: self.0 == Habit::Turns,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new().int("buckets", 4, 32, 8)
    }

    fn cost(&self, params: &OneRuleParams, shape: Shape) -> Cost {
        if self.0 == Habit::CostsNothing {
            return Cost { memory_bytes: 0, work: 0.0 };
        }
        let table = u64::from(params.buckets) + shape.width as u64;
        Cost { memory_bytes: 16 * table * shape.outputs as u64, work: (shape.rows * shape.width) as f64 }
    }

    fn fit(&self, params: &OneRuleParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<OneRuleModel>> {
        self.refuse(data)?;
        if self.0 == Habit::NeedsVariance {
            assert!((1..data.target.len()).any(|i| one_hot(data.target, i) != one_hot(data.target, 0)), "a constant target");
        }
        if self.0 == Habit::NeedsColumns {
            assert!(!data.x.columns().is_empty(), "no columns");
        }
        let mut best = self.rule(0, Cut::None, data, ctx);
        let mut steps = vec![best.clone()];
        for (j, column) in data.x.columns().iter().enumerate() {
            if ctx.check().is_stop() && self.0 != Habit::IgnoresStop {
                break;
            }
            let rule = self.rule(j, Cut::of(column, data.x, params.buckets.max(1)), data, ctx);
            let better = match self.0 {
                Habit::LearnsNothing => false,
                Habit::IgnoresBestStep | Habit::PretendsToCut => true,
                // Held-out predictions of a rule that was chosen by its training error would not be honest.
                Habit::HoldsOut => j == 0,
                _ => error(&rule, data) < error(&best, data),
            };
            if better {
                best = rule;
            }
            steps.push(best.clone());
            if let Some(valid) = data.valid
                && ctx.report(j as u32 + 1, &best.predict(valid)).is_stop()
                && self.0 != Habit::IgnoresStop
            {
                break;
            }
        }
        if let Some(step) = ctx.best_step().filter(|_| self.0 != Habit::IgnoresBestStep) {
            best = steps.swap_remove(step as usize);
        }
        let held_out = match self.0 {
            Habit::HoldsOut => Some(leave_one_out(&best, data)),
            Habit::JudgesItself => Some(best.predict(data.x)),
            _ => None,
        };
        Ok(Fitted { model: best, held_out })
    }
}

impl OneRule {
    fn refuse(&self, data: &TrainData<'_>) -> Result<()> {
        let supports = Learner::supports(self);
        let odd = |c: &Column| !matches!(c, Column::Numeric(_)) && supports.forms.len() == 1;
        let wrong = !supports.tasks.contains(&data.target.kind()) || data.x.columns().iter().any(|c| odd(c));
        if wrong && self.0 != Habit::TakesAnything {
            return Err(Error::usage("learner `one_rule` does not take this task or form"));
        }
        Ok(())
    }

    /// The mean target of every bucket, with the overall mean as one more row.
    fn rule(&self, j: usize, cut: Cut, data: &TrainData<'_>, ctx: &FitContext<'_>) -> OneRuleModel {
        let mut extra = 1.0;
        let mut forgotten = 0.0;
        match self.0 {
            Habit::CountsThreads => extra = ctx.threads() as f64,
            Habit::Remembers => extra = 1.0 + FITS.fetch_add(1, Ordering::Relaxed) as f64,
            Habit::Forgets => forgotten = 0.1,
            Habit::Gambles => extra = 1.0 + ctx.seed as f64,
            _ => {}
        }
        let mut sums = vec![vec![0.0; data.target.width()]; cut.count()];
        let mut totals = vec![0.0; cut.count()];
        let mut mean = vec![0.0; data.target.width()];
        let mut total = 0.0;
        for i in 0..data.target.len() {
            let weight = if self.0 == Habit::IgnoresWeights { 1.0 } else { data.weights.map_or(1.0, |w| w[i]) };
            let bucket = data.x.columns().get(j).map_or(0, |c| cut.bucket(c, data.x.row(i)));
            total += weight;
            totals[bucket] += weight;
            for (k, y) in one_hot(data.target, i).into_iter().enumerate() {
                sums[bucket][k] += weight * y;
                mean[k] += weight * y;
            }
        }
        let smooth = |k: usize, sum: f64, count: f64| (sum + extra * mean[k] / total) / (count + extra);
        let row = |(sums, count): (&Vec<f64>, &f64)| sums.iter().enumerate().map(|(k, s)| smooth(k, *s, *count)).collect();
        OneRuleModel { habit: self.0, column: j, cut, table: sums.iter().zip(&totals).map(row).collect(), forgotten }
    }
}

fn one_hot(target: &Target, i: usize) -> Vec<f64> {
    match target {
        Target::Numbers(values) => vec![values[i]],
        Target::Classes { labels, n_classes } => (0..*n_classes).map(|k| f64::from(labels[i] as usize == k)).collect(),
    }
}

/// Weighted squared error on the training rows.
fn error(model: &OneRuleModel, data: &TrainData<'_>) -> f64 {
    let predictions = model.predict(data.x);
    let row = |i: usize| {
        let squares = predictions.row(i).iter().zip(one_hot(data.target, i)).map(|(p, y)| (p - y).powi(2));
        data.weights.map_or(1.0, |w| w[i]) * squares.sum::<f64>()
    };
    (0..data.target.len()).map(row).sum()
}

/// Every row as its bucket predicts without it; good for rows of weight 1.
fn leave_one_out(model: &OneRuleModel, data: &TrainData<'_>) -> Predictions {
    let bucket = |i: usize| data.x.columns().get(model.column).map_or(0, |c| model.cut.bucket(c, data.x.row(i)));
    let mut counts = vec![0.0; model.cut.count()];
    (0..data.x.rows()).for_each(|i| counts[bucket(i)] += 1.0);
    let mut held_out = model.predict(data.x);
    for i in 0..data.x.rows() {
        let count = counts[bucket(i)] + 1.0;
        for (p, y) in held_out.row_mut(i).iter_mut().zip(one_hot(data.target, i)) {
            *p = ((*p * count - y) / (count - 1.0)).max(if data.target.labels().is_some() { 0.0 } else { f64::MIN });
        }
    }
    held_out
}

impl Model for OneRuleModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let width = self.table[0].len();
        let mut values = Vec::with_capacity(x.rows() * width);
        for i in 0..x.rows() {
            let bucket = x.columns().get(self.column).map_or(0, |c| self.cut.bucket(c, x.row(i)));
            let missing = self.habit == Habit::SpreadsMissing && bucket == 0;
            let batch = if self.habit == Habit::LooksAtBatch { x.rows() as f64 } else { 0.0 };
            values.extend(self.table[bucket].iter().enumerate().map(|(k, p)| {
                let off = self.forgotten + batch / 1e6;
                let off = if k == 0 { off } else { -off / (width - 1) as f64 };
                if missing { f64::NAN } else { p + off }
            }));
        }
        if self.habit == Habit::NeedsRows {
            assert!(!values.is_empty(), "no rows");
        }
        if width > 1 {
            values.chunks_exact_mut(width).for_each(distribute);
        }
        Predictions::new(width, values)
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        if ![Habit::Sound, Habit::Miscounts].contains(&self.habit) {
            return None;
        }
        let predictions = self.predict(x);
        let (width, columns) = (predictions.width(), x.columns().len());
        let scale = if width > 1 { Scale::Probability } else { Scale::Value };
        let mut contributions = Contributions::zeros(scale, x.rows(), width, columns);
        let factor = if self.habit == Habit::Miscounts { 1.01 } else { 1.0 };
        for i in 0..x.rows() {
            for (output, value) in predictions.row(i).iter().enumerate() {
                contributions.row_mut(i, output)[self.column.min(columns)] = factor * value;
            }
        }
        Some(contributions)
    }

    fn cut(&mut self, _steps: u32) -> bool {
        self.habit == Habit::PretendsToCut
    }

    fn validate(&self, columns: usize) -> Result<()> {
        if self.habit == Habit::Trusts {
            return Ok(());
        }
        let width = self.table.first().map_or(0, Vec::len);
        let buckets = if let Cut::Range { buckets: 0, .. } = self.cut { 0 } else { self.cut.count() };
        let sound = width > 0
            && buckets == self.table.len()
            && self.table.iter().all(|row| row.len() == width)
            && (self.column < columns || matches!(self.cut, Cut::None));
        if sound { Ok(()) } else { Err(Error::artifact("a rule that does not fit together")) }
    }
}

/// Makes probabilities of what habits and rounding left.
fn distribute(row: &mut [f64]) {
    row.iter_mut().for_each(|p| *p = p.max(0.0));
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|p| *p /= sum);
}
