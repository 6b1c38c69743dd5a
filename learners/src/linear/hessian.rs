//! Second derivatives of the mean loss plus the penalty.

use std::ops::Range;

use automl_core::fit_context::FitContext;
use ndarray::{Array2, s};

use super::gram::{add_products, add_rows, add_up, push_row};
use super::objective::{Loss, Objective};
use crate::head::{logistic, softmax};

/// What a direction without curvature and penalty gets, relative to the largest curvature.
const FLOOR: f64 = 1e-9;

impl Objective<'_> {
    /// The matrix, divided by the total weight like the gradient; `None` when the context says stop.
    pub fn hessian(&self, ctx: &FitContext<'_>, parameters: &[f64]) -> Option<Array2<f64>> {
        let of_rows = |rows: Range<usize>, own: &mut Array2<f64>| {
            let mut margins = vec![0.0; rows.len() * self.outputs];
            self.margins(rows.clone(), parameters, &mut margins);
            if self.outputs == 1 { self.of_margin(rows, &margins, own) } else { self.of_classes(rows, &mut margins, own) }
        };
        let mut hessian = add_up(self.design.rows, self.parameters(), ctx, of_rows)?;
        hessian /= self.design.total_weight;
        let floor = FLOOR * hessian.diag().iter().fold(0.0, |m: f64, v| v.max(m));
        let penalised = self.parameters() - self.outputs;
        for (j, diagonal) in hessian.diag_mut().iter_mut().enumerate() {
            *diagonal += floor + if j < penalised { self.l2 / self.design.total_weight } else { 0.0 };
        }
        Some(hessian)
    }

    /// One margin: the products of the rows, times the curvature of the loss.
    fn of_margin(&self, rows: Range<usize>, margins: &[f64], own: &mut Array2<f64>) {
        let factors = rows.zip(margins).map(|(row, margin)| (row, self.curvature(*margin) * self.design.weights[row]));
        add_rows(self.design, factors, None, own);
    }

    fn curvature(&self, margin: f64) -> f64 {
        match self.loss {
            Loss::Poisson(_) => margin.exp(),
            Loss::Binary(_) => {
                let p = logistic(margin);
                p * (1.0 - p)
            }
            Loss::Squared(_) | Loss::Quantile(..) | Loss::Softmax(_) => 1.0,
        }
    }

    /// Several classes: with the probabilities `p` of a row, the products of the row times `diag(p) - ppᵀ`.
    fn of_classes(&self, rows: Range<usize>, margins: &mut [f64], own: &mut Array2<f64>) {
        let (m, width) = (self.outputs, self.design.width() + 1);
        margins.chunks_exact_mut(m).for_each(softmax);
        let mut all = Vec::with_capacity(rows.len() * width * m);
        let mut row_values = Vec::with_capacity(width);
        for (row, p) in rows.clone().zip(margins.chunks_exact(m)) {
            row_values.clear();
            push_row(self.design, row, self.design.weights[row].sqrt(), &mut row_values);
            row_values.iter().for_each(|x| all.extend(p.iter().map(|p| x * p)));
        }
        add_products(&all, width * m, -1.0, own);
        for k in 0..m {
            let factors = rows.clone().zip(margins.chunks_exact(m)).map(|(row, p)| (row, self.design.weights[row] * p[k]));
            let mut of_class = Array2::zeros((width, width));
            add_rows(self.design, factors, None, &mut of_class);
            let mut places = own.slice_mut(s![k..;m, k..;m]);
            places += &of_class;
        }
    }
}
