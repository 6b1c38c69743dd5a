//! Our side: a learner through the seam that the engine uses, on a pool of its own.

use anyhow::{Context, Result};
use automl::contributions::Contributions;
use automl::fit_context::FitContext;
use automl::learner::{DynLearner, DynModel, TrainData};
use automl::matrix::{Matrix, View};
use automl::predictions::Predictions;
use automl::space::Params;
use automl::task::Target;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::timing::Seconds;

/// The learner and its threads.
pub struct Ours {
    /// The learner.
    pub learner: &'static dyn DynLearner,
    /// Its threads.
    pub pool: ThreadPool,
}

/// The seed of all fits: with whole bags and all columns nothing is drawn.
pub const SEED: u64 = 0;

impl Ours {
    /// A learner of the list, with so many threads.
    ///
    /// # Errors
    /// There is no such learner, or the threads cannot be started.
    pub fn new(id: &str, threads: usize) -> Result<Ours> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Ours { learner: automl::registry().learner(id)?, pool })
    }

    /// Fits on all threads, and how long that took from the columns on: binning is in it.
    ///
    /// # Errors
    /// The parameters or the data cannot be used.
    pub fn fit(&self, params: &Params, matrix: &Matrix, target: &Target) -> Result<(Box<dyn DynModel>, Seconds)> {
        Seconds::of(|| {
            let fresh = fresh(matrix)?;
            let mut context = FitContext::new(SEED).with_pool(&self.pool);
            self.fit_view(params, fresh.view(), target, &mut context)
        })
    }

    /// Fits rows in a context; there are no validation rows.
    ///
    /// # Errors
    /// The parameters or the data cannot be used.
    pub fn fit_view(
        &self,
        params: &Params,
        x: View<'_>,
        target: &Target,
        context: &mut FitContext<'_>,
    ) -> Result<Box<dyn DynModel>> {
        let data = TrainData { x, target, weights: None, valid: None };
        Ok(self.learner.fit(params, &data, context)?.model)
    }

    /// Predicts all rows on all threads, in blocks.
    pub fn predict(&self, model: &dyn DynModel, matrix: &Matrix) -> Predictions {
        const BLOCK: usize = 1024;
        let rows: Vec<u32> = (0..matrix.rows() as u32).collect();
        let blocks: Vec<Predictions> =
            self.pool.install(|| rows.par_chunks(BLOCK).map(|rows| model.predict(matrix.select(rows))).collect());
        let width = blocks.first().map_or(1, Predictions::width);
        Predictions::new(width, blocks.iter().flat_map(|block| block.values()).copied().collect())
    }

    /// What each column added to the scores of some rows, on all threads, in a block per thread.
    ///
    /// # Errors
    /// The model cannot tell.
    pub fn contributions(&self, model: &dyn DynModel, matrix: &Matrix, rows: &[u32]) -> Result<Contributions> {
        let block = rows.len().div_ceil(self.pool.current_num_threads()).max(1);
        let blocks: Option<Vec<Contributions>> =
            self.pool.install(|| rows.par_chunks(block).map(|rows| model.contributions(matrix.select(rows))).collect());
        let mut blocks = blocks.context("this model cannot tell what a column adds")?.into_iter();
        let mut all = blocks.next().context("there are no rows to explain; ask for at least one with --rows")?;
        blocks.for_each(|block| all.append(&block));
        Ok(all)
    }
}

/// The same columns as a matrix of its own: nothing that a learner has derived before is in it.
///
/// # Errors
/// Never; the columns are equally long.
pub fn fresh(matrix: &Matrix) -> Result<Matrix> {
    Ok(Matrix::new(matrix.rows(), matrix.columns().to_vec())?)
}
