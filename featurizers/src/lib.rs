//! Featurizers: from the columns of a frame to the columns of a matrix.
//!
//! [`ALL`] is the list. Each featurizer has a file of its own, which opens with its reference page. What
//! those learn that do not see the target is shared by all folds.

pub mod boolean;
pub mod category_codes;
pub mod category_crosses;
mod coded;
pub mod count_encoding;
pub mod datetime_cyclic;
pub mod datetime_differences;
pub mod datetime_parts;
pub mod generated;
mod grams;
pub mod hashing;
mod leading;
mod levels;
mod missing;
mod moment;
pub mod numeric;
pub mod one_hot;
pub mod ordinal;
mod pairs;
pub mod pca;
pub mod robust_scale;
pub mod target_encoding;
mod target_means;
pub mod text_statistics;
pub mod text_svd;
pub mod tfidf;
mod vocabulary;

use automl_core::featurizer::DynFeaturizer;

/// Every featurizer, in the order in which a pipeline asks them: of those that read a column as the same
/// kind, the first whose form the learner takes is used.
pub const ALL: &[&dyn DynFeaturizer] = &[
    &numeric::Numeric,
    &robust_scale::RobustScale,
    &boolean::Boolean,
    &category_codes::CategoryCodes,
    &one_hot::OneHot,
    &datetime_parts::DatetimeParts,
    &datetime_cyclic::DatetimeCyclic,
    &tfidf::Tfidf,
    &text_statistics::TextStatistics,
    &ordinal::Ordinal,
    &target_encoding::TargetEncoding,
    &count_encoding::CountEncoding,
    &hashing::Hashing,
    &category_crosses::CategoryCrosses,
    &text_svd::TextSvd,
    &datetime_differences::DatetimeDifferences,
    &pca::Pca,
    &generated::Generated,
];
