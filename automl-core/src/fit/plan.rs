//! What is decided before the first trial: how rows are held out, and which pipelines are tried.

use std::cell::OnceCell;

use serde_json::Value;

use super::asked::Asked;
use super::data::FitData;
use super::monotone;
use crate::config::{FitConfig, Preset};
use crate::error::Result;
use crate::findings::skewness_and_kurtosis;
use crate::frame::Frame;
use crate::learner::DynLearner;
use crate::matrix::Shape;
use crate::pipeline::{FEATURES, FeatureParams, Recipe};
use crate::portfolio::{Line, Portfolio};
use crate::registry::Registry;
use crate::schema::{Kind, Schema};
use crate::search::sampler::Proposal;
use crate::search::{Ended, Study};
use crate::space::SearchSpace;
use crate::split::Strategy;
use crate::target_transform::TargetTransform;
use crate::task::Target;

/// The pipelines to try, in order: the lines of the portfolio for this task and size, and behind the first
/// real one, with its defaults, every learner that has no line at all or is named and has none here.
///
/// # Errors
/// An unknown learner in the configuration.
pub(super) fn lines(
    config: &FitConfig,
    portfolio: &Portfolio,
    registry: &Registry,
    (schema, frame, target): (&Schema, &Frame, &Target),
) -> Result<Vec<Line>> {
    let (task, rows) = (target.kind(), target.len());
    for id in config.learners.iter().chain(&config.exclude_learners) {
        registry.learner(id)?;
    }
    let counted = OnceCell::new();
    let levels = || *counted.get_or_init(|| most_levels(schema, frame));
    let features = schema.features().count();
    let is_named = |id: &str| config.learners.iter().any(|named| named == id);
    let mut lines: Vec<Line> = portfolio
        .fitting(task, rows)
        .filter(|l| registry.learner(&l.learner).is_ok() && (!l.on_request || is_named(&l.learner)))
        .filter(|l| l.features_min.is_none_or(|least| features >= least))
        .filter(|l| has_a_point(l, registry, schema, target) && l.levels_min.is_none_or(|least| levels() >= least))
        .cloned()
        .collect();
    let has_line = |lines: &[Line], id: &str| lines.iter().any(|line| line.learner == id);
    let extra: Vec<Line> = registry
        .learners()
        .iter()
        .map(|l| l.id())
        .filter(|id| !has_line(if is_named(id) { &lines } else { &portfolio.lines }, id))
        .map(Line::of_learner)
        .collect();
    let at = lines.len().min(2);
    lines.splice(at..at, extra);
    let baseline = lines.first().map(|l| l.learner.clone());
    lines.retain(|line| {
        let id = &line.learner;
        let wanted = config.learners.is_empty() || config.learners.contains(id) || Some(id) == baseline.as_ref();
        let is_able = registry.learner(id).is_ok_and(|l| l.supports().tasks.contains(&task) && monotone::is_kept_by(l, config));
        wanted && !config.exclude_learners.contains(id) && is_able
    });
    if config.preset == Preset::Fast {
        const LINES_FAST: usize = 4;
        lines.truncate(LINES_FAST);
    }
    Ok(lines)
}

/// The number of distinct values of the column of categories that has most.
fn most_levels(schema: &Schema, frame: &Frame) -> usize {
    let columns = schema.features().filter(|f| f.kind == Kind::Categorical || f.is_code);
    columns.filter_map(|f| frame.column(&f.name).ok()?.n_unique().ok()).max().unwrap_or(0)
}

/// Whether what a line asks for is there and does something: featurizers that find columns, and a transform for a target
/// that is skewed.
fn has_a_point(line: &Line, registry: &Registry, schema: &Schema, target: &Target) -> bool {
    let Ok(asked) = Asked::parse(&line.params, registry) else { return false };
    let finds_columns = |id: &String| registry.featurizer(id).is_ok_and(|f| !f.plan(schema).is_empty());
    asked.features.asked.iter().all(finds_columns) && asked.transform.is_none_or(|transform| suits(transform, target))
}

/// Whether a target is skewed enough for a transform: the exponential distribution has a skewness of 2.
fn suits(transform: TargetTransform, target: &Target) -> bool {
    const SKEWNESS_MIN: f64 = 1.0;
    let Target::Numbers(values) = target else { return false };
    transform.is_possible(values) && skewness_and_kurtosis(values).0.abs() > SKEWNESS_MIN
}

/// The proposals of these lines.
pub(super) fn proposals(lines: &[Line]) -> Vec<Proposal> {
    lines.iter().map(|l| Proposal { name: l.name.clone(), choice: l.learner.clone(), params: l.params.clone() }).collect()
}

/// What a search may vary of the features that a learner reads: which of the featurizers are asked for that its lines ask
/// for, and what the featurizers that it has anyway vary.
pub(super) fn space_of_features(lines: &[Line], learner: &dyn DynLearner, registry: &Registry, data: &FitData) -> SearchSpace {
    let recipe = Recipe::plan(&data.schema, learner.supports().forms, registry, &FeatureParams::default());
    let space = recipe.space(&data.frame);
    let mut asked = vec![Value::Array(Vec::new())];
    for features in lines.iter().filter(|line| line.learner == learner.id()).filter_map(|line| line.params.get(FEATURES)) {
        if !asked.contains(features) {
            asked.push(features.clone());
        }
    }
    if asked.len() > 1 { space.choice(FEATURES, asked) } else { space }
}

/// How rows are held out. Where rows are many, or a fold is expensive, one holdout, whose share falls with the rows
/// (AutoGluon's rule, doubled for tuning): more pipelines can be fitted, and the best ones once more, to all rows. Else eight
/// folds where they are cheap, five where they fit, as AutoGluon and FLAML have them.
pub(super) fn strategy(config: &FitConfig, target: &Target, fold_s: f64, left_s: f64) -> Strategy {
    const ROWS_MANY: usize = 10_000;
    let rows = target.len();
    let (cheap, affordable) = match (config.folds, config.preset) {
        (Some(1), _) | (None, Preset::Fast) => return holdout(rows),
        (Some(folds), _) => return Strategy::KFold { folds },
        (None, Preset::Best) => (0.25, 0.4),
        // Without a limit of time, folds cost no pipelines.
        (None, Preset::Balanced) if left_s.is_finite() && rows_that_judge(target) > ROWS_MANY => return holdout(rows),
        (None, Preset::Balanced) if rows > ROWS_MANY => (0.02, 0.02),
        (None, Preset::Balanced) => (0.04, 0.25),
    };
    let rounds_s = |folds: usize| fold_s * folds as f64 / config.thread_count() as f64;
    if rounds_s(8) <= cheap * left_s {
        Strategy::KFold { folds: 8 }
    } else if rounds_s(5) <= affordable * left_s {
        Strategy::KFold { folds: 5 }
    } else {
        holdout(rows)
    }
}

/// As how many rows these judge: of two classes the rarer one, which decides how sure a score is, counts as a quarter.
fn rows_that_judge(target: &Target) -> usize {
    match target {
        Target::Classes { labels, n_classes: 2 } => {
            let second = labels.iter().filter(|label| **label == 1).count();
            (4 * second.min(labels.len() - second)).min(labels.len())
        }
        _ => target.len(),
    }
}

fn holdout(rows: usize) -> Strategy {
    let n = rows as f64;
    let fraction = if n < 5000.0 { (500.0 / n).clamp(0.1, 0.2) } else { (2500.0 / n).clamp(0.01, 0.1) };
    Strategy::Holdout { fraction: (2.0 * fraction).min(0.2) }
}

/// Seconds that one fold of a pipeline is expected to take. Boostings stop long before their last
/// iteration: what they cost at most is three times what they cost in the middle.
pub(super) fn fold_s(line: Option<&Line>, registry: &Registry, shape: Shape, s_per_work: f64) -> f64 {
    const SHARE_USED: f64 = 0.3;
    let cost = |line: &Line| -> Option<f64> {
        let learner: &dyn DynLearner = registry.learner(&line.learner).ok()?;
        let params = Asked::parse(&line.params, registry).ok()?.learner;
        Some(learner.cost(&params, shape).ok()?.work * s_per_work * SHARE_USED)
    };
    line.and_then(cost).unwrap_or(0.0)
}

/// How many pipelines may be compared on this many rows before the comparison itself over-fits them
/// (AutoGluon's limits, a little wider since many of ours are cheap variations).
pub(super) fn trials_max(rows: usize) -> u32 {
    match rows {
        0..=100 => 6,
        101..=500 => 12,
        501..=2_500 => 24,
        2_501..=10_000 => 50,
        _ => 1000,
    }
}

/// Why a search on this many rows is over.
pub(super) fn ended(study: &Study, config: &FitConfig, rows: usize) -> Ended {
    match study.ended().unwrap_or(Ended::Time) {
        Ended::TrialsMax if config.trials_max.is_none() => Ended::FewRows { rows },
        ended => ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(rows: usize, rare: usize) -> Target {
        let labels = (0..rows).map(|i| u32::from(i < rare)).collect();
        Target::Classes { labels, n_classes: 2 }
    }

    #[test]
    fn many_rows_are_judged_by_one_holdout_and_few_by_folds_that_fit() {
        let config = |preset| FitConfig { preset, threads: 2, ..FitConfig::new("y") };
        let plan = |preset, target: &Target, fold_s, left_s| strategy(&config(preset), target, fold_s, left_s);
        let folds = |folds| Strategy::KFold { folds };
        let (many, few, rare) = (target(20_000, 10_000), target(2_000, 1_000), target(20_000, 200));
        assert_eq!(plan(Preset::Balanced, &many, 0.1, 300.0), Strategy::Holdout { fraction: 0.2 });
        assert_eq!(plan(Preset::Best, &many, 0.1, 300.0), folds(8));
        assert_eq!(plan(Preset::Balanced, &many, 0.1, f64::INFINITY), folds(8));
        // A holdout would hold forty of the rare class.
        assert_eq!(plan(Preset::Balanced, &rare, 0.1, 300.0), folds(8));
        assert_eq!(plan(Preset::Balanced, &rare, 1.0, 20.0), Strategy::Holdout { fraction: 0.2 });
        assert_eq!(plan(Preset::Balanced, &few, 0.1, 300.0), folds(8));
        assert_eq!(plan(Preset::Balanced, &few, 1.0, 20.0), folds(5));
        assert_eq!(plan(Preset::Balanced, &few, 10.0, 20.0), Strategy::Holdout { fraction: 0.2 });
        assert_eq!(plan(Preset::Fast, &few, 0.1, 300.0), Strategy::Holdout { fraction: 0.2 });
    }
}
