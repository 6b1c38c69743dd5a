//! What a person says about columns, which no guess overrules.

use serde::{Deserialize, Serialize};

use super::{Kind, Role};
use crate::error::{Error, Result};
use crate::frame::Frame;

/// Kinds and roles that are told, by column name; of two entries for one column the last counts.
///
/// A column with a told role is never dropped. A column with a told kind is never taken for an identifier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overrides {
    /// Columns whose kind is told.
    #[serde(default)]
    pub kinds: Vec<(String, Kind)>,
    /// Columns whose role is told.
    #[serde(default)]
    pub roles: Vec<(String, Role)>,
}

impl Overrides {
    /// The same overrides and one more kind.
    pub fn with_kind(mut self, column: impl Into<String>, kind: Kind) -> Overrides {
        self.kinds.push((column.into(), kind));
        self
    }

    /// The same overrides and one more role.
    pub fn with_role(mut self, column: impl Into<String>, role: Role) -> Overrides {
        self.roles.push((column.into(), role));
        self
    }

    /// The told kind of a column.
    pub fn kind(&self, column: &str) -> Option<Kind> {
        self.kinds.iter().rev().find(|(name, _)| name == column).map(|(_, kind)| *kind)
    }

    /// The told role of a column.
    pub fn role(&self, column: &str) -> Option<Role> {
        self.roles.iter().rev().find(|(name, _)| name == column).map(|(_, role)| *role)
    }

    /// Checks that every column spoken of exists.
    ///
    /// # Errors
    /// A column is not in the frame; the message has the nearest names.
    pub fn check(&self, frame: &Frame) -> Result<()> {
        let told = self.kinds.iter().map(|(name, _)| name).chain(self.roles.iter().map(|(name, _)| name));
        for name in told {
            if !frame.contains(name) {
                return Err(Error::unknown("column", name, frame.names()));
            }
        }
        Ok(())
    }
}
