//! The contract kit holds for learners that keep their word, and fails those that do not.

mod nameless;
mod one_rule;

use automl_core::contract::debug::DebugLearner;
use automl_core::contract::learner::{CHECKS, failures};
use automl_core::learner::DynLearner;
use nameless::Nameless;
use one_rule::{Habit, OneRule};

/// The names of the checks that fail.
fn failing(learner: &'static dyn DynLearner) -> Vec<String> {
    let name = |message: &String| message.split("::").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or("?").to_owned();
    failures(learner).iter().map(name).collect()
}

#[test]
fn the_debug_learner_keeps_its_word() {
    assert_eq!(failures(&DebugLearner), Vec::<String>::new());
}

#[test]
fn sound_learners_pass() {
    static SOUND: [OneRule; 3] = [OneRule(Habit::Sound), OneRule(Habit::Narrow), OneRule(Habit::HoldsOut)];
    for learner in &SOUND {
        assert_eq!(failures(learner), Vec::<String>::new(), "{:?}", learner.0);
    }
}

#[test]
fn each_bad_habit_fails_its_check() {
    static BAD: [(OneRule, &str); 24] = [
        (OneRule(Habit::IgnoresStop), "honours_deadlines"),
        (OneRule(Habit::IgnoresStop), "honours_cancelling"),
        (OneRule(Habit::IgnoresBestStep), "honours_reports"),
        (OneRule(Habit::IgnoresBestStep), "cuts_to_reported_steps"),
        (OneRule(Habit::PretendsToCut), "cuts_to_reported_steps"),
        (OneRule(Habit::CountsThreads), "same_bits_at_any_thread_count"),
        (OneRule(Habit::Remembers), "same_bits_at_any_thread_count"),
        (OneRule(Habit::Gambles), "declares_chance"),
        (OneRule(Habit::LooksAtBatch), "same_bits_row_by_row"),
        (OneRule(Habit::Forgets), "same_bits_after_loading"),
        (OneRule(Habit::Miscounts), "contributions_sum_to_predictions"),
        (OneRule(Habit::Trusts), "survives_damaged_bytes"),
        (OneRule(Habit::IgnoresWeights), "counts_weights_exactly"),
        (OneRule(Habit::LearnsNothing), "beats_the_prior"),
        (OneRule(Habit::SpreadsMissing), "fits_tasks_and_forms"),
        (OneRule(Habit::NeedsRows), "predicts_no_rows"),
        (OneRule(Habit::NeedsColumns), "survives_no_columns"),
        (OneRule(Habit::NeedsVariance), "fits_constant_targets"),
        (OneRule(Habit::Turns), "keeps_directions"),
        (OneRule(Habit::JudgesItself), "predicts_held_out_rows"),
        (OneRule(Habit::HidesHeldOut), "predicts_held_out_rows"),
        (OneRule(Habit::TakesAnything), "refuses_other_tasks"),
        (OneRule(Habit::TakesAnything), "refuses_other_forms"),
        (OneRule(Habit::CostsNothing), "has_a_sound_cost"),
    ];
    for (learner, check) in &BAD {
        let failing = failing(learner);
        assert!(failing.iter().any(|f| f == check), "{:?} should fail {check}, fails {failing:?}", learner.0);
    }
}

#[test]
fn a_bad_declaration_is_found() {
    assert_eq!(failing(&Nameless), ["describes_itself", "refuses_unknown_parameters", "has_a_sound_space"]);
}

#[test]
fn a_failure_names_the_learner_and_the_check() {
    static LEARNER: OneRule = OneRule(Habit::NeedsVariance);
    let messages = failures(&LEARNER);
    let message = messages.iter().find(|m| m.starts_with("one_rule::fits_constant_targets: ")).expect("it fails");
    assert!(message.contains("panicked"), "{message}");
}

#[test]
fn names_of_checks_are_unique() {
    let mut names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CHECKS.len());
}
