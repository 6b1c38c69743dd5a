//! What does each feature of the model hold?
//!
//! The splits say whether a feature is a number or a category. What the categories are called stands in
//! `pandas_categorical`, in lists without names: they belong, in order, to the categorical features. Where
//! their number leaves open which is whose, the model is refused.

use std::collections::HashSet;

use automl_core::error::{Error, Result};
use automl_core::schema::canonical;
use serde_json::Value;

use super::text::{Block, Field, Sections};
use super::tree::{Missing, Split, Test, Tree};

/// One feature of an imported model: a column of the tables it can predict.
#[derive(Debug, Clone, PartialEq)]
pub struct InputColumn {
    /// Name of the column.
    pub name: String,
    /// Whether any tree looks at it.
    pub is_used: bool,
    /// What the model expects in it.
    pub values: InputValues,
}

/// What the model expects in a column.
#[derive(Debug, Clone, PartialEq)]
pub enum InputValues {
    /// Numbers.
    Numbers {
        /// The smallest and the largest number in training, if a constant may be subtracted from all of them.
        range: Option<(f64, f64)>,
    },
    /// Names: matrix codes count them from 1, in this order, and 0 is every other.
    Names(Vec<String>),
}

/// What the header says of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Info {
    /// It was constant.
    Constant,
    /// Numbers between these two.
    Numbers(f64, f64),
    /// Codes of categories; the largest one.
    Codes(i64),
}

/// The names of the features.
pub(super) fn names(header: &Block<'_>) -> Result<Vec<String>> {
    let last: usize = header.get("max_feature_idx")?.value("the index of the last feature")?;
    let field = header.get("feature_names")?;
    let names: Vec<String> = field.values(last.saturating_add(1), "feature")?;
    let mut known = HashSet::new();
    match names.iter().find(|name| !known.insert(name.as_str())) {
        Some(twice) => Err(field.error(format_args!("has `{twice}` twice"))),
        None => Ok(names),
    }
}

/// What each feature holds.
pub(super) fn read(sections: &Sections<'_>, names: Vec<String>, trees: &[Tree]) -> Result<Vec<InputColumn>> {
    let infos = infos(sections.header.get("feature_infos")?, names.len())?;
    let uses = Uses::of(trees, &names)?;
    let mut lists = vec![None; names.len()];
    if let Some(field) = &sections.categories {
        let categorical: Vec<bool> = (0..names.len()).map(|i| uses.in_sets[i] || matches!(infos[i], Info::Codes(_))).collect();
        assign(field, &categorical, &infos, &mut lists)?;
        if let Some(i) = (0..names.len()).find(|&i| lists[i].is_some() && uses.in_thresholds[i]) {
            return Err(field.error(format_args!("has categories for `{}`, which is split by thresholds", names[i])));
        }
    }
    let columns = names.into_iter().zip(lists).enumerate().map(|(i, (name, list))| {
        let may_shift = uses.in_thresholds[i] && !uses.zero_is_missing[i];
        let values = match (list, infos[i]) {
            (Some(names), _) => InputValues::Names(names),
            (None, Info::Numbers(low, high)) if may_shift => InputValues::Numbers { range: Some((low, high)) },
            _ => InputValues::Numbers { range: None },
        };
        InputColumn { name, is_used: uses.in_thresholds[i] || uses.in_sets[i], values }
    });
    Ok(columns.collect())
}

/// How the trees look at each feature.
struct Uses {
    in_thresholds: Vec<bool>,
    in_sets: Vec<bool>,
    zero_is_missing: Vec<bool>,
}

impl Uses {
    fn of(trees: &[Tree], names: &[String]) -> Result<Uses> {
        let none = || vec![false; names.len()];
        let mut uses = Uses { in_thresholds: none(), in_sets: none(), zero_is_missing: none() };
        for Split { feature, test, .. } in trees.iter().flat_map(|tree| &tree.splits) {
            match test {
                Test::In(_) => uses.in_sets[*feature] = true,
                Test::UpTo { missing, .. } => {
                    uses.in_thresholds[*feature] = true;
                    uses.zero_is_missing[*feature] |= *missing == Missing::Zero;
                }
            }
        }
        match (0..names.len()).find(|&i| uses.in_thresholds[i] && uses.in_sets[i]) {
            Some(i) => Err(Error::artifact(format!(
                "feature `{}` is split by a threshold in one place and by a set of categories in another: the text is damaged",
                names[i]
            ))),
            None => Ok(uses),
        }
    }
}

fn infos(field: &Field<'_>, count: usize) -> Result<Vec<Info>> {
    let words: Vec<String> = field.values(count, "feature")?;
    let info = |word: &String| {
        let read = match word.strip_prefix('[').and_then(|word| word.strip_suffix(']')) {
            _ if word == "none" => Some(Info::Constant),
            Some(range) => {
                range.split_once(':').and_then(|(low, high)| Some(Info::Numbers(low.parse().ok()?, high.parse().ok()?)))
            }
            None => word.split(':').map(|code| code.parse().ok()).collect::<Option<Vec<i64>>>().and_then(|codes| {
                let largest = codes.into_iter().max()?;
                Some(Info::Codes(largest))
            }),
        };
        read.ok_or_else(|| field.error(format_args!("holds `{word}`; `none`, `[0:1]` or `0:1:2` is needed")))
    };
    words.iter().map(info).collect()
}

/// Gives the lists of categories to the features they belong to.
fn assign(field: &Field<'_>, categorical: &[bool], infos: &[Info], lists: &mut [Option<Vec<String>>]) -> Result<()> {
    let read: Option<Vec<Vec<Value>>> =
        serde_json::from_str(field.text).map_err(|e| field.error(format_args!("is no list of lists of categories ({e})")))?;
    let read = read.unwrap_or_default();
    // A category that was constant in training is `none` in the header, and its list is there nevertheless.
    let sure: Vec<usize> = (0..infos.len()).filter(|&i| categorical[i]).collect();
    let possible: Vec<usize> = (0..infos.len()).filter(|&i| categorical[i] || infos[i] == Info::Constant).collect();
    let owners = match read.len() {
        0 => return Ok(()),
        n if n == sure.len() => sure,
        n if n == possible.len() => possible,
        n => {
            return Err(field.error(format_args!(
                "has {n} lists, but {} features are categorical: which list is whose cannot be told (lists of ordered \
                 categories, and codes beside names, cannot be read)",
                sure.len()
            )));
        }
    };
    for (list, owner) in read.iter().zip(owners) {
        let names = categories(field, list)?;
        if matches!(infos[owner], Info::Codes(largest) if largest >= names.len() as i64) {
            return Err(field.error(format_args!(
                "has {} categories for feature {owner} (counted from 0), which had more: which list is whose cannot be told",
                names.len()
            )));
        }
        lists[owner] = Some(names);
    }
    Ok(())
}

/// Categories as they are written in tables.
fn categories(field: &Field<'_>, list: &[Value]) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(list.len());
    for value in list {
        let name = match value {
            Value::String(text) => canonical(text.trim()).into_owned(),
            Value::Number(number) => canonical(&number.to_string()).into_owned(),
            Value::Bool(value) => value.to_string(),
            other => return Err(field.error(format_args!("has the category `{other}`; a text, number or boolean is needed"))),
        };
        if name.is_empty() {
            return Err(field.error("has a category without a visible character, which tables cannot tell from a missing cell"));
        }
        names.push(name);
    }
    let mut known = HashSet::new();
    match names.iter().find(|name| !known.insert(name.as_str())) {
        Some(twice) => Err(field.error(format_args!("has two categories that tables write as `{twice}`"))),
        None => Ok(names),
    }
}
