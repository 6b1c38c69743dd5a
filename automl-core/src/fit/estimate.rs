//! Which rows of a fit the estimate of its model is made of, and how long it may take.

use rayon::ThreadPoolBuilder;

use super::data::FitData;
use super::ranking::STEPS;
use crate::clock::Deadline;
use crate::ensemble::{self, Blend, Candidates, Estimate};
use crate::split::Rule;

/// What score a model that was chosen will have on new rows. `None` where time or rows do not suffice.
pub(super) fn estimate(
    candidates: &Candidates,
    blend: &Blend,
    data: &FitData,
    (seed, threads): (u64, usize),
    deadline: &Deadline,
) -> Option<Estimate> {
    // As many new rows as are often kept to test a model: three are learned from for each of them.
    let rows = data.target.len() / 3;
    let units = units(data);
    let chosen = ensemble::Chosen { blend, steps: STEPS, units: units.as_deref(), rows, folds: data.split.folds.len() };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().ok()?;
    pool.install(|| ensemble::estimate(candidates, chosen, seed, deadline))
}

/// Which of the scored rows belong together: those of a group, and those that follow each other in time.
fn units(data: &FitData) -> Option<Vec<u32>> {
    let of_scored = |codes: &[u32]| data.scored.iter().map(|&row| codes[row as usize]).collect::<Vec<u32>>();
    match (&data.roles.groups, &data.roles.time) {
        (Some(groups), _) => Some(of_scored(groups)),
        (None, Some(time)) if data.split.rule == Rule::Time => Some(stretches(&of_scored(time))),
        _ => None,
    }
}

/// Rows in the order of time, cut into stretches of the cube root of their number (Künsch, 1989): what follows each other is
/// alike, so that single rows would vary too little.
fn stretches(time: &[u32]) -> Vec<u32> {
    let length = (time.len() as f64).cbrt().ceil() as usize;
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_by_key(|&row| time[row]);
    let mut stretch = vec![0; time.len()];
    for (place, row) in order.into_iter().enumerate() {
        stretch[row] = (place / length.max(1)) as u32;
    }
    stretch
}
