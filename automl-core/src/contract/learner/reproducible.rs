//! The same bits, whatever the number of threads, the trip through a file, and the other rows.

use rand::RngExt;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::case::{Case, SEED, cases, cases_of_all_forms, first_difference, without_panic};
use crate::contract::tasks::{self, Sample};
use crate::fit_context::FitContext;
use crate::learner::DynLearner;
use crate::matrix::{Column, Csr, Matrix};
use crate::seed::rng;

/// Fits with no pool and with pools of 1 and 4 threads are the same model, byte for byte.
pub(super) fn same_bits_at_any_thread_count(learner: &'static dyn DynLearner) -> Result<(), String> {
    let (one, four) = (pool(1)?, pool(4)?);
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(450);
        let fit = |pool: Option<&ThreadPool>| {
            // Nothing that one fit derives from the matrix may help the next.
            let sample = Sample { matrix: sample.fresh_matrix(), ..sample.clone() };
            let ctx = FitContext::new(SEED);
            let mut ctx = if let Some(pool) = pool { ctx.with_pool(pool) } else { ctx };
            let fitted = case.fit_with(&sample, &case.start(&sample), &mut ctx)?;
            let bytes = fitted.model.to_bytes().map_err(|e| case.because(e))?;
            Ok::<_, String>((bytes, case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())?, fitted.held_out))
        };
        let reference = fit(None)?;
        for (threads, pool) in [(1, Some(&one)), (4, Some(&four)), (4, Some(&four))] {
            let other = fit(pool)?;
            if let Some(difference) = first_difference(&reference.1, &other.1) {
                return Err(case.because(format!("with {threads} threads predictions change: {difference}")));
            }
            if reference.0 != other.0 {
                return Err(case.because(format!("with {threads} threads the bytes of the model change")));
            }
            if reference.2 != other.2 {
                return Err(case.because(format!("with {threads} threads held-out predictions change")));
            }
        }
    }
    Ok(())
}

/// If it is not declared that fits differ by chance, those with another seed predict the same.
pub(super) fn declares_chance(learner: &'static dyn DynLearner) -> Result<(), String> {
    if learner.supports().random {
        return Ok(());
    }
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(450);
        let predicted = |seed: u64| {
            let fitted = case.fit_with(&sample, &case.start(&sample), &mut FitContext::new(seed))?;
            case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())
        };
        if let Some(difference) = first_difference(&predicted(SEED)?, &predicted(SEED + 1)?) {
            return Err(case.because(format!("with another seed predictions change: {difference}")));
        }
    }
    Ok(())
}

fn pool(threads: usize) -> Result<ThreadPool, String> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| e.to_string())
}

/// A model that was written and read predicts the same bits, on a matrix that it has never seen.
pub(super) fn same_bits_after_loading(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases(learner) {
        let sample = case.easy(90);
        let fitted = case.fit(&sample)?;
        let before = case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())?;
        let bytes = fitted.model.to_bytes().map_err(|e| case.because(e))?;
        let loaded = learner.load(&bytes).map_err(|e| case.because(e))?;
        loaded.validate(sample.matrix.columns().len()).map_err(|e| case.because(format!("validate: {e}")))?;
        let fresh = sample.fresh_matrix();
        let after = case.predict(&*loaded, fresh.select(&sample.valid), sample.n_classes())?;
        if let Some(difference) = first_difference(&before, &after) {
            return Err(case.because(format!("before and after loading {difference}")));
        }
        if loaded.to_bytes().map_err(|e| case.because(e))? != bytes {
            return Err(case.because("written again, the loaded model has other bytes"));
        }
    }
    Ok(())
}

/// A row is predicted the same alone, in a matrix of one row, and among others.
pub(super) fn same_bits_row_by_row(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases(learner) {
        let sample = case.easy(90);
        let fitted = case.fit(&sample)?;
        let batch = case.predict(&*fitted.model, sample.matrix.view(), sample.n_classes())?;
        for i in (0..90).step_by(4) {
            let expected = batch.select(&[i]);
            let alone = case.predict(&*fitted.model, sample.matrix.select(&[i]), sample.n_classes())?;
            let single = one_row(&sample.matrix, i as usize);
            let single = case.predict(&*fitted.model, single.view(), sample.n_classes())?;
            for (place, found) in [("in a view", &alone), ("in a matrix", &single)] {
                if let Some(difference) = first_difference(&expected, found) {
                    return Err(case.because(format!("row {i} in a batch and alone {place}: {difference}")));
                }
            }
        }
    }
    Ok(())
}

fn one_row(matrix: &Matrix, i: usize) -> Matrix {
    let columns = matrix.columns().iter().map(|column| match &**column {
        Column::Numeric(values) => Column::Numeric(vec![values[i]]),
        Column::Codes { codes, levels } => Column::Codes { codes: vec![codes[i]], levels: *levels },
        Column::Sparse(csr) => {
            let (indices, values) = csr.row(i);
            let mut row = Csr::new(csr.width());
            row.push_row(indices.iter().copied().zip(values.iter().copied()));
            Column::Sparse(row)
        }
    });
    tasks::matrix(1, columns.collect())
}

/// No rows in, no rows out.
pub(super) fn predicts_no_rows(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases(learner) {
        let sample = case.easy(90);
        let fitted = case.fit(&sample)?;
        case.predict(&*fitted.model, sample.matrix.select(&[]), sample.n_classes())?;
    }
    Ok(())
}

/// Bytes that were cut or changed are refused, or give a model that predicts and explains something: never a panic.
pub(super) fn survives_damaged_bytes(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(60);
        let bytes = case.fit(&sample)?.model.to_bytes().map_err(|e| case.because(e))?;
        for k in 0..40 {
            let cut = bytes.len() * k / 40;
            use_loaded(&case, &sample, &bytes[..cut]).map_err(|p| case.because(format!("cut at byte {cut}: {p}")))?;
        }
        let mut random = rng(SEED);
        for _ in 0..400 {
            let mut damaged = bytes.clone();
            let at = random.random_range(0..damaged.len());
            damaged[at] = if random.random() { damaged[at] ^ (1 << random.random_range(0..8)) } else { random.random() };
            let change = format!("byte {at} of {} changed from {} to {}", bytes.len(), bytes[at], damaged[at]);
            use_loaded(&case, &sample, &damaged).map_err(|p| case.because(format!("{change}: {p}")))?;
        }
        // A sound model in front of a narrower table.
        let narrow = Matrix::new(60, sample.matrix.columns()[..sample.matrix.columns().len() - 1].to_vec());
        let narrow = Sample { matrix: narrow.map_err(|e| e.to_string())?, ..sample };
        use_loaded(&case, &narrow, &bytes).map_err(|p| case.because(format!("with a column less: {p}")))?;
    }
    Ok(())
}

/// Does what a reader of artifacts does: load, validate, predict, explain; an error ends it.
fn use_loaded(case: &Case, sample: &Sample, bytes: &[u8]) -> Result<(), String> {
    without_panic(|| {
        let Ok(model) = case.learner.load(bytes) else { return };
        if model.validate(sample.matrix.columns().len()).is_ok() {
            model.predict(sample.valid_view());
            model.contributions(sample.valid_view());
        }
    })
}
