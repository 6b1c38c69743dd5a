//! How long does a fit take, from arrays in memory to a model?
//!
//! The library's own data set is part of it on both sides: bins here, `Dataset`, `QuantileDMatrix` and `Pool` there.
//! Ours begins with columns and theirs with rows, as tables come to each.

use anyhow::Result;
use serde_json::json;
use tempfile::TempDir;

use super::LEARNER;
use super::arrays::{Arrays, Size};
use super::options::Options;
use super::report::Case;
use super::settings::Settings;
use crate::versus::losses;
use crate::versus::ours::Ours;
use crate::versus::peer::Peer;
use crate::versus::report::Report;
use crate::versus::timing::{Outcome, Side, Turn, take_turns};

/// Compares fits of all sizes and numbers of leaves.
///
/// # Errors
/// A side failed.
pub fn measure(options: &Options, peers: &mut [Peer], report: &mut Report<'_>) -> Result<()> {
    let ours = Ours::new(LEARNER, options.threads)?;
    for size in options.sizes() {
        let arrays = Prepared::new(size, peers)?;
        for settings in options.settings() {
            let outcomes = arrays.compare(&ours, peers, settings, options.repeats)?;
            report.compare(Case { mode: "fit", size, settings }, &outcomes, |_| String::new());
        }
    }
    Ok(())
}

/// Arrays that every side has: some to fit, some to look whether it was fitted well.
pub struct Prepared {
    /// To fit on.
    pub train: Arrays,
    /// Of the same kind, but never fitted on.
    pub test: Arrays,
    /// Where both lie.
    pub folder: TempDir,
}

/// Rows that losses are compared on, at most.
const TEST_ROWS: usize = 20_000;

impl Prepared {
    /// Makes arrays and has every peer read them.
    ///
    /// # Errors
    /// The files cannot be written or read.
    pub fn new(size: Size, peers: &mut [Peer]) -> Result<Prepared> {
        let (train, test) = (Arrays::generate(size, 1), Arrays::generate(Size { rows: size.rows.min(TEST_ROWS), ..size }, 2));
        let folder = tempfile::tempdir()?;
        let (files, test_files) = (train.write(folder.path(), "train")?, test.write(folder.path(), "test")?);
        for peer in peers {
            peer.load("train", &files)?;
            peer.load("test", &test_files)?;
        }
        Ok(Prepared { train, test, folder })
    }

    fn compare(&self, ours: &Ours, peers: &mut [Peer], settings: Settings, repeats: usize) -> Result<Vec<Outcome>> {
        let (params, told, target) = (settings.ours(), request(settings), self.test.target());
        let loss = |predictions: &[f64]| Some(losses::mean(&losses::per_row(&target, predictions)));
        let mut sides = vec![Side {
            name: "ours".into(),
            run: Box::new(|| {
                let (model, seconds) = ours.fit(&params, &self.train.matrix()?, &self.train.target())?;
                Ok(Turn { seconds, loss: loss(ours.predict(&*model, &self.test.matrix()?).values()) })
            }),
        }];
        for peer in peers {
            let (told, loss) = (&told, &loss);
            sides.push(Side {
                name: peer.title(),
                run: Box::new(move || {
                    let seconds = peer.time("fit", told.clone())?;
                    Ok(Turn { seconds, loss: loss(&peer.predict("test", settings.threads, self.folder.path())?.0) })
                }),
            });
        }
        take_turns(repeats, sides)
    }
}

/// What a peer is asked to fit.
pub fn request(settings: Settings) -> serde_json::Value {
    json!({ "data": "train", "task": { "kind": "binary", "classes": 2 }, "settings": settings.theirs() })
}
