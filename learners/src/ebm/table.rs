//! Small trees on the cells of a pair of columns.

use automl_core::seed::Rng;

use super::cut::{Limits, Sums, places};

/// A table of cells, summed from the first corner on.
struct Table {
    rows: usize,
    columns: usize,
    before: Vec<Sums>,
}

/// A cut across one side, and one on either side of it across the other.
struct Quarters {
    is_turned: bool,
    at: usize,
    cuts: [usize; 2],
    gain: f64,
}

impl Table {
    fn new(cells: &[Sums], columns: usize) -> Table {
        let (rows, wide) = (cells.len() / columns, columns + 1);
        let mut before = vec![Sums::default(); (rows + 1) * wide];
        for (i, row) in cells.chunks_exact(columns).enumerate() {
            let mut sum = Sums::default();
            for (j, &cell) in row.iter().enumerate() {
                sum = sum.plus(cell);
                before[(i + 1) * wide + j + 1] = before[i * wide + j + 1].plus(sum);
            }
        }
        Table { rows, columns, before }
    }

    /// The sum of a rectangle: `a` along the first side and `b` along the second, or the other way round.
    fn sum(&self, a: [usize; 2], b: [usize; 2], is_turned: bool) -> Sums {
        let (rows, columns) = if is_turned { (b, a) } else { (a, b) };
        let corner = |i: usize, j: usize| self.before[i * (self.columns + 1) + j];
        let right = corner(rows[1], columns[1]).minus(corner(rows[0], columns[1]));
        right.minus(corner(rows[1], columns[0]).minus(corner(rows[0], columns[0])))
    }

    /// The best of some places to cut a stripe at, and the gains of both parts.
    fn best(&self, stripe: [usize; 2], places: &[usize], end: usize, is_turned: bool, limits: &Limits) -> Option<(usize, f64)> {
        let all = self.sum(stripe, [0, end], is_turned);
        let mut best = None;
        for &at in places {
            let left = self.sum(stripe, [0, at], is_turned);
            let right = all.minus(left);
            let gain = left.gain(limits) + right.gain(limits);
            if left.weight.min(right.weight) >= limits.weight_min && best.is_none_or(|(_, most)| gain > most) {
                best = Some((at, gain));
            }
        }
        best
    }

    fn quarters(&self, places: [&[usize]; 2], is_turned: bool, limits: &Limits) -> Option<Quarters> {
        let (ends, places) = match is_turned {
            true => ([self.columns, self.rows], [places[1], places[0]]),
            false => ([self.rows, self.columns], places),
        };
        let all = self.sum([0, ends[0]], [0, ends[1]], is_turned).gain(limits);
        let of = |&at: &usize| {
            let above = self.best([0, at], places[1], ends[1], is_turned, limits)?;
            let below = self.best([at, ends[0]], places[1], ends[1], is_turned, limits)?;
            Some(Quarters { is_turned, at, cuts: [above.0, below.0], gain: above.1 + below.1 - all })
        };
        places[0].iter().filter_map(of).reduce(better)
    }
}

fn better(a: Quarters, b: Quarters) -> Quarters {
    if b.gain > a.gain { b } else { a }
}

/// The values of a tree over a table of cells, row-major with `columns` columns: one cut between rows, and one between
/// columns on either side of it, or the other way round. Gives what it gains; nothing if it cannot cut.
pub(super) fn across(cells: &[Sums], columns: usize, limits: &Limits, rng: &mut Rng, out: &mut [f64]) -> Option<f64> {
    let table = Table::new(cells, columns);
    let along = [places(table.rows, limits.pair_cuts, rng), places(columns, limits.pair_cuts, rng)];
    let along = [&along[0][..], &along[1][..]];
    out.fill(0.0);
    let plan = [false, true].into_iter().filter_map(|is_turned| table.quarters(along, is_turned, limits)).reduce(better)?;
    let ends = if plan.is_turned { [columns, table.rows] } else { [table.rows, columns] };
    for (stripe, cut) in [([0, plan.at], plan.cuts[0]), ([plan.at, ends[0]], plan.cuts[1])] {
        for part in [[0, cut], [cut, ends[1]]] {
            let value = table.sum(stripe, part, plan.is_turned).value(limits);
            let (rows, of_row) = if plan.is_turned { (part, stripe) } else { (stripe, part) };
            (rows[0]..rows[1]).for_each(|i| out[i * columns..][of_row[0]..of_row[1]].fill(value));
        }
    }
    Some(plan.gain)
}

#[cfg(test)]
mod tests {
    use automl_core::seed::rng;

    use super::*;

    #[test]
    fn a_table_is_cut_across() {
        // What no sum of a row and a column gives.
        let mut out = [0.0; 6];
        let table = [5.0, -5.0, -5.0, -5.0, 5.0, 5.0].map(|g| Sums { g, h: 10.0, weight: 10.0 });
        let limits = Limits { lambda: 1.0, weight_min: 1.0, cuts: 100, pair_cuts: 100 };
        let gain = across(&table, 3, &limits, &mut rng(0), &mut out);
        assert!(gain.is_some_and(|gain| gain > 0.0), "{gain:?}");
        assert!(out[0] < 0.0 && out[1] > 0.0 && out[1] == out[2] && out[3] > 0.0 && out[4] < 0.0, "{out:?}");
    }
}
