//! The command line: what may be given, and what each flag means. Nothing is done here.

use std::path::PathBuf;

use automl::{Direction, Kind, Role};
use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde_json::Value;

mod columns;
mod duration;
mod fit;
mod inspect;
mod read;

pub use columns::ColumnArgs;
pub use fit::FitArgs;
pub use inspect::InspectArgs;
pub use read::{ReadArgs, read_flags};

/// Automated machine learning on tables: a leaderboard and one model, inside a time budget.
#[derive(Debug, Parser)]
#[command(name = "automl", version, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Every command")]
pub struct Global {
    /// Print one JSON document to stdout instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no progress and no remarks to stderr
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Threads to use; 0 for as many as there are cores [default: 0]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell what is in a table, what a run did, or what a model is made of
    Inspect(Box<InspectArgs>),
    /// Search for the best model of a table and save it
    Fit(Box<FitArgs>),
    /// Go on with a run that was killed, interrupted or ended by its budget
    Resume(ResumeArgs),
    /// Repeat a run from its journal, to the same model
    Replay(ReplayArgs),
    /// Predict the rows of a file
    Predict(PredictArgs),
    /// Score a model on a file that has the target
    Evaluate(EvaluateArgs),
    /// Say what each column added to the predictions of a file
    Explain(ExplainArgs),
    /// Write the features that a model reads of a file
    Transform(TransformArgs),
    /// Make a model of one that LightGBM saved
    Import(ImportArgs),
    /// Show what a run tried, best first
    Leaderboard(LeaderboardArgs),
    /// List the learners, featurizers, metrics or events of a fit, or show the page of one
    List(ListArgs),
    /// List or write the bundled and generated tables
    Datasets(DatasetsArgs),
    /// Print a script that completes commands and flags in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

const RESUME_HELP: &str = "\
Trials that are complete are not done again, those that were under way are, and the model is made of old and new ones. \
The table, what it means and how rows are held out stay as they were; a table that has changed is refused.

Examples:
  automl resume automl_run                      after a crash: the same budget once more
  automl resume automl_run --time-budget 10m    it was good, but not good enough
  automl resume automl_run --max-trials 1       no new trials: a model of what is there";

#[derive(Debug, clap::Args)]
#[command(after_help = RESUME_HELP)]
pub struct ResumeArgs {
    /// The run folder
    pub run: PathBuf,
    /// Time from now on for everything, as in 90s, 2m, 1.5h [default: that of the run, anew]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub time_budget: Option<f64>,
    /// Number of pipelines to try at most, those so far included [default: that of the run]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_trials: Option<u32>,
    /// End when a pipeline is at least this good in the metric that decides [default: that of the run]
    #[arg(long, value_name = "SCORE", value_parser = fit::finite, allow_negative_numbers = true)]
    pub target_score: Option<f64>,
    /// End when so many pipelines in a row have brought no better score [default: that of the run]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub patience: Option<u32>,
    /// Where the table lies now, if it was moved; - for stdin
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Write what happens while it happens, one JSON object per line, as in `automl list events`; - for stderr,
    /// instead of progress
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
}

const REPLAY_HELP: &str = "\
Every trial that was complete is fitted again with the parameters and seeds it had, and to where its fits ended, however \
long that takes on this machine. Nothing else is tried, and the model is made of the same trials. A trial that does not come \
out the same is told of; a table that has changed is refused.

Examples:
  automl replay automl_run -o again
  automl replay automl_run -o again --data moved/train.csv";

#[derive(Debug, clap::Args)]
#[command(after_help = REPLAY_HELP)]
pub struct ReplayArgs {
    /// The run folder
    pub run: PathBuf,
    /// Folder for the run that repeats it
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    /// Overwrite a run that is there already
    #[arg(long)]
    pub force: bool,
    /// Where the table lies now, if it was moved; - for stdin
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Write what happens while it happens, one JSON object per line, as in `automl list events`; - for stderr,
    /// instead of progress
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
}

const PREDICT_EXAMPLES: &str = "\
Examples:
  automl predict automl_run new.csv -o predictions.csv
  automl predict automl_run new.parquet --proba --keep id -o predictions.parquet
  cat new.csv | automl predict automl_run/model.automl - > predictions.csv";

#[derive(Debug, clap::Args)]
#[command(after_help = PREDICT_EXAMPLES)]
pub struct PredictArgs {
    /// A run folder or a .automl file
    pub model: PathBuf,
    /// The table to predict, or a pattern of files such as 'part-*.csv'; - for stdin
    pub data: PathBuf,
    /// Where to write the predictions: .csv, .parquet, .arrow or .ndjson; stdout as CSV if not given
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also write the probability of every class, in columns proba_CLASS
    #[arg(long)]
    pub proba: bool,
    /// Columns of the table to write before the predictions
    #[arg(long, value_name = "COL,…", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Number or name of a trial of a run folder, as in `automl leaderboard`: its models instead of the final one
    #[arg(long, value_name = "TRIAL")]
    pub trial: Option<String>,
    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Debug, clap::Args)]
pub struct EvaluateArgs {
    /// A run folder or a .automl file
    pub model: PathBuf,
    /// A table with the target, or a pattern of files such as 'part-*.csv'; - for stdin
    pub data: PathBuf,
    /// Number or name of a trial of a run folder, as in `automl leaderboard`: its models instead of the final one
    #[arg(long, value_name = "TRIAL")]
    pub trial: Option<String>,
    #[command(flatten)]
    pub read: ReadArgs,
}

const EXPLAIN_HELP: &str = "\
Contributions are exact Shapley values of linear models and trees. With the bias, which all rows have in common, \
they sum to the score of the row: the predicted value, the log odds of the second of two classes, a number per \
class before the softmax, or for forests the share of a class.

Examples:
  automl explain automl_run new.csv                       the columns that matter most
  automl explain automl_run new.csv -o contributions.csv  every row
  automl explain automl_run new.csv --member 7            one member of an ensemble
  automl explain automl_run --shapes                      the functions of an additive model";

#[derive(Debug, clap::Args)]
#[command(after_help = EXPLAIN_HELP)]
pub struct ExplainArgs {
    /// A run folder or a .automl file
    pub model: PathBuf,
    /// The table to explain the predictions of, or a pattern of files; - for stdin
    #[arg(required_unless_present = "shapes")]
    pub data: Option<PathBuf>,
    /// Instead of predictions, the functions that the model adds up, as tables: `ebm` is such a model
    #[arg(long, conflicts_with = "data")]
    pub shapes: bool,
    /// Where to write the contributions of every row, or the functions: .csv, .parquet, .arrow or
    /// .ndjson; only the mean sizes of contributions go to stdout if not given
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Number of the trial to explain, one of those in the model; all by their weights if not given
    #[arg(long, value_name = "TRIAL")]
    pub member: Option<u32>,
    #[command(flatten)]
    pub read: ReadArgs,
}

const TRANSFORM_HELP: &str = "\
The members of an ensemble may read different features; those of the strongest are written unless --member names \
another. Categories are a column per level, or codes, which are written as the names of the levels. Words, and levels \
beyond 100, are left out.

Examples:
  automl transform automl_run new.csv -o features.csv
  automl transform automl_run new.parquet --keep id -o features.parquet
  automl transform automl_run --lineage                     what the features are made of";

#[derive(Debug, clap::Args)]
#[command(after_help = TRANSFORM_HELP)]
pub struct TransformArgs {
    /// A run folder or a .automl file
    pub model: PathBuf,
    /// The table to transform, or a pattern of files such as 'part-*.csv'; - for stdin
    #[arg(required_unless_present = "lineage")]
    pub data: Option<PathBuf>,
    /// Instead of transforming rows, tell the name, columns, featurizer and form of every feature
    #[arg(long, conflicts_with_all = ["data", "out", "keep"])]
    pub lineage: bool,
    /// Where to write the features: .csv, .parquet, .arrow or .ndjson; stdout as CSV if not given
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Columns of the table to write before the features
    #[arg(long, value_name = "COL,…", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Name or number of the trial whose features are meant, one of those in the model; the strongest if not given
    #[arg(long, value_name = "TRIAL")]
    pub member: Option<String>,
    #[command(flatten)]
    pub read: ReadArgs,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  automl import booster.txt
  automl import booster.txt --target churned --classes no,yes -o churn.automl
  automl evaluate churn.automl new.csv";

#[derive(Debug, clap::Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub struct ImportArgs {
    /// What `save_model` of LightGBM 3 or 4 wrote
    pub file: PathBuf,
    /// Where to write the model
    #[arg(short, long, value_name = "FILE", default_value = "model.automl")]
    pub out: PathBuf,
    /// Name of the column that the model predicts
    #[arg(short, long, value_name = "COL", default_value = "target")]
    pub target: String,
    /// Labels in the order of the model's classes [default: 0,1,…]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// Write over a file that is there already
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, clap::Args)]
pub struct LeaderboardArgs {
    /// The run folder
    pub run: PathBuf,
    /// Show only the best N
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// What to list
    pub what: Component,
    /// Show the reference page of this one
    pub id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Component {
    Learners,
    Featurizers,
    Metrics,
    Events,
}

#[derive(Debug, clap::Args)]
pub struct DatasetsArgs {
    #[command(subcommand)]
    pub command: DatasetsCommand,
}

#[derive(Debug, Subcommand)]
pub enum DatasetsCommand {
    /// List the bundled tables and the generators
    List,
    /// Write a table as CSV
    Write {
        /// Name of a bundled table or a generator
        name: String,
        /// Number of rows of a generated table [default: 1000]
        #[arg(long, value_name = "N")]
        rows: Option<usize>,
        /// Seed of a generated table
        #[arg(long, value_name = "S", default_value_t = 0)]
        seed: u64,
        /// Where to write it; stdout if not given
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// `NAME=KIND`; the last `=` counts, because a name may have one too.
fn named_kind(text: &str) -> Result<(String, Kind), String> {
    let (name, kind) = text.rsplit_once('=').ok_or("NAME=KIND is needed, as in `zip=categorical`")?;
    Ok((name.to_owned(), Kind::parse(kind).map_err(|e| e.to_string())?))
}

/// `NAME=ROLE`; the last `=` counts, because a name may have one too.
fn named_role(text: &str) -> Result<(String, Role), String> {
    let (name, role) = text.rsplit_once('=').ok_or("NAME=ROLE is needed, as in `visits=weight`")?;
    Ok((name.to_owned(), Role::parse(role).map_err(|e| e.to_string())?))
}

/// `NAME=DIRECTION`; the last `=` counts, because a name may have one too.
fn named_direction(text: &str) -> Result<(String, Direction), String> {
    let (name, direction) = text.rsplit_once('=').ok_or("NAME=DIRECTION is needed, as in `age=rising`")?;
    Ok((name.to_owned(), Direction::parse(direction).map_err(|e| e.to_string())?))
}

/// `LEARNER.NAME=VALUE`; what is no JSON is a text.
fn named_param(text: &str) -> Result<(String, String, Value), String> {
    let needed = "COMPONENT.NAME=VALUE is needed, as in `gbdt.loss=poisson`";
    let (name, value) = text.split_once('=').ok_or(needed)?;
    let (learner, name) = name.split_once('.').ok_or(needed)?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((learner.to_owned(), name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_name_may_hold_an_equals_sign() {
        assert_eq!(named_kind("a=b=text"), Ok(("a=b".to_owned(), Kind::Text)));
        assert_eq!(named_kind("a=txet").unwrap_err(), "no kind `txet`; nearest: `text`");
        assert!(named_role("weight").is_err());
    }
}
