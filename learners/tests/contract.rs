//! Every learner in the list keeps the contract: one test per check, over all learners.

use automl_core::contract::learner::{CHECKS, run};
use automl_learners::ALL;

/// Runs one check for every learner and names all pairs that fail.
fn hold(name: &str) {
    let (_, check) = CHECKS.iter().find(|(known, _)| *known == name).expect("the name of a check");
    let failures: Vec<String> = ALL.iter().filter_map(|learner| run(name, *check, *learner).err()).collect();
    assert!(failures.is_empty(), "{} of {} learners fail:\n{}", failures.len(), ALL.len(), failures.join("\n"));
}

macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                hold(stringify!($name));
            }
        )*

        #[test]
        fn no_check_is_left_out() {
            let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

checks! {
    describes_itself,
    refuses_unknown_parameters,
    has_a_sound_space,
    has_a_sound_cost,
    fits_sampled_parameters,
    predicts_held_out_rows,
    counts_weights_exactly,
    keeps_directions,
    fits_tasks_and_forms,
    beats_the_prior,
    takes_weights,
    refuses_other_tasks,
    refuses_other_forms,
    fits_constant_targets,
    fits_blank_features,
    survives_few_rows,
    survives_no_columns,
    predicts_strange_values,
    same_bits_at_any_thread_count,
    declares_chance,
    same_bits_after_loading,
    same_bits_row_by_row,
    predicts_no_rows,
    survives_damaged_bytes,
    contributions_sum_to_predictions,
    honours_deadlines,
    honours_cancelling,
    honours_reports,
    cuts_to_reported_steps,
}

#[test]
fn no_id_stands_twice() {
    let mut ids: Vec<&str> = ALL.iter().map(|learner| learner.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), ALL.len());
}
