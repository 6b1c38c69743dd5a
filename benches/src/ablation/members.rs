//! The predictions of all members for one table, and how they lie in a folder.
//!
//! `table.json` says what was fitted; `scored.npy` and `unseen.npy` are the truth of the rows that pipelines were scored
//! on and of those that nothing has seen, `scored.NAME.npy` and `unseen.NAME.npy` the predictions of a pipeline.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use automl::TaskKind;
use automl::predictions::Predictions;
use automl::task::Target;
use serde_json::{Value, json};

use super::meta_features::MetaFeatures;
use crate::versus::npy;

/// One pipeline that was fitted.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name in the portfolio.
    pub name: String,
    /// Its learner.
    pub learner: String,
    /// Seconds of all its fits.
    pub fit_s: f64,
    /// Its predictions of the scored rows.
    pub scored: Arc<Predictions>,
    /// Its predictions of the unseen rows.
    pub unseen: Arc<Predictions>,
}

/// All that was collected of a table.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The table.
    pub name: String,
    /// The kind of task.
    pub kind: TaskKind,
    /// What the rows look like that were learned from.
    pub meta: MetaFeatures,
    /// The leading metric.
    pub metric: String,
    /// Index of the positive class.
    pub positive: usize,
    /// The seed of the selection.
    pub seed: u64,
    /// The truth of the scored rows.
    pub scored: Target,
    /// The truth of the unseen rows.
    pub unseen: Target,
    /// The pipelines.
    pub members: Vec<Member>,
}

impl Collected {
    /// Writes a folder.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        for (part, truth) in [("scored", &self.scored), ("unseen", &self.unseen)] {
            npy::write_list(&folder.join(format!("{part}.npy")), &numbers(truth))?;
        }
        for member in &self.members {
            for (part, made) in [("scored", &member.scored), ("unseen", &member.unseen)] {
                let values: Vec<f32> = made.values().iter().map(|v| *v as f32).collect();
                npy::write_table(&folder.join(format!("{part}.{}.npy", member.name)), made.rows(), made.width(), &values)?;
            }
        }
        let members: Vec<Value> =
            self.members.iter().map(|m| json!({ "name": m.name, "learner": m.learner, "fit_s": m.fit_s })).collect();
        let about = json!({
            "name": self.name,
            "kind": self.kind.name(),
            "meta": self.meta,
            "width": self.scored.width(),
            "metric": self.metric,
            "positive": self.positive,
            "seed": self.seed,
            "members": members,
        });
        // Last, so that a folder with it is whole.
        Ok(std::fs::write(folder.join("table.json"), serde_json::to_string_pretty(&about)?)?)
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(folder: &Path) -> Result<Collected> {
        let file = folder.join("table.json");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let about: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kind = serde_json::from_value(about["kind"].clone())?;
        let width = about["width"].as_u64().unwrap_or(1) as usize;
        let truth = |part: &str| Ok::<_, anyhow::Error>(target(kind, width, read(&folder.join(format!("{part}.npy")))?));
        let member = |about: &Value| -> Result<Member> {
            let name = text(&about["name"]);
            let made = |part: &str| {
                let values = read(&folder.join(format!("{part}.{name}.npy")))?;
                Ok::<_, anyhow::Error>(Arc::new(Predictions::new(width, values)))
            };
            let (scored, unseen) = (made("scored")?, made("unseen")?);
            Ok(Member {
                learner: text(&about["learner"]),
                fit_s: about["fit_s"].as_f64().unwrap_or(f64::NAN),
                scored,
                unseen,
                name,
            })
        };
        Ok(Collected {
            name: text(&about["name"]),
            kind,
            meta: serde_json::from_value(about["meta"].clone()).with_context(|| format!("`meta` in {}", file.display()))?,
            metric: text(&about["metric"]),
            positive: about["positive"].as_u64().unwrap_or(1) as usize,
            seed: about["seed"].as_u64().unwrap_or(0),
            scored: truth("scored")?,
            unseen: truth("unseen")?,
            members: about["members"].as_array().into_iter().flatten().map(member).collect::<Result<_>>()?,
        })
    }
}

fn read(path: &Path) -> Result<Vec<f64>> {
    let mut values = Vec::new();
    npy::read(path, |_, value| values.push(f64::from(value)))?;
    Ok(values)
}

fn numbers(target: &Target) -> Vec<f32> {
    match target {
        Target::Classes { labels, .. } => labels.iter().map(|label| *label as f32).collect(),
        Target::Numbers(numbers) => numbers.iter().map(|number| *number as f32).collect(),
    }
}

fn target(kind: TaskKind, width: usize, values: Vec<f64>) -> Target {
    match kind {
        TaskKind::Regression => Target::Numbers(values),
        _ => Target::Classes { labels: values.iter().map(|value| *value as u32).collect(), n_classes: width },
    }
}
