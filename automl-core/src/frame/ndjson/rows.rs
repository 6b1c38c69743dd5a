//! Objects gathered into rows of cells.

use std::borrow::Cow;
use std::collections::HashMap;

use super::object::{Object, Wrong, reason};
use crate::frame::text::{Class, Rules, Tokens};

/// How deep objects may lie in one another and still become columns.
const DEPTH_MAX: usize = 8;

/// The most cells that a block may become, 256 MB of places. Objects that share no keys would be a table of nothing
/// but missing cells, as wide as it is long.
const CELLS_MAX: usize = 32 << 20;

/// The rows of a block. Its columns are known when the last row is.
#[derive(Default)]
pub(super) struct Rows {
    names: Vec<String>,
    index: HashMap<String, usize>,
    classes: Vec<Class>,
    text: String,
    /// Where in `text` the cells lie, row after row, each row as wide as there were columns then.
    cells: Vec<(u32, u32)>,
    /// Where in `cells` each row ends.
    ends: Vec<usize>,
}

impl Rows {
    /// Number of rows.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// Adds the row of an object.
    pub(super) fn push(&mut self, line: &str) -> Result<(), Wrong> {
        let start = self.cells.len();
        self.cells.resize(start + self.names.len(), (0, 0));
        for (i, (key, value)) in Object::parse(line)?.0.into_iter().enumerate() {
            self.field(start, i, &key, value, 1)?;
        }
        self.ends.push(self.cells.len());
        if self.cells.len() > CELLS_MAX { Err(Wrong { what: self.too_sparse(), at: 0 }) } else { Ok(()) }
    }

    /// One field of an object: `i` is its place there, which mostly is the place of its column.
    fn field(&mut self, start: usize, i: usize, name: &str, value: &str, depth: usize) -> Result<(), Wrong> {
        if value.starts_with('{') && depth < DEPTH_MAX {
            for (inner_i, (key, value)) in Object::parse(value)?.0.into_iter().enumerate() {
                self.field(start, i + inner_i, &format!("{name}.{key}"), value, depth + 1)?;
            }
            return Ok(());
        }
        let (cell, class) = cell(value)?;
        let j = self.column(i, name);
        self.classes[j] = self.classes[j].max(class);
        if self.cells.len() <= start + j {
            self.cells.resize(start + j + 1, (0, 0));
        }
        let begin = self.text.len() as u32;
        self.text.push_str(&cell);
        self.cells[start + j] = (begin, self.text.len() as u32);
        Ok(())
    }

    /// The column of that name, a new one if there is none.
    fn column(&mut self, guess: usize, name: &str) -> usize {
        if self.names.get(guess).is_some_and(|known| known == name) {
            return guess;
        }
        if let Some(&j) = self.index.get(name) {
            return j;
        }
        self.index.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        self.classes.push(Class::Missing);
        self.names.len() - 1
    }

    fn too_sparse(&self) -> String {
        let (rows, width) = (self.count(), self.names.len());
        format!("is one of {rows} objects with {width} different keys; objects of a table have the same keys")
    }

    /// All rows with all columns; says what is wrong if they cannot be a table.
    pub(super) fn into_tokens(self, rules: &Rules) -> Result<Tokens, String> {
        let (rows, width) = (self.count(), self.names.len());
        if rows.saturating_mul(width) > CELLS_MAX {
            return Err(self.too_sparse());
        }
        let mut text = String::with_capacity(self.text.len());
        let mut ends = Vec::with_capacity(rows * width);
        let mut start = 0;
        for &end in &self.ends {
            for &(from, to) in &self.cells[start..end] {
                text.push_str(&self.text[from as usize..to as usize]);
                ends.push(text.len() as u32);
            }
            ends.extend(std::iter::repeat_n(text.len() as u32, width - (end - start)));
            start = end;
        }
        let is_text = |name: &String, class: Class| class < Class::Text && rules.is_text(name);
        let classes = self.names.iter().zip(self.classes);
        let classes = classes.map(|(name, class)| if is_text(name, class) { Class::Text } else { class }).collect();
        Ok(Tokens { names: self.names.into(), classes, rows, text, ends })
    }
}

/// The text of a cell, and what it is. Texts are text even if they look like numbers.
fn cell(value: &str) -> Result<(Cow<'_, str>, Class), Wrong> {
    Ok(match value.as_bytes().first() {
        Some(b'"') => {
            let text = text(value)?;
            let class = if text.trim_matches([' ', '\t']).is_empty() { Class::Missing } else { Class::Text };
            (text, class)
        }
        Some(b'[' | b'{') => (Cow::Borrowed(""), Class::Nested),
        Some(b'n') | None => (Cow::Borrowed(""), Class::Missing),
        Some(b't' | b'f') => (Cow::Borrowed(value), Class::Text),
        Some(_) => (Cow::Borrowed(value), Class::of_present(value)),
    })
}

/// What stands between the quotes.
fn text(value: &str) -> Result<Cow<'_, str>, Wrong> {
    let inner = &value[1..value.len() - 1];
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    let text = serde_json::from_str(value).map(Cow::Owned);
    text.map_err(|error| Wrong { what: format!("has a text that is no Unicode: {}", reason(&error)), at: 0 })
}
