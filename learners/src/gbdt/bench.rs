//! The loops of growing a tree, on a made-up level of one: see [`crate::bench`].

use std::hint::black_box;
use std::sync::Arc;

use automl_core::seed::rng;
use rand::RngExt;

use super::histogram::{Layout, Pool, Source};
use super::packed::{Step, Units, cell};
use super::params::GbdtParams;
use super::partition::Partition;
use super::split::{Rules, Search};
use super::table::Places;
use crate::bench::Kernel;
use crate::bins::{Bins, FeatureBins, MAX_VALUE_BINS, RowMajor};
use crate::trees::Rule;

/// Rows at random in the leaves of a level. A kernel passes over all leaves, so that caches are as cold as in a fit.
struct Level {
    bins: Bins,
    steps: Vec<Step>,
    /// Per leaf its rows, rising.
    leaves: Vec<Vec<u32>>,
}

impl Level {
    /// `values` is the number of bins of every column, all as frequent.
    fn new(rows: usize, columns: usize, leaves: usize, values: usize) -> Level {
        let mut rng = rng(1);
        let uppers = (1..values).map(|upper| upper as f32).collect();
        let features = vec![FeatureBins::Numeric { uppers, has_missing: false }; columns];
        let mut column = |_| (0..rows).map(|_| rng.random_range(0..values) as u8).collect();
        let columns: Vec<Arc<[u8]>> = (0..columns).map(&mut column).collect();
        let row_major = RowMajor::from_columns(rows, &columns);
        // Small enough that the sums of a million rows fit into a cell.
        let mut step = |_| ((rng.random_range(-1000i32..1000) as Step) << 16) | rng.random_range(1..1000);
        let steps = (0..rows).map(&mut step).collect();
        let mut members = vec![Vec::new(); leaves];
        (0..rows as u32).for_each(|row| members[rng.random_range(0..leaves)].push(row));
        Level { bins: Bins { features, columns, row_major }, steps, leaves: members }
    }
}

/// Histograms of all `leaves` of a level; counts additions to a cell. That cells are cleared before is part of it.
pub fn histograms(rows: usize, columns: usize, leaves: usize) -> Kernel {
    let level = Level::new(rows, columns, leaves, MAX_VALUE_BINS);
    let layout = Layout::new(&level.bins);
    let tiles = layout.tiles(&(0..columns).collect::<Vec<_>>());
    let mut pool = Pool::new(&layout, 0);
    let run = move || {
        let source = Source { bins: &level.bins, layout: &layout, steps: &level.steps, tiles: &tiles, threads: 1 };
        if let Some(mut histogram) = pool.take(&layout) {
            for rows in &level.leaves {
                source.build(rows, &mut histogram, &mut pool);
                black_box(&histogram);
            }
            pool.give_back(histogram);
        }
    };
    Kernel { count: rows * columns, run: Box::new(run) }
}

/// Rows of all `leaves` of a level to the left and to the right, about half of them each; counts rows. A copy of the
/// list of rows, once per level, is part of it.
pub fn partition(rows: usize, leaves: usize) -> Kernel {
    /// Neighbouring leaves are split by different columns, each of which has to be fetched.
    const COLUMNS: usize = 8;
    let level = Level::new(rows, COLUMNS, leaves, MAX_VALUE_BINS);
    let places = level.leaves.concat();
    let mut partition = Partition::default();
    let rule = Rule::UpTo { bin: MAX_VALUE_BINS as u16 / 2, missing_left: true };
    let run = move || {
        partition.start(Places::Listed(&places));
        let mut first = 0;
        for (leaf, rows) in level.leaves.iter().enumerate() {
            black_box(partition.split(first, rows.len(), &level.bins, leaf % COLUMNS, rule, 1));
            first += rows.len();
        }
    };
    Kernel { count: rows, run: Box::new(run) }
}

/// The best split of one leaf over columns with so many bins each; counts bins.
pub fn split_search(columns: usize, bins: usize) -> Kernel {
    const ROWS: usize = 10_000;
    let level = Level::new(ROWS, columns, 1, bins);
    let layout = Layout::new(&level.bins);
    let features: Vec<usize> = (0..columns).collect();
    let tiles = layout.tiles(&features);
    let mut pool = Pool::new(&layout, 0);
    let Some(mut histogram) = pool.take(&layout) else { unreachable!("a new pool has room for one") };
    let source = Source { bins: &level.bins, layout: &layout, steps: &level.steps, tiles: &tiles, threads: 1 };
    source.build(&level.leaves[0], &mut histogram, &mut pool);
    let total = level.steps.iter().map(|step| cell(*step)).sum();
    let params = GbdtParams::default();
    let run = move || {
        let rules = Rules { params: &params, units: Units { g: 1.0, h: 1.0 } };
        let leaf = rules.leaf(total, ROWS, 0.0, [f64::NEG_INFINITY, f64::INFINITY]);
        let search = Search::new(rules, leaf, 0);
        black_box(search.best(&features, &level.bins.features, |j| layout.range(j), &histogram));
    };
    Kernel { count: columns * bins, run: Box::new(run) }
}
