//! Orders of pipelines on tables that are alike.

use super::meta_features::MetaFeatures;

/// In which order pipelines are best tried on one table.
#[derive(Debug, Clone)]
pub struct Order {
    /// What the table looks like.
    pub meta: MetaFeatures,
    /// Names of pipelines, the one to try first first; those that add nothing are not there.
    pub names: Vec<String>,
}

/// As many tables count as the order for all tables does.
const PRIOR: f64 = 1.0;

/// Pipelines, given in their order for all tables, in that for a table that looks like this: by their mean place in the
/// orders of tables of the same task, of which the near ones count more, and in the one for all. The first stays first.
pub fn ordered(names: &[String], orders: &[Order], meta: &MetaFeatures) -> Vec<String> {
    let place = |at: usize| {
        let (mut sum, mut weights) = (PRIOR * at as f64, PRIOR);
        for order in orders.iter().filter(|order| order.meta.task == meta.task) {
            let weight = (-order.meta.distance(meta)).exp();
            let place = order.names.iter().position(|known| *known == names[at]).unwrap_or(order.names.len() + 2);
            sum += weight * place as f64;
            weights += weight;
        }
        sum / weights
    };
    let mut order: Vec<usize> = (0..names.len()).collect();
    if let Some((_, rest)) = order.split_first_mut() {
        rest.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
    }
    order.into_iter().map(|at| names[at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use automl::TaskKind;

    use super::*;

    #[test]
    fn the_nearest_table_says_what_comes_early() {
        let meta = MetaFeatures {
            task: TaskKind::Binary,
            rows: 1_000,
            features: 20,
            categorical: 0.5,
            text: 0.0,
            missing: 0.0,
            classes: 2,
        };
        let names = ["first", "trees", "net", "linear"].map(str::to_owned);
        let order = |meta, names: &[&str]| Order { meta, names: names.iter().map(|name| (*name).to_owned()).collect() };
        let near = order(meta, &["first", "linear"]);
        let far = order(MetaFeatures { rows: 100_000_000, text: 1.0, ..meta }, &["first", "net"]);
        let other = order(MetaFeatures { task: TaskKind::Regression, ..meta }, &["first", "net"]);
        assert_eq!(ordered(&names, &[far, other, near], &meta), ["first", "linear", "trees", "net"]);
        assert_eq!(ordered(&names, &[], &meta), names);
    }
}
