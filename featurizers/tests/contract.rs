//! Every featurizer of the list keeps the promises of the seam.

use std::collections::HashSet;

use automl_core::contract::featurizer::{self, tables};
use automl_core::schema::Kind;
use automl_featurizers::ALL;

/// One test per promise, each for every featurizer.
macro_rules! promises {
    ($($check:ident),* $(,)?) => {
        $(
            #[test]
            fn $check() {
                ALL.iter().for_each(|&component| featurizer::$check(component));
            }
        )*
    };
}

promises!(
    plans_features_of_the_schema,
    writes_what_it_declares,
    transforms_what_it_was_not_fitted_on,
    transforms_rows_one_by_one,
    fits_the_same_twice,
    leaves_the_target_alone,
    does_not_tell_a_row_its_own_target,
    finds_nothing_in_noise,
    is_the_same_from_a_file,
    survives_damaged_bytes,
    reads_its_parameters,
    names_a_missing_column,
);

/// Names in configurations and files are never changed or reused; new ones are added.
#[test]
fn ids_stay() {
    let ids: Vec<&str> = ALL.iter().map(|f| f.id()).collect();
    let expected = [
        "numeric",
        "robust_scale",
        "boolean",
        "category_codes",
        "one_hot",
        "datetime_parts",
        "datetime_cyclic",
        "tfidf",
        "text_statistics",
        "ordinal",
        "target_encoding",
        "count_encoding",
        "hashing",
        "category_crosses",
        "text_svd",
        "datetime_differences",
        "pca",
        "generated",
    ];
    assert_eq!(ids, expected);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}

/// Trees and linear learners both get something from every kind of column.
#[test]
fn every_kind_has_a_featurizer_for_trees_and_for_linear_learners() {
    use automl_core::matrix::Form::{Codes, Complete, Numeric, Sparse};
    for kind in Kind::ALL {
        let schema = tables(kind)[0].schema();
        for forms in [&[Numeric, Complete, Codes][..], &[Complete, Sparse][..]] {
            let found = ALL.iter().any(|f| forms.contains(&f.form()) && !f.plan(&schema).is_empty());
            assert!(found, "no {forms:?} for {}", kind.name());
        }
    }
}
