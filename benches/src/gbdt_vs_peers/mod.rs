//! How fast and how good is the learner `gbdt` beside LightGBM, XGBoost and CatBoost?
//!
//! Both sides take turns in the same minute on the same arrays: ours through [`Ours`], the others through
//! [`Peer`], processes that `peers/gbdt.py` turns into servers of requests. [`options::Mode`] lists what can be
//! measured; each measurement is a module of that name.
//!
//! What is compared is only as equal as the libraries allow. XGBoost has no smallest number of rows in a leaf, CatBoost
//! keeps small leaves from being split and not from being made, its leaf-wise trees end at a depth of 16, and
//! `catboost-symmetric` has trees of depth 6 and its own settings whatever the leaves. The log loss beside the seconds
//! shows what that is worth.

pub mod accuracy;
pub mod arrays;
pub mod contributions;
pub mod cv;
pub mod fit;
pub mod memory;
pub mod options;
pub mod predict;
pub mod report;
pub mod settings;

use anyhow::Result;

use arrays::{Arrays, Size};
use options::{Mode, Options};
use settings::Settings;

use crate::versus::ours::Ours;
use crate::versus::peer::{Peer, Program};
use crate::versus::report::Report;

/// The learner that is measured.
pub const LEARNER: &str = "gbdt";

/// Where the other libraries are.
pub const LIBRARIES: Program =
    Program { script: "gbdt.py", environment: "gbm", packages: "lightgbm, xgboost, catboost and pandas" };

/// The libraries. `catboost` grows trees leaf by leaf as all others do, `catboost-symmetric` as it does by itself.
pub const NAMES: [&str; 4] = ["lightgbm", "xgboost", "catboost", "catboost-symmetric"];

/// Measures what the options ask for. Where the interpreter or the library of a peer is not there, the report says so
/// and goes on without it.
///
/// # Errors
/// A side failed.
pub fn run(options: &Options, report: &mut Report<'_>) -> Result<()> {
    report.warn_of_load();
    if options.mode == Mode::Accuracy {
        return accuracy::measure(options, report);
    }
    let names = match options.mode {
        Mode::Contributions => {
            options.peers.iter().filter(|name| ["none", contributions::PEER].contains(&name.as_str())).cloned().collect()
        }
        _ => options.peers.clone(),
    };
    let mut peers = LIBRARIES.started(&names, options.threads, report);
    warm_up(options.threads, &mut peers)?;
    match options.mode {
        Mode::Fit => fit::measure(options, &mut peers, report),
        Mode::Cv => cv::measure(options, &mut peers, report),
        Mode::Predict => predict::measure(options, &mut peers, report),
        Mode::SingleRow => predict::measure_single_rows(options, &mut peers, report),
        Mode::Contributions => contributions::measure(options, &mut peers, report),
        Mode::Memory => memory::measure(options, &peers, report),
        Mode::Accuracy => Ok(()),
    }
}

/// One small fit of every side, so that none pays in its first turn for what is done once in a process.
fn warm_up(threads: usize, peers: &mut [Peer]) -> Result<()> {
    let arrays = Arrays::generate(Size { rows: 1000, columns: 5 }, 0);
    let settings = Settings { trees: 3, leaves: 8, threads };
    Ours::new(LEARNER, threads)?.fit(&settings.ours(), &arrays.matrix()?, &arrays.target())?;
    let folder = tempfile::tempdir()?;
    let files = arrays.write(folder.path(), "train")?;
    for peer in peers {
        peer.load("train", &files)?;
        peer.ask("fit", fit::request(settings))?;
    }
    Ok(())
}
