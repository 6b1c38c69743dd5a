//! Milliseconds that a tree of 31 leaves takes in a fit, gradients and all, once the bins are there.

use anyhow::Result;
use automl::fit_context::FitContext;

use super::{Timing, median_s};
use crate::gbdt_vs_peers::LEARNER;
use crate::gbdt_vs_peers::arrays::{Arrays, Size};
use crate::gbdt_vs_peers::settings::Settings;
use crate::versus::ours::{Ours, SEED};

/// Rows that trees are grown on.
pub const ROWS: [usize; 3] = [1_000, 10_000, 100_000];

const COLUMNS: usize = 28;
const SETTINGS: Settings = Settings { trees: 50, leaves: 31, threads: 1 };

/// Measures fits on each of some numbers of rows.
///
/// # Errors
/// A fit fails.
pub fn measure(rows: &[usize], repeats: usize, tell: &mut dyn FnMut(Timing)) -> Result<()> {
    let (ours, params) = (Ours::new(LEARNER, SETTINGS.threads)?, SETTINGS.ours());
    for &rows in rows {
        let arrays = Arrays::generate(Size { rows, columns: COLUMNS }, 1);
        let (matrix, target) = (arrays.matrix()?, arrays.target());
        let fit = || {
            let mut context = FitContext::new(SEED).with_pool(&ours.pool);
            ours.fit_view(&params, matrix.view(), &target, &mut context).map(drop)
        };
        // The matrix keeps the bins of the first fit.
        fit()?;
        let time = median_s(repeats, fit)? * 1e3 / f64::from(SETTINGS.trees);
        tell(Timing { step: format!("gbdt on {rows}x{COLUMNS}, {} leaves", SETTINGS.leaves), time, unit: "ms/tree" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn runs_tiny() {
        let mut timings = Vec::new();
        super::measure(&[200, 300], 1, &mut |timing| timings.push(timing)).unwrap();
        assert!(timings.len() == 2 && timings.iter().all(|t| t.time > 0.0), "{timings:?}");
    }
}
