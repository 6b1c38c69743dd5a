//! How fast and how good is the learner `gbdt` beside LightGBM, XGBoost and CatBoost?
//!
//! Both sides take turns in the same minute on the same arrays: ours through [`ours::Ours`], the others through
//! [`peer::Peer`], processes that `peers/gbdt.py` turns into servers of requests. [`options::Mode`] lists what can be
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
pub mod losses;
pub mod memory;
pub mod npy;
pub mod options;
pub mod ours;
pub mod peer;
pub mod predict;
pub mod report;
pub mod settings;
pub mod timing;

use anyhow::Result;

use arrays::{Arrays, Size};
use options::{Mode, Options};
use ours::Ours;
use peer::Peer;
use report::Report;
use settings::Settings;

/// Measures what the options ask for. Where the interpreter or the library of a peer is not there, the report says so
/// and goes on without it.
///
/// # Errors
/// A side failed.
pub fn run(options: &Options, report: &mut Report<'_>) -> Result<()> {
    warn_of_load(report);
    if options.mode == Mode::Accuracy {
        return accuracy::measure(options, report);
    }
    let names = match options.mode {
        Mode::Contributions => {
            options.peers.iter().filter(|name| ["none", contributions::PEER].contains(&name.as_str())).cloned().collect()
        }
        _ => options.peers.clone(),
    };
    let mut peers = started(&names, options.threads, report);
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

/// Says so where the machine has other things to do, if the operating system tells.
fn warn_of_load(report: &mut Report<'_>) {
    const LOAD_MAX: f64 = 0.5;
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = text.split_whitespace().next().and_then(|load| load.parse::<f64>().ok());
    if let Some(load) = load.filter(|load| *load > LOAD_MAX) {
        report.note(&format!("the load of this machine is {load}: seconds, and their ratios most of all, say little"));
    }
}

/// The peers that can be had.
fn started(names: &[String], threads: usize, report: &mut Report<'_>) -> Vec<Peer> {
    if names.iter().any(|name| name == "none") {
        return Vec::new();
    }
    let interpreter = match peer::interpreter() {
        Ok(path) => path,
        Err(reason) => {
            report.note(&format!("{reason}"));
            return Vec::new();
        }
    };
    let mut peers = Vec::new();
    for name in names {
        match Peer::start(&interpreter, name, threads) {
            Ok(peer) => peers.push(peer),
            Err(reason) => report.note(&format!("{name} is skipped: {reason:#}")),
        }
    }
    peers
}

/// One small fit of every side, so that none pays in its first turn for what is done once in a process.
fn warm_up(threads: usize, peers: &mut [Peer]) -> Result<()> {
    let arrays = Arrays::generate(Size { rows: 1000, columns: 5 }, 0);
    let settings = Settings { trees: 3, leaves: 8, threads };
    Ours::new(threads)?.fit(&settings.ours(), &arrays)?;
    let folder = tempfile::tempdir()?;
    let files = arrays.write(folder.path(), "train")?;
    for peer in peers {
        peer.load("train", &files)?;
        peer.ask("fit", fit::request(settings))?;
    }
    Ok(())
}
