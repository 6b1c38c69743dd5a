//! Which learner is compared with whom, and on what? One entry of [`CASES`] per comparison; add yours at the end.

use automl::TaskKind;

use crate::versus::losses::Loss;
use crate::versus::peer::Program;

/// A learner, its peer, and what both are told.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// How the options call it.
    pub name: &'static str,
    /// Our learner; the case is skipped where the list lacks it.
    pub learner: &'static str,
    /// What differs from the defaults of our learner, as JSON.
    pub params: &'static str,
    /// Where the peer is.
    pub program: &'static Program,
    /// What the script calls it.
    pub peer: &'static str,
    /// What the peer is told, as JSON.
    pub settings: &'static str,
    /// The tasks that it is for, if not all of the learner.
    pub tasks: &'static [TaskKind],
    /// The tables, by their names in the manifest.
    pub tables: &'static [&'static str],
    /// What predictions are judged by.
    pub loss: Loss,
    /// Both sides get the same tenth of the rows to fit as validation rows, if this is given; a fit of ours ends after
    /// so many steps without a smaller loss there.
    pub patience: Option<u32>,
}

/// scikit-learn.
pub const SCIKIT: Program = Program { script: "learners.py", environment: "gbm", packages: "scikit-learn" };
/// The net of fast.ai.
pub const AUTOGLUON: Program = Program { script: "learners.py", environment: "autogluon", packages: "autogluon.tabular[fastai]" };
/// The explainable boosting machine.
pub const INTERPRET: Program = Program { script: "learners.py", environment: "ebm", packages: "interpret-core" };

/// Tables of every task without text.
const MIXED: &[&str] = &[
    "bank_marketing",
    "credit_g",
    "phoneme",
    "magic_telescope",
    "segment",
    "dry_bean",
    "abalone",
    "california_housing",
    "kc_housing",
];
/// Tables of numbers for classes and for numbers, few columns.
const NARROW: &[&str] = &["phoneme", "mammography", "magic_telescope", "segment", "letter", "abalone", "california_housing"];
/// Tables of numbers alone whose target is a number.
const NUMBERS: &[&str] = &["california_housing", "concrete", "ccpp", "protein_casp"];
/// Tables for sums of functions of single columns.
const ADDITIVE: &[&str] =
    &["credit_g", "telco_churn", "mammography", "abalone", "phoneme", "bank_marketing", "california_housing", "segment"];
/// Tables with a text.
const TEXTS: &[&str] = &["airline_tweets", "fine_food_reviews"];

const NEVER: u32 = u32::MAX;

/// What other cases differ from.
const BASE: Case = Case {
    name: "",
    learner: "linear",
    params: "{}",
    program: &SCIKIT,
    peer: "linear",
    settings: "{}",
    tasks: &TaskKind::ALL,
    tables: MIXED,
    loss: Loss::Usual,
    patience: None,
};

/// All comparisons.
pub const CASES: &[Case] = &[
    Case { name: "linear", params: r#"{"l2": 1}"#, settings: r#"{"l2": 1}"#, ..BASE },
    // As near to the optimum as both come: whether it is the same.
    Case {
        name: "linear-optimum",
        params: r#"{"l2": 1, "tolerance": 1e-9, "iterations_max": 10000}"#,
        settings: r#"{"l2": 1, "tolerance": 1e-9}"#,
        ..BASE
    },
    Case { name: "linear-words", params: r#"{"l2": 1}"#, settings: r#"{"l2": 1}"#, tables: TEXTS, ..BASE },
    Case {
        name: "random_forest",
        learner: "random_forest",
        peer: "random-forest",
        settings: r#"{"trees": 100, "max_features_classes": "sqrt", "max_features_numbers": 0.4}"#,
        ..BASE
    },
    Case {
        name: "extra_trees",
        learner: "extra_trees",
        peer: "extra-trees",
        settings: r#"{"trees": 100, "max_features_classes": 0.75, "max_features_numbers": 0.75}"#,
        ..BASE
    },
    Case {
        name: "knn",
        learner: "knn",
        params: r#"{"neighbours": 15, "weights": "uniform", "references_max": 1000000}"#,
        peer: "neighbours",
        settings: r#"{"neighbours": 15, "weights": "uniform"}"#,
        tables: NARROW,
        ..BASE
    },
    Case {
        name: "knn-distance",
        learner: "knn",
        params: r#"{"neighbours": 15, "weights": "distance", "references_max": 1000000}"#,
        peer: "neighbours",
        settings: r#"{"neighbours": 15, "weights": "distance"}"#,
        tables: NARROW,
        ..BASE
    },
    Case {
        name: "naive_bayes",
        learner: "naive_bayes",
        peer: "gaussian-bayes",
        tables: &["phoneme", "mammography", "magic_telescope", "segment", "letter", "dry_bean", "bank_marketing", "credit_g"],
        ..BASE
    },
    Case {
        name: "naive_bayes-words",
        learner: "naive_bayes",
        peer: "multinomial-bayes",
        settings: r#"{"alpha": 1}"#,
        tables: TEXTS,
        ..BASE
    },
    Case {
        name: "linear_svm",
        learner: "linear_svm",
        params: r#"{"c": 1}"#,
        peer: "support-vectors",
        settings: r#"{"c": 1, "insensitive": 0.1}"#,
        tables: &["mammography", "phoneme", "credit_g", "spambase", "segment", "abalone", "california_housing", "airline_tweets"],
        ..BASE
    },
    Case { name: "mlp", learner: "mlp", program: &AUTOGLUON, peer: "fastai", patience: Some(NEVER), ..BASE },
    // Both hold rows out by themselves.
    Case { name: "ebm", learner: "ebm", program: &INTERPRET, peer: "ebm", tables: ADDITIVE, ..BASE },
    Case {
        name: "ebm-equal",
        learner: "ebm",
        params: r#"{"bags": 8, "learning_rate": 0.03, "pairs": 10, "max_bin": 255, "rounds": 5000}"#,
        program: &INTERPRET,
        peer: "ebm",
        settings: r#"{"outer_bags": 8, "learning_rate": 0.03, "interactions": 10, "max_bins": 256, "max_rounds": 5000, "min_samples_leaf": 3, "max_leaves": 3}"#,
        tables: ADDITIVE,
        ..BASE
    },
    Case {
        name: "elastic_net-classes",
        tasks: &[TaskKind::Binary, TaskKind::Multiclass],
        params: r#"{"l1_ratio": 0.5, "l2": 1, "tolerance": 1e-9, "iterations_max": 10000}"#,
        peer: "elastic-net",
        settings: r#"{"l1_ratio": 0.5, "penalty": 1}"#,
        tables: &["credit_g", "phoneme", "magic_telescope", "segment"],
        ..BASE
    },
    Case {
        name: "elastic_net",
        tasks: &[TaskKind::Regression],
        params: r#"{"l1_ratio": 0.5, "l2": 1}"#,
        peer: "elastic-net",
        settings: r#"{"l1_ratio": 0.5, "penalty": 1}"#,
        tables: NUMBERS,
        ..BASE
    },
    Case {
        name: "poisson",
        tasks: &[TaskKind::Regression],
        params: r#"{"loss": "poisson", "l2": 1}"#,
        peer: "poisson",
        settings: r#"{"l2": 1}"#,
        tables: &["bike_hour", "abalone"],
        loss: Loss::Poisson,
        ..BASE
    },
    Case {
        name: "quantile",
        tasks: &[TaskKind::Regression],
        params: r#"{"loss": "quantile", "quantile": 0.9, "l2": 0}"#,
        peer: "quantile",
        settings: r#"{"quantile": 0.9, "alpha": 0}"#,
        tables: &["abalone", "concrete", "mpg"],
        loss: Loss::Pinball(0.9),
        ..BASE
    },
];
