//! Who is less wrong on rows of real tables that no side has seen, and who is faster?
//!
//! Every table is split into three quarters to fit and a quarter to compare on, several times. The losses of the same
//! row are compared. Seconds are those of the fastest of some fits, summed over the splits; ratios are ours over theirs.

use anyhow::{Context, Result};
use automl::matrix::Shape;
use automl::space::Params;
use serde_json::{Value, json};

use super::cases::Case;
use super::options::Options;
use super::side::{self, Attempt};
use crate::versus::losses;
use crate::versus::ours::Ours;
use crate::versus::paired::{self, Comparison};
use crate::versus::peer::Peer;
use crate::versus::problem::{Problem, Rows};
use crate::versus::report::Report;
use crate::versus::tables::Table;
use crate::versus::timing::{Seconds, Spread};

/// Makes the comparisons that were asked for.
///
/// # Errors
/// A case or table is not there, or our side failed.
pub fn measure(options: &Options, report: &mut Report<'_>) -> Result<()> {
    for case in super::chosen(&options.cases)? {
        let names: Vec<&str> = match options.tables.is_empty() {
            true => case.tables.to_vec(),
            false => options.tables.iter().map(String::as_str).collect(),
        };
        let Some(tables) = super::tables(&names, report)? else { return Ok(()) };
        match Match::new(case, options) {
            Ok(of_case) => of_case.over(&tables, report)?,
            Err(reason) => report.note(&format!("{} is skipped: {reason:#}", case.name)),
        }
    }
    Ok(())
}

/// One case, ready to be carried out.
struct Match<'a> {
    case: Case,
    params: Params,
    ours: Ours,
    options: &'a Options,
}

/// Losses of both sides by row, and what they took over all splits.
#[derive(Default)]
struct Tally {
    pairs: Vec<(u32, f64, f64)>,
    ours: Took,
    theirs: Took,
}

/// Seconds of fits and of predictions.
#[derive(Debug, Clone, Copy, Default)]
struct Took {
    fit: Seconds,
    predict: Seconds,
}

impl Took {
    fn add(&mut self, attempt: &Attempt) {
        let sum = |a: &mut Seconds, b: Seconds| *a = Seconds { wall: a.wall + b.wall, cpu: a.cpu + b.cpu };
        sum(&mut self.fit, attempt.fit);
        sum(&mut self.predict, attempt.predict);
    }

    fn json(&self) -> Value {
        let Took { fit, predict } = self;
        json!({ "fit_s": fit.wall, "fit_cpu_s": fit.cpu, "predict_s": predict.wall, "predict_cpu_s": predict.cpu })
    }
}

impl Match<'_> {
    fn new(case: Case, options: &Options) -> Result<Match<'_>> {
        let ours = Ours::new(case.learner, options.threads)?;
        let params = serde_json::from_str(case.params).with_context(|| format!("the parameters of case {}", case.name))?;
        // Whether our learner knows the parameters.
        let shape = Shape { rows: 1, columns: 1, width: 1, nonzeros: 0, outputs: 1 };
        ours.learner.cost(&params, shape)?;
        Ok(Match { case, params, ours, options })
    }

    fn over(&self, tables: &[Table], report: &mut Report<'_>) -> Result<()> {
        let Match { case, options, .. } = self;
        let names = if options.alone { Vec::new() } else { vec![case.peer.to_owned()] };
        let mut peer = case.program.started(&names, options.threads, report).pop();
        let against = peer
            .as_ref()
            .map_or("alone".to_owned(), |p| format!("against {} of {} {}", p.name, case.program.packages, p.version));
        report.note(&format!("{}: ours {against}, {} seeds, {} threads", case.name, options.seeds, options.threads));
        report.note(&format!("{}   ratio     cpu  ours predict s  theirs   ratio", paired::header()));
        let mut found = Vec::new();
        for table in tables {
            let problem = Problem::of(table)?;
            if !self.takes(&problem) {
                report.note(&format!(
                    "  {:<20} is skipped: the case is not made for {}",
                    table.name,
                    problem.target.kind().name()
                ));
                continue;
            }
            match self.on(&problem, peer.as_mut()) {
                Ok(tally) => found.extend(self.tell(table, &tally, peer.as_ref(), report)),
                Err(reason) => report.note(&format!("  {:<20} is skipped: {reason:#}", table.name)),
            }
        }
        if !found.is_empty() {
            report.note(&summary(&found));
        }
        Ok(())
    }

    fn takes(&self, problem: &Problem) -> bool {
        let kind = problem.target.kind();
        self.case.tasks.contains(&kind) && self.ours.learner.supports().tasks.contains(&kind)
    }

    fn on(&self, problem: &Problem, mut peer: Option<&mut Peer>) -> Result<Tally> {
        let mut tally = Tally::default();
        for seed in 0..self.options.seeds {
            let rows = problem.split(self.ours.learner, seed, self.case.patience.is_some())?;
            let (ours, theirs) = self.attempts(problem, &rows, peer.as_deref_mut(), seed)?;
            tally.ours.add(&ours);
            if let Some(theirs) = &theirs {
                tally.theirs.add(theirs);
            }
            // Alone, the losses are there but compared with nothing.
            let nothing = vec![f64::NAN; ours.losses.len()];
            let losses = ours.losses.iter().zip(theirs.as_ref().map_or(&nothing, |t| &t.losses));
            tally.pairs.extend(rows.test_rows.iter().zip(losses).map(|(&row, (&ours, &theirs))| (row, ours, theirs)));
        }
        Ok(tally)
    }

    /// The fits of one split, in turns; who begins changes.
    fn attempts(
        &self,
        problem: &Problem,
        rows: &Rows,
        mut peer: Option<&mut Peer>,
        seed: u64,
    ) -> Result<(Attempt, Option<Attempt>)> {
        let folder = tempfile::tempdir()?;
        if let Some(peer) = peer.as_deref_mut() {
            side::load(peer, problem, rows, folder.path())?;
        }
        let (mut ours, mut theirs): (Option<Attempt>, Option<Attempt>) = (None, None);
        for turn in 0..2 * self.options.repeats.unwrap_or(2).max(1) {
            let is_ours = (turn % 2 == 0) == (turn / 2 % 2 == 0);
            if is_ours {
                let made = side::ours(&self.case, &self.ours, &self.params, problem, rows, seed).context("ours")?;
                ours = Some(ours.map_or_else(|| made.clone(), |best| best.or_faster(&made)));
            } else if let Some(peer) = peer.as_deref_mut() {
                let made = side::theirs(&self.case, peer, (problem, rows), (self.options.threads, seed), folder.path())?;
                theirs = Some(theirs.map_or_else(|| made.clone(), |best| best.or_faster(&made)));
            }
        }
        Ok((ours.context("no turn of ours")?, theirs))
    }

    /// Tells of one table; gives what the summary is made of.
    fn tell(&self, table: &Table, tally: &Tally, peer: Option<&Peer>, report: &mut Report<'_>) -> Option<(Comparison, f64)> {
        let Tally { pairs, ours, theirs } = tally;
        let mut measurement = json!({ "mode": "compare", "case": self.case.name, "table": table.name, "ours": ours.json() });
        let Some(peer) = peer else {
            let loss = losses::mean(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
            measurement["loss"] = loss.into();
            report.keep(
                &format!("  {:<20}{loss:>13.6e}  fit {:.3} s, predict {:.3} s", table.name, ours.fit.wall, ours.predict.wall),
                measurement,
            );
            return None;
        };
        let comparison = Comparison::of(pairs);
        measurement["side"] = peer.title().into();
        measurement["comparison"] = comparison.json();
        measurement["theirs"] = theirs.json();
        let ratio = |part: fn(&Took) -> f64| part(ours) / part(theirs);
        let fit_ratio = ratio(|t| t.fit.wall);
        let line = format!(
            "{}  {:>8.3}{:>10.3}{fit_ratio:>8.2}{:>8.2}{:>15.3}{:>9.3}{:>8.2}",
            comparison.line(&table.name),
            ours.fit.wall,
            theirs.fit.wall,
            ratio(|t| t.fit.cpu),
            ours.predict.wall,
            theirs.predict.wall,
            ratio(|t| t.predict.wall),
        );
        report.keep(&line, measurement);
        Some((comparison, fit_ratio))
    }
}

/// What all tables of a case say together.
fn summary(found: &[(Comparison, f64)]) -> String {
    let comparisons: Vec<Comparison> = found.iter().map(|(comparison, _)| *comparison).collect();
    let ratios = Spread::of(found.iter().map(|(_, ratio)| *ratio));
    format!("{}; fit seconds {:.2} of theirs ({:.2} at worst)", paired::summary(&comparisons), ratios.median, ratios.max)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::cases::CASES;
    use super::*;

    /// Our half of every case whose learner is in the list, on a bundled table of each task.
    #[test]
    fn ours_runs_tiny() {
        let options = Options::parse_from(["learners_vs_peers", "--seeds", "1", "--repeats", "1", "--threads", "1"]);
        for name in ["breast_cancer", "wine", "diabetes"] {
            let bundled = automl_datasets::find(name).unwrap();
            let source = bundled.frame().unwrap().into();
            let table = Table { name: name.into(), source, target: bundled.target.into(), drop: Vec::new() };
            let problem = Problem::of(&table).unwrap();
            for case in CASES {
                let Ok(of_case) = Match::new(*case, &options) else { continue };
                if of_case.takes(&problem) {
                    let tally = of_case.on(&problem, None).unwrap();
                    assert!(tally.pairs.len() > 30 && tally.pairs.iter().all(|pair| pair.1.is_finite()), "{}, {name}", case.name);
                    assert!(tally.ours.fit.wall > 0.0);
                }
            }
        }
    }

    #[test]
    fn what_a_case_tells_its_sides_is_json() {
        for case in CASES {
            let told: Result<Vec<Params>, _> = [case.params, case.settings].map(serde_json::from_str).into_iter().collect();
            assert!(told.is_ok(), "{}: {told:?}", case.name);
        }
    }
}
