//! What stands where in the text of a LightGBM model?
//!
//! [`Sections`] cuts the text into the header, one [`Block`] per tree, and the categories at the end. A
//! [`Field`] knows its line, so that an error can name it. Nothing here knows what a field means.

use std::collections::HashMap;
use std::str::FromStr;

use automl_core::error::{Error, Result};

/// The parts of the text.
pub(super) struct Sections<'a> {
    pub header: Block<'a>,
    pub trees: Vec<Block<'a>>,
    /// The JSON behind `pandas_categorical:`, if it is there.
    pub categories: Option<Field<'a>>,
}

/// Lines of `name=text` that belong together.
pub(super) struct Block<'a> {
    /// For messages: `the header`, `tree 3`.
    pub owner: String,
    /// Line on which it begins.
    line: usize,
    fields: HashMap<&'a str, Field<'a>>,
}

/// One line of a block.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    name: &'a str,
    owner: String,
    line: usize,
    pub text: &'a str,
}

impl<'a> Sections<'a> {
    /// Cuts the text.
    pub fn cut(text: &'a str) -> Result<Sections<'a>> {
        let mut lines = text.lines().map(str::trim_end).enumerate().map(|(i, line)| (i + 1, line));
        let first = lines.next().map_or("", |(_, line)| line);
        if first != "tree" {
            return Err(Error::artifact(format!(
                "line 1 is `{}`, but the text of a LightGBM model, as `save_model` writes it, begins with `tree`",
                excerpt(first)
            )));
        }
        let mut header = Block::new("the header".to_owned(), 1);
        let mut trees: Vec<Block<'a>> = Vec::new();
        let mut last = 1;
        for (number, line) in lines.by_ref() {
            last = number;
            if line == "end of trees" {
                let categories = categories(&mut lines);
                return Ok(Sections { header, trees, categories });
            }
            if let Some(tree) = line.strip_prefix("Tree=") {
                if tree.parse() != Ok(trees.len()) {
                    return Err(Error::artifact(format!("line {number} begins tree `{tree}`; tree {} is next", trees.len())));
                }
                trees.push(Block::new(format!("tree {tree}"), number));
                continue;
            }
            trees.last_mut().unwrap_or(&mut header).add(number, line)?;
        }
        let within = trees.last().unwrap_or(&header);
        Err(Error::artifact(format!(
            "the text ends with line {last}, in {}, before `end of trees`: it is cut short",
            within.owner
        )))
    }
}

/// The categories behind the trees; what else stands there is not needed to predict.
fn categories<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>) -> Option<Field<'a>> {
    const NAME: &str = "pandas_categorical";
    lines.find_map(|(line, text)| {
        let text = text.strip_prefix(NAME)?.strip_prefix(':')?;
        Some(Field { name: NAME, owner: "the model".to_owned(), line, text })
    })
}

impl<'a> Block<'a> {
    fn new(owner: String, line: usize) -> Block<'a> {
        Block { owner, line, fields: HashMap::new() }
    }

    /// Takes a line; one without a `=` is a name that stands for itself.
    fn add(&mut self, line: usize, text: &'a str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let (name, text) = text.split_once('=').unwrap_or((text, ""));
        let field = Field { name, owner: self.owner.clone(), line, text };
        match self.fields.insert(name, field) {
            Some(before) => Err(Error::artifact(format!(
                "line {line} gives `{}` of {} again; line {} has it already",
                excerpt(name),
                self.owner,
                before.line
            ))),
            None => Ok(()),
        }
    }

    /// The field of that name, if it is there.
    pub fn find(&self, name: &str) -> Option<&Field<'a>> {
        self.fields.get(name)
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Result<&Field<'a>> {
        self.find(name).ok_or_else(|| {
            Error::artifact(format!("{}, which begins on line {}, has no `{name}`: the text is damaged", self.owner, self.line))
        })
    }
}

impl<'a> Field<'a> {
    /// An error about this field: `what` goes on after its name.
    pub fn error(&self, what: impl std::fmt::Display) -> Error {
        Error::artifact(format!("line {}: `{}` of {} {what}", self.line, self.name, self.owner))
    }

    /// Its text as one value; `wanted` says what would be accepted.
    pub fn value<T: FromStr>(&self, wanted: &str) -> Result<T> {
        self.text.parse().map_err(|_| self.error(format_args!("is `{}`; {wanted} is needed", excerpt(self.text))))
    }

    /// Its words.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.text.split(' ').filter(|word| !word.is_empty())
    }

    /// Its words as so many values; `one_per` says what there is one of for each.
    pub fn values<T: FromStr>(&self, count: usize, one_per: &str) -> Result<Vec<T>> {
        let found = self.words().count();
        if found != count {
            return Err(self.error(format_args!("has {found} values; {count} are needed, one per {one_per}")));
        }
        let read =
            |word: &str| word.parse().map_err(|_| self.error(format_args!("holds `{}`, which is no number", excerpt(word))));
        self.words().map(read).collect()
    }
}

/// As much of a text as a message can hold.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 40;
    text.chars().take(SHOWN).collect()
}
