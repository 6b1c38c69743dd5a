//! How does a model that LightGBM wrote become one of ours?
//!
//! [`LightGbm`] is what the text says that `save_model` of LightGBM 3 and 4 writes; [`LightGbm::model`] makes
//! boosted trees of it that predict the same. Numbers are compared as 32-bit floats here: a threshold becomes
//! the largest such float that is not above it, so that predictions agree wherever 32 bits hold the values.
//! Linear trees and models that rank rows are refused.
//!
//! One difference is wanted: `multiclassova` has an independent probability per class, which are divided by
//! their sum here, since probabilities of a task sum to one.

mod columns;
mod objective;
mod text;
mod tree;

use automl_core::error::{Error, Result};
use automl_core::task::TaskKind;
pub use columns::{InputColumn, InputValues};
use objective::Objective;
use text::Sections;
use tree::{Missing, Test, Tree};

use super::GbdtModel;
use super::link::Link;
use crate::trees::{RawRule, RawSplit, Trees};

/// A model in the terms of its text.
#[derive(Debug, Clone, PartialEq)]
pub struct LightGbm {
    columns: Vec<InputColumn>,
    objective: Objective,
    trees: Vec<Tree>,
    /// What leaves are divided by: the iterations, where their mean is meant and not their sum.
    divisor: f64,
}

impl LightGbm {
    /// Reads the text of a model.
    ///
    /// # Errors
    /// A text that is no such model, is damaged, or says something that has no equal here; the message names
    /// the line and the field.
    pub fn read(text: &str) -> Result<LightGbm> {
        let sections = Sections::cut(text)?;
        let header = &sections.header;
        let version = header.get("version")?;
        if !["v3", "v4"].contains(&version.text) {
            return Err(version.error(format_args!("is `{}`; v3 and v4 can be read", version.text)));
        }
        let objective = Objective::read(header)?;
        let names = columns::names(header)?;
        let trees = sections.trees.iter().map(|block| Tree::read(block, names.len())).collect::<Result<Vec<_>>>()?;
        check_count(&sections, &trees, objective.outputs)?;
        let iterations = trees.len() / objective.outputs;
        let divisor = if header.find("average_output").is_some() { iterations as f64 } else { 1.0 };
        Ok(LightGbm { columns: columns::read(&sections, names, &trees)?, objective, trees, divisor })
    }

    /// The features, in the order of the text.
    pub fn columns(&self) -> &[InputColumn] {
        &self.columns
    }

    /// What it predicts.
    pub fn kind(&self) -> TaskKind {
        self.objective.kind
    }

    /// Numbers per predicted row: the classes, or 1.
    pub fn width(&self) -> usize {
        self.objective.width
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// Training rows that the trees saw at most; 0 if the text does not say.
    pub fn rows(&self) -> usize {
        let rows = |tree: &Tree| tree.counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
        self.trees.iter().map(rows).max().unwrap_or(0) as usize
    }

    /// Whether it was fitted to an objective of a program's own, whose name it does not know: then what it
    /// predicts are the sums of its leaves.
    pub fn is_raw(&self) -> bool {
        !self.objective.is_named
    }

    /// Whether its probabilities were independent and are divided by their sum here.
    pub fn is_normalised(&self) -> bool {
        self.objective.link == Link::OneAgainstAll
    }

    /// The trees as a model of a matrix with the used columns, in their order. From the values of each a constant
    /// has been subtracted, 0 wherever a column has no range.
    ///
    /// # Errors
    /// The constants are not one for each used column: a mistake of the caller.
    pub fn model(&self, subtracted: &[f64]) -> Result<GbdtModel> {
        let used: Vec<&InputColumn> = self.columns.iter().filter(|column| column.is_used).collect();
        if subtracted.len() != used.len() {
            return Err(Error::internal(format!("{} constants for {} used columns", subtracted.len(), used.len())));
        }
        let places = self.columns.iter().scan(0, |next, column| {
            let place = *next;
            *next += usize::from(column.is_used);
            Some(place)
        });
        let places: Vec<usize> = places.collect();
        let all_have_counts = self.trees.iter().all(|tree| !tree.counts.is_empty());
        let mut trees = Trees::new(used.len());
        let mut values = Vec::new();
        for (number, tree) in self.trees.iter().enumerate() {
            let splits = tree.splits.iter().map(|split| {
                let column = places[split.feature];
                let first = u32::from(matches!(used[column].values, InputValues::Names(_)));
                RawSplit { column, rule: rule(&split.test, subtracted[column], first), left: split.left, right: split.right }
            });
            let covers: Vec<f32> =
                if all_have_counts { tree.counts.iter().map(|&rows| rows as f32).collect() } else { Vec::new() };
            trees.push_raw(splits, tree.values.len(), &covers);
            let factor = self.objective.factor_of(number);
            values.extend(tree.values.iter().map(|value| value * factor / self.divisor));
        }
        Ok(GbdtModel::from_parts(self.objective.link, self.objective.width, self.objective.scores(), trees, values))
    }
}

/// Set numbers are kept as 32-bit floats.
const SETS_MAX: usize = 1 << 24;

/// Whole iterations, as many trees as the header promises, and no more leaves and sets than can be numbered.
fn check_count(sections: &Sections<'_>, trees: &[Tree], outputs: usize) -> Result<()> {
    if let Some(sizes) = sections.header.find("tree_sizes") {
        let promised = sizes.words().count();
        if promised != trees.len() {
            return Err(
                sizes.error(format_args!("promises {promised} trees, but {} are there: the text is damaged", trees.len()))
            );
        }
    }
    if trees.is_empty() || !trees.len().is_multiple_of(outputs) {
        let field = sections.header.get("num_tree_per_iteration")?;
        return Err(field.error(format_args!("is {outputs}, and there are {} trees: that makes no iterations", trees.len())));
    }
    let leaves: usize = trees.iter().map(|tree| tree.values.len()).sum();
    let sets = trees.iter().flat_map(|tree| &tree.splits).filter(|split| matches!(split.test, Test::In(_))).count();
    if leaves > i32::MAX as usize || sets > SETS_MAX {
        return Err(Error::artifact(format!(
            "the trees have {leaves} leaves and {sets} sets of categories; up to {} and {SETS_MAX} can be read",
            i32::MAX
        )));
    }
    Ok(())
}

/// A test in terms of matrix values. A missing number that is read as 0 goes where 0 goes.
fn rule(test: &Test, subtracted: f64, first_code: u32) -> RawRule {
    match test {
        Test::In(codes) => RawRule::In(codes.iter().map(|code| code + first_code).collect()),
        Test::UpTo { threshold, missing, missing_left } => {
            let missing_left = if *missing == Missing::Nothing { 0.0 <= *threshold } else { *missing_left };
            let threshold = floor(threshold - subtracted);
            RawRule::UpTo { threshold, missing_left, zero_is_missing: *missing == Missing::Zero }
        }
    }
}

/// The largest 32-bit float that is not above a number.
fn floor(value: f64) -> f32 {
    let nearest = value as f32;
    if f64::from(nearest) > value { nearest.next_down() } else { nearest }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn thresholds_part_32_bit_floats_as_before(bits in any::<u32>(), step in -3i32..3, fraction in (0..1000i32).prop_map(|v| f64::from(v) / 1000.0)) {
            let value = f32::from_bits(bits);
            prop_assume!(value.is_finite());
            let next = f64::from(value.next_up().min(f32::MAX));
            let threshold = f64::from(value) + (next - f64::from(value)) * fraction;
            let probe = (0..step.abs()).fold(value, |v, _| if step < 0 { v.next_down() } else { v.next_up() });
            prop_assert_eq!(probe <= floor(threshold), f64::from(probe) <= threshold, "{} {}", probe, threshold);
        }
    }

    #[test]
    fn thresholds_beyond_the_range_keep_their_side() {
        assert_eq!(floor(1e300), f32::INFINITY.next_down());
        assert_eq!(floor(-1e300), f32::NEG_INFINITY);
        assert_eq!(floor(f64::INFINITY), f32::INFINITY);
    }
}
