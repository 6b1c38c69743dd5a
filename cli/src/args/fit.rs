//! The flags of `automl fit`.

use std::path::PathBuf;

use automl::{ClassWeights, Direction, FitConfig, Optimize, Preset, TaskKind};
use clap::ValueEnum;
use serde_json::Value;

use super::{ColumnArgs, ReadArgs, duration, named_direction, named_param};

const EXAMPLES: &str = "\
Examples:
  automl fit train.csv --target price
  automl fit train.parquet --target churned --positive yes --time-budget 5m -o churn_run
  automl fit visits.csv --target count --ignore id --role date=time --column zip=categorical
  automl fit loans.csv --target repaid --monotone income=rising --monotone debt=falling
  automl fit visits.csv --target count --schema schema.yaml
  automl fit claims.csv --target count --metric mae --learners gbdt --param gbdt.loss=poisson
  automl fit train.csv --target y --max-trials 20 --seed 7 --threads 4      same result every time
  automl fit train.csv --target y --time-budget 1h --patience 30           no longer than it pays
  automl fit train.csv --target y --optimize latency                       one fast model
  automl fit train.csv --target y --test test.csv --strict                 leaks and drift end it
  automl fit train.csv --target y --dry-run                                what would be tried
  automl fit --config automl_run/config.json -o again                      an earlier fit once more";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct FitArgs {
    /// The table to learn from, or a pattern of files such as 'part-*.csv'; - for stdin
    pub train: Option<PathBuf>,
    /// The column to predict
    #[arg(short, long, value_name = "COL")]
    target: Option<String>,
    /// The kind of task; auto goes by the target [default: auto]
    #[arg(long, value_name = "KIND")]
    task: Option<TaskArg>,
    /// The metric that decides, as in `automl list metrics`; auto: auc, log_loss or rmse [default: auto]
    #[arg(long, value_name = "ID")]
    metric: Option<String>,
    /// Time for everything, as in 90s, 2m, 1.5h [default: 60s; none if --max-trials is given]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    time_budget: Option<f64>,
    /// Number of pipelines to try at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_trials: Option<u32>,
    /// End when a pipeline is at least this good in the metric that decides
    #[arg(long, value_name = "SCORE", value_parser = finite, allow_negative_numbers = true)]
    target_score: Option<f64>,
    /// End when so many pipelines in a row have brought no better score
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    patience: Option<u32>,
    /// Memory that the process may hold, as in 512MB, 1GB, 0.5GiB: pipelines that are not expected to fit are made smaller,
    /// wait for others, or fail; the table itself has to fit
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    memory_limit: Option<u64>,
    /// Seed of everything random [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How much is spent on the last bit of accuracy: one holdout and few pipelines, folds for few rows
    /// where they fit the budget, or more folds and a larger model [default: balanced]
    #[arg(long, value_name = "NAME")]
    preset: Option<PresetArg>,
    /// What the final model is chosen for: the best score, or the fewest seconds per predicted row or the smallest file for
    /// at most a hundredth of what the best one gains over the baseline [default: accuracy]
    #[arg(long, value_name = "FOR")]
    optimize: Option<OptimizeArg>,
    /// Number of folds that validate, 1 for a holdout; chosen from rows and budget if not given
    #[arg(long, value_name = "K", value_parser = folds)]
    folds: Option<usize>,
    /// Learners to use, as in `automl list learners`; all if not given
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    learners: Vec<String>,
    /// Learners not to use
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    exclude_learners: Vec<String>,
    /// Featurizers that every pipeline asks for, besides those it has anyway, as in `automl list featurizers`
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    featurizers: Vec<String>,
    /// Featurizers not to use
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    exclude_featurizers: Vec<String>,
    /// Give a parameter the same value in all pipelines of a learner or featurizer, as in gbdt.loss=poisson or
    /// tfidf.characters=true; the pages of `automl list learners ID` name them, and any learner takes
    /// select_features=probe, =permutation, or the most features to keep, and train_rows=N, the most rows to learn
    /// from; may be repeated
    #[arg(long, value_name = "COMPONENT.NAME=VALUE", value_parser = named_param)]
    param: Vec<(String, String, Value)>,
    /// The label that binary metrics call positive; the last in order if not given
    #[arg(long, value_name = "LABEL")]
    positive: Option<String>,
    /// Whether every row weighs the same in fits, or every class [default: none]
    #[arg(long, value_name = "HOW")]
    class_weights: Option<ClassWeightsArg>,
    /// Give up before the search, with exit code 3, if the data raise an alert
    #[arg(long)]
    strict: bool,
    /// A table to test on: compared with the one to learn from, and if it has the target, the final model is
    /// scored on it; no fit and no choice sees it
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    /// A configuration, YAML or JSON, as in RUN/config.json; flags win over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The run folder: the model, the leaderboard, the findings [default: automl_run]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write over an existing run folder
    #[arg(long)]
    pub force: bool,
    /// Fit nothing: tell what the columns are, what is noticed, how rows are held out and which pipelines would be tried
    #[arg(long)]
    pub dry_run: bool,
    /// Write what happens while it happens, one JSON object per line, as in `automl list events`; - for stderr,
    /// instead of progress
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub events: Option<PathBuf>,

    /// What the columns mean, YAML or JSON: per column its name, kind, role, format, decimal, unit, order and is_code, of
    /// which all but the name may be left out; --column, --role and --ignore win over it
    #[arg(long, value_name = "FILE", help_heading = "Columns")]
    pub schema: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Let the prediction only go one way with a numeric column, rising or falling: the number, or the
    /// probability of the positive class; may be repeated
    #[arg(long, value_name = "NAME=DIRECTION", value_parser = named_direction, help_heading = "Columns")]
    monotone: Vec<(String, Direction)>,

    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TaskArg {
    Auto,
    Binary,
    Multiclass,
    Regression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PresetArg {
    Fast,
    Balanced,
    Best,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OptimizeArg {
    Accuracy,
    Latency,
    Size,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClassWeightsArg {
    None,
    Balanced,
}

impl FitArgs {
    /// Puts what was given over what the configuration says already.
    pub fn apply(&self, config: &mut FitConfig, threads: Option<usize>) {
        set(&mut config.target, self.target.clone());
        set(&mut config.threads, threads);
        set(&mut config.seed, self.seed);
        if let Some(task) = self.task {
            config.task = task.kind();
        }
        if let Some(metric) = &self.metric {
            config.metric = Some(metric.clone()).filter(|m| m != "auto");
        }
        config.positive = self.positive.clone().or(config.positive.take());
        config.folds = self.folds.or(config.folds);
        config.strict |= self.strict;
        self.apply_limits(config);
        self.apply_components(config);
        self.apply_columns(config);
    }

    fn apply_limits(&self, config: &mut FitConfig) {
        config.time_budget_s = self.time_budget.or(config.time_budget_s);
        config.trials_max = self.max_trials.or(config.trials_max);
        config.target_score = self.target_score.or(config.target_score);
        config.patience = self.patience.or(config.patience);
        config.memory_limit = self.memory_limit.or(config.memory_limit);
        let preset = self.preset.map(|preset| match preset {
            PresetArg::Fast => Preset::Fast,
            PresetArg::Balanced => Preset::Balanced,
            PresetArg::Best => Preset::Best,
        });
        set(&mut config.preset, preset);
        let optimize = self.optimize.map(|optimize| match optimize {
            OptimizeArg::Accuracy => Optimize::Accuracy,
            OptimizeArg::Latency => Optimize::Latency,
            OptimizeArg::Size => Optimize::Size,
        });
        set(&mut config.optimize, optimize);
    }

    fn apply_components(&self, config: &mut FitConfig) {
        set(&mut config.learners, Some(self.learners.clone()).filter(|l| !l.is_empty()));
        set(&mut config.exclude_learners, Some(self.exclude_learners.clone()).filter(|l| !l.is_empty()));
        set(&mut config.featurizers, Some(self.featurizers.clone()).filter(|l| !l.is_empty()));
        set(&mut config.exclude_featurizers, Some(self.exclude_featurizers.clone()).filter(|l| !l.is_empty()));
        for (learner, name, value) in &self.param {
            config.params.entry(learner.clone()).or_default().insert(name.clone(), value.clone());
        }
        let class_weights = self.class_weights.map(|weights| match weights {
            ClassWeightsArg::None => ClassWeights::None,
            ClassWeightsArg::Balanced => ClassWeights::Balanced,
        });
        set(&mut config.class_weights, class_weights);
    }

    fn apply_columns(&self, config: &mut FitConfig) {
        config.columns.extend(self.columns.kinds());
        config.roles.extend(self.columns.roles());
        config.monotone.extend(self.monotone.iter().cloned());
    }
}

impl TaskArg {
    fn kind(self) -> Option<TaskKind> {
        match self {
            TaskArg::Auto => None,
            TaskArg::Binary => Some(TaskKind::Binary),
            TaskArg::Multiclass => Some(TaskKind::Multiclass),
            TaskArg::Regression => Some(TaskKind::Regression),
        }
    }
}

fn set<T>(slot: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *slot = value;
    }
}

/// A score that can be reached.
pub fn finite(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(score) if score.is_finite() => Ok(score),
        _ => Err("a number is needed, as in 0.9".to_owned()),
    }
}

fn bytes(text: &str) -> Result<u64, String> {
    automl::memory::parse_bytes(text).map_err(|e| e.to_string())
}

fn folds(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(folds) if folds >= 1 => Ok(folds),
        _ => Err("a whole number is needed: 1 for a holdout, 2 or more for a cross-validation".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use automl::{Kind, Role};
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn config(line: &str, mut config: FitConfig) -> FitConfig {
        let args = Args::try_parse_from(line.split(' ')).unwrap();
        let Command::Fit(fit) = args.command else { panic!("not a fit: {line}") };
        fit.apply(&mut config, args.global.threads);
        config
    }

    #[test]
    fn every_flag_reaches_the_configuration() {
        let line = "automl fit t.csv --target y --task binary --metric f1 --time-budget 2m --max-trials 9 --target-score -0.5 --patience 7 --memory-limit 1GB --seed 3 --threads 2 \
                    --preset best --optimize size --folds 4 --learners a,b --exclude-learners c --featurizers d,e --exclude-featurizers f --positive yes --class-weights balanced \
                    --column zip=categorical --role w=weight --ignore id --monotone age=rising --monotone a=b=falling \
                    --param gbdt.loss=poisson --param gbdt.max_bin=63 --strict";
        let mut params = serde_json::Map::new();
        params.extend([("loss".into(), "poisson".into()), ("max_bin".into(), 63.into())]);
        let wanted = FitConfig {
            target: "y".into(),
            task: Some(TaskKind::Binary),
            metric: Some("f1".into()),
            positive: Some("yes".into()),
            time_budget_s: Some(120.0),
            trials_max: Some(9),
            target_score: Some(-0.5),
            patience: Some(7),
            memory_limit: Some(1_000_000_000),
            threads: 2,
            seed: 3,
            preset: Preset::Best,
            optimize: Optimize::Size,
            folds: Some(4),
            learners: vec!["a".into(), "b".into()],
            exclude_learners: vec!["c".into()],
            featurizers: vec!["d".into(), "e".into()],
            exclude_featurizers: vec!["f".into()],
            columns: [("zip".into(), Kind::Categorical)].into(),
            roles: [("w".into(), Role::Weight), ("id".into(), Role::Ignore)].into(),
            monotone: [("age".into(), Direction::Rising), ("a=b".into(), Direction::Falling)].into(),
            params: [("gbdt".into(), params)].into(),
            class_weights: ClassWeights::Balanced,
            schema: Default::default(),
            strict: true,
        };
        assert_eq!(config(line, FitConfig::default()), wanted);
        assert_eq!(config("automl fit", wanted.clone()), wanted);
    }

    #[test]
    fn auto_undoes_what_a_file_says() {
        let file = FitConfig { task: Some(TaskKind::Binary), metric: Some("f1".into()), ..FitConfig::new("y") };
        assert_eq!(config("automl fit --task auto --metric auto", file), FitConfig::new("y"));
    }
}
