use proptest::prelude::*;

use super::*;

const SCALINGS: [Scaling; 4] = [Scaling::Robust, Scaling::Standard, Scaling::MinMax, Scaling::Quantile];
const IMPUTATIONS: [Imputation; 4] = [Imputation::Median, Imputation::Mean, Imputation::MostFrequent, Imputation::Constant];

fn numbers(column: &Column) -> &[f32] {
    match column {
        Column::Numeric(values) => values,
        other => panic!("no numbers: {other:?}"),
    }
}

fn completed(values: &[f64], params: CompletionParams) -> Vec<f32> {
    let completion = Completion::learn_by(values.iter().copied(), params);
    let columns: Vec<Column> = completion.apply(values.iter().copied()).collect();
    numbers(&columns[0]).to_vec()
}

#[test]
fn missing_cells_take_what_was_asked_for() {
    let values = [0.0, 0.0, 2.0, 4.0, 14.0, f64::NAN];
    let missing = |imputation| {
        let params = CompletionParams { scaling: Scaling::MinMax, imputation, constant: 7.0, ..CompletionParams::default() };
        completed(&values, params)[5] * 14.0
    };
    assert_eq!(IMPUTATIONS.map(missing), [2.0, 4.0, 0.0, 7.0]);
}

#[test]
fn standard_numbers_have_mean_zero_and_deviation_one() {
    let params = CompletionParams { scaling: Scaling::Standard, ..CompletionParams::default() };
    assert_eq!(completed(&[1.0, 3.0], params), [-1.0, 1.0]);
    assert_eq!(completed(&[5.0, 5.0], params), [0.0, 0.0]);
}

#[test]
fn an_indicator_may_be_left_out() {
    let values = [1.0, f64::NAN];
    let columns = |indicator| {
        let params = CompletionParams { indicator, ..CompletionParams::default() };
        let completion = Completion::learn_by(values.into_iter(), params);
        let columns = completion.apply(values.into_iter()).count();
        assert_eq!(completion.features(Feature::single("x", "x")).count(), columns);
        columns
    };
    assert_eq!((columns(true), columns(false)), (2, 1));
}

#[test]
fn constants_of_earlier_versions_are_read() {
    let old = r#"{"scaling":{"is_log":true,"centre":1.5,"scale":0.5},"has_indicator":true}"#;
    let completion: Completion = serde_json::from_str(old).unwrap();
    assert!(matches!(completion.scaling, Scale::Robust(_)) && completion.missing == 0.0);
    assert_eq!(serde_json::to_string(&completion).unwrap(), old);
}

proptest! {
    #[test]
    fn whatever_comes_in_is_complete_and_near_zero_and_the_same_from_a_file(
        fit in prop::collection::vec(any::<f64>(), 0..40),
        mut new in prop::collection::vec(any::<f64>(), 1..40),
        scaling in 0_usize..4,
        imputation in 0_usize..4,
        constant in any::<f64>(),
    ) {
        let params =
            CompletionParams { scaling: SCALINGS[scaling], imputation: IMPUTATIONS[imputation], constant, indicator: true };
        let completion = Completion::learn_by(fit.into_iter(), params);
        prop_assert!(completion.validate().is_ok());
        let json = serde_json::to_string(&completion).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Completion>(&json).unwrap(), &completion);
        new.sort_by(f64::total_cmp);
        let columns: Vec<Column> = completion.apply(new.iter().copied()).collect();
        prop_assert!(numbers(&columns[0]).iter().all(|v| v.abs() <= 10.0));
        let known: Vec<f32> = numbers(&columns[0]).iter().zip(&new).filter(|(_, v)| v.is_finite()).map(|(&s, _)| s).collect();
        prop_assert!(known.windows(2).all(|pair| pair[0] <= pair[1] + 1e-6));
    }
}
