//! Texts from their letters to predictions: how wrong, how long, and with how much memory?
//!
//! Ours is the hashed words and pairs of words of `tfidf` (and the statistics of a text that every learner sees) under
//! `linear` with its path of penalties; theirs is `TfidfVectorizer` of words and pairs with `sublinear_tf` under
//! `LogisticRegression` with the same path. Both choose by the same tenth of the rows to fit. Every run is a process of its
//! own; its peak of resident memory is that of the whole process.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use automl::fit_context::FitContext;
use automl::frame::{self, ReadOptions};
use automl::learner::TrainData;
use automl::space::Params;
use automl::{Frame, Source};
use serde_json::{Value, json};

use super::cases::SCIKIT;
use super::options::Options;
use crate::versus::losses::per_row;
use crate::versus::memory;
use crate::versus::ours::Ours;
use crate::versus::paired::{Comparison, header, summary};
use crate::versus::peer::{Peer, numbers, seconds};
use crate::versus::problem::{Problem, Rows};
use crate::versus::report::Report;
use crate::versus::stopping::Stopping;
use crate::versus::tables::Table;
use crate::versus::timing::Seconds;

/// The tables and their columns of text.
pub const TEXTS: [(&str, &str); 2] = [("airline_tweets", "text"), ("fine_food_reviews", "review")];

const LEARNER: &str = "linear";
/// The path of `linear` for sparse features.
const PENALTIES: [f64; 7] = [31.6, 10.0, 3.16, 1.0, 0.316, 0.1, 0.0316];

/// Compares both sides on all texts, or those of the tables that were asked for.
///
/// # Errors
/// A table cannot be read, or our side failed.
pub fn measure(options: &Options, report: &mut Report<'_>) -> Result<()> {
    let Some(tables) = super::tables(&names(options), report)? else { return Ok(()) };
    if let Err(reason) = SCIKIT.interpreter() {
        report.note(&format!("{reason}"));
    }
    report.note(&format!("texts: ours against scikit-learn, {} seeds; from texts to predictions", options.seeds));
    report.note(&format!("{}   ratio  ours peak MB  theirs", header()));
    let mut comparisons = Vec::new();
    for table in &tables {
        let text = Text::of(table)?;
        let (mut pairs, mut ours, mut theirs) = (Vec::new(), Run::default(), Run::default());
        for seed in 0..options.seeds {
            let rows = text.problem.split(Ours::new(LEARNER, 1)?.learner, seed, true)?;
            let folder = tempfile::tempdir()?;
            let ours_losses = ours.add(&text, &rows, of_a_child(options, table, seed, folder.path())?);
            let theirs_losses = match SCIKIT.interpreter() {
                Ok(_) => theirs.add(&text, &rows, text.theirs(&rows, options.threads, folder.path())?),
                Err(_) => vec![f64::NAN; ours_losses.len()],
            };
            let losses = ours_losses.into_iter().zip(theirs_losses);
            pairs.extend(rows.test_rows.iter().zip(losses).map(|(&row, (ours, theirs))| (row, ours, theirs)));
        }
        let comparison = Comparison::of(&pairs);
        let line = format!(
            "{}  {:>8.2}{:>10.2}{:>8.2}{:>14.0}{:>8.0}",
            comparison.line(&table.name),
            ours.seconds.wall,
            theirs.seconds.wall,
            ours.seconds.wall / theirs.seconds.wall,
            ours.peak_bytes / 1e6,
            theirs.peak_bytes / 1e6
        );
        let measurement = json!({ "mode": "text", "table": table.name, "comparison": comparison.json() });
        report.keep(&line, with(measurement, &ours, &theirs));
        comparisons.push(comparison);
    }
    report.note(&summary(&comparisons));
    Ok(())
}

fn with(mut measurement: Value, ours: &Run, theirs: &Run) -> Value {
    (measurement["ours"], measurement["theirs"]) = (ours.json(), theirs.json());
    measurement
}

fn names(options: &Options) -> Vec<&str> {
    let is_asked = |name: &str| options.tables.is_empty() || options.tables.iter().any(|table| table == name);
    TEXTS.iter().map(|(name, _)| *name).filter(|name| is_asked(name)).collect()
}

/// What the processes of a side took: all seconds, and the highest peak.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    seconds: Seconds,
    peak_bytes: f64,
}

impl Run {
    /// Adds a process by its answer; gives its losses.
    fn add(&mut self, text: &Text, rows: &Rows, (answer, predictions): (Value, Vec<f64>)) -> Vec<f64> {
        let Seconds { wall, cpu } = seconds(&answer);
        self.seconds = Seconds { wall: self.seconds.wall + wall, cpu: self.seconds.cpu + cpu };
        self.peak_bytes = self.peak_bytes.max(answer["peak_bytes"].as_f64().unwrap_or(f64::NAN));
        per_row(&text.problem.target.select(&rows.test_rows), &predictions)
    }

    fn json(&self) -> Value {
        json!({ "wall_s": self.seconds.wall, "cpu_s": self.seconds.cpu, "peak_bytes": self.peak_bytes })
    }
}

/// A table of which only a text is read.
struct Text {
    problem: Problem,
    texts: Vec<String>,
}

impl Text {
    fn of(table: &Table) -> Result<Text> {
        let (_, column) = TEXTS.iter().find(|(name, _)| *name == table.name).context("a table without a column of text")?;
        let Source::Path(path) = &table.source else { anyhow::bail!("{} is no file", table.name) };
        let (frame, _) = frame::read(path, &ReadOptions { text_columns: vec![(*column).to_owned()], ..Default::default() })?;
        let others = frame.names().filter(|name| name != column && *name != table.target.as_str());
        let drop = others.map(str::to_owned).collect();
        let problem = Problem::of(&Table { drop, ..table.clone() })?;
        let texts = cells(&frame, column)?;
        anyhow::ensure!(texts.len() == problem.target.len(), "{} has rows without a target", table.name);
        Ok(Text { problem, texts })
    }

    /// One process of theirs.
    fn theirs(&self, rows: &Rows, threads: usize, folder: &Path) -> Result<(Value, Vec<f64>)> {
        let labels = match &self.problem.target {
            automl::task::Target::Classes { labels, .. } => labels,
            automl::task::Target::Numbers(_) => anyhow::bail!("texts are compared by classes"),
        };
        let (file, out) = (folder.join("texts.json"), folder.join("theirs"));
        let split = json!({ "train": rows.fit_rows(), "valid": rows.valid_rows(), "test": rows.test_rows });
        let mut told = json!({ "texts": self.texts, "y": labels });
        for part in ["train", "valid", "test"] {
            told[part] = split[part].clone();
        }
        std::fs::write(&file, told.to_string())?;
        let mut peer = Peer::start(&SCIKIT, "linear", threads)?;
        let classes = self.problem.target.width();
        let asked = json!({ "file": file, "classes": classes, "penalties": PENALTIES, "threads": threads, "out": out });
        let answer = peer.ask("texts", asked)?;
        Ok((answer, numbers(&out)?))
    }
}

fn cells(frame: &Frame, column: &str) -> Result<Vec<String>> {
    let cells = frame.column(column)?.str()?;
    Ok(cells.iter().map(|cell| cell.unwrap_or_default().to_owned()).collect())
}

/// The answer of this program when it is asked for nothing but one run of ours.
fn of_a_child(options: &Options, table: &Table, seed: u64, folder: &Path) -> Result<(Value, Vec<f64>)> {
    let out = folder.join("ours");
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("text").args(["--tables", &table.name]).args(["--threads", &options.threads.to_string()]);
    let output = command.arg("--child").arg(seed.to_string()).arg(&out).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let answer = serde_json::from_slice(&output.stdout).with_context(|| format!("the process of ours said {errors:?}"))?;
    Ok((answer, numbers(&out)?))
}

/// What the child does: one run of ours, from texts to predictions in a file, by seed and name of the file.
///
/// # Errors
/// The table cannot be read or fitted.
pub fn of_this_process(options: &Options, asked: &[String]) -> Result<Value> {
    let (seed, out) = (asked.first().context("no seed")?.parse()?, asked.get(1).context("no file")?);
    let folder = std::env::var_os("AUTOML_DATA").context("no folder of tables")?;
    let tables = crate::versus::tables::read(Path::new(&folder), &names(options))?;
    let text = Text::of(tables.first().context("no table")?)?;
    let ours = Ours::new(LEARNER, options.threads)?;
    memory::reset_peak()?;
    let (predictions, Seconds { wall, cpu }) = Seconds::of(|| text.ours(&ours, seed))?;
    let bytes: Vec<u8> = predictions.iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(out, bytes)?;
    Ok(json!({ "wall": wall, "cpu": cpu, "peak_bytes": memory::peak()? }))
}

impl Text {
    fn ours(&self, ours: &Ours, seed: u64) -> Result<Vec<f64>> {
        let rows = self.problem.split(ours.learner, seed, true)?;
        let target = self.problem.target.select(&rows.fit_rows());
        let mut stopping = Stopping::new(self.problem.target.select(&rows.valid_rows()), u32::MAX);
        let valid = Some(rows.train.select(&rows.valid));
        let data = TrainData { x: rows.train.select(&rows.fit), target: &target, weights: None, valid };
        let mut context = FitContext::new(seed).with_pool(&ours.pool).with_monitor(&mut stopping);
        let model = ours.learner.fit(&Params::new(), &data, &mut context)?.model;
        Ok(ours.predict(&*model, &rows.test).values().to_vec())
    }
}
