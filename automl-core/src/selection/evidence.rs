//! How much does each column alone say about the target, and is it more than chance?

use std::sync::Arc;

use rand::seq::SliceRandom;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::association::Places;
use crate::matrix::Column;
use crate::seed::Rng;
use crate::task::Target;

/// What the columns of a matrix say.
pub struct Found {
    /// Per column, unless it is sparse.
    columns: Vec<Option<Evidence>>,
    /// What a shuffled column hardly ever reaches.
    surety_min: f64,
}

/// What one column says.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    /// The share of the target's sum of squares that the places of the column explain, less what chance does.
    share: f64,
    /// By how many standard deviations it is more than chance would make it, about.
    surety: f64,
}

impl Found {
    /// The columns that say more than shuffled ones, with what they say; all that were judged if there are none.
    pub fn told(&self) -> Vec<(u32, f64)> {
        let judged = || (0..).zip(&self.columns).filter_map(|(j, found)| Some((j, (*found)?)));
        let of = |(j, found): (u32, Evidence)| (j, found.share);
        let told: Vec<_> = judged().filter(|(_, found)| found.surety > self.surety_min).map(of).collect();
        if told.is_empty() { judged().map(of).collect() } else { told }
    }

    /// Whether a column was looked at: sparse ones are not.
    pub fn is_judged(&self, column: u32) -> bool {
        self.columns[column as usize].is_some()
    }
}

/// Judges columns on some rows of theirs, whose targets are given. As probes the same columns are judged with the targets
/// shuffled, all by the same shuffles, so that columns that go together do so as probes.
///
/// Cost: about 4 ms per column at 20,000 rows.
pub fn of_columns(columns: &[Arc<Column>], rows: &[usize], target: &Target, rng: &mut Rng) -> Found {
    const PROBES: usize = 10;
    /// Of shuffled columns, so many of a hundred fall behind what is asked.
    const QUANTILE: f64 = 0.99;
    let target = Scores::of(target);
    let shuffled = |_| {
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.shuffle(rng);
        target.select(&order)
    };
    let probes: Vec<Scores> = (0..PROBES).map(shuffled).collect();
    let judge = |column: &Arc<Column>| {
        let places = places(column, rows)?;
        let probes: Vec<f64> = probes.iter().map(|probe| probe.evidence(&places).surety).collect();
        Some((target.evidence(&places), probes))
    };
    let judged: Vec<Option<(Evidence, Vec<f64>)>> = columns.par_iter().map(judge).collect();
    let mut of_probes: Vec<f64> = judged.iter().flatten().flat_map(|(_, probes)| probes.iter().copied()).collect();
    of_probes.sort_unstable_by(f64::total_cmp);
    let at = (QUANTILE * of_probes.len() as f64).ceil() as usize;
    let surety_min = at.checked_sub(1).map_or(f64::NEG_INFINITY, |at| of_probes[at]);
    Found { columns: judged.into_iter().map(|judged| Some(judged?.0)).collect(), surety_min }
}

/// Where the rows stand in their column. Few stretches follow most curves, and are sure of more where rows are few.
fn places(column: &Column, rows: &[usize]) -> Option<Places> {
    const STRETCHES: usize = 8;
    match column {
        Column::Numeric(values) => {
            let numbers: Vec<f64> = rows.iter().map(|&row| f64::from(values[row])).collect();
            Some(Places::in_stretches(&numbers, STRETCHES))
        }
        Column::Codes { codes, levels } => Some(Places::of_codes(rows.iter().map(|&row| codes[row]), *levels)),
        Column::Sparse(_) => None,
    }
}

/// The targets of the rows: numbers by their rank, so that a long tail does not hide the rest.
enum Scores {
    Ranks(Vec<f64>),
    Labels { labels: Vec<u32>, n_classes: usize },
}

impl Scores {
    fn of(target: &Target) -> Scores {
        match target {
            Target::Numbers(values) => {
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                Scores::Ranks(values.iter().map(|value| sorted.partition_point(|v| v < value) as f64).collect())
            }
            Target::Classes { labels, n_classes } => Scores::Labels { labels: labels.clone(), n_classes: *n_classes },
        }
    }

    fn select(&self, order: &[u32]) -> Scores {
        match self {
            Scores::Ranks(ranks) => Scores::Ranks(order.iter().map(|&i| ranks[i as usize]).collect()),
            Scores::Labels { labels, n_classes } => {
                Scores::Labels { labels: order.iter().map(|&i| labels[i as usize]).collect(), n_classes: *n_classes }
            }
        }
    }

    /// What places say: (n − 1) times the explained share is about χ² under chance. For ranks that is the test of
    /// Kruskal & Wallis (1952), for classes that of Light & Margolin (1971), times the classes less one.
    fn evidence(&self, places: &Places) -> Evidence {
        let nothing = Evidence { share: 0.0, surety: f64::NEG_INFINITY };
        let mut rows_of = vec![0.0; places.count];
        places.of.iter().for_each(|&place| rows_of[place as usize] += 1.0);
        let occupied = rows_of.iter().filter(|rows| **rows > 0.0).count() as f64;
        let (explained, outputs) = match self {
            Scores::Ranks(ranks) => (of_ranks(places, &rows_of, ranks), 1.0),
            Scores::Labels { labels, n_classes } => of_labels(places, &rows_of, labels, *n_classes),
        };
        let rows = places.of.len() as f64;
        if occupied < 2.0 || outputs < 1.0 || occupied >= rows || !explained.is_finite() {
            return nothing;
        }
        let freedom = (occupied - 1.0) * outputs;
        let share = 1.0 - (1.0 - explained) * (rows - 1.0) / (rows - occupied);
        Evidence { share, surety: normal((rows - 1.0) * outputs * explained, freedom) }
    }
}

/// The cube root of χ² is about normal (Wilson & Hilferty 1931).
fn normal(chi_squared: f64, freedom: f64) -> f64 {
    let variance = 2.0 / (9.0 * freedom);
    ((chi_squared.max(0.0) / freedom).cbrt() - (1.0 - variance)) / variance.sqrt()
}

/// The share of the sum of squares that lies between places.
fn of_ranks(places: &Places, rows_of: &[f64], ranks: &[f64]) -> f64 {
    let mean = ranks.iter().sum::<f64>() / ranks.len().max(1) as f64;
    let mut sums = vec![0.0; places.count];
    let mut all = 0.0;
    for (&place, rank) in places.of.iter().zip(ranks) {
        sums[place as usize] += rank - mean;
        all += (rank - mean).powi(2);
    }
    let between: f64 = sums.iter().zip(rows_of).filter(|(_, rows)| **rows > 0.0).map(|(sum, rows)| sum * sum / rows).sum();
    between / all
}

/// The same of the indicators of all classes together, and how many classes there are beside one.
fn of_labels(places: &Places, rows_of: &[f64], labels: &[u32], n_classes: usize) -> (f64, f64) {
    let mut counts = vec![0.0; places.count * n_classes];
    let mut totals = vec![0.0; n_classes];
    for (&place, &label) in places.of.iter().zip(labels) {
        counts[place as usize * n_classes + label as usize] += 1.0;
        totals[label as usize] += 1.0;
    }
    let squares = |counts: &[f64]| counts.iter().map(|count| count * count).sum::<f64>();
    let rows = labels.len() as f64;
    let by_place = counts.chunks_exact(n_classes).zip(rows_of).filter(|(_, rows)| **rows > 0.0);
    let within: f64 = by_place.map(|(counts, rows)| squares(counts) / rows).sum();
    let base = squares(&totals) / rows;
    let classes = totals.iter().filter(|total| **total > 0.0).count() as f64;
    ((within - base) / (rows - base), classes - 1.0)
}
