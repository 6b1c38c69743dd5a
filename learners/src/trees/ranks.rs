//! Rows as bytes: of a value, only its rank among the thresholds that trees have in its column.
//!
//! The thresholds of a column are few, since they come from bins, so a rank is a byte, and many rows stay in the
//! first-level cache. A column has a byte for every kind of question that is asked about it: missing values are greater
//! than all others to some nodes and smaller to others. A category is its code.

use super::flat::{CATEGORIES, Node, Trees};
use super::lanes::{LANES, List};
use super::walk::key;
use crate::bins::MAX_CODE;

/// Thresholds of a column at most: ranks are bytes, and one is kept for missing values.
const THRESHOLDS: usize = 254;

/// What is asked about the columns of some trees.
#[derive(Debug)]
pub(super) struct Ranks {
    /// Per column of the matrix.
    columns: Vec<Asked>,
    /// Bytes of a row.
    bytes: usize,
}

/// What is asked about a column, and which bytes of a row tell it.
#[derive(Debug, Clone, Default)]
struct Asked {
    /// By the kind of a node: ranks with missing values on the right, on the left, and codes.
    bytes: [Option<u8>; 3],
    /// The thresholds of the column in rising order, as whole numbers.
    thresholds: Vec<i32>,
}

/// Which byte of a row a node reads, and who goes left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Question {
    pub list: u8,
    pub answer: Answer,
}

/// Who goes left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Answer {
    /// Those up to a rank.
    UpTo(u8),
    /// Those whose codes are in the set of this number.
    In(u32),
}

/// Rows as bytes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Per 64 rows a list of every byte, and one list more at the end.
    lists: Vec<List>,
    bytes: usize,
}

impl Ranks {
    /// `None` if more is asked than bytes can answer.
    pub fn of(trees: &Trees) -> Option<Ranks> {
        let mut columns = vec![Asked::default(); trees.columns()];
        let mut bytes = 0;
        for &Node(column, threshold, kind, ..) in &trees.nodes {
            let asked = &mut columns[column as usize];
            let byte = asked.bytes.get_mut(usize::from(kind))?;
            if byte.is_none() {
                *byte = Some(u8::try_from(bytes).ok()?);
                bytes += 1;
            }
            if kind != CATEGORIES {
                asked.thresholds.push(key(threshold));
            }
        }
        for asked in &mut columns {
            asked.thresholds.sort_unstable();
            asked.thresholds.dedup();
        }
        let are_few = columns.iter().all(|asked| asked.thresholds.len() <= THRESHOLDS);
        are_few.then_some(Ranks { columns, bytes })
    }

    /// What a node of the trees asks.
    pub fn question(&self, &Node(column, threshold, kind, ..): &Node) -> Option<Question> {
        let asked = &self.columns[column as usize];
        let list = (*asked.bytes.get(usize::from(kind))?)?;
        let answer = match kind {
            CATEGORIES => Answer::In(threshold as u32),
            _ => Answer::UpTo(asked.thresholds.binary_search(&key(threshold)).ok()? as u8),
        };
        Some(Question { list, answer })
    }

    /// Ranks the values of rows, `width` each.
    pub fn rank(&self, values: &[f32], width: usize, rows: &mut Rows) {
        let groups = values.len().div_ceil(LANES * width);
        rows.bytes = self.bytes;
        rows.lists.resize(groups * self.bytes + 1, [0; LANES]);
        for (values, lists) in values.chunks(LANES * width).zip(rows.lists.chunks_exact_mut(self.bytes.max(1))) {
            for (column, asked) in self.columns.iter().enumerate() {
                let of_column = || values.chunks_exact(width).map(|row| row[column]);
                let [right, left, codes] = asked.bytes.map(|byte| byte.map(usize::from));
                if let Some(byte) = right.or(left) {
                    let missing = if right.is_some() { u8::MAX } else { 0 };
                    let ranks = of_column().map(|value| if value.is_nan() { missing } else { asked.rank(value) });
                    lists[byte].iter_mut().zip(ranks).for_each(|(to, rank)| *to = rank);
                }
                if let [Some(right), Some(left)] = [right, left] {
                    lists[left] = lists[right].map(|rank| if rank == u8::MAX { 0 } else { rank });
                }
                if let Some(byte) = codes {
                    lists[byte].iter_mut().zip(of_column()).for_each(|(to, value)| *to = code_of(value));
                }
            }
        }
    }
}

impl Asked {
    /// The number of thresholds below a value.
    fn rank(&self, value: f32) -> u8 {
        self.thresholds.partition_point(|threshold| *threshold < key(value)) as u8
    }
}

/// The code of a category. Codes without a bin of their own are in the first, as they were in the fit.
fn code_of(value: f32) -> u8 {
    if value <= MAX_CODE as f32 { value as u8 } else { 0 }
}

impl Rows {
    /// The bytes of the group of 64 rows of this number, a list for each, and at least one list behind them.
    pub fn lists(&self, group: usize) -> &[List] {
        &self.lists[group * self.bytes..]
    }
}
