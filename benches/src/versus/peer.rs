//! How is another library asked? By a process of its own that answers one request per line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::files::Files;
use super::report::Report;
use super::timing::Seconds;

/// Another library, waiting for requests. It ends when this is dropped.
pub struct Peer {
    /// Its name, as the script knows it.
    pub name: String,
    /// Its version.
    pub version: String,
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// A script that turns libraries into peers, and the virtual environment that has them.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The script, in `peers/`.
    pub script: &'static str,
    /// The environment: a folder in `$BENCH_HOME`.
    pub environment: &'static str,
    /// What has to be installed there.
    pub packages: &'static str,
}

impl Program {
    /// The interpreter that peers run in: `bin/python` of the environment.
    ///
    /// # Errors
    /// It is not there; the message says what to do.
    pub fn interpreter(&self) -> Result<PathBuf> {
        let Program { environment, packages, .. } = self;
        let home = std::env::var_os("BENCH_HOME").map(PathBuf::from);
        let home = home.context("peers are skipped: name the folder of their virtual environments in BENCH_HOME")?;
        let path = home.join(environment).join("bin/python");
        anyhow::ensure!(
            path.is_file(),
            "peers are skipped: there is no {}; make a virtual environment there with {packages}, or name another folder than \
             `{}` in BENCH_HOME",
            path.display(),
            home.display()
        );
        Ok(path)
    }

    /// The peers that can be had, with so many threads. The report says which cannot, and why.
    pub fn started(&self, names: &[String], threads: usize, report: &mut Report<'_>) -> Vec<Peer> {
        if names.iter().any(|name| name == "none") {
            return Vec::new();
        }
        if let Err(reason) = self.interpreter() {
            report.note(&format!("{reason}"));
            return Vec::new();
        }
        let mut peers = Vec::new();
        for name in names {
            match Peer::start(self, name, threads) {
                Ok(peer) => peers.push(peer),
                Err(reason) => report.note(&format!("{name} is skipped: {reason:#}")),
            }
        }
        peers
    }
}

impl Peer {
    /// Starts a peer with so many threads and waits until it has imported its library.
    ///
    /// # Errors
    /// It cannot be started, or its library is not there.
    pub fn start(program: &Program, name: &str, threads: usize) -> Result<Peer> {
        let interpreter = program.interpreter()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(program.script);
        let mut child = Command::new(&interpreter)
            .arg(&script)
            .arg(name)
            // Libraries leave files where they run, and Python beside what it reads.
            .current_dir(std::env::temp_dir())
            .env("PYTHONDONTWRITEBYTECODE", "1")
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
        let mut arguments = files.json();
        arguments["name"] = name.into();
        self.ask("load", arguments).map(|_| ())
    }

    /// The predictions of the last fit for arrays that were loaded, numbers row after row, and what they took.
    ///
    /// # Errors
    /// The peer cannot predict, or its numbers cannot be read.
    pub fn predict(&mut self, name: &str, threads: usize, folder: &Path) -> Result<(Vec<f64>, Seconds)> {
        let out = folder.join("predictions");
        let seconds = self.time("predict", json!({ "data": name, "threads": threads, "out": out }))?;
        Ok((numbers(&out)?, seconds))
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

/// The doubles that a peer wrote into a file.
///
/// # Errors
/// It cannot be read.
pub fn numbers(file: &Path) -> Result<Vec<f64>> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let (numbers, _) = bytes.as_chunks::<8>();
    Ok(numbers.iter().map(|number| f64::from_le_bytes(*number)).collect())
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
