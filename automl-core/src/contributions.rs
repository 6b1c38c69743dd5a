//! What did each column add to a prediction?
//!
//! [`Contributions`] hold, for every row, one number per column and one for all rows alike, the bias; their sum
//! is the score of the row. [`Scale`] says what a score is.

/// What a score is, and so on which scale contributions add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The predicted number.
    Value,
    /// The logarithm of the predicted number.
    LogValue,
    /// The probability of the second of two classes, or of each of more.
    Probability,
    /// The log odds of the second of two classes.
    LogOdds,
    /// One score per class, made probabilities by a softmax.
    ClassScores,
}

impl Scale {
    /// In words, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Scale::Value => "predicted value",
            Scale::LogValue => "logarithm of the predicted value",
            Scale::Probability => "probability",
            Scale::LogOdds => "log odds",
            Scale::ClassScores => "score before the softmax",
        }
    }

    /// Writes the prediction that the scores of a row stand for.
    pub fn predict(self, scores: &[f64], row: &mut [f64]) {
        match self {
            Scale::Value => row.copy_from_slice(scores),
            Scale::LogValue => row.iter_mut().zip(scores).for_each(|(value, score)| *value = score.exp()),
            Scale::Probability if scores.len() == 1 => row.copy_from_slice(&[1.0 - scores[0], scores[0]]),
            Scale::Probability => row.copy_from_slice(scores),
            Scale::LogOdds => {
                let second = 1.0 / (1.0 + (-scores[0]).exp());
                row.copy_from_slice(&[1.0 - second, second]);
            }
            Scale::ClassScores => {
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                row.iter_mut().zip(scores).for_each(|(share, score)| *share = (score - largest).exp());
                let total: f64 = row.iter().sum();
                row.iter_mut().for_each(|share| *share /= total);
            }
        }
    }
}

/// `rows` × `outputs` × (`columns` + 1) numbers: what each column added, then the bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// What the sums are.
    pub scale: Scale,
    outputs: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Contributions {
    /// Contributions that are zero everywhere. There is an output per score of a row.
    pub fn zeros(scale: Scale, rows: usize, outputs: usize, columns: usize) -> Contributions {
        Contributions { scale, outputs, columns, values: vec![0.0; rows * outputs * (columns + 1)] }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / (self.outputs * (self.columns + 1)).max(1)
    }

    /// Number of scores per row: one for numbers and for two classes, else one per class.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of columns, without the bias.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// What each column added to one score of one row; the bias comes last.
    pub fn row(&self, i: usize, output: usize) -> &[f64] {
        let start = (i * self.outputs + output) * (self.columns + 1);
        &self.values[start..start + self.columns + 1]
    }

    /// The same, to write.
    pub fn row_mut(&mut self, i: usize, output: usize) -> &mut [f64] {
        let start = (i * self.outputs + output) * (self.columns + 1);
        &mut self.values[start..start + self.columns + 1]
    }

    /// One score of one row: the sum of its contributions and the bias.
    pub fn score(&self, i: usize, output: usize) -> f64 {
        self.row(i, output).iter().sum()
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The rows of others behind these.
    ///
    /// # Panics
    /// If they are of another shape: a mistake of the caller.
    pub fn append(&mut self, others: &Contributions) {
        assert_eq!((self.outputs, self.columns), (others.outputs, others.columns), "contributions of different shapes");
        self.values.extend_from_slice(&others.values);
    }
}
