//! The pipelines that are tried first, as data.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::space::Params;
use crate::task::TaskKind;

/// One pipeline to try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// A name for people.
    pub name: String,
    /// Id of the learner.
    pub learner: String,
    /// Parameters that differ from the learner's defaults.
    #[serde(default)]
    pub params: Params,
    /// The tasks it is for; all if empty.
    #[serde(default)]
    pub tasks: Vec<TaskKind>,
    /// The most rows it is for.
    #[serde(default)]
    pub rows_max: Option<usize>,
    /// Tried only on tables with so many features.
    #[serde(default)]
    pub features_min: Option<usize>,
    /// Tried only where some column of categories has so many levels.
    #[serde(default)]
    pub levels_min: Option<usize>,
    /// Tried only by who names its learner.
    #[serde(default)]
    pub on_request: bool,
}

impl Line {
    /// A learner with its defaults, for everything it can do.
    pub fn of_learner(id: &str) -> Line {
        Line {
            name: id.to_owned(),
            learner: id.to_owned(),
            params: Params::new(),
            tasks: Vec::new(),
            rows_max: None,
            features_min: None,
            levels_min: None,
            on_request: false,
        }
    }
}

/// Pipelines in the order in which they are tried. The first is the baseline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Portfolio {
    /// One per pipeline.
    pub lines: Vec<Line>,
}

impl Portfolio {
    /// Reads a portfolio: one JSON object per line, `#` begins a comment line.
    ///
    /// # Errors
    /// A line that is no pipeline; the message has its number.
    pub fn parse(text: &str) -> Result<Portfolio> {
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
            .map(|(i, line)| serde_json::from_str(line).map_err(|e| Error::usage(format!("portfolio line {}: {e}", i + 1))))
            .collect::<Result<Vec<Line>>>()?;
        Ok(Portfolio { lines })
    }

    /// The lines for a task of this kind and size, in order.
    pub fn fitting(&self, task: TaskKind, rows: usize) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(move |l| (l.tasks.is_empty() || l.tasks.contains(&task)) && l.rows_max.is_none_or(|max| rows <= max))
    }
}
