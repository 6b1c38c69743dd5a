//! The features of a run, each made once: by the first trial that needs them, while others wait.
//!
//! What does not see the target is learned once from all rows and shared by all folds (with an order in time, once per
//! fold, so that it does not see the future). What sees the target, a selection of features too, is learned from the
//! training rows of each fold alone. What is made for no fold is learned from all rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::data::FitData;
use super::first_model::FirstModel;
use crate::error::{Error, Result};
use crate::featurizer::Residuals;
use crate::learner::DynLearner;
use crate::matrix::{Column, Matrix};
use crate::pipeline::{FeatureParams, Featurization, Recipe, SharedColumns, Supervision};
use crate::registry::Registry;
use crate::seed::derive;
use crate::selection::{Selection, important};

/// Learned features and all rows in their form.
pub(super) struct Featurized {
    pub featurization: Arc<Featurization>,
    pub matrix: Matrix,
}

/// Features depend on the recipe, and on the fold where they may not be shared.
type Key = (String, Option<u32>);
type Slot<T> = Arc<OnceLock<Result<Arc<T>>>>;

/// The features of a run.
pub(super) struct Features {
    pool: ThreadPool,
    seed: u64,
    first_model: Option<FirstModel>,
    made: Mutex<HashMap<Key, Slot<Featurized>>>,
    residuals: Mutex<HashMap<Option<u32>, Slot<Residuals>>>,
}

impl Features {
    /// Features that are made on so many threads. The first model is the one whose residuals featurizers are shown.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn new(threads: usize, seed: u64, first_model: Option<FirstModel>) -> Result<Features> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|e| Error::internal(format!("no threads: {e}")))?;
        Ok(Features { pool, seed, first_model, made: Mutex::default(), residuals: Mutex::default() })
    }

    /// The features of a fold for a learner, or without one those of a fit to all rows. A learner that holds out rows
    /// itself gets none that see the target, and all that do not.
    ///
    /// # Errors
    /// A featurizer failed.
    pub fn of(
        &self,
        data: &FitData,
        registry: &Registry,
        (learner, holds_out): (&dyn DynLearner, bool),
        params: &FeatureParams,
        fold: Option<u32>,
    ) -> Result<Arc<Featurized>> {
        let recipe = Recipe::plan(&data.schema, learner.supports().forms, registry, params);
        let recipe = recipe.reading_only(|column| data.directions.holds(column));
        let (shared, supervised) = recipe.split_by_target();
        let shared_by = if data.shares_features() { None } else { fold };
        let base = once(&self.made, (shared.key(), shared_by), || self.make(data, &shared, shared_by))?;
        if holds_out {
            return Ok(base);
        }
        let key = format!("{}{}", shared.key(), supervised.key());
        let all = if supervised.is_empty() {
            base
        } else {
            once(&self.made, (key.clone(), fold), || {
                let residuals = if supervised.uses_residuals() { Some(self.residuals(data, registry, fold)?) } else { None };
                self.add(data, &base, &supervised, residuals.as_deref(), fold)
            })?
        };
        match params.selection {
            None => Ok(all),
            Some(chosen) => once(&self.made, (format!("{key}{chosen:?}"), fold), || self.select(data, &all, chosen, fold)),
        }
    }

    fn make(&self, data: &FitData, recipe: &Recipe, fold: Option<u32>) -> Result<Featurized> {
        let view = data.frame.view();
        let (featurization, matrix) = match fold {
            None => self.pool.install(|| recipe.fit_matrix(view, self.seed))?,
            Some(_) => {
                let train = data.frame.select(&data.fold(fold).train);
                let (featurization, _) = self.pool.install(|| recipe.fit(train, None, self.seed))?;
                let matrix = featurization.transform(view)?;
                (featurization, matrix)
            }
        };
        Ok(Featurized { featurization: Arc::new(featurization), matrix })
    }

    /// The features of a fold with those that see the target behind them.
    fn add(
        &self,
        data: &FitData,
        base: &Featurized,
        recipe: &Recipe,
        residuals: Option<&Residuals>,
        fold: Option<u32>,
    ) -> Result<Featurized> {
        let fold_rows = data.fold(fold);
        let target = data.target.select(&fold_rows.train);
        let supervision = Supervision { target: &target, residuals };
        let seed = self.seed_of(fold);
        let train = data.frame.select(&fold_rows.train);
        let (added, train) = self.pool.install(|| recipe.fit(train, Some(supervision), seed))?;
        let valid = added.transform(data.frame.select(&fold_rows.valid))?;
        let rows = [&fold_rows.train[..], &fold_rows.valid[..]];
        let parts = train.iter().zip(valid.columns());
        let columns: SharedColumns = parts
            .map(|(train, valid)| Ok(Arc::new(together(base.matrix.rows(), rows, [train, valid])?)))
            .collect::<Result<_>>()?;
        let steps = base.featurization.steps.iter().cloned().chain(added.steps).collect();
        Ok(Featurized {
            featurization: Arc::new(Featurization { steps, kept: None }),
            matrix: base.matrix.with_columns(columns)?,
        })
    }

    /// The features that are chosen by the training rows of a fold. A column with a direction stays: its learner asks for it.
    fn select(&self, data: &FitData, all: &Featurized, selection: Selection, fold: Option<u32>) -> Result<Featurized> {
        let train = &data.fold(fold).train;
        let features = all.featurization.features();
        let stays = |j: usize| features[j].sources.iter().any(|column| data.directions.holds(column));
        let (x, target) = (all.matrix.select(train), data.target.select(train));
        let seed = self.seed_of(fold);
        let mut kept = self.pool.install(|| selection.columns(x, &target, stays, seed));
        if let (Selection::Permutation, Some(first)) = (selection, &self.first_model) {
            let is_judged = |j: &u32| !stays(*j as usize) && !matches!(*all.matrix.columns()[*j as usize], Column::Sparse(_));
            let (judged, mut stay): (Vec<u32>, Vec<u32>) = kept.into_iter().partition(is_judged);
            let few = all.matrix.select_columns(&judged);
            let rises = self.pool.install(|| first.rises_without(data, &few, fold, seed))?;
            stay.extend(judged.iter().zip(important(&rises)).filter(|(_, important)| *important).map(|(&j, _)| j));
            stay.sort_unstable();
            kept = stay;
        }
        let featurization = Arc::new(all.featurization.keeping(&kept));
        Ok(Featurized { featurization, matrix: all.matrix.select_columns(&kept) })
    }

    fn residuals(&self, data: &FitData, registry: &Registry, fold: Option<u32>) -> Result<Arc<Residuals>> {
        once(&self.residuals, fold, || {
            let Some(first) = &self.first_model else { return Ok(Residuals::default()) };
            let features = self.of(data, registry, (first.learner, false), &FeatureParams::default(), fold)?;
            first.residuals(data, &features.matrix, fold, self.seed_of(fold))
        })
    }

    fn seed_of(&self, fold: Option<u32>) -> u64 {
        derive(self.seed, fold.map_or(u64::MAX, u64::from))
    }
}

/// The value of that key, made by the first who asks while others wait.
fn once<K: std::hash::Hash + Eq, T>(
    slots: &Mutex<HashMap<K, Slot<T>>>,
    key: K,
    make: impl FnOnce() -> Result<T>,
) -> Result<Arc<T>> {
    let slot = slots.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
    slot.get_or_init(|| make().map(Arc::new)).clone()
}

/// One column of all rows from those of some of them; rows that are in neither part are missing.
fn together(rows: usize, parts: [&[u32]; 2], columns: [&Arc<Column>; 2]) -> Result<Column> {
    match columns.map(|column| &**column) {
        [Column::Numeric(a), Column::Numeric(b)] => Ok(Column::Numeric(scattered(rows, parts, [a, b], f32::NAN))),
        [Column::Codes { codes: a, levels }, Column::Codes { codes: b, .. }] => {
            Ok(Column::Codes { codes: scattered(rows, parts, [a, b], 0), levels: *levels })
        }
        _ => Err(Error::internal("a featurizer that sees the target gives numbers or codes only")),
    }
}

fn scattered<T: Copy>(rows: usize, parts: [&[u32]; 2], values: [&[T]; 2], missing: T) -> Vec<T> {
    let mut all = vec![missing; rows];
    for (rows, values) in parts.into_iter().zip(values) {
        rows.iter().zip(values).for_each(|(&row, &value)| all[row as usize] = value);
    }
    all
}
