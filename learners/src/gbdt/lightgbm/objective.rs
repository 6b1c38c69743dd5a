//! What do the sums of the leaves mean?

use automl_core::error::Result;
use automl_core::task::TaskKind;

use super::super::link::Link;
use super::text::{Block, Field};

/// More classes than a task can have.
const CLASSES_MAX: usize = 1000;

/// From summed scores to predictions, as the header says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Objective {
    pub link: Link,
    pub kind: TaskKind,
    /// Numbers per predicted row.
    pub width: usize,
    /// Trees per iteration.
    pub outputs: usize,
    /// What scores are multiplied by before the link.
    pub factor: f64,
    /// Whether the model names its objective; one of a program's own has no name.
    pub is_named: bool,
}

impl Objective {
    /// Reads the objective of a model.
    pub fn read(header: &Block<'_>) -> Result<Objective> {
        let count = |name: &str| {
            let field = header.get(name)?;
            let accepted = 1..=CLASSES_MAX;
            match field.value("a number of classes")? {
                count if accepted.contains(&count) => Ok(count),
                count => Err(field.error(format_args!("is {count}; from 1 to {CLASSES_MAX} can be read"))),
            }
        };
        let (classes, outputs) = (count("num_class")?, count("num_tree_per_iteration")?);
        let trees = header.get("num_tree_per_iteration")?;
        let (objective, wanted) = match header.find("objective") {
            Some(field) => Objective::named(field, classes)?,
            None => (Objective::number(Link::Identity).without_name(), 1),
        };
        if outputs != wanted {
            return Err(trees.error(format_args!("is {outputs}, but this objective with {classes} classes has {wanted}")));
        }
        Ok(Objective { outputs, ..objective })
    }

    /// The objective with that name and parameters, and how many trees an iteration of it has.
    fn named(field: &Field<'_>, classes: usize) -> Result<(Objective, usize)> {
        let name = field.words().next().unwrap_or("");
        let one = |objective: Objective| Ok((objective, 1));
        match name {
            "regression" if field.words().any(|word| word == "sqrt") => one(Objective::number(Link::SignedSquare)),
            "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape" => one(Objective::number(Link::Identity)),
            "poisson" | "gamma" | "tweedie" => one(Objective::number(Link::Exponential)),
            "binary" => one(Objective { factor: sigmoid(field)?, ..Objective::classes(Link::Logistic, 2) }),
            "cross_entropy" => one(Objective::classes(Link::Logistic, 2)),
            "multiclass" | "multiclassova" if classes < 2 => Err(field.error("has a single class; two are the least")),
            // A softmax of two scores is the logistic function of their difference.
            "multiclass" if classes == 2 => Ok((Objective::classes(Link::Logistic, 2), 2)),
            "multiclass" => Ok((Objective::classes(Link::Softmax, classes), classes)),
            "multiclassova" => {
                Ok((Objective { factor: sigmoid(field)?, ..Objective::classes(Link::OneAgainstAll, classes) }, classes))
            }
            "lambdarank" | "rank_xendcg" => {
                Err(field.error(format_args!("is `{name}`, which ranks rows; only models of classes or numbers can be read")))
            }
            _ => Err(field.error(format_args!(
                "is `{name}`; these can be read: regression, regression_l1, huber, fair, quantile, mape, poisson, gamma, tweedie, \
                 binary, cross_entropy, multiclass, multiclassova"
            ))),
        }
    }

    fn number(link: Link) -> Objective {
        Objective { link, kind: TaskKind::Regression, width: 1, outputs: 1, factor: 1.0, is_named: true }
    }

    fn classes(link: Link, classes: usize) -> Objective {
        let kind = if classes == 2 { TaskKind::Binary } else { TaskKind::Multiclass };
        Objective { link, kind, width: classes, outputs: 1, factor: 1.0, is_named: true }
    }

    fn without_name(self) -> Objective {
        Objective { is_named: false, ..self }
    }

    /// What the leaves of a tree are multiplied by: the factor, and the sign of the first of two classes.
    pub fn factor_of(&self, tree: usize) -> f64 {
        let is_first_of_two = self.link == Link::Logistic && self.outputs == 2 && tree.is_multiple_of(2);
        if is_first_of_two { -self.factor } else { self.factor }
    }

    /// Scores per row: of two classes, the difference is enough.
    pub fn scores(&self) -> usize {
        if self.link == Link::Logistic { 1 } else { self.outputs }
    }
}

/// The steepness of the logistic function, 1 if nothing is said.
fn sigmoid(field: &Field<'_>) -> Result<f64> {
    let Some(text) = field.words().find_map(|word| word.strip_prefix("sigmoid:")) else {
        return Ok(1.0);
    };
    match text.parse() {
        Ok(factor) if f64::is_finite(factor) && factor > 0.0 => Ok(factor),
        _ => Err(field.error(format_args!("has the sigmoid `{text}`; a number above 0 is needed"))),
    }
}
