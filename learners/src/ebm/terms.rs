//! The cells of a term: which values of one column, or of two, have the same score.

use automl_core::fit_context::FitContext;
use automl_core::matrix::View;

use super::model::{Axis, Cells};
use crate::bins::FineBins;

/// A term in the making: the cell of every row.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// One axis for a column by itself, two for a pair.
    pub axes: Vec<Axis>,
    /// Cells along each axis.
    pub sides: Vec<usize>,
    /// The cell of every training row.
    pub training: Vec<u16>,
    /// The cell of every validation row.
    pub validation: Vec<u16>,
}

impl Term {
    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.sides.iter().product()
    }

    /// The weight of the training rows in each cell.
    pub fn weights(&self, weights: &[f32]) -> Vec<f64> {
        let mut sums = vec![0.0; self.cells()];
        self.training.iter().zip(weights).for_each(|(&cell, &w)| sums[usize::from(cell)] += f64::from(w));
        sums
    }

    /// Whether cells have no order.
    pub fn is_codes(&self) -> bool {
        matches!(self.axes[..], [Axis { cells: Cells::Codes { .. }, .. }])
    }
}

/// The term of every column that has more than one bin, of those that there is time for.
pub(super) fn mains(bins: &FineBins, training: View<'_>, validation: Option<View<'_>>, ctx: &FitContext<'_>) -> Vec<Term> {
    let of = |column: usize| {
        let side = bins.features[column].count();
        let cells = |view: View<'_>| (0..view.rows()).map(|i| bins.columns[column][view.row(i)]).collect();
        (side > 1 && !ctx.check().is_stop()).then(|| Term {
            axes: vec![Axis { column, cells: Cells::of(&bins.features[column]) }],
            sides: vec![side],
            training: cells(training),
            validation: validation.map(cells).unwrap_or_default(),
        })
    };
    ctx.map(bins.features.len(), of).into_iter().flatten().collect()
}

/// Neighbouring cells of a main term joined until a pair can have them on one side.
#[derive(Debug, Clone)]
pub(super) struct Coarse {
    /// The axis with fewer cells.
    pub axis: Axis,
    /// Number of them.
    pub side: usize,
    /// The coarse cell of every fine one.
    pub of: Vec<u16>,
}

impl Coarse {
    /// Joins cells of about equal weight; rare categories join cell 0.
    pub fn new(main: &Term, weights: &[f64], side_max: usize) -> Coarse {
        let axis = &main.axes[0];
        match &axis.cells {
            Cells::Codes { levels } => {
                // Codes fall in frequency.
                let kept = (*levels as usize).min(side_max - 1);
                let of = (0..main.cells()).map(|c| if c <= kept { c as u16 } else { 0 }).collect();
                Coarse { axis: Axis { column: axis.column, cells: Cells::Codes { levels: kept as u32 } }, side: kept + 1, of }
            }
            Cells::Numbers { uppers, has_missing } => {
                let values = uppers.len() + 1;
                let (mut of, mut kept, mut own) = (Vec::new(), Vec::new(), 0.0);
                let mut left: f64 = weights[..values].iter().sum();
                let groups = side_max - usize::from(*has_missing);
                for (cell, weight) in weights[..values].iter().enumerate() {
                    of.push(kept.len() as u16);
                    own += weight;
                    let groups_left = groups - kept.len();
                    // A frequent value takes the place of one group, not of many.
                    if cell + 1 < values && groups_left > 1 && own >= left / groups_left as f64 {
                        kept.push(uppers[cell]);
                        left -= own;
                        own = 0.0;
                    }
                }
                let group = kept.len();
                if *has_missing {
                    of.push(group as u16 + 1);
                }
                let side = group + 1 + usize::from(*has_missing);
                let cells = Cells::Numbers { uppers: kept, has_missing: *has_missing };
                Coarse { axis: Axis { column: axis.column, cells }, side, of }
            }
        }
    }
}

/// The term of a pair.
pub(super) fn pair(mains: [&Term; 2], coarse: [&Coarse; 2]) -> Term {
    let [a, b] = coarse;
    let cell = |(&i, &j): (&u16, &u16)| a.of[usize::from(i)] * b.side as u16 + b.of[usize::from(j)];
    Term {
        axes: vec![a.axis.clone(), b.axis.clone()],
        sides: vec![a.side, b.side],
        training: mains[0].training.iter().zip(&mains[1].training).map(cell).collect(),
        validation: mains[0].validation.iter().zip(&mains[1].validation).map(cell).collect(),
    }
}
