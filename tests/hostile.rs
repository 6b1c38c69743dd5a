//! Bytes that nobody meant: the corpora of the fuzz targets, each as it is and changed in a few places.

#![allow(missing_docs)]

#[path = "hostile/bodies.rs"]
mod bodies;

use std::fs;
use std::path::{Path, PathBuf};

use automl::Portfolio;
use automl_core::seed::derive;
use automl_datasets::GENERATORS;

/// The files of a folder of the project, by name.
fn corpus(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Ways to change bytes; the first three keep their number.
const WAYS: usize = 7;
const WAYS_IN_PLACE: usize = 3;

/// The bytes with one to four changes, each in one of the first `ways`: other bytes, a stretch left out, repeated or moved,
/// an early end.
fn changed(bytes: &[u8], ways: usize, seed: u64) -> Vec<u8> {
    const TELLING: [u8; 12] = [0, b'"', b',', b'\n', b'\r', b'-', b'9', 0x7f, 0x80, 0xc1, 0xdf, 0xff];
    let mut bytes = bytes.to_vec();
    for change in 0..1 + derive(seed, 0) % 4 {
        let draw = |salt: u64, below: usize| (derive(derive(seed, change), salt) % below.max(1) as u64) as usize;
        if bytes.is_empty() {
            return bytes;
        }
        let at = draw(1, bytes.len());
        let length = (1 + draw(2, 16)).min(bytes.len() - at);
        match draw(3, ways) {
            0 => bytes[at] = TELLING[draw(4, TELLING.len())],
            1 => bytes[at] ^= 1 << draw(4, 8),
            2 => bytes[at..at + length].fill(TELLING[draw(4, TELLING.len())]),
            3 => drop(bytes.drain(at..at + length)),
            4 => drop(bytes.splice(at..at, bytes[at..at + length].to_vec())),
            5 => bytes[at..].rotate_left(length),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// How many changes of each file are tried: `$AUTOML_HOSTILE` times as many as usual, for a longer search.
fn changes(usual: u64) -> u64 {
    usual * std::env::var("AUTOML_HOSTILE").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Tries the bytes, and so many changes of them; a panic is told with the seed of the change.
fn try_all(name: &str, bytes: &[u8], changes: u64, body: fn(&[u8])) {
    body(bytes);
    for seed in 0..changes {
        // Checksums can be made right again where nothing has moved: half of the changes get behind them.
        let tried = changed(bytes, if seed % 2 == 0 { WAYS_IN_PLACE } else { WAYS }, seed);
        let result = std::panic::catch_unwind(|| body(&tried));
        assert!(result.is_ok(), "{name}, changed by seed {seed}");
    }
}

#[test]
fn tables_of_any_bytes_are_read_or_refused() {
    corpus("fuzz/corpus/table")
        .iter()
        .for_each(|(path, bytes)| try_all(&path.display().to_string(), bytes, changes(100), bodies::table));
}

#[test]
fn configurations_of_any_text_are_read_or_refused() {
    corpus("fuzz/corpus/config")
        .iter()
        .for_each(|(path, bytes)| try_all(&path.display().to_string(), bytes, changes(100), bodies::config));
}

#[test]
fn models_of_any_bytes_predict_or_are_refused() {
    for (path, bytes) in corpus("fuzz/corpus/model") {
        try_all(&path.display().to_string(), &bytes, 0, bodies::model);
    }
}

/// Models of every learner and of every featurizer, small ones.
#[test]
fn damaged_models_predict_or_are_refused() {
    let features = automl::registry();
    let features: Vec<&str> = features.featurizers().iter().map(|featurizer| featurizer.id()).collect();
    for learner in automl::registry().learners().iter().map(|learner| learner.id()) {
        let line = serde_json::json!({ "name": "one", "learner": learner, "params": { "features": features } });
        let lines = format!("{{\"name\": \"baseline\", \"learner\": \"featureless\"}}\n{line}");
        for generator in GENERATORS.iter().filter(|generator| ["mixed", "regression"].contains(&generator.name)) {
            let made = (generator.generate)(60, 11);
            let run = automl::fit(made.frame, made.target).portfolio(Portfolio::parse(&lines).unwrap()).learners([learner]);
            let Ok(fit) = run.folds(2).trials_max(2).threads(1).run() else { continue };
            let bytes = automl::artifact::to_bytes(&fit.model).unwrap();
            try_all(&format!("a model of {learner}, {}", generator.name), &bytes, changes(150), bodies::model);
        }
    }
}
