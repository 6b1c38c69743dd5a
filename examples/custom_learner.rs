//! A learner of your own takes part in the search: the nearest class centre.
//!
//! `cargo run --example custom_learner`

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use automl::TaskKind;
use automl::fit_context::FitContext;
use automl::learner::{Cost, Fitted, Learner, Model, Supports, TrainData};
use automl::matrix::{Column, Form, Shape, View};
use automl::predictions::Predictions;
use automl::space::SearchSpace;
use serde::{Deserialize, Serialize};

/// Predicts by the distance to the mean of every class.
struct NearestCentre;

#[derive(Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// How much sharper than `exp(-distance)` the probabilities are.
    sharpness: f64,
}

#[derive(Serialize, Deserialize)]
struct Centres {
    /// One per class; one coordinate per column.
    centres: Vec<Vec<f64>>,
    sharpness: f64,
}

/// The rows of a view as plain numbers.
fn rows(x: View<'_>) -> Vec<Vec<f64>> {
    let value = |column: &Column, row: usize| if let Column::Numeric(values) = column { f64::from(values[row]) } else { 0.0 };
    (0..x.rows()).map(|i| x.columns().iter().map(|c| value(c, x.row(i))).collect()).collect()
}

impl Learner for NearestCentre {
    type Params = Params;
    type Model = Centres;
    const ID: &'static str = "nearest_centre";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("custom_learner.rs");

    fn supports(&self) -> Supports {
        let tasks = &[TaskKind::Binary, TaskKind::Multiclass];
        Supports { tasks, forms: &[Form::Complete], held_out: false, exact_weights: false, random: false, monotone: false }
    }

    fn space(&self, _: Shape) -> SearchSpace {
        SearchSpace::new().log_float("sharpness", 0.1, 10.0, 1.0)
    }

    fn cost(&self, _: &Params, shape: Shape) -> Cost {
        Cost { memory_bytes: (shape.rows * shape.columns * 8) as u64, work: (shape.rows * shape.columns) as f64 }
    }

    fn fit(&self, params: &Params, data: &TrainData<'_>, _: &mut FitContext<'_>) -> automl::Result<Fitted<Centres>> {
        let labels = data.target.labels().unwrap_or_default();
        let mut centres = vec![vec![0.0; data.x.columns().len()]; data.target.width()];
        let mut counts = vec![1e-9; data.target.width()];
        for (row, &class) in rows(data.x).iter().zip(labels) {
            counts[class as usize] += 1.0;
            centres[class as usize].iter_mut().zip(row).for_each(|(c, v)| *c += v);
        }
        centres.iter_mut().zip(&counts).for_each(|(centre, n)| centre.iter_mut().for_each(|c| *c /= n));
        Ok(Fitted { model: Centres { centres, sharpness: params.sharpness.max(0.1) }, held_out: None })
    }
}

impl Model for Centres {
    fn predict(&self, x: View<'_>) -> Predictions {
        let mut predictions = Predictions::zeros(x.rows(), self.centres.len());
        for (i, row) in rows(x).iter().enumerate() {
            let distance = |centre: &Vec<f64>| centre.iter().zip(row).map(|(c, v)| (c - v).powi(2)).sum::<f64>().sqrt();
            let distances: Vec<f64> = self.centres.iter().map(distance).collect();
            let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
            let votes: Vec<f64> = distances.iter().map(|d| (-self.sharpness * (d - nearest)).exp()).collect();
            let total: f64 = votes.iter().sum();
            predictions.row_mut(i).iter_mut().zip(votes).for_each(|(p, v)| *p = v / total);
        }
        predictions
    }

    fn validate(&self, columns: usize) -> automl::Result<()> {
        let sound = self.centres.len() > 1 && self.centres.iter().all(|c| c.len() == columns);
        if sound { Ok(()) } else { Err(automl::Error::artifact("the centres do not fit the columns")) }
    }
}

/// Fits with the learner among others.
pub fn main() -> automl::Result<()> {
    let table = automl_datasets::find("wine")?.frame()?;
    let registry = automl::registry().with_learner(&NearestCentre);
    let fit = automl::fit(table, "cultivar").registry(registry).learners(["nearest_centre", "linear"]).trials_max(5).run()?;
    for entry in &fit.leaderboard.entries {
        println!("{:<24} {:?}", entry.name, entry.score);
    }
    assert!(fit.leaderboard.entries.iter().any(|e| e.learner == "nearest_centre" && e.score.is_some()));
    Ok(())
}
