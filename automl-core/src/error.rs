//! The one error of the engine: a kind, a message and the context it passed through.
//!
//! Read [`Error`] and [`Kind`]. Trouble with data that can be worked around is a
//! [`Finding`](crate::schema::Finding), trouble inside a trial is an outcome of that trial;
//! only what ends the whole call becomes an `Error`.

use std::fmt;

/// What went wrong, as far as a caller can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An option, name or configuration that cannot be used (exit code 2).
    Usage,
    /// A file or table that cannot be used (exit code 3).
    Data,
    /// A model or artifact that cannot be used (exit code 3).
    Artifact,
    /// No model could be made (exit code 1).
    NoModel,
    /// The caller asked to stop before there was any model (exit code 130).
    Interrupted,
    /// The operating system refused something (exit code 1).
    Io,
    /// A component broke its contract (exit code 1).
    Internal,
}

/// An error with its kind, its message and where it happened.
///
/// Messages name the file, column or component, the value, and what would be accepted.
#[derive(Debug, Clone)]
pub struct Error {
    kind: Kind,
    message: String,
    context: Vec<String>,
}

/// The result of everything in the engine that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A new error of the given kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), context: Vec::new() }
    }

    /// An option, name or configuration that cannot be used.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Kind::Usage, message)
    }

    /// A file or table that cannot be used.
    pub fn data(message: impl Into<String>) -> Error {
        Error::new(Kind::Data, message)
    }

    /// A model or artifact that cannot be used.
    pub fn artifact(message: impl Into<String>) -> Error {
        Error::new(Kind::Artifact, message)
    }

    /// A component that broke its contract.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Kind::Internal, message)
    }

    /// A failure of the operating system, with what was being done (`"reading train.csv"`).
    pub fn io(doing: impl fmt::Display, source: &std::io::Error) -> Error {
        Error::new(Kind::Io, format!("{doing}: {source}"))
    }

    /// A name that does not exist, with the nearest of those that do.
    ///
    /// `what` is the noun for it (`"column"`).
    pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
        Error::usage(unknown_message(what, name, known))
    }

    /// Adds where it happened; the outermost context is printed first.
    pub fn context(mut self, context: impl Into<String>) -> Error {
        self.context.push(context.into());
        self
    }

    /// The same error with another kind.
    pub fn with_kind(mut self, kind: Kind) -> Error {
        self.kind = kind;
        self
    }

    /// What kind of error this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for context in self.context.iter().rev() {
            write!(f, "{context}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<polars::error::PolarsError> for Error {
    fn from(source: polars::error::PolarsError) -> Error {
        Error::data(source.to_string())
    }
}

/// "no column `prcie`; nearest: `price`, `prices`", or the list when nothing is near.
pub fn unknown_message<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = nearest(name, &known);
    let quoted = |names: &[&str]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    if !near.is_empty() {
        format!("no {what} `{name}`; nearest: {}", quoted(&near))
    } else if known.is_empty() {
        format!("no {what} `{name}`; there are none")
    } else {
        const SHOWN: usize = 12;
        let more = if known.len() > SHOWN { format!(" and {} more", known.len() - SHOWN) } else { String::new() };
        format!("no {what} `{name}`; there are: {}{more}", quoted(&known[..known.len().min(SHOWN)]))
    }
}

/// Up to three of `known` that a person may have meant by `name`, best first.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    // One slip in a short name, a third of a long one.
    let allowed = (wanted.chars().count() / 3).max(if wanted.chars().count() > 4 { 2 } else { 1 });
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|candidate| (edit_distance(&wanted, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed || candidate.to_lowercase().starts_with(&wanted) && !wanted.is_empty()
        })
        .collect();
    near.sort();
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_gets_the_nearest_names() {
        let known = ["price", "prices", "sqft", "zip"];
        assert_eq!(nearest("prcie", &known), ["price", "prices"]);
        assert_eq!(nearest("SQFT", &known), ["sqft"]);
        assert!(nearest("bedrooms", &known).is_empty());
    }

    #[test]
    fn context_is_printed_outermost_first() {
        let error = Error::data("column `a` has no values").context("train.csv").context("fit");
        assert_eq!(error.to_string(), "fit: train.csv: column `a` has no values");
    }
}
