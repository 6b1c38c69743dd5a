//! Rows in blocks, on their way through many trees.

use automl_core::matrix::{Column, View};

use super::flat::Trees;
use super::questions::Answers;
use super::ranked::Ranked;
use super::ranks::Rows;
use super::walk::Keys;

/// Some rows, ready to walk down trees.
pub(crate) struct Block<'a> {
    /// Number of rows.
    pub rows: usize,
    trees: &'a Trees,
    values: &'a [f32],
    /// The rows as bytes, if the trees take such, and room for answers.
    ranked: Option<(&'a Ranked, &'a Rows, &'a mut Answers)>,
    /// The rows for walking, if any tree needs them.
    keys: Option<&'a Keys>,
}

impl Block<'_> {
    /// The leaves of the rows in a tree, numbered over all trees.
    pub(crate) fn leaves(&mut self, tree: usize, leaves: &mut [u32]) {
        let leaves = &mut leaves[..self.rows];
        if let Some((ranked, rows, answers)) = &mut self.ranked
            && ranked.leaves(self.trees, tree, rows, answers, leaves)
        {
            return;
        }
        match self.keys {
            Some(keys) => self.trees.walk(tree, self.values, keys, leaves),
            None => self.trees.walk_plainly(tree, self.values, leaves),
        }
    }
}

impl Trees {
    /// Calls `each(first, block)` for the rows of a view from `first` on, block after block. A row has the values of the
    /// view's columns, codes as numbers, and behind them what `derive` makes of the row.
    pub(crate) fn for_each_block(&self, x: View<'_>, derive: impl Fn(&mut [f32]), each: impl FnMut(usize, Block<'_>)) {
        // The bytes of rows stay in the first-level cache while all trees pass over them.
        const BLOCK: usize = 512;
        self.for_each_block_of(BLOCK, x, derive, each);
    }

    /// The leaves of every row, one per tree, row after row; numbered over all trees.
    pub(crate) fn all_leaves(&self, x: View<'_>, derive: impl Fn(&mut [f32])) -> Vec<u32> {
        let trees = self.len();
        let mut all = vec![0; x.rows() * trees];
        let mut of_tree = Vec::new();
        self.for_each_block(x, derive, |first, mut block| {
            of_tree.resize(block.rows, 0);
            for tree in 0..trees {
                block.leaves(tree, &mut of_tree);
                all[first * trees + tree..].iter_mut().step_by(trees).zip(&of_tree).for_each(|(to, leaf)| *to = *leaf);
            }
        });
        all
    }

    /// [`Trees::for_each_block`] of the view's columns alone, with as many rows as stay in the second-level cache: for
    /// trees so large that they have to be read anew for every block.
    pub(crate) fn for_each_large_block(&self, x: View<'_>, each: impl FnMut(usize, Block<'_>)) {
        /// A quarter of a megabyte.
        const VALUES: usize = 1 << 16;
        let columns = x.columns().len();
        self.for_each_block_of((VALUES / columns.max(1)).clamp(64, 1024), x, |_| {}, each);
    }

    fn for_each_block_of(&self, block: usize, x: View<'_>, derive: impl Fn(&mut [f32]), mut each: impl FnMut(usize, Block<'_>)) {
        let (block, stride) = (block.min(x.rows().max(1)), self.columns().max(1));
        /// Rows that have walked down by themselves before anything is done for many at once.
        const FEW: usize = 3;
        let (mut values, mut keys) = (vec![0.0f32; block * stride], Keys::default());
        let pays = self.layouts.pay_for(self, x.rows());
        let ranked = if pays && x.rows() > FEW { self.layouts.ranked(self) } else { None };
        let needs_keys = pays && !ranked.is_some_and(|ranked| ranked.lay_out(self));
        let mut ranked = ranked.map(|ranked| (ranked, Rows::default(), Box::<Answers>::default()));
        for first in (0..x.rows()).step_by(block) {
            let rows = block.min(x.rows() - first);
            for (j, column) in x.columns().iter().enumerate() {
                for (i, row) in values.chunks_exact_mut(stride).enumerate().take(rows) {
                    row[j] = match &**column {
                        Column::Numeric(values) => values[x.row(first + i)],
                        Column::Codes { codes, .. } => codes[x.row(first + i)] as f32,
                        Column::Sparse(_) => f32::NAN,
                    };
                }
            }
            values.chunks_exact_mut(stride).take(rows).for_each(&derive);
            let values = &values[..rows * stride];
            if needs_keys {
                keys.fill(values, stride);
            }
            let ranked = ranked.as_mut().map(|(ranked, bytes, answers)| {
                ranked.rank(values, stride, bytes);
                (*ranked, &*bytes, &mut **answers)
            });
            each(first, Block { rows, trees: self, values, ranked, keys: needs_keys.then_some(&keys) });
        }
    }
}
