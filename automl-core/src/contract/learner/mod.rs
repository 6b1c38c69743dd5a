//! What does every learner owe?
//!
//! [`CHECKS`] lists the checks by name. A test of a list of learners calls [`failures`] for each of them, or
//! [`run`] for one pair. A check is told nothing but the learner: its tasks come from
//! [`Supports`](crate::learner::Supports), its parameters from [`SearchSpace`](crate::space::SearchSpace).

mod case;
mod contributions;
mod declared;
mod fitting;
mod monotone;
mod odd_data;
mod reproducible;
mod stopping;

use crate::learner::DynLearner;

/// A check: what is wrong with the learner, or nothing.
pub type Check = fn(&'static dyn DynLearner) -> Result<(), String>;

/// Every check with its name. Names say what a learner that passes does.
pub const CHECKS: &[(&str, Check)] = &[
    ("describes_itself", declared::describes_itself),
    ("refuses_unknown_parameters", declared::refuses_unknown_parameters),
    ("has_a_sound_space", declared::has_a_sound_space),
    ("has_a_sound_cost", declared::has_a_sound_cost),
    ("fits_sampled_parameters", declared::fits_sampled_parameters),
    ("predicts_held_out_rows", declared::predicts_held_out_rows),
    ("counts_weights_exactly", declared::counts_weights_exactly),
    ("keeps_directions", monotone::keeps_directions),
    ("fits_tasks_and_forms", fitting::fits_tasks_and_forms),
    ("beats_the_prior", fitting::beats_the_prior),
    ("takes_weights", fitting::takes_weights),
    ("refuses_other_tasks", fitting::refuses_other_tasks),
    ("refuses_other_forms", fitting::refuses_other_forms),
    ("fits_constant_targets", odd_data::fits_constant_targets),
    ("fits_blank_features", odd_data::fits_blank_features),
    ("survives_few_rows", odd_data::survives_few_rows),
    ("survives_no_columns", odd_data::survives_no_columns),
    ("predicts_strange_values", odd_data::predicts_strange_values),
    ("same_bits_at_any_thread_count", reproducible::same_bits_at_any_thread_count),
    ("declares_chance", reproducible::declares_chance),
    ("same_bits_after_loading", reproducible::same_bits_after_loading),
    ("same_bits_row_by_row", reproducible::same_bits_row_by_row),
    ("predicts_no_rows", reproducible::predicts_no_rows),
    ("survives_damaged_bytes", reproducible::survives_damaged_bytes),
    ("contributions_sum_to_predictions", contributions::contributions_sum_to_predictions),
    ("honours_deadlines", stopping::honours_deadlines),
    ("honours_cancelling", stopping::honours_cancelling),
    ("honours_reports", stopping::honours_reports),
    ("cuts_to_reported_steps", stopping::cuts_to_reported_steps),
];

/// Runs one check. A panic of the learner counts as a failure; the message starts with `learner::check`.
///
/// # Errors
/// What is wrong with the learner.
pub fn run(name: &str, check: Check, learner: &'static dyn DynLearner) -> Result<(), String> {
    let outcome = case::without_panic(|| check(learner)).and_then(|checked| checked);
    outcome.map_err(|message| format!("{}::{name}: {message}", learner.id()))
}

/// Runs every check and gives the messages of those that failed.
pub fn failures(learner: &'static dyn DynLearner) -> Vec<String> {
    CHECKS.iter().filter_map(|(name, check)| run(name, *check, learner).err()).collect()
}
