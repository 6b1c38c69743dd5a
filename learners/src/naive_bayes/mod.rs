//! Naive Bayes: every column gives evidence for each class by itself, and the evidence is added up.
//!
//! # What it is
//! Within each class numbers are taken to be normal, categories to have fixed shares, and the words of a text to be
//! drawn from a bag. Columns that repeat each other make the sum of their evidence too sure, so it is scaled by one
//! factor, which is found on rows that were not counted.
//!
//! # When it wins
//! Very few rows, many classes, texts; it is fitted in one pass. Where columns work together, others are better.
//!
//! # Cost
//! Four passes over the training rows. Memory: one number per category or word and class.
//!
//! # Parameters
//! - `alpha`: how many rows every category and word is believed to have in each class beside those that were seen.
//! - `temperature`: the factor of the evidence; 1 is the textbook's, `null` finds the best on either half of the rows,
//!   with the other half counted.
//!
//! # References
//! Hand, Yu, *Idiot's Bayes: Not So Stupid After All?* (2001); McCallum, Nigam, *A Comparison of Event Models for Naive
//! Bayes Text Classification* (1998); Guo and others, *On Calibration of Modern Neural Networks* (2017), for the factor.

mod groups;
mod model;
mod parts;
#[cfg(test)]
mod tests;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::{Target, TaskKind};
pub use model::NaiveBayesModel;
pub use parts::Part;
use serde::{Deserialize, Serialize};

use self::parts::Counted;
use crate::calibration::{Scores, temperature};
use crate::featureless::prior;
use crate::head::Head;

/// The learner `naive_bayes`.
#[derive(Debug, Clone, Copy)]
pub struct NaiveBayes;

/// Parameters of [`NaiveBayes`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaiveBayesParams {
    /// Rows that every category and word is believed to have beside those that were seen.
    pub alpha: f64,
    /// Factor of the evidence; `None` for the best.
    pub temperature: Option<f64>,
}

impl Default for NaiveBayesParams {
    fn default() -> NaiveBayesParams {
        NaiveBayesParams { alpha: 1.0, temperature: None }
    }
}

impl NaiveBayesParams {
    fn check(&self) -> Result<()> {
        let usage = |what: String| Err(Error::usage(format!("parameters of `naive_bayes`: {what}")));
        if !(self.alpha > 0.0 && self.alpha.is_finite()) {
            return usage(format!("`alpha` is {}; it takes numbers above 0", self.alpha));
        }
        match self.temperature {
            Some(t) if !(t > 0.0 && t.is_finite()) => usage(format!("`temperature` is {t}; it takes numbers above 0, or null")),
            _ => Ok(()),
        }
    }
}

impl Learner for NaiveBayes {
    type Params = NaiveBayesParams;
    type Model = NaiveBayesModel;
    const ID: &'static str = "naive_bayes";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &[TaskKind::Binary, TaskKind::Multiclass],
            forms: &[Form::Numeric, Form::Codes, Form::Sparse],
            held_out: false,
            exact_weights: false,
            random: false,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new().log_float("alpha", 0.01, 10.0, 1.0)
    }

    fn cost(&self, _params: &NaiveBayesParams, shape: Shape) -> Cost {
        let (rows, classes) = (shape.rows as f64, shape.outputs as f64);
        let values = rows * shape.columns as f64 + shape.nonzeros as f64;
        let features = shape.width.min(shape.columns + shape.nonzeros) as f64;
        let memory = 16.0 * classes * (features + rows) + 16.0 * rows;
        Cost { memory_bytes: memory as u64, work: values * (20.0 + 3.0 * classes) + 200.0 * rows * classes }
    }

    fn fit(&self, params: &NaiveBayesParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<NaiveBayesModel>> {
        params.check()?;
        let Target::Classes { labels, .. } = data.target else {
            return Err(Error::usage("learner `naive_bayes` does classification, and the target is numeric"));
        };
        let head = Head::of(data.target);
        let places: Vec<u32> = head.places(labels).collect();
        let ones;
        let weights = match data.weights {
            Some(weights) => weights,
            None => {
                ones = vec![1.0; labels.len()];
                &ones
            }
        };
        let rows = AllRows { params, data, places: &places, weights, head: &head };
        let all: Vec<usize> = (0..labels.len()).collect();
        let mut model = rows.model(&all, ctx);
        model.temperature = match params.temperature {
            Some(temperature) => temperature,
            None => rows.temperature(ctx),
        };
        Ok(Fitted { model, held_out: None })
    }
}

/// The training rows, to count some of them.
struct AllRows<'a> {
    params: &'a NaiveBayesParams,
    data: &'a TrainData<'a>,
    places: &'a [u32],
    weights: &'a [f64],
    head: &'a Head,
}

impl AllRows<'_> {
    /// Counts some rows.
    fn model(&self, rows: &[usize], ctx: &FitContext<'_>) -> NaiveBayesModel {
        let Head::Classes { present, .. } = self.head else {
            return NaiveBayesModel::without_evidence(self.head.clone(), vec![]);
        };
        let shares = prior(self.data.target, self.data.weights);
        let priors = present.iter().map(|&k| shares[k as usize].ln()).collect();
        let mut model = NaiveBayesModel::without_evidence(self.head.clone(), priors);
        if present.len() > 1 && !rows.is_empty() {
            let in_matrix: Vec<u32> = rows.iter().map(|&i| self.data.x.row(i) as u32).collect();
            let x = self.data.x.matrix.select(&in_matrix);
            let places: Vec<u32> = rows.iter().map(|&i| self.places[i]).collect();
            let weights: Vec<f64> = rows.iter().map(|&i| self.weights[i]).collect();
            let counted = Counted { x, places: &places, weights: &weights, classes: present.len(), alpha: self.params.alpha };
            model.parts = counted.parts(ctx);
        }
        model
    }

    /// The best factor for rows that are not counted: each half of them is scored by the other.
    fn temperature(&self, ctx: &FitContext<'_>) -> f64 {
        // Below this, half of the rows say nothing about the whole.
        const ROWS_MIN: usize = 20;
        const ROWS_MAX: usize = 50_000;
        // So many fix one factor as well as more would.
        const SCORED_MAX: usize = 10_000;
        let rows = self.places.len();
        let step = rows.div_ceil(ROWS_MAX).max(1);
        if rows < ROWS_MIN {
            return 1.0;
        }
        // Rows go to the halves in no order that the data may have: by the bits of a hash.
        let half = |h: u64| (0..rows).step_by(step).filter(move |&i| automl_core::seed::derive(7, i as u64) % 2 == h).collect();
        let halves: [Vec<usize>; 2] = [half(0), half(1)];
        let (mut values, mut classes, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        let mut fixed = Vec::new();
        for (counted, scored) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
            if ctx.check().is_stop() {
                return 1.0;
            }
            let model = self.model(counted, ctx);
            let scored: Vec<usize> = scored.iter().copied().step_by(rows.div_ceil(step).div_ceil(SCORED_MAX)).collect();
            let in_matrix: Vec<u32> = scored.iter().map(|&i| self.data.x.row(i) as u32).collect();
            values.extend(model.evidence(self.data.x.matrix.select(&in_matrix)));
            classes.extend(scored.iter().map(|&i| self.places[i]));
            weights.extend(scored.iter().map(|&i| self.weights[i]));
            fixed = model.priors;
        }
        if fixed.len() < 2 {
            return 1.0;
        }
        temperature(&Scores { values: &values, fixed: &fixed, classes: &classes, weights: &weights })
    }
}
