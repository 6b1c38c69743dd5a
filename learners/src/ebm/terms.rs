//! The cells of a term: which values of one column, or of two, have the same score.

use automl_core::matrix::View;

use super::model::{Axis, Cells};
use crate::bins::{Bins, FeatureBins};

/// Cells along one side of a pair, at most.
pub(super) const PAIR_SIDE: usize = 32;

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

    /// Whether cells have no order.
    pub fn is_codes(&self) -> bool {
        matches!(self.axes[..], [Axis { cells: Cells::Codes { .. }, .. }])
    }
}

/// The term of every column that has more than one bin.
pub(super) fn mains(bins: &Bins, training: View<'_>, validation: Option<View<'_>>) -> Vec<Term> {
    let of = |(column, feature): (usize, &FeatureBins)| {
        let side = feature.count();
        let cells = |view: View<'_>| (0..view.rows()).map(|i| u16::from(bins.columns[column][view.row(i)])).collect();
        (side > 1).then(|| Term {
            axes: vec![Axis { column, cells: Cells::of(feature) }],
            sides: vec![side],
            training: cells(training),
            validation: validation.map(cells).unwrap_or_default(),
        })
    };
    bins.features.iter().enumerate().filter_map(of).collect()
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
    pub fn new(main: &Term, weights: &[f64]) -> Coarse {
        let axis = &main.axes[0];
        match &axis.cells {
            Cells::Codes { levels } => {
                // Codes fall in frequency.
                let kept = (*levels as usize).min(PAIR_SIDE - 1);
                let of = (0..main.cells()).map(|c| if c <= kept { c as u16 } else { 0 }).collect();
                Coarse { axis: Axis { column: axis.column, cells: Cells::Codes { levels: kept as u32 } }, side: kept + 1, of }
            }
            Cells::Numbers { uppers, has_missing } => {
                let values = uppers.len() + 1;
                let total: f64 = weights[..values].iter().sum();
                let (mut of, mut kept, mut group, mut before) = (Vec::new(), Vec::new(), 0, 0.0);
                let groups = PAIR_SIDE - usize::from(*has_missing);
                for (cell, weight) in weights[..values].iter().enumerate() {
                    of.push(group as u16);
                    before += weight;
                    let is_full = before >= total * (group + 1) as f64 / groups as f64;
                    if cell + 1 < values && group + 1 < groups && is_full {
                        kept.push(uppers[cell]);
                        group += 1;
                    }
                }
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
