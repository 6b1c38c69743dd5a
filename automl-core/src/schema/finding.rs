//! Something noticed in the data, and what was done about it.

use serde::{Deserialize, Serialize};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing to report.
    Passed,
    /// Something was found that is worth knowing; nothing has to be done.
    Noted,
    /// Something was found and dealt with.
    Fixed,
    /// Something was found that a person should look at.
    Alerted,
}

/// Something noticed in the data: which check, how it ended, where, how much, by which rule, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The id of the check: `missing_values`, `constant_column`, …
    pub check: String,
    /// How it ended.
    pub status: Status,
    /// The columns concerned, at most a few dozen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// How many cells, rows or columns, by the nature of the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What was found, in a sentence.
    pub message: String,
    /// From where on the check speaks up, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub threshold: String,
    /// What was done, or what a person may do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
}

impl Finding {
    /// A finding of a check.
    pub fn new(check: &str, status: Status, message: impl Into<String>) -> Finding {
        Finding {
            check: check.into(),
            status,
            columns: Vec::new(),
            count: None,
            message: message.into(),
            threshold: String::new(),
            action: String::new(),
        }
    }

    /// With the columns concerned.
    pub fn columns<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Finding {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// With a count.
    pub fn count(mut self, count: usize) -> Finding {
        self.count = Some(count as u64);
        self
    }

    /// With the rule: from where on the check speaks up.
    pub fn threshold(mut self, threshold: impl Into<String>) -> Finding {
        self.threshold = threshold.into();
        self
    }

    /// With what was done or may be done.
    pub fn action(mut self, action: impl Into<String>) -> Finding {
        self.action = action.into();
        self
    }
}
