//! Steps from the best points so far, and random points now and then.
//!
//! Which learner is varied follows from its expected cost for an improvement (Wang et al., "FLAML", MLSys 2021). Its best
//! point is varied in a random direction, in all parameters at once, by a step that shrinks while nothing better is found
//! and is large again after something was (after FLOW2: Wu, Wang and Huang, "Frugal optimization for cost-related
//! hyperparameters", AAAI 2021). What stands in that point and is not in the space, such as the features that were asked
//! for, stays as it is.

use rand::RngExt;

use super::{Choice, History, Proposal, Random, Sampler, TrialId};
use crate::search::trial::Trial;
use crate::seed::{Rng, rng};
use crate::space::Params;

/// Varies the best trial of a learner.
pub struct Local;

/// Every so many proposals one is drawn at random: it may find what no small step does.
const RANDOM_EVERY: u32 = 4;
/// The length of the first step in a space of one dimension, where the domain has length 1.
const STEP: f64 = 0.15;
/// What is left of a step after a trial that was no better.
const SHRINK: f64 = 0.85;
/// No step is shorter.
const STEP_MIN: f64 = 0.02;

impl Sampler for Local {
    fn suggest(&mut self, choices: &[Choice], history: &History, id: TrialId, seed: u64) -> Option<Proposal> {
        let mut rng = rng(seed);
        let courses: Vec<Course<'_>> = choices
            .iter()
            .filter(|choice| !choice.space.axes.is_empty())
            .filter_map(|choice| Course::of(choice, history, id))
            .collect();
        let Some(course) = drawn(&courses, &mut rng).filter(|_| !id.0.is_multiple_of(RANDOM_EVERY)) else {
            return Random.suggest(choices, history, id, seed);
        };
        let params = course.choice.space.near(&course.point(), course.step(), &mut rng);
        let params = course.best.params.clone().into_iter().chain(params).collect();
        Some(Proposal { name: format!("{}-local", course.choice.name), choice: course.choice.name.clone(), params })
    }
}

/// How the search over one learner has gone so far.
struct Course<'a> {
    choice: &'a Choice,
    /// Its best trial.
    best: &'a Trial,
    best_loss: f64,
    /// How much worse the best one was before.
    gain: f64,
    /// What was spent between the last two improvements.
    between: f64,
    /// What was spent since the last one.
    since: f64,
    /// Trials since the last one.
    failures: u32,
}

impl<'a> Course<'a> {
    /// The course of a learner that has a complete trial.
    fn of(choice: &'a Choice, history: &'a History, id: TrialId) -> Option<Course<'a>> {
        let mut course: Option<Course<'a>> = None;
        let mut spent = 0.0;
        for (trial, outcome) in history.known_to(id).filter(|(trial, _)| trial.choice == choice.name) {
            let cost = history.cost(outcome);
            spent += cost;
            match (&mut course, outcome.loss) {
                (Some(course), Some(loss)) if loss < course.best_loss => course.improve(trial, loss, cost),
                (Some(course), _) => course.fail(cost),
                (None, Some(loss)) => course = Some(Course::begin(choice, trial, loss, spent)),
                (None, None) => {}
            }
        }
        course
    }

    fn begin(choice: &'a Choice, best: &'a Trial, best_loss: f64, spent: f64) -> Course<'a> {
        Course { choice, best, best_loss, gain: 0.0, between: spent, since: 0.0, failures: 0 }
    }

    fn improve(&mut self, trial: &'a Trial, loss: f64, cost: f64) {
        let gain = self.best_loss - loss;
        *self = Course { gain, between: self.since + cost, ..Course::begin(self.choice, trial, loss, 0.0) };
    }

    fn fail(&mut self, cost: f64) {
        self.since += cost;
        self.failures += 1;
    }

    /// What an improvement on the best of all learners is expected to cost: as much as the last one of this learner did, or
    /// as was spent in vain since; and, where another learner is ahead, what it takes to catch up at the speed of the last
    /// improvement, twice over.
    fn expected_cost(&self, best_of_all: f64) -> f64 {
        let own = self.between.max(self.since);
        let behind = self.best_loss - best_of_all;
        if behind <= 0.0 {
            return own;
        }
        let speed = self.gain / (self.between + self.since);
        own.max(2.0 * behind / speed)
    }

    /// Where the best trial lies in the space.
    fn point(&self) -> Params {
        let value = |name: &String| self.best.params.get(name).or_else(|| self.choice.defaults.get(name)).cloned();
        let axes = self.choice.space.axes.iter();
        axes.map(|axis| (axis.name.clone(), value(&axis.name).unwrap_or_else(|| axis.start.clone()))).collect()
    }

    fn step(&self) -> f64 {
        let dimensions = self.choice.space.axes.len() as f64;
        (STEP * SHRINK.powi(self.failures as i32)).max(STEP_MIN) * dimensions.sqrt()
    }
}

/// A course drawn with a chance that is inverse to its expected cost.
fn drawn<'a, 'b>(courses: &'b [Course<'a>], rng: &mut Rng) -> Option<&'b Course<'a>> {
    let best = courses.iter().map(|course| course.best_loss).min_by(f64::total_cmp)?;
    let chances: Vec<f64> = courses.iter().map(|course| 1.0 / course.expected_cost(best)).collect();
    let mut drawn = rng.random_range(0.0..1.0) * chances.iter().sum::<f64>();
    let at = chances.iter().position(|chance| {
        drawn -= chance;
        drawn <= 0.0
    });
    at.map(|at| &courses[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Cancel;
    use crate::search::executor::mock::Mock;
    use crate::search::journal::Journal;
    use crate::search::pruner::BelowBaseline;
    use crate::search::{Budget, Study, run};
    use crate::space::SearchSpace;

    /// A bowl in ten dimensions, far from where the first trial lies, and a learner that never comes near.
    fn study(sampler: Box<dyn Sampler>, seed: u64) -> Study {
        let axes = |space: SearchSpace, i: usize| space.float(format!("x{i}"), -1.0, 1.0, 0.0);
        let choice = |name: &str| Choice {
            name: name.into(),
            space: (0..10).fold(SearchSpace::new(), axes),
            defaults: Params::new(),
            parts: 1,
        };
        let budget = Budget { trials_max: Some(150), ..Budget::unlimited(Cancel::new()) };
        Study::new(vec![choice("bowl"), choice("poor")], sampler, Box::new(BelowBaseline), budget, seed, Journal::none())
    }

    fn loss(trial: &Trial) -> f64 {
        let at = |(i, value): (usize, &serde_json::Value)| (value.as_f64().unwrap() - 0.4 + 0.05 * i as f64).powi(2);
        trial.params.values().enumerate().map(at).sum::<f64>() + if trial.choice == "poor" { 5.0 } else { 0.0 }
    }

    #[test]
    fn steps_from_the_best_point_find_more_than_chance() {
        let searched = |sampler: fn() -> Box<dyn Sampler>, seed| {
            let mut study = study(sampler(), seed);
            run(&mut study, &mut Mock::new(2, loss), &mut |_| {});
            let of_bowl = study.history().finished().filter(|(trial, _)| trial.choice == "bowl").count();
            (study.history().best_loss().unwrap(), of_bowl)
        };
        let (mut of_local, mut of_random) = (0.0, 0.0);
        for seed in 0..6 {
            let ((local, of_bowl), (random, _)) = (searched(|| Box::new(Local), seed), searched(|| Box::new(Random), seed));
            (of_local, of_random) = (of_local + local, of_random + random);
            assert!(of_bowl > 85, "seed {seed}: {of_bowl} of 150 trials are of the learner that is ahead");
        }
        assert!(of_local < 0.6 * of_random, "{of_local} and {of_random}");
    }
}
