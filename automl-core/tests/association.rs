//! What one column says about the target is measured right.

#![allow(missing_docs)]

use automl_core::association::{Association, associations};
use automl_core::frame::Frame;
use automl_core::schema::{Overrides, infer};
use automl_core::seed::rng;
use automl_core::task::Target;
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};
use proptest::prelude::*;

/// Pseudo-random numbers in 0 … 1, one per row.
fn noise(rows: usize, seed: u64) -> Vec<f64> {
    use rand::RngExt;
    let mut rng = rng(seed);
    (0..rows).map(|_| rng.random_range(0.0..1.0)).collect()
}

fn measure(columns: Vec<Column>, target: &Target) -> Vec<Association> {
    let frame = Frame::new(DataFrame::new(target.len(), columns).unwrap());
    let (schema, _) = infer(&frame, &Overrides::default()).unwrap();
    let (conformed, _) = schema.conform(&frame).unwrap();
    associations(&conformed, &schema, target)
}

fn numbers(name: &str, values: Vec<f64>) -> Column {
    Series::new(name.into(), values).into_column()
}

fn texts(name: &str, values: impl Iterator<Item = String>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into_column()
}

#[test]
fn a_relabelled_target_says_all_and_noise_says_nothing() {
    let labels: Vec<u32> = noise(600, 1).iter().map(|v| (v * 3.0) as u32).collect();
    let names = labels.iter().map(|l| format!("level {}", (l + 1) % 3));
    let target = Target::Classes { labels: labels.clone(), n_classes: 3 };
    let measured = measure(vec![texts("renamed", names), numbers("noise", noise(600, 2))], &target);
    assert!(measured[0].strength > 0.999, "{measured:?}");
    assert!(measured[1].strength < 0.1, "{measured:?}");
}

#[test]
fn a_noisy_copy_of_a_heavy_tailed_number_is_known() {
    let truth: Vec<f64> = noise(2_000, 3).iter().map(|v| (1.0 - v).powf(-0.4)).collect();
    let copy = truth.iter().zip(noise(2_000, 4)).map(|(t, e)| t + 0.1 * (e - 0.5)).collect();
    let measured = measure(vec![numbers("copy", copy), numbers("noise", noise(2_000, 5))], &Target::Numbers(truth));
    assert!(measured[0].strength > 0.98, "{measured:?}");
    assert!(measured[1].strength < 0.05, "{measured:?}");
}

#[test]
fn missing_values_may_say_it() {
    let labels: Vec<u32> = noise(400, 6).iter().map(|v| u32::from(*v > 0.7)).collect();
    let holed = noise(400, 7).iter().zip(&labels).map(|(v, l)| if *l == 1 { f64::NAN } else { *v }).collect();
    let measured = measure(vec![numbers("holed", holed)], &Target::Classes { labels, n_classes: 2 });
    assert!(measured[0].of_missingness > 0.999, "{measured:?}");
}

#[test]
fn a_name_of_each_row_says_nothing() {
    let labels: Vec<u32> = noise(500, 8).iter().map(|v| u32::from(*v > 0.5)).collect();
    let texts = texts("words", (0..500).map(|i| format!("these are four words {i}")));
    let measured = measure(vec![texts], &Target::Classes { labels, n_classes: 2 });
    assert_eq!(measured[0].strength, 0.0);
}

proptest! {
    #[test]
    fn a_strength_lies_between_nothing_and_all(cells in prop::collection::vec((-4i32..4, -4i32..9), 2..60), classes in any::<bool>()) {
        let column: Vec<f64> = cells.iter().map(|(c, _)| if *c == 0 { f64::NAN } else { f64::from(*c) / 2.0 }).collect();
        let target = if classes {
            Target::Classes { labels: cells.iter().map(|(_, t)| u32::from(*t > 0)).collect(), n_classes: 2 }
        } else {
            Target::Numbers(cells.iter().map(|(_, t)| f64::from(*t)).collect())
        };
        for measured in measure(vec![numbers("x", column)], &target) {
            prop_assert!((0.0..=1.0).contains(&measured.strength));
            prop_assert!((0.0..=1.0).contains(&measured.of_missingness));
        }
    }
}
