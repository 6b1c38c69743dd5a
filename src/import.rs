//! How does a model that another program fitted become a [`Model`]?
//!
//! [`lightgbm`] and [`lightgbm_file`] read what LightGBM's `save_model` writes. The result predicts, evaluates
//! and is saved as any other; nothing is fitted. What the file does not know, the name of the target and of
//! the classes, is given by [`Options`].
//!
//! ```no_run
//! # fn main() -> automl::Result<()> {
//! let imported = automl::import::lightgbm_file("booster.txt", &automl::import::Options::default())?;
//! automl::save(&imported.model, "model.automl")?;
//! # Ok(())
//! # }
//! ```

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use automl_core::featurizer::{ColumnGroup, DynFitted};
use automl_core::frame::NA_VALUES;
use automl_core::learner::Model as _;
use automl_core::metric::Measure;
use automl_core::model::{FoldModel, Member, Provenance};
use automl_core::pipeline::{Featurization, Step};
use automl_core::space::Params;
use automl_featurizers::{category_codes, numeric};
use automl_learners::gbdt::lightgbm::{InputColumn, InputValues, LightGbm};

use crate::{Error, ErrorKind, Field, Finding, Kind, Model, Registry, Result, Role, Schema, Status, Task, TaskKind};

/// What the file of a model does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Name of the target column; `target` if nothing is said.
    pub target: String,
    /// The labels in the order of the model's classes; if there are none, `0`, `1` and so on.
    pub classes: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { target: "target".to_owned(), classes: Vec::new() }
    }
}

/// A model from elsewhere, and what a person should know about it.
#[derive(Clone)]
pub struct Imported {
    /// The model.
    pub model: Model,
    /// Number of its trees.
    pub trees: usize,
    /// Columns with names of categories, and how many each has.
    pub named: Vec<(String, usize)>,
    /// Features of the file that no tree looks at; tables need not have them.
    pub unused: Vec<String>,
    /// In what it differs from the file, and what to look out for.
    pub findings: Vec<Finding>,
}

/// Reads a file that LightGBM's `save_model` wrote.
///
/// # Errors
/// As [`lightgbm`], or the file cannot be read; the message names it.
pub fn lightgbm_file(path: impl AsRef<Path>, options: &Options) -> Result<Imported> {
    let path = path.as_ref();
    let bytes =
        std::fs::read(path).map_err(|e| Error::io(format!("reading {}", path.display()), &e).with_kind(ErrorKind::Artifact))?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|e| Error::artifact(format!("it is no text in UTF-8 from byte {} on", e.valid_up_to())));
    text.and_then(|text| lightgbm(text, options)).map_err(|e| e.context(path.display().to_string()))
}

/// Reads the text of a LightGBM model, version 3 or 4.
///
/// Columns are found by the names of the features. A categorical feature of a pandas frame takes the names of
/// its categories, any other the whole numbers it was trained on. Values are read as everywhere in this library:
/// as 32-bit floats, and infinite ones are missing.
///
/// # Errors
/// The text is no such model, is damaged, or says something that has no equal here; a target or classes that do
/// not fit it.
pub fn lightgbm(text: &str, options: &Options) -> Result<Imported> {
    let read = LightGbm::read(text)?;
    let task = task(&read, options)?;
    let registry = crate::registry();
    let (used, unused): (Vec<&InputColumn>, Vec<&InputColumn>) = read.columns().iter().partition(|column| column.is_used);
    let (featurization, subtracted) = featurization(&used, &registry)?;
    let trees = read.model(&subtracted)?;
    trees.validate(used.len())?;
    let member = Member {
        trial: 0,
        name: "lightgbm".to_owned(),
        learner: registry.learner("gbdt")?,
        params: Params::new(),
        weight: 1.0,
        models: vec![FoldModel { featurization: 0, model: Arc::new(trees), inverse: None }],
    };
    let provenance = Provenance {
        validation: "none: the model was imported from LightGBM".to_owned(),
        rows: read.rows(),
        ..Provenance::default()
    };
    let model = Model {
        schema: schema(read.columns(), &task)?,
        task,
        featurizations: vec![Arc::new(featurization)],
        members: vec![member],
        temperature: None,
        decision: None,
        provenance,
    };
    Ok(Imported {
        model,
        trees: read.trees(),
        named: used.iter().filter_map(|column| Some((column.name.clone(), names(column)?.len()))).collect(),
        unused: unused.into_iter().map(|column| column.name.clone()).collect(),
        findings: findings(&read, &used),
    })
}

fn task(read: &LightGbm, options: &Options) -> Result<Task> {
    let kind = read.kind();
    let wanted = if kind == TaskKind::Regression { 0 } else { read.width() };
    let classes: Vec<String> = match options.classes.as_slice() {
        [] => (0..wanted).map(|class| class.to_string()).collect(),
        named => named.iter().map(|class| class.trim().to_owned()).collect(),
    };
    if wanted == 0 && !classes.is_empty() {
        return Err(Error::usage(format!("{} classes were named, but the model predicts a number", classes.len())));
    }
    if classes.len() != wanted {
        return Err(Error::usage(format!("{} classes were named, but the model has {wanted}", classes.len())));
    }
    let mut known = HashSet::new();
    if let Some(class) = classes.iter().find(|class| class.is_empty() || !known.insert(class.as_str())) {
        return Err(Error::usage(format!("the class `{class}` is named twice or is empty; each needs a name of its own")));
    }
    let metric = Measure::parse(Measure::default_id(kind), kind, crate::registry().metrics())?.name();
    let positive = classes.len().saturating_sub(1);
    Ok(Task { kind, target: options.target.clone(), classes, positive, metric })
}

/// The features, and the target behind them.
fn schema(columns: &[InputColumn], task: &Task) -> Result<Schema> {
    if columns.iter().any(|column| column.name == task.target) {
        return Err(Error::usage(format!("the model has a feature `{}`; give the target another name", task.target)));
    }
    let feature = |column: &InputColumn| {
        let role = if column.is_used { Role::Feature } else { Role::Ignore };
        Field { role, ..Field::feature(column.name.clone(), kind(column)) }
    };
    let target_kind = if task.kind.is_classification() { Kind::Categorical } else { Kind::Numeric };
    let target = Field { role: Role::Target, ..Field::feature(task.target.clone(), target_kind) };
    Ok(Schema { fields: columns.iter().map(feature).chain([target]).collect() })
}

fn names(column: &InputColumn) -> Option<&[String]> {
    match &column.values {
        InputValues::Names(names) => Some(names),
        InputValues::Numbers { .. } => None,
    }
}

fn kind(column: &InputColumn) -> Kind {
    match names(column) {
        None => Kind::Numeric,
        // Then `True` in a table is the same as `true`.
        Some(names) if names.iter().all(|name| name == "true" || name == "false") => Kind::Bool,
        Some(_) => Kind::Categorical,
    }
}

/// One step per used column, and what each subtracts from its numbers.
fn featurization(used: &[&InputColumn], registry: &Registry) -> Result<(Featurization, Vec<f64>)> {
    let (mut steps, mut subtracted) = (Vec::new(), Vec::new());
    for column in used {
        let (id, kind, fitted, offset): (&str, Kind, Box<dyn DynFitted>, f64) = match &column.values {
            InputValues::Numbers { range } => {
                let fitted = numeric::Fitted::of_range(&column.name, *range);
                let offset = fitted.offset();
                ("numeric", Kind::Numeric, Box::new(fitted), offset)
            }
            InputValues::Names(names) => {
                let fitted = category_codes::Fitted::of_levels(&column.name, names.clone())?;
                ("category_codes", Kind::Categorical, Box::new(fitted), 0.0)
            }
        };
        let group = ColumnGroup::new(vec![column.name.clone()], kind);
        steps.push(Arc::new(Step::new(registry.featurizer(id)?, group, fitted)));
        subtracted.push(offset);
    }
    Ok((Featurization { steps, kept: None }, subtracted))
}

fn findings(read: &LightGbm, used: &[&InputColumn]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if read.is_raw() {
        let message = "The model names no objective: it was fitted to one of a program's own.";
        let finding = Finding::new("objective_without_name", Status::Alerted, message);
        findings.push(finding.action("Predictions are the sums of its leaves, as LightGBM's are."));
    }
    if read.is_normalised() {
        let message = "The probabilities of the classes were independent of each other.";
        let finding = Finding::new("probabilities_normalised", Status::Fixed, message);
        findings.push(finding.action("They are divided by their sum, so that they sum to one."));
    }
    for column in used {
        let named = names(column).unwrap_or_default();
        let markers: Vec<String> =
            named.iter().filter(|name| NA_VALUES.contains(&name.as_str())).map(|name| format!("`{name}`")).collect();
        if !markers.is_empty() {
            let message =
                format!("`{}` has the category {}, which stands for a missing value in CSV.", column.name, markers.join(", "));
            let finding = Finding::new("category_reads_as_missing", Status::Alerted, message).columns([&column.name]);
            findings.push(finding.action("Say what stands for missing values when predicting, as in --na-values NULL."));
        }
    }
    findings
}
