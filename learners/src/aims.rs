//! The target as the losses of scores take it.

use automl_core::task::Target;

use crate::head::Head;

/// The target of the rows, as the loss takes it.
pub(crate) enum Aims {
    /// The value of the only output, with the squared error.
    Numbers(Vec<f32>),
    /// 0 or 1, with the log loss of the only output as log odds.
    Binary(Vec<f32>),
    /// The output that should be largest, with the log loss of a softmax.
    Classes(Vec<u32>),
}

impl Aims {
    /// The aims for a target; numbers are standardised.
    pub fn of(target: &Target, head: &Head, offset: f64, scale: f64) -> Aims {
        match target {
            Target::Numbers(values) => Aims::Numbers(values.iter().map(|y| ((y - offset) / scale) as f32).collect()),
            Target::Classes { labels, .. } if head.outputs() == 1 => {
                Aims::Binary(head.places(labels).map(|p| p as f32).collect())
            }
            Target::Classes { labels, .. } => Aims::Classes(head.places(labels).collect()),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Aims::Numbers(values) | Aims::Binary(values) => values.len(),
            Aims::Classes(places) => places.len(),
        }
    }
}
