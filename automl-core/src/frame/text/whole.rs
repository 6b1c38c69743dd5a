//! All rows of text files as one table.

use std::sync::Arc;

use rayon::ThreadPool;

use super::columns::Columns;
use super::infer::Class;
use super::markers::Rules;
use super::table::TextTable;
use super::tokens::Tokens;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::frame::csv::{trailing_delimiter, unnamed_columns};
use crate::frame::normalise::unsupported;
use crate::frame::read::check_rows;
use crate::schema::Finding;

/// The cells of one or more files, which wait until the types of all are known.
#[derive(Default)]
pub(in crate::frame) struct Whole {
    columns: Columns,
    parts: Vec<Tokens>,
    findings: Vec<Finding>,
    unnamed_last: Option<String>,
    rules: Option<Arc<Rules>>,
}

impl Whole {
    /// Reads all cells of a file.
    pub(in crate::frame) fn add(&mut self, table: TextTable, pool: &ThreadPool) -> Result<()> {
        self.columns.extend(&table.names);
        if self.rules.is_none() {
            self.unnamed_last = table.unnamed_last.clone();
            self.rules = Some(Arc::clone(&table.rules));
        }
        for finding in &table.findings {
            if !self.findings.contains(finding) {
                self.findings.push(finding.clone());
            }
        }
        for part in table.tokens(pool)? {
            self.columns.extend(&part.names);
            self.parts.push(part);
        }
        Ok(())
    }

    /// The table, with the types that all of the files allow.
    pub(in crate::frame) fn finish(self, pool: &ThreadPool) -> Result<(Frame, Vec<Finding>)> {
        let Whole { columns, parts, mut findings, unnamed_last, rules } = self;
        let Some(rules) = rules else {
            return Err(Error::internal("no file was read"));
        };
        let rows: usize = parts.iter().map(|part| part.rows).sum();
        check_rows(rows)?;
        let classes = columns.classes(&parts);
        let mut data = pool.install(|| columns.build(&parts, &rules, &classes))?;
        drop(parts);
        if let Some(unnamed) = unnamed_last {
            if columns.class_of(&unnamed, &classes) == Some(Class::Missing) {
                data = data.drop(&unnamed)?;
                findings.push(trailing_delimiter());
            } else {
                findings.push(unnamed_columns([unnamed]));
            }
        }
        let is_nested = |class: &Class| *class == Class::Nested;
        let nested = columns.names().iter().zip(&classes).filter(|(_, class)| is_nested(class));
        let nested: Vec<(String, String)> = nested.map(|(name, _)| (name.clone(), "List".into())).collect();
        let data = data.drop_many(nested.iter().map(|(name, _)| name.as_str()));
        if data.width() == 0 {
            return Err(Error::data("the file has no columns of numbers or text"));
        }
        findings.extend(unsupported(&nested));
        Ok((Frame::new(data), findings))
    }
}
