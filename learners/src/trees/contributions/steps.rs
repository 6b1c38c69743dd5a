//! A tree as the branches of a walk over all of it, with all that does not depend on the row worked out before.

use super::{Plan, quadrature};
use crate::trees::Trees;

/// Branches from the root to a leaf at most: beyond it the walk would need much memory, and no tree is so deep.
const DEPTH_MAX: usize = 1024;

/// One step of the walk; the number is that of a branch.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Into a branch that leads to a node.
    Down(u32),
    /// Into a branch that leads to a leaf, and back.
    Leaf(u32),
    /// Back from a branch that leads to a node.
    Up(u32),
}

/// The way from a node to one of its children.
#[derive(Debug, Clone, Copy)]
pub(super) struct Branch {
    /// Number of the node in all trees.
    pub node: u32,
    /// Whether it is the left one.
    pub is_left: bool,
    /// Place of the column among those with a split.
    pub slot: u32,
    /// Number of branches from the root, this one included.
    pub depth: u32,
    /// Depth of the nearest branch above on the same column; 0 if there is none.
    pub above: u32,
    /// What the leaf adds to the score; 0 for a node.
    pub value: f64,
    /// The leaf, if it leads to one.
    leaf: Option<u32>,
    /// Share of the training rows that pass all splits on this column down to here.
    share: f64,
    /// The same at the branch above.
    share_above: f64,
    /// Share of the training rows of the tree that come here.
    arrive: f64,
}

/// What a branch does at one point of the quadrature, as sums over what the row passes: `base`, `here` if it
/// passes all splits on the column down to this branch, `above` if it does down to the branch above.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Factor {
    /// Its factor of the running product.
    pub down: Part,
    /// What part of the product at the leaves goes to the column.
    pub up: Part,
}

/// A sum over what the row passes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    pub base: f64,
    pub above: f64,
    pub here: f64,
}

/// The walk over a tree.
pub(super) struct Steps {
    pub steps: Vec<Step>,
    pub branches: Vec<Branch>,
    /// Per branch one factor per point.
    pub factors: Vec<Factor>,
    /// Points of the quadrature.
    pub points: usize,
    /// Branches from the root to the deepest leaf.
    pub depth: usize,
    /// The leaf of a tree without splits.
    only_leaf: Option<u32>,
}

impl Steps {
    /// The walk over a tree. `None` if it is too deep.
    pub fn of(trees: &Trees, tree: usize, plan: &Plan) -> Option<Steps> {
        let root = trees.roots[tree];
        let only_leaf = (root < 0).then_some(!root as u32);
        let mut walk = Walk::new(trees, plan, plan.cover(trees, root));
        if root >= 0 {
            walk.all(root as u32)?;
        }
        let Walk { steps, branches, columns_max, depth, .. } = walk;
        let points = columns_max.div_ceil(2);
        let mut factors = Vec::with_capacity(branches.len() * points);
        let rule = quadrature::rule(points);
        for branch in &branches {
            factors.extend(rule.iter().map(|(t, weight)| branch.factor(*t, *weight)));
        }
        Some(Steps { steps, branches, factors, points, depth, only_leaf })
    }

    /// Sets what the leaves add to the score; returns their mean over the training rows.
    pub fn set_values(&mut self, value: impl Fn(usize) -> f64) -> f64 {
        let mut mean = self.only_leaf.map_or(0.0, |leaf| value(leaf as usize));
        for branch in &mut self.branches {
            if let Some(leaf) = branch.leaf {
                branch.value = value(leaf as usize);
                mean += branch.value * branch.arrive;
            }
        }
        mean
    }
}

impl Branch {
    /// Its factor at the point `t` of a weight.
    fn factor(&self, t: f64, weight: f64) -> Factor {
        let passed = |share: f64| t + (1.0 - t) * share;
        let missed = (1.0 - t) * self.share;
        let gain = |share: f64| weight * (1.0 - share) / passed(share);
        let loss = -weight / (1.0 - t);
        if self.above == 0 {
            return Factor {
                down: Part { base: missed, above: 0.0, here: t },
                up: Part { base: loss, above: 0.0, here: gain(self.share) - loss },
            };
        }
        // The factor of the branch above is taken out again: it did not know of this split. A row that failed
        // there has the same factor as ever but for the share, and this branch changes nothing for it.
        let [both, first, neither] =
            [passed(self.share) / passed(self.share_above), missed / passed(self.share_above), self.share / self.share_above];
        let [gained, lost] = [gain(self.share) - gain(self.share_above), loss - gain(self.share_above)];
        Factor {
            down: Part { base: neither, above: first - neither, here: both - first },
            up: Part { base: 0.0, above: lost, here: gained - lost },
        }
    }
}

/// The walk as it is made.
struct Walk<'a> {
    trees: &'a Trees,
    plan: &'a Plan,
    root_cover: f64,
    steps: Vec<Step>,
    branches: Vec<Branch>,
    /// The branches from the root to here.
    path: Vec<u32>,
    columns_max: usize,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn new(trees: &'a Trees, plan: &'a Plan, root_cover: f64) -> Walk<'a> {
        let (steps, branches, path) = (Vec::new(), Vec::new(), Vec::new());
        Walk { trees, plan, root_cover, steps, branches, path, columns_max: 0, depth: 0 }
    }

    /// Walks all branches below a node, the left ones first. Trees from files are deeper than a stack, so that
    /// what is still to do is kept in a list.
    fn all(&mut self, root: u32) -> Option<()> {
        enum Todo {
            Into { node: u32, is_left: bool },
            Back(u32),
        }
        let both = |node| [Todo::Into { node, is_left: false }, Todo::Into { node, is_left: true }];
        let mut todo = Vec::from(both(root));
        while let Some(next) = todo.pop() {
            match next {
                Todo::Back(branch) => {
                    self.steps.push(Step::Up(branch));
                    self.path.pop();
                }
                Todo::Into { node, is_left } => {
                    let (branch, child) = (self.branches.len() as u32, self.child(node, is_left));
                    let known = self.branch(node, is_left, child);
                    self.branches.push(known);
                    self.path.push(branch);
                    self.depth = self.depth.max(self.path.len());
                    if self.depth > DEPTH_MAX {
                        return None;
                    }
                    if child >= 0 {
                        self.steps.push(Step::Down(branch));
                        todo.push(Todo::Back(branch));
                        todo.extend(both(child as u32));
                    } else {
                        self.steps.push(Step::Leaf(branch));
                        let columns = self.path.iter().filter(|b| self.branches[**b as usize].above == 0).count();
                        self.columns_max = self.columns_max.max(columns);
                        self.path.pop();
                    }
                }
            }
        }
        Some(())
    }

    fn child(&self, node: u32, is_left: bool) -> i32 {
        let node = &self.trees.nodes[node as usize];
        if is_left { node.3 } else { node.4 }
    }

    fn branch(&self, node: u32, is_left: bool, child: i32) -> Branch {
        let slot = self.plan.slots[self.trees.nodes[node as usize].0 as usize];
        let above = self.path.iter().rposition(|b| self.branches[*b as usize].slot == slot);
        let share_above = above.map_or(1.0, |place| self.branches[self.path[place] as usize].share);
        let cover = self.plan.cover(self.trees, child);
        Branch {
            node,
            is_left,
            slot,
            depth: self.path.len() as u32 + 1,
            above: above.map_or(0, |place| place as u32 + 1),
            value: 0.0,
            leaf: (child < 0).then_some(!child as u32),
            share: share_above * cover / self.plan.covers[node as usize],
            share_above,
            arrive: cover / self.root_cover,
        }
    }
}
