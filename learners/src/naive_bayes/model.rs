//! Counted evidence as a model.

use automl_core::contributions::Contributions;
use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::parts::Part;
use crate::head::Head;

/// What every column says about the classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NaiveBayesModel {
    /// The classes.
    pub head: Head,
    /// Per class that occurred, the logarithm of its share.
    pub priors: Vec<f64>,
    /// Evidence by column.
    pub parts: Vec<Part>,
    /// Factor of the evidence.
    pub temperature: f64,
}

impl NaiveBayesModel {
    /// A model that knows shares of classes only.
    pub(super) fn without_evidence(head: Head, priors: Vec<f64>) -> NaiveBayesModel {
        NaiveBayesModel { head, priors, parts: Vec::new(), temperature: 1.0 }
    }

    /// The sum of the evidence, per row one number per class that occurred.
    pub(super) fn evidence(&self, x: View<'_>) -> Vec<f64> {
        let classes = self.priors.len();
        let mut scores = vec![0.0; x.rows() * classes];
        if classes > 1 {
            self.parts.iter().for_each(|part| part.add(x, classes, &mut scores));
        }
        scores
    }

    /// Scores of classes as the head takes them: the log odds of the second of two.
    fn margins(&self, scores: &[f64]) -> Vec<f64> {
        match self.priors.len() {
            0 | 1 => Vec::new(),
            2 => scores.chunks_exact(2).map(|row| row[1] - row[0]).collect(),
            _ => scores.to_vec(),
        }
    }
}

impl Model for NaiveBayesModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let mut scores = self.evidence(x);
        let classes = self.priors.len().max(1);
        for row in scores.chunks_exact_mut(classes) {
            row.iter_mut().zip(&self.priors).for_each(|(score, prior)| *score = self.temperature * *score + prior);
        }
        self.head.predictions(x.rows(), self.margins(&scores))
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        let scale = self.head.scale()?;
        let (outputs, classes) = (self.head.outputs(), self.priors.len());
        let columns = x.columns().len();
        let mut contributions = Contributions::zeros(scale, x.rows(), outputs, columns);
        let mut add = |column: usize, margins: &[f64]| {
            for (i, row) in margins.chunks_exact(outputs).enumerate() {
                row.iter().enumerate().for_each(|(output, value)| contributions.row_mut(i, output)[column] += value);
            }
        };
        add(columns, &self.margins(&self.priors.repeat(x.rows())));
        for part in &self.parts {
            let mut scores = vec![0.0; x.rows() * classes];
            part.add(x, classes, &mut scores);
            scores.iter_mut().for_each(|score| *score *= self.temperature);
            add(part.column(), &self.margins(&scores));
        }
        Some(contributions)
    }

    fn validate(&self, columns: usize) -> Result<()> {
        self.head.validate().map_err(|e| e.context("naive Bayes"))?;
        let wrong = |what: String| Err(Error::artifact(format!("naive Bayes: {what}")));
        let Head::Classes { present, .. } = &self.head else { return wrong("it predicts classes only".to_owned()) };
        if self.priors.len() != present.len() || self.priors.iter().any(|p| !p.is_finite()) {
            return wrong(format!("shares of classes {:?}", self.priors));
        }
        if !(self.temperature > 0.0 && self.temperature.is_finite()) {
            return wrong(format!("temperature {}", self.temperature));
        }
        match self.parts.iter().find(|part| !part.is_sound(columns, present.len())) {
            Some(part) => wrong(format!("the evidence of column {} of {columns}", part.column())),
            None => Ok(()),
        }
    }
}
