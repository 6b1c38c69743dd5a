//! What did each column of a table add to a prediction?
//!
//! [`Model::explain`] takes the contributions of the members to the columns of their matrices back to the
//! columns of the table they are made of. Its answer is an [`Explanation`].

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame};

use crate::contributions::{Contributions, Scale};
use crate::error::{Error, Result};
use crate::frame::{Frame, FrameView};
use crate::matrix::Matrix;
use crate::model::{Member, Model};
use crate::pipeline::transform_all;
use crate::temperature::Temperature;

/// What each column added to the scores of some rows.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The columns that the model reads, in the order of the table it was fitted on.
    pub columns: Vec<String>,
    /// What they added, in their order.
    pub contributions: Contributions,
    /// The class of each score; none where there is but one score.
    pub classes: Vec<String>,
    /// Per column, how many cells were there but could not be read as the column's kind; they count as missing.
    pub unreadable: Vec<(String, usize)>,
}

impl Model {
    /// What each column added to the predictions of every row of a frame, on so many threads (0: all).
    ///
    /// `member` is the number of the trial to explain; without it, all members are, each by its weight. What a
    /// feature that is made of several columns added is split equally among them.
    ///
    /// # Errors
    /// A column that the model uses is not there, there is no such member, a member cannot tell, or the members'
    /// scores are on different scales and have no sum; the message says which are.
    pub fn explain(&self, frame: &Frame, member: Option<u32>, threads: usize) -> Result<Explanation> {
        let members = self.explained(member)?;
        let lineage = Lineage::of(self, &members);
        let (no_rows, _) = self.schema.conform(&frame.slice(0, 0))?;
        let (scale, outputs) = self.common_scale(&members, no_rows.view())?;
        let mut contributions = Contributions::zeros(scale, 0, outputs, lineage.columns.len());
        // The whole model is as sure as its temperature says; of probabilities that cannot be told by sums.
        let is_tempered = member.is_none() && matches!(scale, Scale::LogOdds | Scale::ClassScores);
        let sharpness = self.temperature.filter(|_| is_tempered).map_or(1.0, Temperature::sharpness);
        let (blocks, unreadable) = self.in_blocks(frame, threads, |rows| {
            let matrices = self.matrices(&members, rows)?;
            let mut sum = Contributions::zeros(scale, rows.rows(), outputs, lineage.columns.len());
            for (member, weight) in &members {
                let share = sharpness * weight / member.models.len() as f64;
                for fold in &member.models {
                    let Some(matrix) = &matrices[fold.featurization] else { continue };
                    let found = fold.model.contributions(matrix.view()).ok_or_else(|| cannot_tell(&[member]))?;
                    lineage.add(fold.featurization, &found, share, &mut sum)?;
                }
            }
            Ok(sum)
        })?;
        blocks.iter().for_each(|block| contributions.append(block));
        let classes = if outputs > 1 { self.task.classes.clone() } else { Vec::new() };
        Ok(Explanation { columns: lineage.columns, contributions, classes, unreadable })
    }

    /// The members to explain and their weights.
    fn explained(&self, trial: Option<u32>) -> Result<Vec<(&Member, f64)>> {
        let Some(trial) = trial else { return Ok(self.members.iter().map(|m| (m, m.weight)).collect()) };
        match self.members.iter().find(|m| m.trial == trial) {
            Some(member) => Ok(vec![(member, 1.0)]),
            None => {
                let known: Vec<String> = self.members.iter().map(told).collect();
                Err(Error::usage(format!("the model has no member {trial}; it has {}", known.join(", "))))
            }
        }
    }

    /// The scale of all scores, and their number per row; no rows are enough to learn it.
    fn common_scale(&self, members: &[(&Member, f64)], no_rows: FrameView<'_>) -> Result<(Scale, usize)> {
        let matrices = self.matrices(members, no_rows)?;
        let mut scales = Vec::new();
        let mut silent = Vec::new();
        for (member, _) in members {
            for fold in &member.models {
                let matrix = matrices[fold.featurization].as_ref().filter(|_| fold.inverse.is_none());
                let found = matrix.and_then(|m| fold.model.contributions(m.view()));
                match found {
                    Some(found) => scales.push((*member, (found.scale, found.outputs()))),
                    None => silent.push(*member),
                }
            }
        }
        silent.dedup_by_key(|member| member.trial);
        if !silent.is_empty() {
            return Err(cannot_tell(&silent));
        }
        let Some((_, common)) = scales.first().copied() else { return Err(Error::artifact("the model has no members")) };
        if scales.iter().all(|(_, scale)| *scale == common) {
            return Ok(common);
        }
        scales.dedup_by_key(|(member, _)| member.trial);
        let each: Vec<String> = scales.iter().map(|(member, (scale, _))| format!("{}: {}", told(member), scale.name())).collect();
        Err(Error::usage(format!("the members' scores are on different scales and have no sum: {}", each.join("; "))))
    }

    /// The matrices that some members read.
    fn matrices(&self, members: &[(&Member, f64)], rows: FrameView<'_>) -> Result<Vec<Option<Matrix>>> {
        let needed = featurizations(members);
        let made = transform_all(needed.iter().map(|&i| &*self.featurizations[i]), rows)?;
        let mut matrices = vec![None; self.featurizations.len()];
        needed.into_iter().zip(made).for_each(|(i, matrix)| matrices[i] = Some(matrix));
        Ok(matrices)
    }
}

impl Explanation {
    /// The mean absolute contribution of each column over all rows and classes, largest first.
    pub fn mean_absolute(&self) -> Vec<(String, f64)> {
        let mut means = MeanContributions::default();
        means.add(self);
        means.sorted()
    }

    /// One row per row: what each column added, `bias`, which all rows have in common, and `score`, their sum.
    /// With a score per class, names have the class behind a point.
    ///
    /// # Errors
    /// Two columns would have the same name.
    pub fn to_frame(&self) -> Result<DataFrame> {
        let rows = self.contributions.rows();
        let mut columns = Vec::new();
        for output in 0..self.contributions.outputs() {
            let class = self.classes.get(output).map_or(String::new(), |class| format!(".{class}"));
            let mut push = |name: &str, values: Vec<f64>| columns.push(Column::new(format!("{name}{class}").into(), values));
            let value = |column: usize| (0..rows).map(|i| self.contributions.row(i, output)[column]).collect();
            for (j, name) in self.columns.iter().enumerate() {
                push(name, value(j));
            }
            push(&self.free("bias"), value(self.columns.len()));
            push(&self.free("score"), (0..rows).map(|i| self.contributions.score(i, output)).collect());
        }
        Ok(DataFrame::new(rows, columns)?)
    }

    /// A name that no column has.
    fn free(&self, name: &str) -> String {
        let mut name = name.to_owned();
        while self.columns.contains(&name) {
            name.push('_');
        }
        name
    }
}

/// Mean absolute contributions over explanations of one model, batch after batch.
#[derive(Debug, Clone, Default)]
pub struct MeanContributions {
    columns: Vec<String>,
    sums: Vec<f64>,
    rows: usize,
    outputs: usize,
}

impl MeanContributions {
    /// Adds the rows of an explanation.
    pub fn add(&mut self, explanation: &Explanation) {
        let found = &explanation.contributions;
        self.columns.clone_from(&explanation.columns);
        self.outputs = found.outputs();
        self.sums.resize(self.columns.len(), 0.0);
        for i in 0..found.rows() {
            for output in 0..found.outputs() {
                let row = found.row(i, output);
                self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value.abs());
            }
        }
        self.rows += found.rows();
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns and their means over all rows and classes, largest first.
    pub fn sorted(&self) -> Vec<(String, f64)> {
        let count = (self.rows * self.outputs).max(1) as f64;
        let mut means: Vec<(String, f64)> =
            self.columns.iter().zip(&self.sums).map(|(column, sum)| (column.clone(), sum / count)).collect();
        means.sort_by(|a, b| b.1.total_cmp(&a.1));
        means
    }
}

/// Which columns of the table the columns of the matrices are made of.
struct Lineage {
    columns: Vec<String>,
    /// Per featurization and column of its matrix, places in `columns`.
    sources: Vec<Vec<Vec<usize>>>,
}

impl Lineage {
    fn of(model: &Model, members: &[(&Member, f64)]) -> Lineage {
        let needed = featurizations(members);
        let features: Vec<_> = model.featurizations.iter().map(|f| f.features()).collect();
        let used = features.iter().enumerate().filter(|(i, _)| needed.contains(i)).flat_map(|(_, f)| f);
        let used: BTreeSet<&String> = used.flat_map(|feature| &feature.sources).collect();
        let columns: Vec<String> = model.schema.features().map(|f| f.name.clone()).filter(|name| used.contains(name)).collect();
        let place = |name: &String| columns.iter().position(|column| column == name);
        let sources = features.iter().map(|f| f.iter().map(|f| f.sources.iter().filter_map(place).collect()).collect()).collect();
        Lineage { columns, sources }
    }

    /// Adds what the columns of a matrix contributed to the columns of the table; what comes from no column
    /// belongs to all rows alike.
    fn add(&self, featurization: usize, found: &Contributions, share: f64, sum: &mut Contributions) -> Result<()> {
        let sources = &self.sources[featurization];
        let shape = (found.rows(), found.outputs(), found.columns());
        if shape != (sum.rows(), sum.outputs(), sources.len()) {
            return Err(Error::internal(format!("contributions have {shape:?} rows, scores and columns, which do not fit")));
        }
        let bias = self.columns.len();
        for i in 0..found.rows() {
            for output in 0..found.outputs() {
                let (from, to) = (found.row(i, output), sum.row_mut(i, output));
                for (value, sources) in from.iter().zip(sources) {
                    let part = share * value / sources.len().max(1) as f64;
                    sources.iter().for_each(|source| to[*source] += part);
                    if sources.is_empty() {
                        to[bias] += part;
                    }
                }
                to[bias] += share * from[sources.len()];
            }
        }
        Ok(())
    }
}

/// Which featurizations some members read.
fn featurizations(members: &[(&Member, f64)]) -> BTreeSet<usize> {
    members.iter().flat_map(|(member, _)| &member.models).map(|fold| fold.featurization).collect()
}

/// A member as messages name it.
fn told(member: &Member) -> String {
    format!("{} (`{}`, learner `{}`)", member.trial, member.name, member.learner.id())
}

fn cannot_tell(members: &[&Member]) -> Error {
    let each: Vec<String> = members.iter().map(|member| told(member)).collect();
    Error::usage(format!("not every member can tell what a column adds: {}", each.join(", ")))
}
