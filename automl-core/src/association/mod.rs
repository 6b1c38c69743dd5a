//! How much does each column say about the target, all by itself?
//!
//! [`associations`] is the one measure behind the checks of leakage and behind what a person is told about
//! columns. It looks at one column at a time: what several columns say together is the work of learners.

mod places;
mod strength;

use rand::seq::SliceRandom;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::frame::Frame;
use crate::schema::{Field, Kind, Schema};
use crate::seed::rng;
use crate::task::Target;
pub(crate) use places::{Places, sample_rows};

/// What one column alone says about the target.
#[derive(Debug, Clone, PartialEq)]
pub struct Association {
    /// Name of the column.
    pub column: String,
    /// From 0, nothing, to 1, all.
    ///
    /// For classes 2 · AUC − 1, the AUC of each class against the others, weighted by its rows; for numbers R².
    /// Below zero counts as zero. Either is taken on rows from whose targets the mapping was not learned.
    pub strength: f64,
    /// What it says that the column has no value, from 0 to 1; 0 where it has one in every row, or in none.
    ///
    /// For classes 2 · AUC − 1 for the class of which it says most, if that has 20 rows; for numbers |2 · AUC − 1|
    /// of rows with a value against rows without.
    pub of_missingness: f64,
}

/// Measures what every feature alone says about the target, in the order of the schema.
///
/// `frame` is one that [`Schema::conform`] made of the rows that the target has. A feature it lacks is left out.
///
/// The values of a column are put into places: a number or a moment into one of at most 64 stretches with like
/// numbers of rows, a name into the place of its level, a missing value into a place of its own. Half of the
/// rows, at random, learn what a place says: the shares of the classes; or the mean of a target of numbers, or a
/// straight line of it over the number, in 64 stretches or in 8. The other half are scored, and the reverse; the
/// strength is the mean of both, of the reading that says most. Codes are read as numbers and as names. Of large
/// tables 50,000 rows are drawn. The same data give the same bits.
///
/// Cost: a few milliseconds per column at 50,000 rows and more, on the rayon pool that it is called from.
pub fn associations(frame: &Frame, schema: &Schema, target: &Target) -> Vec<Association> {
    let judge = Judge::of(target);
    let fields: Vec<&Field> = schema.features().collect();
    fields.into_par_iter().filter_map(|field| judge.association(frame, field)).collect()
}

/// The rows that are looked at, and their targets.
pub(crate) struct Judge {
    /// Rows of the table, ascending.
    rows: Vec<u32>,
    /// Whether a row is in the first half.
    is_first: Vec<bool>,
    target: Target,
}

impl Judge {
    /// Draws the rows, and their halves.
    pub fn of(target: &Target) -> Judge {
        const ROWS_MAX: usize = 50_000;
        const SEED: u64 = 0x6173_736f;
        let rows = sample_rows(target.len(), ROWS_MAX);
        let mut is_first: Vec<bool> = (0..rows.len()).map(|i| i % 2 == 0).collect();
        is_first.shuffle(&mut rng(SEED));
        let target = if rows.len() == target.len() { target.clone() } else { target.select(&rows) };
        Judge { rows, is_first, target }
    }

    /// The same for the order of the target: numbers count by their rank.
    pub fn of_order(target: &Target) -> Judge {
        let mut judge = Judge::of(target);
        if let Target::Numbers(values) = &mut judge.target {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            values.iter_mut().for_each(|value| *value = sorted.partition_point(|v| v < value) as f64);
        }
        judge
    }

    fn association(&self, frame: &Frame, field: &Field) -> Option<Association> {
        let view = frame.select(&self.rows);
        let name = field.name.as_str();
        let (strength, of_missingness) = match field.kind {
            Kind::Numeric => self.of_numbers(&view.numbers(name).ok()?, field.is_code),
            Kind::Datetime => {
                let moments: Vec<f64> = view.times(name).ok()?.iter().map(|m| m.map_or(f64::NAN, |m| m as f64)).collect();
                self.of_numbers(&moments, false)
            }
            Kind::Categorical | Kind::Bool | Kind::Text => {
                let texts = view.texts(name).ok()?;
                let places = Places::of_names(texts.iter().map(|t| t.map(crate::schema::hash_text)));
                (self.strength(&places, None), self.of_missingness(&places))
            }
        };
        Some(Association { column: field.name.clone(), strength, of_missingness })
    }

    /// The strength of numbers, and that of whether they are there; NaN is missing.
    fn of_numbers(&self, numbers: &[f64], are_codes: bool) -> (f64, f64) {
        let places = Places::of_numbers(numbers);
        let mut strength = self.of_ordered(&places, numbers);
        if are_codes {
            let bits = numbers.iter().map(|v| (!v.is_nan()).then(|| v.to_bits()));
            strength = strength.max(self.strength(&Places::of_names(bits), None));
        }
        (strength, self.of_missingness(&places))
    }

    /// The strength of numbers that belong to the rows of the table in their order, as an identifier or the
    /// number of the row itself.
    pub fn of_column(&self, numbers: &[f64]) -> f64 {
        let numbers: Vec<f64> = self.rows.iter().map(|&row| numbers[row as usize]).collect();
        self.of_ordered(&Places::of_numbers(&numbers), &numbers)
    }

    /// Many stretches follow a curve, few are sure where rows are few.
    fn of_ordered(&self, places: &Places, numbers: &[f64]) -> f64 {
        const FEW: usize = 8;
        let strength = self.strength(places, Some(numbers));
        match &self.target {
            Target::Classes { .. } => strength,
            Target::Numbers(_) => strength.max(self.strength(&Places::in_stretches(numbers, FEW), Some(numbers))),
        }
    }

    fn strength(&self, places: &Places, numbers: Option<&[f64]>) -> f64 {
        if places.are_one() {
            return 0.0;
        }
        match &self.target {
            Target::Numbers(values) => strength::of_values(places, numbers, values, &self.is_first),
            Target::Classes { labels, n_classes } => {
                let classes = strength::of_classes(places, labels, *n_classes, &self.is_first);
                let rows: f64 = classes.iter().map(|class| class.rows).sum();
                let sum: f64 = classes.iter().map(|class| class.rows * class.strength).sum();
                if rows > 0.0 { (sum / rows).clamp(0.0, 1.0) } else { 0.0 }
            }
        }
    }

    /// A missing value can point to one class at most, so the best counts.
    fn of_missingness(&self, places: &Places) -> f64 {
        const ROWS_MIN: f64 = 20.0;
        let places = places.of_missingness();
        if places.are_one() {
            return 0.0;
        }
        match &self.target {
            Target::Numbers(values) => strength::of_values_in_two(&places, values),
            Target::Classes { labels, n_classes } => {
                let classes = strength::of_classes(&places, labels, *n_classes, &self.is_first);
                let common = classes.iter().filter(|class| class.rows >= ROWS_MIN);
                common.map(|class| class.strength).fold(0.0, f64::max).min(1.0)
            }
        }
    }
}
