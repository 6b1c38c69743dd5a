//! Trees laid out anew for the loops that find leaves, once enough rows pay for it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Trees;
use super::ranked::Ranked;
use super::walk::Layout;

/// What is made of some trees when rows ask for it.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    /// Rows that asked so far.
    rows: AtomicUsize,
    ranked: OnceLock<Option<Ranked>>,
    walked: OnceLock<PerTree<Layout>>,
}

impl PartialEq for Layouts {
    /// Layouts follow from their trees.
    fn eq(&self, _: &Layouts) -> bool {
        true
    }
}

impl Layouts {
    /// Counts rows that are to be predicted, and tells whether there were enough to lay the trees out.
    pub fn pay_for(&self, trees: &Trees, rows: usize) -> bool {
        /// Nodes of a tree that are laid out in the time that a row needs to walk down the tree as it is.
        const NODES: usize = 8;
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed).saturating_add(rows);
        rows.saturating_mul(NODES) >= trees.nodes.len() / trees.len().max(1)
    }

    /// The trees for rows of bytes, where it pays to make such rows.
    pub fn ranked(&self, trees: &Trees) -> Option<&Ranked> {
        /// Trees below which it does not pay to rank the values of a row.
        const ENOUGH: usize = 50;
        self.ranked.get_or_init(|| Ranked::of(trees, ENOUGH)).as_ref()
    }

    /// The trees for walking.
    pub fn walked(&self, trees: &Trees) -> &PerTree<Layout> {
        self.walked.get_or_init(|| PerTree::new(trees.len()))
    }
}

/// Something for every tree for which it can be made.
#[derive(Debug)]
pub(super) struct PerTree<T> {
    made: Vec<OnceLock<Option<T>>>,
    next: AtomicUsize,
}

impl<T> PerTree<T> {
    pub fn new(trees: usize) -> PerTree<T> {
        PerTree { made: (0..trees).map(|_| OnceLock::new()).collect(), next: AtomicUsize::new(0) }
    }

    /// Makes all together with other threads that want to: each takes the next tree. Whether there is one for each.
    pub fn make_all(&self, make: impl Fn(usize) -> Option<T>) -> bool {
        while self.next.load(Ordering::Relaxed) < self.made.len() {
            let tree = self.next.fetch_add(1, Ordering::Relaxed);
            self.made.get(tree).map(|made| made.get_or_init(|| make(tree)));
        }
        (0..self.made.len()).all(|tree| self.of(tree, &make).is_some())
    }

    /// What there is for a tree; it is made if nobody did.
    pub fn of(&self, tree: usize, make: impl Fn(usize) -> Option<T>) -> Option<&T> {
        self.made[tree].get_or_init(|| make(tree)).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_the_work_and_see_the_same() {
        let (all, calls) = (PerTree::new(1000), AtomicUsize::new(0));
        let make = |tree: usize| {
            calls.fetch_add(1, Ordering::Relaxed);
            (tree != 7).then_some(tree)
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    assert!(!all.make_all(make));
                    assert!((0..1000).all(|tree| all.of(tree, make).copied() == (tree != 7).then_some(tree)));
                });
            }
        });
        assert_eq!(calls.into_inner(), 1000);
    }
}
