//! What is in a table?
//!
//! [`inspect`](fn@inspect) gives an [`Inspection`]: what every column holds (a [`ColumnProfile`]), what there is to predict,
//! what each column alone says about it, and the findings that a fit would have. Everything is counted on all
//! rows, but for the lengths and words of text, which are those of an evenly spaced sample
//! ([`TextSummary::sampled`] says how large it was), and for the strengths, which are those of at most 50,000 rows.
//!
//! It fits no model. What a model is made of stands in its [manifest](crate::artifact::manifest).

mod histogram;
mod levels;
mod moments;
mod numbers;
mod target;
mod texts;

pub use histogram::Histogram;
pub use levels::{Level, LevelSummary};
pub use moments::MomentSummary;
pub use numbers::NumberSummary;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
pub use target::TargetProfile;
pub use texts::{Spread, TextSummary};

use crate::config::thread_count;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::findings::Subject;
use crate::frame::Frame;
use crate::schema::{Cells, Field, Finding, Kind, Overrides, Role, Schema, infer};

/// What to look at, and what is known about it.
#[derive(Debug, Clone, Default)]
pub struct InspectConfig {
    /// The column that is to be predicted, if there is one and no column has the role.
    pub target: Option<String>,
    /// A table that a model would be tested on: checks compare it with this one. It needs a target.
    pub test: Option<Frame>,
    /// What a person says about columns.
    pub overrides: Overrides,
    /// Threads to use; 0 for as many as the machine has.
    pub threads: usize,
}

/// What is in a table.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Number of rows.
    pub rows: usize,
    /// What there is to predict; `None` if no target was named, or if it cannot be predicted (a finding says why).
    pub target: Option<TargetProfile>,
    /// What was noticed, one per check.
    pub findings: Vec<Finding>,
    /// One per column, in file order.
    pub columns: Vec<ColumnProfile>,
    /// What the columns mean.
    #[serde(skip)]
    pub schema: Schema,
}

/// What one column holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnProfile {
    /// Name of the column.
    pub name: String,
    /// What the values are.
    pub kind: Kind,
    /// The job of the column.
    pub role: Role,
    /// Numbers that may as well be names.
    pub is_code: bool,
    /// Cells without a value: empty, a marker of missing values, infinite.
    pub missing: usize,
    /// The same as a part of the rows, 0 to 1.
    pub missing_share: f64,
    /// Cells that hold something, but nothing of this kind; a fit counts them as missing.
    pub unreadable: usize,
    /// Number of distinct values.
    pub distinct: usize,
    /// How much the column alone says about the target, from 0, nothing, to 1, all, as
    /// [`Association`](crate::association::Association) has it; `None` without a target, or if it is no feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<f64>,
    /// The same of whether the column has a value in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength_of_missingness: Option<f64>,
    /// The part of missing cells in each of [`BLOCKS`] stretches of the rows (fewer if there are fewer rows);
    /// empty if nothing is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_by_block: Vec<f64>,
    /// What the values are like; `None` if there are none.
    #[serde(flatten)]
    pub summary: Option<Summary>,
}

/// What the values of a column are like, by their kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// Numbers.
    Numbers(NumberSummary),
    /// Categories and truth values.
    Levels(LevelSummary),
    /// Words.
    Texts(TextSummary),
    /// Moments in time.
    Moments(MomentSummary),
}

/// Stretches of the rows in which missing cells are counted.
pub const BLOCKS: usize = 50;

/// Profiles a frame. `findings` are those of reading it; what else is noticed comes after them.
///
/// A target that cannot be predicted is a finding (`target`), not an error.
///
/// # Errors
/// The target, or a column that a person spoke of, is not in the frame, or a feature is not in the table to test on;
/// the message has the nearest names.
pub fn inspect(frame: &Frame, mut findings: Vec<Finding>, config: &InspectConfig) -> Result<Inspection> {
    let target = config.target();
    if let Some(target) = target
        && !frame.contains(target)
    {
        return Err(Error::unknown("column", target, frame.names()).with_kind(ErrorKind::Data).context("the target"));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(config.threads)).build();
    let pool = pool.map_err(|e| Error::internal(format!("no threads: {e}")))?;
    pool.install(|| {
        let (schema, noticed) = infer(frame, &config.overrides_for(target))?;
        findings.extend(noticed);
        let resolved = target.and_then(|target| target::resolve(frame, &schema, target, &mut findings));
        let fields = schema.fields.par_iter().with_max_len(1);
        let mut columns: Vec<ColumnProfile> = fields.map(|field| ColumnProfile::of(frame, field)).collect::<Result<_>>()?;
        if let Some(resolved) = &resolved {
            let subject = Subject::new(frame, &schema, resolved)?;
            findings.extend(target::checks(&subject, config.test.as_ref())?);
            for found in subject.associations() {
                if let Some(column) = columns.iter_mut().find(|column| column.name == found.column) {
                    column.strength = Some(found.strength);
                    column.strength_of_missingness = Some(found.of_missingness);
                }
            }
        }
        let target = resolved.as_ref().map(TargetProfile::of);
        Ok(Inspection { rows: frame.rows(), target, findings, columns, schema })
    })
}

impl InspectConfig {
    /// The column that is to be predicted: the named one, or else the last that a person gave the role.
    pub fn target(&self) -> Option<&str> {
        let told = self.overrides.columns.iter().rev().find(|entry| entry.role == Some(Role::Target));
        self.target.as_deref().or(told.map(|entry| entry.name.as_str()))
    }

    /// What a person says, with that target and no other.
    fn overrides_for(&self, target: Option<&str>) -> Overrides {
        let mut overrides = self.overrides.clone();
        overrides.columns.iter_mut().for_each(|entry| entry.role = entry.role.filter(|role| *role != Role::Target));
        target.map_or(overrides.clone(), |target| overrides.with_role(target, Role::Target))
    }
}

impl ColumnProfile {
    fn of(frame: &Frame, field: &Field) -> Result<ColumnProfile> {
        let cells = Cells::read(frame.column(&field.name)?);
        let mut seen = Seen::new(cells.len());
        let (distinct, summary) = match field.kind {
            Kind::Numeric => numbers::summarise(&cells, field, &mut seen),
            Kind::Categorical | Kind::Bool => levels::summarise(&cells, &mut seen),
            Kind::Text => texts::summarise(&cells, &mut seen),
            Kind::Datetime => moments::summarise(&cells, field, &mut seen)?,
        };
        Ok(ColumnProfile {
            name: field.name.clone(),
            kind: field.kind,
            role: field.role,
            is_code: field.is_code,
            missing: seen.missing(),
            missing_share: share(seen.missing(), cells.len()),
            unreadable: seen.unreadable,
            distinct,
            strength: None,
            strength_of_missingness: None,
            missing_by_block: seen.by_block(),
            summary,
        })
    }
}

/// Cells that hold no value of their kind, as they are met.
struct Seen {
    rows: usize,
    missing: Vec<usize>,
    unreadable: usize,
}

impl Seen {
    fn new(rows: usize) -> Seen {
        Seen { rows, missing: vec![0; BLOCKS.min(rows)], unreadable: 0 }
    }

    fn note_missing(&mut self, row: usize) {
        let block = row * self.missing.len() / self.rows;
        self.missing[block] += 1;
    }

    fn missing(&self) -> usize {
        self.missing.iter().sum()
    }

    fn by_block(&self) -> Vec<f64> {
        if self.missing() == 0 {
            return Vec::new();
        }
        let blocks = self.missing.len();
        // Row i belongs to block floor(i · blocks / rows), so that block b begins at ceil(b · rows / blocks).
        let begin = |block: usize| (block * self.rows).div_ceil(blocks);
        self.missing.iter().enumerate().map(|(b, &missing)| share(missing, begin(b + 1) - begin(b))).collect()
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
