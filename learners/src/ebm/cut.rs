//! Small trees on the cells of a term: where to cut, and what to add on either side.

/// Sums over some rows: of the gradient and of its slope.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub g: f64,
    pub h: f64,
}

/// Slopes that are added to every side, so that few rows say little.
const LAMBDA: f64 = 1.0;
/// Slopes that a side needs.
const SLOPES_MIN: f64 = 1.0;
/// Slopes that are added to a category when categories are ordered.
const CATEGORY_LAMBDA: f64 = 10.0;

impl Sums {
    fn plus(self, other: Sums) -> Sums {
        Sums { g: self.g + other.g, h: self.h + other.h }
    }

    fn minus(self, other: Sums) -> Sums {
        Sums { g: self.g - other.g, h: self.h - other.h }
    }

    /// How much a common value lowers the loss, twice.
    fn gain(self) -> f64 {
        self.g * self.g / (self.h + LAMBDA)
    }

    /// The value that lowers the loss most.
    fn value(self) -> f64 {
        -self.g / (self.h + LAMBDA)
    }
}

fn total(cells: &[Sums]) -> Sums {
    cells.iter().fold(Sums::default(), |sum, &cell| sum.plus(cell))
}

/// The best cut of a row of cells: how many are before it, and how much it gains.
fn best_cut(cells: &[Sums]) -> Option<(usize, f64)> {
    let all = total(cells);
    let (mut before, mut best) = (Sums::default(), None);
    for (i, &cell) in cells.iter().enumerate().take(cells.len().saturating_sub(1)) {
        before = before.plus(cell);
        let after = all.minus(before);
        if before.h < SLOPES_MIN || after.h < SLOPES_MIN {
            continue;
        }
        let gain = before.gain() + after.gain() - all.gain();
        if gain > 1e-12 && best.is_none_or(|(_, most)| gain > most) {
            best = Some((i + 1, gain));
        }
    }
    best
}

/// The values of a tree of up to three leaves over one row of cells, and what it gains; zeros if no cut gains anything.
pub(super) fn along(cells: &[Sums], is_codes: bool, out: &mut [f64]) -> f64 {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    if is_codes {
        let key = |i: usize| cells[i].g / (cells[i].h + CATEGORY_LAMBDA);
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
    }
    let ordered: Vec<Sums> = order.iter().map(|&i| cells[i]).collect();
    out.fill(0.0);
    let Some((first, mut gained)) = best_cut(&ordered) else { return 0.0 };
    let mut edges = vec![0, first, ordered.len()];
    let (left, right) = (best_cut(&ordered[..first]), best_cut(&ordered[first..]));
    let gain = |cut: Option<(usize, f64)>| cut.map_or(0.0, |(_, gain)| gain);
    if gain(left).max(gain(right)) > 0.0 {
        let second = if gain(left) >= gain(right) { left.map(|(at, _)| at) } else { right.map(|(at, _)| first + at) };
        edges.extend(second);
        edges.sort_unstable();
        gained += gain(left).max(gain(right));
    }
    for edge in edges.windows(2) {
        let value = total(&ordered[edge[0]..edge[1]]).value();
        order[edge[0]..edge[1]].iter().for_each(|&i| out[i] = value);
    }
    gained
}

/// The values of a tree over a table of cells, row-major with `columns` columns: one cut between rows, and one between
/// columns on either side of it, or the other way round. Gives what it gains.
pub(super) fn across(cells: &[Sums], columns: usize, out: &mut [f64]) -> f64 {
    let rows = cells.len() / columns;
    let turned: Vec<Sums> = (0..columns).flat_map(|j| (0..rows).map(move |i| cells[i * columns + j])).collect();
    let (by_rows, by_columns) = (quarters(cells, columns), quarters(&turned, rows));
    out.fill(0.0);
    let (plan, is_turned) = match (by_rows, by_columns) {
        (Some(a), Some(b)) if b.gain > a.gain => (b, true),
        (Some(a), _) => (a, false),
        (None, Some(b)) => (b, true),
        (None, None) => return 0.0,
    };
    let (table, side) = if is_turned { (&turned[..], rows) } else { (cells, columns) };
    for (range, cut) in [(0..plan.at, plan.cuts[0]), (plan.at..table.len() / side, plan.cuts[1])] {
        for part in [0..cut, cut..side] {
            let members = || range.clone().flat_map(|i| part.clone().map(move |j| (i, j)));
            let value = members().fold(Sums::default(), |sum, (i, j)| sum.plus(table[i * side + j])).value();
            members().for_each(|(i, j)| out[if is_turned { j * columns + i } else { i * columns + j }] = value);
        }
    }
    plan.gain
}

/// A cut between rows, a cut between columns on either side of it, and what they gain over no cut at all.
struct Quarters {
    at: usize,
    cuts: [usize; 2],
    gain: f64,
}

fn quarters(cells: &[Sums], columns: usize) -> Option<Quarters> {
    let all = total(cells);
    let by_column = |sums: &mut [Sums], row: &[Sums]| sums.iter_mut().zip(row).for_each(|(sum, &cell)| *sum = sum.plus(cell));
    let mut after = vec![Sums::default(); columns];
    cells.chunks_exact(columns).for_each(|row| by_column(&mut after, row));
    let mut before = vec![Sums::default(); columns];
    let mut best: Option<Quarters> = None;
    let rows = cells.len() / columns;
    for (i, row) in cells.chunks_exact(columns).enumerate().take(rows.saturating_sub(1)) {
        by_column(&mut before, row);
        after.iter_mut().zip(row).for_each(|(sum, &cell)| *sum = sum.minus(cell));
        let (Some(above), Some(below)) = (best_cut(&before), best_cut(&after)) else { continue };
        let gain = above.1 + below.1 + total(&before).gain() + total(&after).gain() - all.gain();
        if best.as_ref().is_none_or(|b| gain > b.gain) {
            best = Some(Quarters { at: i + 1, cuts: [above.0, below.0], gain });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(g: &[f64]) -> Vec<Sums> {
        g.iter().map(|&g| Sums { g, h: 10.0 }).collect()
    }

    #[test]
    fn three_leaves_along_a_row() {
        let mut out = [9.0; 6];
        let gain = along(&cells(&[-5.0, -5.0, 3.0, 3.0, 3.0, -5.0]), false, &mut out);
        assert!(gain > 0.0 && out[0] == out[1] && out[2] == out[4] && out[0] > 0.0 && out[2] < 0.0 && out[5] > 0.0, "{out:?}");
        assert_eq!(along(&cells(&[1.0, 1.0, 1.0]), false, &mut out[..3]), 0.0);
        assert_eq!(out[..3], [0.0; 3]);
    }

    #[test]
    fn categories_have_no_order() {
        let mut out = [0.0; 4];
        along(&cells(&[-5.0, 5.0, -5.0, 5.0]), true, &mut out);
        assert!(out[0] == out[2] && out[1] == out[3] && out[0] > out[1], "{out:?}");
    }

    #[test]
    fn a_table_is_cut_across() {
        // What no sum of a row and a column gives.
        let mut out = [0.0; 6];
        let table = cells(&[5.0, -5.0, -5.0, -5.0, 5.0, 5.0]);
        let gain = across(&table, 3, &mut out);
        assert!(gain > 0.0 && out[0] < 0.0 && out[1] > 0.0 && out[1] == out[2] && out[3] > 0.0 && out[4] < 0.0, "{out:?}");
    }
}
