//! The rows that features are chosen on, and the columns that features are made of.

use std::collections::HashMap;
use std::hash::Hash;

use automl_core::Result;
use automl_core::featurizer::Fitting;
use automl_core::frame::FrameView;
use automl_core::seed::derive;
use automl_core::task::Target;

use super::bins::{BINS_MAX, Binner};
use super::formula::{Cells, Formula, Operation, Standing};
use super::outputs::Outputs;
use super::statistics::{Distribution, LEVEL_ROWS_MIN, NO_LEVEL, Statistics, by_value};

/// Numbers that are combined: with 24, pairs make 1,104 formulas.
const NUMBERS_MAX: usize = 24;
/// Columns that rows are grouped by.
const GROUPS_MAX: usize = 8;
/// Rows where no first model chose some.
const ROWS_MAX: usize = 20_000;

/// A sample of the fit rows, in two halves that judge each other.
pub struct Sample {
    /// What a first model left unexplained.
    pub residuals: Outputs,
    /// The first row of the second half.
    pub half: usize,
    /// Names of the columns that hold numbers.
    pub number_names: Vec<String>,
    /// Names of the columns that rows are grouped by.
    pub group_names: Vec<String>,
    numbers: Vec<Vec<f64>>,
    levels: Vec<Vec<u32>>,
    statistics: Vec<Statistics>,
}

/// A column, told by its name, and how much it says about the target.
struct Scored<T> {
    name: String,
    share: f64,
    values: T,
}

impl Sample {
    /// The sample of a fit.
    ///
    /// # Errors
    /// A column is not there.
    pub fn read(fitting: &Fitting<'_>, target: &Target) -> Result<Sample> {
        let (places, residuals, half) = rows(fitting, target);
        let targets = Outputs::of_target(target, &places);
        let share = |bins: &dyn Fn(&Outputs) -> f64| bins(&targets) + bins(&residuals);
        let (mut numbers, mut groups) = (Vec::new(), Vec::new());
        let (mut binner, mut bins) = (Binner::default(), Vec::new());
        for name in &fitting.group.columns {
            let levels = match numbers_of(fitting.rows, name)? {
                Some(all) => {
                    let values: Vec<f64> = places.iter().map(|&place| all[place as usize]).collect();
                    let narrow: Vec<f32> = values.iter().map(|&v| v as f32).collect();
                    binner.bin(&narrow, &mut bins);
                    let levels = levels_of(values.iter().map(|v| (!v.is_nan()).then_some((v + 0.0).to_bits())));
                    numbers.push(Scored { name: name.clone(), share: share(&|o| o.gain(&bins, BINS_MAX, half).share), values });
                    keep_best(&mut numbers, NUMBERS_MAX);
                    levels
                }
                None => {
                    let texts = fitting.rows.texts(name)?;
                    levels_of(places.iter().map(|&place| texts.get(place as usize)))
                }
            };
            if let Some((levels, n)) = levels {
                let bins: Vec<u32> = levels.iter().map(|&level| if level == NO_LEVEL { n } else { level }).collect();
                groups.push(Scored {
                    name: name.clone(),
                    share: share(&|o| o.gain(&bins, n as usize + 1, half).share),
                    values: (levels, n),
                });
                keep_best(&mut groups, GROUPS_MAX);
            }
        }
        let (number_names, numbers): (Vec<_>, Vec<_>) = numbers.into_iter().map(|s| (s.name, s.values)).unzip();
        let (group_names, groups): (Vec<_>, Vec<_>) = groups.into_iter().map(|s| (s.name, s.values)).unzip();
        let sorted: Vec<Vec<u32>> = numbers.iter().map(|values: &Vec<f64>| by_value(values)).collect();
        let learn = |(levels, n): &(Vec<u32>, u32)| {
            let mut of = Statistics::learn(levels, *n as usize);
            let each = numbers.iter().zip(&sorted).map(|(values, sorted)| Distribution::learn(values, sorted, levels, &of.rows));
            of.numbers = each.enumerate().collect();
            of
        };
        let statistics = groups.iter().map(learn).collect();
        let levels = groups.into_iter().map(|(levels, _)| levels).collect();
        Ok(Sample { residuals, half, number_names, group_names, numbers, levels, statistics })
    }

    /// The cells that formulas are worked out from.
    pub fn cells(&self) -> Cells<'_> {
        Cells { numbers: &self.numbers, levels: &self.levels, statistics: &self.statistics }
    }

    /// The values of one number.
    pub fn number(&self, number: usize) -> impl Iterator<Item = f32> {
        self.numbers[number].iter().map(|&v| v as f32)
    }

    /// All formulas that may be tried.
    pub fn formulas(&self) -> Vec<Formula> {
        let (numbers, groups) = (self.number_names.len(), self.group_names.len());
        let mut formulas = Vec::new();
        for i in 0..numbers {
            for j in i + 1..numbers {
                // A ratio and its inverse say the same to a tree; what is never 0 and never changes sign divides better.
                let (a, b) = if self.divides_worse(j, i) { (j, i) } else { (i, j) };
                formulas.extend(Operation::ALL.map(|operation| Formula::Pair { operation, a, b }));
            }
        }
        for group in 0..groups {
            let others = (0..numbers).filter(|&number| self.number_names[number] != self.group_names[group]);
            formulas.extend(others.flat_map(|number| Standing::ALL.map(|standing| Formula::Within { standing, number, group })));
            formulas.push(Formula::Count { group });
        }
        formulas
    }

    fn divides_worse(&self, a: usize, b: usize) -> bool {
        let not_positive = |number: usize| self.numbers[number].iter().filter(|v| **v <= 0.0).count();
        not_positive(a) > not_positive(b)
    }
}

/// The numbers of a column, infinities counted as missing; `None` if it holds text.
///
/// # Errors
/// No such column.
pub fn numbers_of(rows: FrameView<'_>, name: &str) -> Result<Option<Vec<f64>>> {
    let Ok(mut values) = rows.numbers(name) else { return rows.texts(name).map(|_| None) };
    values.iter_mut().filter(|v| v.is_infinite()).for_each(|v| *v = f64::NAN);
    Ok(Some(values))
}

/// The rows of the sample, half after half, what is to be explained in them, and where the second half begins.
fn rows(fitting: &Fitting<'_>, target: &Target) -> (Vec<u32>, Outputs, usize) {
    let is_first = |place: u32| derive(fitting.seed, u64::from(place)).is_multiple_of(2);
    let known = fitting.residuals.filter(|residuals| !residuals.rows.is_empty());
    let all: Vec<u32> = match known {
        Some(residuals) => residuals.rows.clone(),
        None => (0..target.len() as u32).step_by(target.len().div_ceil(ROWS_MAX).max(1)).collect(),
    };
    let (first, second): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(|&i| is_first(all[i]));
    let half = first.len();
    let order: Vec<usize> = first.into_iter().chain(second).collect();
    let places: Vec<u32> = order.iter().map(|&i| all[i]).collect();
    let outputs = match known {
        Some(residuals) => {
            Outputs::new(residuals.outputs.iter().map(|output| order.iter().map(|&i| output[i]).collect()).collect())
        }
        None => Outputs::of_target(target, &places),
    };
    (places, outputs, half)
}

/// The levels of a column in the order in which they come, rare ones left out, and how many there are; `None` if rows
/// cannot be grouped by it: there are fewer than three, or half of the rows have none.
fn levels_of<K: Hash + Eq>(cells: impl Iterator<Item = Option<K>>) -> Option<(Vec<u32>, u32)> {
    let mut numbers: HashMap<K, u32> = HashMap::new();
    let mut rows: Vec<usize> = Vec::new();
    let mut number = |cell: K| {
        let next = numbers.len() as u32;
        let number = *numbers.entry(cell).or_insert(next);
        rows.resize(rows.len().max(number as usize + 1), 0);
        rows[number as usize] += 1;
        number
    };
    let levels: Vec<u32> = cells.map(|cell| cell.map_or(NO_LEVEL, &mut number)).collect();
    let mut kept = 0;
    let renumbered: Vec<u32> = rows
        .iter()
        .map(|&count| {
            let is_kept = count >= LEVEL_ROWS_MIN;
            kept += u32::from(is_kept);
            if is_kept { kept - 1 } else { NO_LEVEL }
        })
        .collect();
    let levels: Vec<u32> =
        levels.into_iter().map(|level| if level == NO_LEVEL { level } else { renumbered[level as usize] }).collect();
    let held = levels.iter().filter(|&&level| level != NO_LEVEL).count();
    (kept >= 3 && 2 * held >= levels.len()).then_some((levels, kept))
}

/// Drops the column that says least if there are more than `max`.
fn keep_best<T>(columns: &mut Vec<Scored<T>>, max: usize) {
    if columns.len() > max {
        let worst = (0..columns.len()).min_by(|&i, &j| columns[i].share.total_cmp(&columns[j].share));
        worst.map(|worst| columns.remove(worst));
    }
}
