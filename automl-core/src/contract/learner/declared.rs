//! What a learner says about itself is true.

use serde_json::json;

use super::case::{Case, SEED, cases, cases_of_all_forms, first_distance, squared_error};
use crate::contract::debug::prior;
use crate::contract::tasks::{self, Sample};
use crate::fit_context::FitContext;
use crate::learner::{Cost, DynLearner, TrainData};
use crate::matrix::Shape;
use crate::page;
use crate::predictions::Predictions;
use crate::seed::{derive, rng};
use crate::space::{Params, SearchSpace};

/// The id is in lower snake case, the version is at least 1, and the reference page begins with a sentence,
/// has a section on parameters and names every one of them.
pub(super) fn describes_itself(learner: &'static dyn DynLearner) -> Result<(), String> {
    let id = learner.id();
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(letters) {
        return Err(format!("the id `{id}` is not in lower snake case"));
    }
    if learner.version() == 0 {
        return Err("versions start at 1".to_owned());
    }
    let text = learner.page();
    if !page::summary(&text).ends_with('.') {
        return Err(format!("the reference page does not begin with a sentence: `{}`", page::summary(&text)));
    }
    for heading in ["What it is", "When it wins", "Cost", "Parameters", "References"] {
        if !text.lines().any(|l| l.starts_with('#') && l.trim_start_matches('#').trim() == heading) {
            return Err(format!("the reference page has no section `{heading}`"));
        }
    }
    match learner.default_params().keys().find(|name| !text.contains(&format!("`{name}`"))) {
        Some(name) => Err(format!("the reference page does not name the parameter `{name}`")),
        None => Ok(()),
    }
}

/// A parameter that does not exist, or of the wrong type, is an error with the id of the learner in it.
pub(super) fn refuses_unknown_parameters(learner: &'static dyn DynLearner) -> Result<(), String> {
    let shape = shapes()[0];
    let mut wrong: Vec<(String, serde_json::Value)> = vec![("no_such_parameter".to_owned(), json!(1))];
    wrong.extend(learner.default_params().keys().map(|name| (name.clone(), json!({"not": ["of", "this", "type"]}))));
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(30);
        for (name, value) in &wrong {
            let params: Params = [(name.clone(), value.clone())].into_iter().collect();
            let Err(error) = case.fit_with(&sample, &params, &mut FitContext::new(SEED)) else {
                return Err(case.because(format!("`{name}`: {value} was accepted")));
            };
            let Err(cost_error) = learner.cost(&params, shape).map_err(|e| e.to_string()) else {
                return Err(format!("`{name}`: {value} has a cost"));
            };
            if [&error, &cost_error].into_iter().any(|e| !e.contains(learner.id()) || e.contains("panicked")) {
                return Err(format!("`{name}`: {value}: the message does not name the learner: {error}; {cost_error}"));
            }
        }
    }
    Ok(())
}

/// From tiny to large, narrow and wide, with and without sparse features.
fn shapes() -> [Shape; 5] {
    let shape = |rows, columns, nonzeros, outputs| Shape { rows, columns, width: columns + nonzeros / 10, nonzeros, outputs };
    [shape(60, 5, 0, 1), shape(2, 1, 0, 2), shape(5_000, 40, 0, 2), shape(1_000_000, 300, 5_000_000, 10), shape(300, 9_000, 0, 1)]
}

/// The start and what is drawn at random lie in the space and can be parsed; the start is cheap beside
/// what is drawn; every axis is a parameter; and the space is the same when asked again.
pub(super) fn has_a_sound_space(learner: &'static dyn DynLearner) -> Result<(), String> {
    const SAMPLES: usize = 50;
    // A search starts with what is cheap, but a learner may start with a path of ten penalties in one fit.
    const START_TO_MEDIAN_MAX: f64 = 10.0;
    let defaults = learner.default_params();
    for (k, shape) in shapes().into_iter().enumerate() {
        let space = learner.space(shape);
        if space != learner.space(shape) {
            return Err(format!("asked twice, the space of {shape:?} differs"));
        }
        if let Some(axis) = space.axes.iter().find(|a| !defaults.contains_key(&a.name)) {
            return Err(format!("the space has `{}`, which is no parameter", axis.name));
        }
        let start = work(learner, &space, &space.start(), shape)?;
        let mut random = rng(derive(SEED, k as u64));
        let mut drawn = Vec::new();
        for _ in 0..SAMPLES {
            drawn.push(work(learner, &space, &space.sample(&mut random), shape)?);
        }
        drawn.sort_by(f64::total_cmp);
        let median = drawn[SAMPLES / 2];
        if start > START_TO_MEDIAN_MAX * median {
            return Err(format!("{shape:?}: the start is {start:.3e} work, where half of the space is below {median:.3e}"));
        }
    }
    Ok(())
}

fn work(learner: &dyn DynLearner, space: &SearchSpace, params: &Params, shape: Shape) -> Result<f64, String> {
    space.check(params).map_err(|e| format!("{params:?}: {e}"))?;
    cost(learner, params, shape).map(|cost| cost.work)
}

/// A cost that is positive and finite.
fn cost(learner: &dyn DynLearner, params: &Params, shape: Shape) -> Result<Cost, String> {
    let cost = learner.cost(params, shape).map_err(|e| format!("{params:?}: {e}"))?;
    let sound = cost.work.is_finite() && cost.work > 0.0 && cost.memory_bytes > 0 && cost.memory_bytes < 1 << 50;
    if sound { Ok(cost) } else { Err(format!("{params:?} for {shape:?}: {cost:?} is no cost")) }
}

/// The cost is positive and finite, for the defaults and for drawn parameters, and grows with the rows.
pub(super) fn has_a_sound_cost(learner: &'static dyn DynLearner) -> Result<(), String> {
    for shape in shapes() {
        let mut random = rng(SEED);
        let space = learner.space(shape);
        for params in [Params::new(), learner.default_params(), space.start(), space.sample(&mut random)] {
            let small = cost(learner, &params, shape)?;
            let large = cost(learner, &params, Shape { rows: 2 * shape.rows, nonzeros: 2 * shape.nonzeros, ..shape })?;
            if large.work < small.work || large.memory_bytes < small.memory_bytes {
                return Err(format!("{params:?}: {small:?} for {shape:?} shrinks to {large:?} for twice the rows"));
            }
        }
    }
    Ok(())
}

/// Points drawn from the space are not only parsed but fitted.
pub(super) fn fits_sampled_parameters(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(60);
        let space = learner.space(sample.matrix.shape(sample.target.width()));
        let mut random = rng(SEED);
        for _ in 0..4 {
            let params = space.sample(&mut random);
            let fitted = case.fit_with(&sample, &params, &mut FitContext::new(SEED)).map_err(|e| format!("{params:?}: {e}"))?;
            let predicted = case.predict(&*fitted.model, sample.valid_view(), sample.n_classes());
            predicted.map_err(|e| format!("{params:?}: {e}"))?;
        }
    }
    Ok(())
}

/// Held-out predictions are there if they are declared, and only then. They are honest: where there is
/// nothing to learn, they are no better than the prior, up to chance.
pub(super) fn predicts_held_out_rows(learner: &'static dyn DynLearner) -> Result<(), String> {
    let declared = learner.supports().held_out;
    for case in cases(learner) {
        let sample = tasks::noise(case.kind, &case.forms, 180, SEED);
        let fitted = case.fit_with(&sample, &Params::new(), &mut FitContext::new(SEED))?;
        match (declared, fitted.held_out) {
            (false, None) => {}
            (true, Some(held_out)) => is_honest(&case, &sample, &held_out)?,
            (true, None) => return Err(case.because("declared but not there")),
            (false, Some(_)) => return Err(case.because("there but not declared")),
        }
    }
    Ok(())
}

fn is_honest(case: &Case, sample: &Sample, held_out: &Predictions) -> Result<(), String> {
    // Honest predictions of noise are a little worse than the prior; 120 rows spread them by some percent.
    const SHARE_MIN: f64 = 0.9;
    let truth = sample.train_target();
    held_out.validate(truth.len(), sample.n_classes()).map_err(|e| case.because(e))?;
    let constant = prior(&truth, None);
    let baseline = squared_error(&truth, &Predictions::new(constant.len(), constant.repeat(truth.len())));
    let error = squared_error(&truth, held_out);
    if error < SHARE_MIN * baseline {
        return Err(case.because(format!("squared error {error:.4} on noise, where the prior has {baseline:.4}: not honest")));
    }
    Ok(())
}

/// If it is declared, a row of weight 2 is that row twice, and weights of 1 are none.
pub(super) fn counts_weights_exactly(learner: &'static dyn DynLearner) -> Result<(), String> {
    if !learner.supports().exact_weights {
        return Ok(());
    }
    for case in cases(learner) {
        let sample = case.easy(120);
        let params = case.start(&sample);
        let fit = |rows: &[u32], weights: Option<&[f64]>| {
            let target = sample.target.select(rows);
            let data = TrainData { x: sample.matrix.select(rows), target: &target, weights, valid: None };
            let fitted = case.fit_data(&params, &data, &mut FitContext::new(SEED))?;
            case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())
        };
        let rows = &sample.train;
        let twice = |i: usize| i.is_multiple_of(3);
        let weights: Vec<f64> = (0..rows.len()).map(|i| if twice(i) { 2.0 } else { 1.0 }).collect();
        let repeated: Vec<u32> = rows.iter().copied().chain((0..rows.len()).filter(|&i| twice(i)).map(|i| rows[i])).collect();
        if let Some(difference) = first_distance(&fit(&repeated, None)?, &fit(rows, Some(&weights))?) {
            return Err(case.because(format!("rows twice and of weight 2: {difference}")));
        }
        if let Some(difference) = first_distance(&fit(rows, None)?, &fit(rows, Some(&vec![1.0; rows.len()]))?) {
            return Err(case.because(format!("without weights and with weights of 1: {difference}")));
        }
    }
    Ok(())
}
