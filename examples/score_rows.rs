//! Predictions of single rows, as a service makes them: from a struct, from JSON, and from pairs.
//!
//! `cargo run --example score_rows`

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::collections::HashMap;

use serde::Serialize;

/// What a caller knows of a flower. Columns are found by the names of fields.
#[derive(Serialize)]
struct Flower {
    sepal_length: f64,
    sepal_width: Option<f64>,
    petal_length: f64,
    petal_width: f64,
}

/// Fits once, then answers one row after another.
pub fn main() -> automl::Result<()> {
    let fit = automl::fit(automl_datasets::find("iris")?.frame()?, "species").trials_max(4).run()?;
    // A service keeps the bytes of the model where it likes, in a database say.
    let bytes = automl::to_bytes(&fit.model)?;
    let model = automl::from_bytes(&bytes)?;

    let flower = Flower { sepal_length: 5.1, sepal_width: None, petal_length: 1.4, petal_width: 0.2 };
    let from_struct = model.predict_row(&flower)?;
    println!("{:?}: {:?}", from_struct.label, from_struct.values);

    let json = serde_json::json!({"sepal_length": 5.1, "sepal_width": null, "petal_length": "1.4", "petal_width": 0.2});
    let from_json = model.predict_row(&json)?;

    let pairs = [("sepal_length", Some(5.1)), ("sepal_width", None), ("petal_length", Some(1.4)), ("petal_width", Some(0.2))];
    let from_pairs = model.predict_row(&HashMap::from(pairs))?;

    assert_eq!(from_struct, from_json);
    assert_eq!(from_struct, from_pairs);
    Ok(())
}
