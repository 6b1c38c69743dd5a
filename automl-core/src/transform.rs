//! What do the members of a model read? Their features as a table, with names and lineage.
//!
//! [`Model::features_of`] says which features a member has and what they are made of ([`MemberFeatures`]);
//! [`Model::transform`] makes them of rows.

use std::collections::BTreeSet;

use polars::prelude::{Column as Series, DataFrame};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::frame::{Frame, FrameView};
use crate::matrix::{Column, Csr, Feature, Form};
use crate::model::{Member, Model};
use crate::pipeline::{Featurization, Step};

/// The features of one member. The models of its folds read the same; where featurizers see the target, or
/// features are chosen by it, those of the first fold are meant.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberFeatures {
    /// Those that a table has, in the order of its columns.
    pub columns: Vec<FeatureColumn>,
    /// Blocks of many features that a table leaves out: those without names, and those of more than
    /// [`BLOCK_WIDTH_MAX`] features.
    pub left_out: Vec<LeftOut>,
}

/// One feature: its name and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureColumn {
    /// Its readable name, no other has the same: `price`, `year(date)`, `colour = red`.
    pub name: String,
    /// The columns of the table it is made of.
    pub columns: Vec<String>,
    /// Id of the featurizer that makes it.
    pub featurizer: &'static str,
    /// The form in which learners read it.
    pub form: Form,
}

/// Many features that are not written out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The name of the block: `tfidf(review)`.
    pub name: String,
    /// The columns of the table it is made of.
    pub columns: Vec<String>,
    /// Id of the featurizer that makes it.
    pub featurizer: &'static str,
    /// How many features it has.
    pub width: usize,
}

/// Blocks of more features are left out of tables.
pub const BLOCK_WIDTH_MAX: usize = 100;

/// The features of some rows.
#[derive(Debug, Clone)]
pub struct Transformed {
    /// One row per row of the frame, one column per feature: numbers, missing where a feature is, and for codes the
    /// names of the levels, missing for rare, unseen and missing ones.
    pub data: DataFrame,
    /// Per column, how many cells were there but could not be read as the column's kind; they count as missing.
    pub unreadable: Vec<(String, usize)>,
}

impl Model {
    /// The member that a person means by the number of its trial or by its name; the one with the largest share of
    /// the vote if nobody is named.
    ///
    /// # Errors
    /// There is no such member; the message lists those there are.
    pub fn member(&self, asked: Option<&str>) -> Result<&Member> {
        let heavier = |a: &&Member, b: &&Member| a.weight.total_cmp(&b.weight).then(b.trial.cmp(&a.trial));
        let found = match asked {
            None => self.members.iter().max_by(heavier),
            Some(asked) => {
                let is_meant = |m: &&Member| m.name == asked || asked.parse() == Ok(m.trial);
                self.members.iter().find(is_meant)
            }
        };
        found.ok_or_else(|| {
            let known: Vec<String> = self.members.iter().map(|m| format!("{} (`{}`)", m.trial, m.name)).collect();
            let asked = asked.unwrap_or_default();
            Error::usage(format!("the model has no member `{asked}`; it has {}", known.join(", ")))
        })
    }

    /// The features that a member reads.
    ///
    /// # Errors
    /// The member is none of this model.
    pub fn features_of(&self, member: &Member) -> Result<MemberFeatures> {
        let mut features = MemberFeatures { columns: Vec::new(), left_out: Vec::new() };
        for Piece { name, columns, featurizer, form, width, names, .. } in pieces(self.read_by(member)?) {
            match names {
                None => features.left_out.push(LeftOut { name, columns, featurizer, width }),
                Some(names) => {
                    let column = |name| FeatureColumn { name, columns: columns.clone(), featurizer, form };
                    features.columns.extend(names.into_iter().map(column));
                }
            }
        }
        Ok(features)
    }

    /// The features of every row of a frame that a member reads, on so many threads (0: all). Columns are found by
    /// name, others are passed over.
    ///
    /// # Errors
    /// A column that the model uses is not there. Strange values are no error: they count as missing.
    pub fn transform(&self, frame: &Frame, member: &Member, threads: usize) -> Result<Transformed> {
        let featurization = self.read_by(member)?;
        let pieces = pieces(featurization);
        // The columns, should there be no row.
        let (no_rows, _) = self.schema.conform(&frame.slice(0, 0))?;
        let mut data = table(featurization, &pieces, no_rows.view())?;
        let (blocks, unreadable) = self.in_blocks(frame, threads, |rows| table(featurization, &pieces, rows))?;
        for block in blocks {
            data.vstack_mut_owned(block)?;
        }
        data.rechunk_mut();
        Ok(Transformed { data, unreadable })
    }

    fn read_by(&self, member: &Member) -> Result<&Featurization> {
        let first = member.models.first().and_then(|fold| self.featurizations.get(fold.featurization));
        first.map(|f| &**f).ok_or_else(|| Error::usage(format!("`{}` is no member of the model", member.name)))
    }
}

/// One column of the matrix of a member.
struct Piece {
    name: String,
    columns: Vec<String>,
    featurizer: &'static str,
    form: Form,
    width: usize,
    /// What its features are called in a table; `None` if it is left out.
    names: Option<Vec<String>>,
    /// What its codes from 1 on stand for.
    levels: Vec<String>,
}

/// The columns of the matrix, in their order; no two features have the same name.
fn pieces(featurization: &Featurization) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = featurization.keep(featurization.steps.iter().flat_map(|step| pieces_of(step)).collect());
    let mut taken = BTreeSet::new();
    for piece in &mut pieces {
        for name in piece.names.iter_mut().flatten() {
            *name = unique(name, piece.featurizer, &mut taken);
        }
    }
    pieces
}

fn pieces_of(step: &Step) -> Vec<Piece> {
    let (featurizer, form) = (step.featurizer.id(), step.featurizer.form());
    let (block, levels) = (step.fitted.block(), step.fitted.levels());
    let piece = |Feature { name, sources, width }| {
        let names = match form {
            Form::Sparse => Some(block.clone()).filter(|block| block.len() == width && width <= BLOCK_WIDTH_MAX),
            _ => Some(vec![name.clone()]),
        };
        Piece { name, columns: sources, featurizer, form, width, names, levels: levels.clone() }
    };
    step.features().into_iter().map(piece).collect()
}

/// The name, with the featurizer behind it if another feature has that name: codes are read as numbers too.
fn unique(name: &str, featurizer: &str, taken: &mut BTreeSet<String>) -> String {
    let mut unique = name.to_owned();
    let mut tried = 1;
    while !taken.insert(unique.clone()) {
        unique = if tried == 1 { format!("{name} ({featurizer})") } else { format!("{name} ({featurizer} {tried})") };
        tried += 1;
    }
    unique
}

/// The features of some rows.
fn table(featurization: &Featurization, pieces: &[Piece], rows: FrameView<'_>) -> Result<DataFrame> {
    let matrix = featurization.transform(rows)?;
    let mut series = Vec::new();
    for (column, piece) in matrix.columns().iter().zip(pieces) {
        let Some(names) = &piece.names else { continue };
        let name = || names[0].as_str().into();
        match &**column {
            Column::Numeric(values) => {
                let values = values.iter().map(|&v| (!v.is_nan()).then(|| widened(v)));
                series.push(Series::new(name(), values.collect::<Vec<_>>()));
            }
            Column::Codes { codes, .. } if piece.levels.is_empty() => {
                series.push(Series::new(name(), codes.iter().map(|&code| i64::from(code)).collect::<Vec<_>>()));
            }
            Column::Codes { codes, .. } => {
                let level = |&code: &u32| piece.levels.get((code as usize).checked_sub(1)?).map(String::as_str);
                series.push(Series::new(name(), codes.iter().map(level).collect::<Vec<_>>()));
            }
            Column::Sparse(csr) => {
                series.extend(names.iter().zip(dense(csr)).map(|(name, values)| Series::new(name.as_str().into(), values)));
            }
        }
    }
    Ok(DataFrame::new(rows.rows(), series)?)
}

/// The features of a block, one after the other.
fn dense(csr: &Csr) -> Vec<Vec<f64>> {
    let mut features = vec![vec![0.0; csr.rows()]; csr.width()];
    let rows = (0..csr.rows()).map(|row| csr.row(row));
    for (row, (indices, values)) in rows.enumerate() {
        indices.iter().zip(values).for_each(|(&index, &value)| features[index as usize][row] = widened(value));
    }
    features
}

/// The number with the fewest decimal digits that is this one in single precision: 0.1, not 0.10000000149.
fn widened(value: f32) -> f64 {
    if value.fract() == 0.0 {
        return f64::from(value);
    }
    let mut buffer = [0; 64];
    let mut rest = &mut buffer[..];
    let written = std::io::Write::write_fmt(&mut rest, format_args!("{value:e}"));
    let length = 64 - rest.len();
    let text = written.ok().and_then(|()| std::str::from_utf8(&buffer[..length]).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_decimal_digits() {
        for value in [0.1f32, -1.5e-40, 3.4e38, 7.0, 1.0 / 3.0, f32::INFINITY] {
            assert_eq!(widened(value) as f32, value);
        }
        assert_eq!([widened(0.1), widened(84.55)], [0.1, 84.55]);
    }

    #[test]
    fn no_two_features_have_one_name() {
        let mut taken = BTreeSet::new();
        let names = ["a", "a", "a", "b"].map(|name| unique(name, "codes", &mut taken));
        assert_eq!(names, ["a", "a (codes)", "a (codes 2)", "b"]);
    }
}
