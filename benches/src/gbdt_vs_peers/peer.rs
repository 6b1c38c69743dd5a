//! How is another library asked? By a process of its own that answers one request per line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::arrays::Files;
use super::timing::Seconds;

/// The libraries that [`Peer::start`] knows. `catboost` grows trees leaf by leaf as all others do,
/// `catboost-symmetric` as it does by itself.
pub const NAMES: [&str; 4] = ["lightgbm", "xgboost", "catboost", "catboost-symmetric"];

/// Another library, waiting for requests. It ends when this is dropped.
pub struct Peer {
    /// Its name, one of [`NAMES`].
    pub name: String,
    /// Its version.
    pub version: String,
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// The interpreter that peers run in: `$BENCH_HOME/gbm/bin/python`, by default in `~/.cache/automl-bench`.
///
/// # Errors
/// It is not there; the message says what to do.
pub fn interpreter() -> Result<PathBuf> {
    let home = std::env::var_os("BENCH_HOME").map(PathBuf::from);
    let cache = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/automl-bench"));
    let path = home.or_else(cache).unwrap_or_default().join("gbm/bin/python");
    anyhow::ensure!(
        path.is_file(),
        "peers are skipped: there is no {}; make a virtual environment there with lightgbm, xgboost, catboost and pandas, or \
         name another folder than `{}` in BENCH_HOME",
        path.display(),
        path.ancestors().nth(3).unwrap_or(&path).display()
    );
    Ok(path)
}

impl Peer {
    /// Starts a peer with so many threads and waits until it has imported its library.
    ///
    /// # Errors
    /// It cannot be started, or its library is not there.
    pub fn start(interpreter: &Path, name: &str, threads: usize) -> Result<Peer> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/gbdt.py");
        let mut child = Command::new(interpreter)
            .arg(&script)
            .arg(name)
            .env("OMP_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} {}", interpreter.display(), script.display()))?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take().context("a child without output")?);
        let mut peer = Peer { name: name.to_owned(), version: String::new(), child, requests, answers: BufReader::new(answers) };
        peer.version = peer.answer()?["version"].as_str().unwrap_or_default().to_owned();
        Ok(peer)
    }

    /// Name and version.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Carries out a request: the name of the operation and its arguments.
    ///
    /// # Errors
    /// The peer says so, or is gone.
    pub fn ask(&mut self, operation: &str, mut arguments: Value) -> Result<Value> {
        arguments["op"] = operation.into();
        let requests = self.requests.as_mut().context("the peer was told to end")?;
        writeln!(requests, "{arguments}").with_context(|| format!("{} takes no more requests", self.name))?;
        self.answer()
    }

    /// Carries out a request that is timed over there.
    ///
    /// # Errors
    /// The peer says so, or is gone.
    pub fn time(&mut self, operation: &str, arguments: Value) -> Result<Seconds> {
        Ok(seconds(&self.ask(operation, arguments)?))
    }

    /// Has the peer read arrays, which later requests call by `name`.
    ///
    /// # Errors
    /// The peer cannot read them.
    pub fn load(&mut self, name: &str, files: &Files) -> Result<()> {
        let arguments = json!({ "name": name, "x": files.x, "y": files.y, "categorical": files.categorical });
        self.ask("load", arguments).map(|_| ())
    }

    /// The predictions of the last fit for arrays that were loaded: numbers row after row.
    ///
    /// # Errors
    /// The peer cannot predict, or its numbers cannot be read.
    pub fn predict(&mut self, name: &str, threads: usize, folder: &Path) -> Result<Vec<f64>> {
        let out = folder.join("predictions");
        self.ask("predict", json!({ "data": name, "threads": threads, "out": out }))?;
        let bytes = std::fs::read(&out).with_context(|| out.display().to_string())?;
        let number = |b: &[u8]| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        Ok(bytes.chunks_exact(8).map(number).collect())
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        anyhow::ensure!(!line.is_empty(), "{} ended without an answer", self.name);
        let answer: Value = serde_json::from_str(&line).with_context(|| format!("{} answered {line:?}", self.name))?;
        match answer["error"].as_str() {
            Some(error) => anyhow::bail!("{}: {error}", self.name),
            None => Ok(answer),
        }
    }
}

/// The seconds in an answer.
pub fn seconds(answer: &Value) -> Seconds {
    let part = |key: &str| answer[key].as_f64().unwrap_or(f64::NAN);
    Seconds { wall: part("wall"), cpu: part("cpu") }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The end of its input is the end of the peer.
        self.requests = None;
        let _ = self.child.wait();
    }
}
