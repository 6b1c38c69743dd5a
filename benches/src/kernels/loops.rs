//! Nanoseconds of the inner loops of boosted trees, per value, addition, row or bin.
//!
//! `nodes of 1/64` have a 64th of the rows each: a run passes over all 64 of a level of a tree, so that no cache has the
//! rows of a node ready that would not be there in a fit.

use automl::Stopwatch;
use automl_learners::bench::{Forest, Kernel, Way, binning, histograms, partition, prediction, split_search};

use super::Timing;
use crate::versus::timing::Spread;

/// What is measured; every combination, where a loop depends on several.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// Rows.
    pub rows: Vec<usize>,
    /// Columns.
    pub columns: Vec<usize>,
    /// Nodes of a level, among which the rows are.
    pub leaves: Vec<usize>,
    /// Bins of a column in a search for a split.
    pub bins: Vec<usize>,
    /// Trees to predict by.
    pub forests: Vec<Forest>,
    /// Seconds that one measurement takes at least.
    pub seconds: f64,
}

impl Default for Sizes {
    fn default() -> Sizes {
        let forest = |trees, leaves| Forest { trees, leaves, columns: 28 };
        Sizes {
            rows: vec![10_000, 100_000, 1_000_000],
            columns: vec![10, 28, 100],
            leaves: vec![1, 8, 64],
            bins: vec![32, 127, 255],
            forests: vec![forest(100, 8), forest(100, 31), forest(500, 31), forest(500, 255)],
            seconds: 0.01,
        }
    }
}

/// Rows that are predicted.
const PREDICTED: usize = 1024;

/// Measures the loops.
pub fn measure(sizes: &Sizes, repeats: usize, tell: &mut dyn FnMut(Timing)) {
    let mut time = |unit, step, kernel| tell(Timing { step, time: nanoseconds(kernel, repeats, sizes.seconds), unit });
    for &rows in &sizes.rows {
        let columns = sizes.columns[0];
        time("ns/value", format!("bins of {rows}x{columns}"), binning(rows, columns));
    }
    for &columns in &sizes.columns {
        for &rows in &sizes.rows {
            for &leaves in &sizes.leaves {
                let step = format!("histograms of {rows}x{columns}, nodes of 1/{leaves}");
                time("ns/addition", step, histograms(rows, columns, leaves));
            }
        }
    }
    for &rows in &sizes.rows {
        for &leaves in &sizes.leaves {
            time("ns/row", format!("partition of {rows} rows, nodes of 1/{leaves}"), partition(rows, leaves));
        }
    }
    for &columns in &sizes.columns {
        for &bins in &sizes.bins {
            time("ns/bin", format!("split search, {columns} columns of {bins} bins"), split_search(columns, bins));
        }
    }
    for &forest in &sizes.forests {
        for (way, name) in [(Way::Walk, "walking"), (Way::Ranked, "ranks")] {
            let Forest { trees, leaves, columns } = forest;
            if let Some(kernel) = prediction(PREDICTED, forest, way) {
                time(
                    "ns/row and tree",
                    format!("prediction by {name}, {trees} trees of {leaves} leaves, {columns} columns"),
                    kernel,
                );
            }
        }
    }
}

/// The median over some measurements, each of as many runs as take so many seconds.
fn nanoseconds(mut kernel: Kernel, repeats: usize, seconds: f64) -> f64 {
    let mut run = |times: usize| {
        let watch = Stopwatch::start();
        (0..times).for_each(|_| (kernel.run)());
        watch.elapsed_s()
    };
    run(1);
    let times = (seconds / run(1).max(1e-9)).ceil().max(1.0) as usize;
    let per_run = Spread::of((0..repeats.max(1)).map(|_| run(times) / times as f64));
    per_run.median * 1e9 / kernel.count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_tiny() {
        let forest = Forest { trees: 3, leaves: 5, columns: 4 };
        let sizes =
            Sizes { rows: vec![300], columns: vec![9], leaves: vec![1, 64], bins: vec![20], forests: vec![forest], seconds: 0.0 };
        let mut timings = Vec::new();
        measure(&sizes, 2, &mut |timing| timings.push(timing));
        let of = |unit: &str| timings.iter().filter(|t| t.unit == unit).count();
        assert_eq!((of("ns/value"), of("ns/addition"), of("ns/row"), of("ns/bin")), (1, 2, 2, 1));
        // Not every processor can take rows of bytes.
        assert!((1..=2).contains(&of("ns/row and tree")));
        assert!(timings.iter().all(|t| t.time > 0.0 && t.time.is_finite()), "{timings:?}");
    }
}
