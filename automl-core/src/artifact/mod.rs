//! How does a model live on disk?
//!
//! One file: a [`container`] of checksummed blobs with a JSON [`manifest`] that says what they are. It holds
//! data only, never code. [`save`] writes it beside its place and renames it; [`load`] checks every length,
//! checksum and version before a model is used.

pub mod container;
pub mod manifest;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use container::Container;
use manifest::{FeaturizationEntry, FoldEntry, Manifest, MemberEntry, StepEntry};

use crate::error::{Error, Result};
use crate::featurizer::ColumnGroup;
use crate::learner::DynModel;
use crate::model::{FoldModel, Member, Model};
use crate::pipeline::{Featurization, Step};
use crate::registry::Registry;
use crate::schema::Kind;
use crate::target_transform::Inverse;

/// The extension of artifacts.
pub const EXTENSION: &str = "automl";

/// The bytes of a model.
///
/// # Errors
/// A component cannot be written.
pub fn to_bytes(model: &Model) -> Result<Vec<u8>> {
    let mut blobs = Vec::new();
    let mut add = |bytes: Vec<u8>| {
        blobs.push(bytes);
        blobs.len() - 1
    };
    let mut shared: HashMap<*const Step, StepEntry> = HashMap::new();
    // Members that were read from files have steps of their own that are the same.
    let mut same: HashMap<blake3::Hash, StepEntry> = HashMap::new();
    let mut featurizations: Vec<FeaturizationEntry> = Vec::new();
    let mut places = Vec::new();
    for featurization in &model.featurizations {
        let mut steps = Vec::new();
        for step in &featurization.steps {
            let entry = match shared.get(&Arc::as_ptr(step)) {
                Some(entry) => entry.clone(),
                None => {
                    let bytes = step.fitted.to_bytes()?;
                    let key = blake3::hash(&[format!("{:?}", describe(step, 0)).as_bytes(), &bytes].concat());
                    same.entry(key).or_insert_with(|| describe(step, add(bytes))).clone()
                }
            };
            shared.insert(Arc::as_ptr(step), entry.clone());
            steps.push(entry);
        }
        let entry = FeaturizationEntry { steps, kept: featurization.kept.clone() };
        places.push(featurizations.iter().position(|known| *known == entry).unwrap_or(featurizations.len()));
        if places.last() == Some(&featurizations.len()) {
            featurizations.push(entry);
        }
    }
    let mut members = Vec::new();
    for member in &model.members {
        let mut models = Vec::new();
        for fold in &member.models {
            models.push(FoldEntry {
                featurization: places[fold.featurization],
                blob: add(fold.model.to_bytes()?),
                inverse: fold.inverse.clone(),
            });
        }
        members.push(MemberEntry {
            trial: member.trial,
            name: member.name.clone(),
            learner: member.learner.id().to_owned(),
            version: member.learner.version(),
            params: member.params.clone(),
            weight: member.weight,
            models,
        });
    }
    let manifest = Manifest::describe(model, featurizations, members);
    let manifest = serde_json::to_vec(&manifest).map_err(|e| Error::internal(format!("the manifest cannot be written: {e}")))?;
    Ok(container::write(&manifest, &blobs))
}

fn describe(step: &Step, blob: usize) -> StepEntry {
    StepEntry {
        featurizer: step.featurizer.id().to_owned(),
        version: step.featurizer.version(),
        columns: step.group.columns.clone(),
        kind: step.group.kind.name().to_owned(),
        blob,
        completions: step.completions.clone(),
    }
}

/// Reads a model from bytes.
///
/// # Errors
/// Bytes that are no artifact, damaged, of a newer version, with a component that the registry does not have,
/// or with a model that is not sound.
pub fn from_bytes(bytes: &[u8], registry: &Registry) -> Result<Model> {
    let container = Container::read(bytes)?;
    let manifest = Manifest::parse(container.manifest())?;
    let mut shared = HashMap::new();
    let featurizations = manifest
        .featurizations
        .iter()
        .map(|entry| load_featurization(entry, &mut shared, &container, registry).map(Arc::new))
        .collect::<Result<Vec<_>>>()?;
    let members = manifest
        .members
        .iter()
        .map(|entry| load_member(entry, &featurizations, &container, registry))
        .collect::<Result<Vec<_>>>()?;
    manifest.into_model(featurizations, members)
}

/// Steps by the number of their blob: featurizations may share them.
type SharedSteps = HashMap<usize, (StepEntry, Arc<Step>)>;

fn load_featurization(
    entry: &FeaturizationEntry,
    shared: &mut SharedSteps,
    container: &Container<'_>,
    registry: &Registry,
) -> Result<Featurization> {
    let mut steps = Vec::new();
    for entry in &entry.steps {
        let step = match shared.get(&entry.blob) {
            Some((same, step)) if same == entry => step.clone(),
            _ => Arc::new(load_step(entry, container, registry)?),
        };
        shared.insert(entry.blob, (entry.clone(), step.clone()));
        steps.push(step);
    }
    let loaded = Featurization { steps, kept: entry.kept.clone() };
    loaded.validate()?;
    Ok(loaded)
}

fn load_step(step: &StepEntry, container: &Container<'_>, registry: &Registry) -> Result<Step> {
    let featurizer = registry.featurizer(&step.featurizer).map_err(not_here)?;
    same_version("featurizer", &step.featurizer, step.version, featurizer.version())?;
    let fitted = featurizer.load(container.blob(step.blob)?)?;
    let group = ColumnGroup::new(step.columns.clone(), Kind::parse(&step.kind).map_err(not_here)?);
    let loaded = Step { featurizer, group, fitted, completions: step.completions.clone() };
    loaded.validate().map_err(|e| e.context(format!("featurizer `{}` in the artifact", step.featurizer)))?;
    Ok(loaded)
}

fn load_member(
    entry: &MemberEntry,
    featurizations: &[Arc<Featurization>],
    container: &Container<'_>,
    registry: &Registry,
) -> Result<Member> {
    let learner = registry.learner(&entry.learner).map_err(not_here)?;
    same_version("learner", &entry.learner, entry.version, learner.version())?;
    let mut models = Vec::new();
    for fold in &entry.models {
        let featurization =
            featurizations.get(fold.featurization).ok_or_else(|| Error::artifact("the artifact names features that it lacks"))?;
        let model: Arc<dyn DynModel> = Arc::from(learner.load(container.blob(fold.blob)?)?);
        model.validate(featurization.columns()).map_err(|e| {
            e.context(format!("learner `{}` in the artifact", entry.learner)).with_kind(crate::error::Kind::Artifact)
        })?;
        fold.inverse.iter().try_for_each(Inverse::validate)?;
        models.push(FoldModel { featurization: fold.featurization, model, inverse: fold.inverse.clone() });
    }
    let usable = !models.is_empty() && entry.weight.is_finite() && entry.weight > 0.0;
    if !usable {
        return Err(Error::artifact(format!("member `{}` of the artifact has no models or no weight", entry.name)));
    }
    Ok(Member {
        trial: entry.trial,
        name: entry.name.clone(),
        learner,
        params: entry.params.clone(),
        weight: entry.weight,
        models,
    })
}

fn not_here(e: Error) -> Error {
    e.with_kind(crate::error::Kind::Artifact).context("the artifact needs something that this program does not have")
}

fn same_version(what: &str, id: &str, written: u32, ours: u32) -> Result<()> {
    if written == ours {
        return Ok(());
    }
    let hint = if written > ours { "a newer automl is needed to read it" } else { "it is no longer supported: fit again" };
    Err(Error::artifact(format!("{what} `{id}` in the artifact has format {written}, this program has {ours}: {hint}")))
}

/// Writes a model to a file: beside its place first, then renamed.
///
/// # Errors
/// The operating system refuses, or a component cannot be written.
pub fn save(model: &Model, path: &Path) -> Result<u64> {
    let bytes = to_bytes(model)?;
    crate::run_folder::write_atomically(path, &bytes)?;
    Ok(bytes.len() as u64)
}

/// Whether a file begins as artifacts do. Files that cannot be read do not.
pub fn is_artifact(path: &Path) -> bool {
    use std::io::Read;
    let mut first = [0; container::MAGIC.len()];
    std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut first).is_ok() && first == *container::MAGIC)
}

/// What an artifact says about itself, without its models: also where they need components that this program
/// does not have.
///
/// # Errors
/// No such file, or one that is no sound artifact of a version that this program reads.
pub fn read_manifest(path: &Path) -> Result<Manifest> {
    let bytes = read_file(path)?;
    let manifest = Container::read(&bytes).and_then(|container| Manifest::parse(container.manifest()));
    manifest.map_err(|e| e.context(path.display().to_string()))
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let doing = format!("reading {}", path.display());
    std::fs::read(path).map_err(|e| Error::io(doing, &e).with_kind(crate::error::Kind::Artifact))
}

/// Reads a model from a file.
///
/// # Errors
/// See [`from_bytes`]; the message names the file.
pub fn load(path: &Path, registry: &Registry) -> Result<Model> {
    let bytes = read_file(path)?;
    from_bytes(&bytes, registry).map_err(|e| e.context(path.display().to_string()))
}
